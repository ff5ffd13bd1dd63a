//! Quality may rise, never fall unnoticed: the figures of `tests/corpus/floor.json`.
//!
//! The small set in the repository always runs. A folder of real pages with their truth
//! (`truth.jsonl`, `html/ID.html`) runs too when the environment variable `GLEANER_CORPUS` names it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod score;

use std::path::{Path, PathBuf};

use extract::{EmptyReason, Extracted, Options, extract};
use score::Score;
use serde_json::Value;

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus")
}

fn floor(part: &str, figure: &str) -> f64 {
    let file = std::fs::read_to_string(small().join("floor.json")).unwrap();
    let floors: Value = serde_json::from_str(&file).unwrap();
    floors[part][figure]
        .as_f64()
        .expect("a figure of floor.json")
}

fn truths(corpus: &Path) -> Vec<Value> {
    let lines = std::fs::read_to_string(corpus.join("truth.jsonl")).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn extract_page(corpus: &Path, truth: &Value) -> Extracted {
    let id = truth["id"].as_str().unwrap();
    let page = std::fs::read(corpus.join("html").join(format!("{id}.html"))).unwrap();
    extract(
        &page,
        &Options {
            url: truth["url"].as_str(),
            ..Options::default()
        },
    )
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().map_or_else(Vec::new, |all| {
        all.iter().filter_map(Value::as_str).collect()
    })
}

/// Full texts and snippets; pages whose truth is an extractor's own output are left out.
fn score(corpus: &Path) -> (Score, Score, usize) {
    let (mut texts, mut snippets, mut pages) = (Score::default(), Score::default(), 0);
    for truth in truths(corpus)
        .iter()
        .filter(|truth| truth["corpus"] != "moz")
    {
        let found = extract_page(corpus, truth).text;
        pages += 1;
        if let Some(text) = truth["text"].as_str() {
            texts.add_text(text, &found);
        }
        let in_full = truth["corpus"] != "small" && truth["text"].is_string();
        if !in_full {
            snippets.add_snippets(
                &strings(&truth["with"]),
                &strings(&truth["without"]),
                &found,
            );
        }
    }
    (texts, snippets, pages)
}

fn assert_floors(part: &str, corpus: &Path, pages_min: usize) {
    let (texts, snippets, pages) = score(corpus);
    assert!(
        pages >= pages_min,
        "only {pages} pages in {}",
        corpus.display()
    );
    for (figure, value) in [
        ("f1", texts.f1()),
        ("f1_page", texts.f1_page()),
        ("snippets_f1", snippets.snippets_f1()),
    ] {
        let floor = floor(part, figure);
        assert!(
            value >= floor,
            "{part}: {figure} fell to {value:.4}, the floor is {floor:.4}"
        );
    }
}

#[test]
fn the_small_set_keeps_its_figures() {
    assert_floors("small", &small(), 16);
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "a test that did less than it could must say so"
)]
#[expect(
    clippy::disallowed_methods,
    reason = "the one variable that names the real corpus"
)]
fn the_real_pages_keep_their_figures() {
    match std::env::var_os("GLEANER_CORPUS") {
        Some(corpus) => assert_floors("dev", Path::new(&corpus), 1_000),
        None => eprintln!(
            "NOTE: GLEANER_CORPUS is not set: quality was checked on the small set only, \
             not on real pages"
        ),
    }
}

#[test]
fn pages_without_an_article_are_empty_with_their_reason() {
    let corpus = small();
    let mut reasons = Vec::new();

    for truth in truths(&corpus) {
        let found = extract_page(&corpus, &truth);

        let expected = truth["empty"].as_str();
        assert_eq!(
            found.why.empty.map(EmptyReason::as_str),
            expected,
            "{}",
            truth["id"]
        );
        reasons.extend(expected.map(str::to_owned));
    }

    reasons.sort();
    assert_eq!(
        reasons,
        ["consent_wall", "index_page", "needs_script", "paywall"]
    );
}

#[test]
fn metadata_is_what_the_page_says() {
    let corpus = small();
    let mut checked = 0;

    for truth in truths(&corpus) {
        let found = extract_page(&corpus, &truth);

        let published = found.published.as_ref().map(|date| date.iso.as_str());
        for (key, value) in [
            ("title", found.title.as_deref()),
            ("byline", found.byline.as_deref()),
            ("site_name", found.site_name.as_deref()),
            ("language", found.language.as_deref()),
            ("canonical_url", found.canonical_url.as_deref()),
            ("published", published),
        ] {
            if let Some(expected) = truth[key].as_str() {
                assert_eq!(value, Some(expected), "{key} of {}", truth["id"]);
                checked += 1;
            }
        }
    }

    assert!(checked >= 8, "only {checked} values in the truth");
}

#[test]
fn the_sample_site_pages_have_text_and_title() {
    let folder = small().join("../../infra/local/site/pages");
    let mut pages = 0;

    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let found = extract(&std::fs::read(&path).unwrap(), &Options::default());

        assert!(
            found.text.len() > 500,
            "{}: {:?}",
            path.display(),
            found.why.empty
        );
        assert!(found.title.is_some(), "{}", path.display());
        pages += 1;
    }

    assert!(pages >= 10, "{pages}");
}
