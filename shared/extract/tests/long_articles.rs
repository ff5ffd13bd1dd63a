//! However long an article is, its text is whole; what a bound cuts off is told.

#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "clearer in a generator of pages"
)]

use std::collections::HashSet;

use extract::{Cut, Extracted, Options, extract};

const NAVIGATION: &str = "<header><a href=/>The Daily</a></header><nav><ul><li><a href=/home>Home\
    </a><li><a href=/world>World</a><li><a href=/sport>Sport</a><li><a href=/art>Arts</a></ul></nav>";

const FURNITURE: &str = "<aside class=related><h3>Related</h3><ul><li><a href=/1>Council votes on \
    the second bridge</a><li><a href=/2>Ferry company closes after ninety years</a></ul></aside>\
    <footer><p>Copyright 2026 The Daily. All rights reserved.</p><p><a href=/terms>Terms</a> \
    <a href=/privacy>Privacy</a></p></footer>";

/// Words that stand in the furniture alone.
const OF_FURNITURE: [&str; 4] = ["Sport", "Ferry", "Copyright", "Privacy"];

const WORDS: [&str; 24] = [
    "river", "bridge", "city", "council", "year", "report", "house", "water", "field", "road",
    "engine", "market", "school", "winter", "letter", "paper", "doctor", "harbour", "stone",
    "train", "garden", "window", "minister", "island",
];

/// Kinds of paragraphs: all alike, short, long, of one length, and of every length.
#[derive(Clone, Copy, Debug)]
enum Prose {
    Uniform,
    Short,
    Long,
    Even,
    Varied,
}

/// The pages an article may stand in.
#[derive(Clone, Copy, Debug)]
enum Page {
    Bare,
    Article,
    Headed,
    Sections,
    Divisions,
    Site,
}

const PAGES: [Page; 6] = [
    Page::Bare,
    Page::Article,
    Page::Headed,
    Page::Sections,
    Page::Divisions,
    Page::Site,
];

fn paragraph(prose: Prose, number: usize) -> String {
    match prose {
        Prose::Uniform => format!(
            "Part {number} of the report says that the bridge over the river was opened to traffic \
             on Monday after two years of work, and that the city paid for it."
        ),
        Prose::Short => format!("The committee met on day {number} and decided nothing new."),
        Prose::Long => sentences(number, 9, |at| 12 + (number * 5 + at * 3) % 12),
        Prose::Even => sentences(number, 3, |_| 14),
        Prose::Varied => sentences(number, 1 + number * 7 % 6, |at| {
            6 + (number * 5 + at * 3) % 16
        }),
    }
}

fn sentences(number: usize, count: usize, words: impl Fn(usize) -> usize) -> String {
    let sentence = |at: usize| {
        let words: Vec<&str> = (0..words(at))
            .map(|word| WORDS[(number * 31 + at * 17 + word * (7 + number % 5)) % WORDS.len()])
            .collect();
        format!("The {}, {number}.", words.join(" "))
    };
    (0..count).map(sentence).collect::<Vec<_>>().join(" ")
}

fn article(prose: Prose, chars: usize) -> Vec<String> {
    let mut article = Vec::new();
    let mut have = 0;
    while have < chars {
        article.push(paragraph(prose, article.len() + 1));
        have += article.last().map_or(0, String::len);
    }
    article
}

fn write(page: Page, article: &[String]) -> String {
    let all = |tag: &str| -> String {
        article
            .iter()
            .map(|text| format!("<{tag}>{text}</{tag}>\n"))
            .collect()
    };
    let p = all("p");
    let inside = match page {
        Page::Bare => p,
        Page::Article => format!("<article>{p}</article>"),
        Page::Headed => format!("<article><h1>The long story</h1>{p}</article>"),
        Page::Sections => {
            let chapters = article.chunks(25).enumerate().map(|(at, chapter)| {
                let text: String = chapter.iter().map(|p| format!("<p>{p}</p>")).collect();
                format!("<h2>Chapter {}</h2>{text}", at + 1)
            });
            format!(
                "<main><h1>The long story</h1>{}</main>",
                chapters.collect::<String>()
            )
        }
        Page::Divisions => {
            format!(
                "{NAVIGATION}<div id=content>{}</div>{FURNITURE}",
                all("div")
            )
        }
        Page::Site => format!(
            "{NAVIGATION}<main><article><h1>The long story</h1><div class=text>{p}</div></article>\
             </main>{FURNITURE}"
        ),
    };
    format!("<!doctype html><title>The long story</title><body>{inside}</body>")
}

/// Characters of the article's paragraphs, and of those that stand in the text.
fn kept(article: &[String], found: &Extracted) -> (usize, usize) {
    let there: HashSet<&str> = found.text.split("\n\n").collect();
    let sum = |kept: bool| {
        let texts = article
            .iter()
            .filter(|text| !kept || there.contains(text.as_str()));
        texts.map(String::len).sum()
    };
    (sum(false), sum(true))
}

/// Sizes for which every kind of page is tried, and those tried on a site's page alone.
const CHARS: [usize; 4] = [20_000, 60_000, 75_000, 150_000];
const CHARS_OF_SITES: [usize; 2] = [300_000, 600_000];

fn assert_whole(prose: Prose) {
    let pages = PAGES
        .into_iter()
        .flat_map(|page| CHARS.map(|chars| (page, chars)));
    let pages: Vec<_> = pages
        .chain(CHARS_OF_SITES.map(|chars| (Page::Site, chars)))
        .collect();
    let mut lost = String::new();

    for (page, chars) in &pages {
        let article = article(prose, *chars);
        let found = extract(write(*page, &article).as_bytes(), &Options::default());

        let (all, kept) = kept(&article, &found);
        assert!(all >= *chars);
        if kept < all {
            lost.push_str(&format!("{page:?} of {all}: {kept} kept\n"));
        }
        let furniture = OF_FURNITURE
            .iter()
            .filter(|word| found.text.contains(*word));
        assert_eq!(furniture.count(), 0, "{page:?} {chars}");
        assert!(
            found.why.cut.is_empty(),
            "{page:?} {chars}: {:?}",
            found.why.cut
        );
    }

    assert_eq!(lost, "", "{prose:?} articles that lost text");
    assert_eq!(pages.len(), 26);
}

#[test]
fn a_long_article_of_paragraphs_all_alike_is_whole() {
    assert_whole(Prose::Uniform);
}

#[test]
fn a_long_article_of_short_paragraphs_is_whole() {
    assert_whole(Prose::Short);
}

#[test]
fn a_long_article_of_long_paragraphs_is_whole() {
    assert_whole(Prose::Long);
}

#[test]
fn a_long_article_of_paragraphs_of_one_length_is_whole() {
    assert_whole(Prose::Even);
}

#[test]
fn a_long_article_of_paragraphs_of_every_length_is_whole() {
    assert_whole(Prose::Varied);
}

#[test]
fn what_the_bound_of_the_text_leaves_out_is_told() {
    let article = article(Prose::Varied, 400_000);
    let mut options = Options::default();
    options.limits.text_bytes_max = 100_000;

    let found = extract(write(Page::Site, &article).as_bytes(), &options);

    assert_eq!(found.why.cut, [Cut::Text]);
    assert!(
        (99_000..=100_000).contains(&found.text.len()),
        "{}",
        found.text.len()
    );
    let whole = extract(write(Page::Site, &article).as_bytes(), &Options::default());
    assert!(whole.why.cut.is_empty() && whole.text.starts_with(&found.text));
}
