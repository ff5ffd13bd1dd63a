//! Any quote in any text, and any run of the text in itself: a span is within the text, an exact one is
//! the quote, no digit of a quote differs, and nothing panics. The bounded runs on the stable compiler
//! are in `shared/facts/src/grounding/{tests,holes}.rs`. The last line of the input is the quote, the rest
//! the text; a start: `shared/facts/src/grounding/by_hand.tsv`, cut into files.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    facts::fuzzing::grounding(&String::from_utf8_lossy(data));
});
