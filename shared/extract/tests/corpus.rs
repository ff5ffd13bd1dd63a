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

/// Titles that are the truth's up to case and punctuation, of all known ones.
fn titles(corpus: &Path) -> (f64, usize) {
    let same = |truth: &Value| -> Option<bool> {
        let wanted = truth["title"].as_str()?;
        let found = extract_page(corpus, truth).title;
        Some(words(wanted) == words(&found.unwrap_or_default()))
    };
    let known: Vec<bool> = truths(corpus).iter().filter_map(same).collect();
    let right = known.iter().filter(|same| **same).count();
    (share(right, known.len()), known.len())
}

fn words(title: &str) -> Vec<String> {
    title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of pages")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// The share of the pages with an article that come out empty; every page of the truth has one
/// unless it says `empty`.
fn called_empty(corpus: &Path) -> f64 {
    let all = truths(corpus);
    let articles: Vec<&Value> = all
        .iter()
        .filter(|truth| truth["empty"].is_null())
        .collect();
    let empty = |truth: &&&Value| extract_page(corpus, truth).why.empty.is_some();
    share(articles.iter().filter(empty).count(), articles.len())
}

fn assert_floors(part: &str, corpus: &Path, pages_min: usize) {
    let (texts, snippets, pages) = score(corpus);
    assert!(
        pages >= pages_min,
        "only {pages} pages in {}",
        corpus.display()
    );
    let values = [
        ("f1", texts.f1()),
        ("f1_page", texts.f1_page()),
        ("snippets_f1", snippets.snippets_f1()),
    ];
    for (figure, value) in values {
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
        Some(corpus) => {
            let corpus = Path::new(&corpus);
            assert_floors("dev", corpus, 1_000);
            let (right, known) = titles(corpus);
            let empty = called_empty(corpus);
            eprintln!("titles {right:.4} of {known}; articles called empty {empty:.4}");
            assert!(known > 500 && right >= floor("dev", "titles"), "{right}");
            assert!(empty <= floor("dev", "called_empty_at_most"), "{empty}");
            let (bylines, dates) = agreements(corpus);
            bylines.assert_floors("bylines");
            dates.assert_floors("dates");
        }
        None => eprintln!(
            "NOTE: GLEANER_CORPUS is not set: quality was checked on the small set only, \
             not on real pages"
        ),
    }
}

/// The page without what its head declares: what is found now is what a reader sees.
fn without_declarations(page: &[u8]) -> Vec<u8> {
    let mut page = page.to_vec();
    for (declared, hidden) in [
        ("ld+json", "xx+json"),
        ("<meta ", "<mexx "),
        ("<META ", "<MEXX "),
    ] {
        let mut at = 0;
        while let Some(part) = page.get_mut(at..at + declared.len()) {
            if part == declared.as_bytes() {
                part.copy_from_slice(hidden.as_bytes());
            }
            at += 1;
        }
    }
    page
}

/// How many values are named, seen by a reader too, and the same there.
#[derive(Default)]
struct Agreement {
    pages: usize,
    named: usize,
    seen: usize,
    agree: usize,
}

impl Agreement {
    fn add(&mut self, named: Option<&str>, seen: Option<&str>) {
        let letters = |value: &str| value.to_lowercase().replace([' ', ',', '.', '-'], "");
        self.pages += 1;
        let Some(named) = named.map(letters) else {
            return;
        };
        self.named += 1;
        if let Some(seen) = seen.map(letters) {
            self.seen += 1;
            self.agree += usize::from(named.contains(&seen) || seen.contains(&named));
        }
    }

    fn assert_floors(&self, what: &str) {
        for (figure, value) in [
            ("named", share(self.named, self.pages)),
            ("seen", share(self.seen, self.named)),
            ("agree", share(self.agree, self.seen)),
        ] {
            let figure = format!("{what}_{figure}");
            let floor = floor("metadata", &figure);
            assert!(
                value >= floor,
                "{figure} fell to {value:.4}, the floor is {floor:.4}"
            );
        }
    }
}

/// Bylines and dates of real pages, and the same pages read as a reader does.
fn agreements(corpus: &Path) -> (Agreement, Agreement) {
    let (mut bylines, mut dates) = (Agreement::default(), Agreement::default());
    let own = |truth: &&Value| truth["corpus"] != "moz";
    for truth in truths(corpus).iter().filter(own) {
        let id = truth["id"].as_str().unwrap();
        let page = std::fs::read(corpus.join("html").join(format!("{id}.html"))).unwrap();
        let options = Options {
            url: truth["url"].as_str(),
            ..Options::default()
        };
        let whole = extract(&page, &options);
        let seen = extract(&without_declarations(&page), &options);
        bylines.add(whole.byline.as_deref(), seen.byline.as_deref());
        let day = |found: &Extracted| {
            let date = found.published.as_ref()?;
            Some(
                date.iso
                    .chars()
                    .take("2024-05-17".len())
                    .collect::<String>(),
            )
        };
        dates.add(day(&whole).as_deref(), day(&seen).as_deref());
    }
    (bylines, dates)
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
    let folder = small().join("../../infra/site/pages");
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
