//! Any bytes give a text or a reason, within the bounds asked for; the first bytes of the input
//! choose the bounds and the header. Seeds: `tests/corpus/html`.

#![no_main]

use extract::{Limits, Options, extract};
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
        limits.text_bytes_max = usize::from(shape) * 16;
    }
    let options = Options {
        content_type: HEADERS[usize::from(header) % HEADERS.len()],
        url: (header & 4 == 4).then_some("https://example.org/a/b"),
        limits,
        explain: header & 8 == 8,
        ..Options::default()
    };

    let found = extract(page, &options);

    assert!(found.text.len() <= limits.text_bytes_max);
    assert!(!found.text.contains("\n\n\n"));
    assert!(!found.text.is_empty() || found.why.empty.is_some() || !found.why.cut.is_empty());
});
