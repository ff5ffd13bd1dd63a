//! A bounded fuzz run that needs no tool: the pages of the small set, cut, doubled, spliced and
//! sprinkled with markup by a fixed sequence of numbers. `tests/fuzz` has the unbounded one.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use extract::{Limits, Options, extract};

/// Pages tried. A debug build needs some seconds for them.
const ROUNDS: usize = 1_500;

const SPRINKLES: [&[u8]; 24] = [
    b"<",
    b">",
    b"</",
    b"<!--",
    b"-->",
    b"<script>",
    b"</script>",
    b"<p>",
    b"</p>",
    b"<div class=",
    b"\"",
    b"'",
    b"<table><tr><td>",
    b"</table>",
    b"&",
    b"&#x",
    b"&amp",
    b"\0",
    b"\xFF\xFE",
    b"<svg>",
    b"<a href=x>",
    b"<li>",
    b"<template>",
    b"<meta charset=utf-16>",
];

/// A linear congruential generator: the same sequence everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/html");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect()
}

fn mutate(page: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let at = numbers.below(page.len() + 1);
    let end = (at + numbers.below(200)).min(page.len());
    match numbers.below(6) {
        0 => page.truncate(at),
        1 => drop(page.drain(at..end)),
        2 => {
            let copy = page[at..end].to_vec();
            for _ in 0..=numbers.below(20) {
                page.splice(at..at, copy.iter().copied());
            }
        }
        3 => {
            let from = numbers.below(other.len());
            let to = (from + numbers.below(400)).min(other.len());
            page.splice(at..end, other[from..to].iter().copied());
        }
        4 => {
            if let Some(byte) = page.get_mut(at) {
                *byte = u8::try_from(numbers.below(256)).unwrap();
            }
        }
        _ => {
            let sprinkle = SPRINKLES[numbers.below(SPRINKLES.len())];
            page.splice(at..at, sprinkle.iter().copied());
        }
    }
}

#[test]
fn damaged_pages_give_a_text_or_a_reason() {
    let seeds = seeds();
    let mut numbers = Numbers(20_241_117);
    let (mut texts, mut reasons) = (0, 0);

    for round in 0..ROUNDS {
        let mut page = seeds[round % seeds.len()].clone();
        for _ in 0..=numbers.below(12) {
            let other = &seeds[numbers.below(seeds.len())];
            mutate(&mut page, other, &mut numbers);
        }
        let mut limits = Limits::default();
        if round % 7 == 0 {
            limits.nodes_max = 1 + numbers.below(200);
            limits.depth_max = 2 + numbers.below(20);
            limits.text_bytes_max = numbers.below(2_000);
            limits.input_bytes_max = numbers.below(page.len() + 1);
        }
        let options = Options {
            limits,
            explain: round % 3 == 0,
            ..Options::default()
        };

        let found = extract(&page, &options);

        let count = if found.text.is_empty() {
            &mut reasons
        } else {
            &mut texts
        };
        *count += 1;
        assert!(!found.text.contains("\n\n\n"), "round {round}");
        let reason_missing = found.text.is_empty() && found.why.empty.is_none();
        assert!(
            !reason_missing || !found.why.cut.is_empty(),
            "round {round}: {:?}",
            found.why
        );
    }

    assert!(
        texts > ROUNDS / 4 && reasons > 10,
        "{texts} texts, {reasons} reasons"
    );
}
