//! A bounded fuzz run that needs no tool: thousands of pages made from those of the small set by a
//! fixed sequence of numbers, under bounds and headers that change as well. `tests/fuzz` has the
//! unbounded one; both ask for the same promises.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod mutants;
mod promises;

use std::path::Path;
use std::time::{Duration, Instant};

use extract::{Cut, Limits, Options, extract};
use mutants::{Numbers, mutate};
use promises::assert_kept;

/// Pages tried. A debug build needs ten seconds for them.
const ROUNDS: usize = 6_000;

/// Work of one small page in a debug build; a thousand times what it needs.
const PATIENCE: Duration = Duration::from_secs(1);

const HEADERS: [Option<&str>; 4] = [
    None,
    Some("text/html; charset=utf-8"),
    Some("text/html; charset=shift_jis"),
    Some(";;="),
];

fn seeds() -> Vec<Vec<u8>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/html");
    let mut files: Vec<_> = std::fs::read_dir(tests)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect()
}

fn mutant(round: usize, seeds: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut page = seeds[round % seeds.len()].clone();
    for _ in 0..=numbers.below(12) {
        let other = &seeds[numbers.below(seeds.len())];
        mutate(&mut page, other, numbers);
        page.truncate(200_000);
    }
    page
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test sets deadlines and measures"
)]
fn damaged_pages_keep_every_promise() {
    let seeds = seeds();
    let mut numbers = Numbers(20_241_117);
    let selector = "article p, .content".parse().unwrap();
    let (mut texts, mut reasons, mut cuts) = (0, 0, 0);

    for round in 0..ROUNDS {
        let page = mutant(round, &seeds, &mut numbers);
        let mut limits = Limits::default();
        if round % 7 == 0 {
            limits.nodes_max = 1 + numbers.below(200);
            limits.blocks_max = 1 + numbers.below(50);
            limits.depth_max = 2 + numbers.below(20);
            limits.text_bytes_max = numbers.below(2_000);
            limits.input_bytes_max = numbers.below(page.len() + 1);
        }
        let options = Options {
            content_type: HEADERS[round % HEADERS.len()],
            url: (round % 5 == 0).then_some("https://courier.example/2024/05/17/a"),
            deadline: (round % 11 == 0).then(Instant::now),
            selector: (round % 13 == 0).then_some(&selector),
            limits,
            explain: round % 3 == 0,
        };
        let start = Instant::now();

        let found = std::panic::catch_unwind(|| assert_kept(&page, &options));

        let took = start.elapsed();
        let Ok(found) = found else {
            panic!("round {round}: {}", String::from_utf8_lossy(&page));
        };
        assert!(took < PATIENCE, "round {round} took {took:?}");
        texts += usize::from(!found.text.is_empty());
        reasons += usize::from(found.text.is_empty());
        cuts += usize::from(found.why.cut.iter().any(|cut| *cut != Cut::Deadline));
    }

    assert!(
        texts > ROUNDS / 3 && reasons > ROUNDS / 10 && cuts > ROUNDS / 10,
        "{texts} texts, {reasons} reasons, {cuts} cut"
    );
}

#[test]
fn a_page_made_of_a_damaged_page_s_text_gives_that_text() {
    let seeds = seeds();
    let mut numbers = Numbers(7);
    let (mut same, mut asked) = (0, 0);

    for round in 0..ROUNDS / 4 {
        let found = extract(&mutant(round, &seeds, &mut numbers), &Options::default());
        if found.text.len() < 600 {
            continue;
        }
        let again = extract(plain_page(&found.text).as_bytes(), &Options::default());
        asked += 1;
        same += usize::from(again.text == found.text);
    }

    assert!(asked > ROUNDS / 20, "{asked} texts");
    // The rest loses a kicker or a caption that only its page's markup made part of the text.
    assert!(same * 10 > asked * 7, "{same} of {asked} are the same");
}

fn plain_page(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let paragraphs = escaped.replace("\n\n", "</p><p>").replace('\n', "<br>");
    format!("<title>A page</title><article><h1>A page</h1><p>{paragraphs}</p></article>")
}
