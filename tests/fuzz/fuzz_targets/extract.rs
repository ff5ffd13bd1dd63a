//! Any bytes keep the promises of `shared/extract/tests/promises`, within the bounds asked for;
//! the first bytes of the input choose the bounds and the header. Seeds: `tests/corpus/html`.

#![no_main]

#[path = "../../../shared/extract/tests/promises/mod.rs"]
mod promises;

use std::sync::OnceLock;

use extract::{Limits, Options, Selector};
use libfuzzer_sys::fuzz_target;

const HEADERS: [Option<&str>; 4] =
    [None, Some("text/html; charset=utf-8"), Some("text/html; charset=shift_jis"), Some(";;=")];

fuzz_target!(|data: &[u8]| {
    let Some(([shape, header], page)) = data.split_first_chunk::<2>().map(|(a, b)| (*a, b)) else {
        return;
    };
    let mut limits = Limits::default();
    if shape & 1 == 1 {
        limits.depth_max = 2 + usize::from(shape >> 2);
    }
    if shape & 2 == 2 {
        limits.nodes_max = 1 + usize::from(shape) * 4;
        limits.blocks_max = 1 + usize::from(shape);
        limits.text_bytes_max = usize::from(shape) * 16;
    }
    let options = Options {
        content_type: HEADERS[usize::from(header) % HEADERS.len()],
        url: (header & 4 == 4).then_some("https://example.org/a/b"),
        selector: (header & 16 == 16).then(selector),
        limits,
        explain: header & 8 == 8,
        ..Options::default()
    };

    promises::assert_kept(page, &options);
});

fn selector() -> &'static Selector {
    static SELECTOR: OnceLock<Selector> = OnceLock::new();
    SELECTOR.get_or_init(|| "article p, .content".parse().expect("a selector"))
}
