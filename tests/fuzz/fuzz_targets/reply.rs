//! Any bytes as the body of an LLM's answer, in either dialect and with any status, and as the text
//! inside one; the first byte of the input chooses. With seeds:
//! `cargo +nightly fuzz run reply corpus/reply seeds/reply`. The bounded runs on the stable compiler are
//! in `shared/facts/src/answer/{reply,response_class}/tests.rs`.

#![no_main]

use libfuzzer_sys::fuzz_target;

const STATUSES: [u16; 8] = [200, 200, 200, 400, 401, 404, 429, 503];

fuzz_target!(|data: &[u8]| {
    let Some(([shape], body)) = data.split_first_chunk::<1>() else {
        return;
    };
    if shape & 16 == 16 {
        facts::fuzzing::reply(&String::from_utf8_lossy(body));
    } else {
        facts::fuzzing::answer(shape & 8 == 8, STATUSES[usize::from(shape & 7)], body);
    }
});
