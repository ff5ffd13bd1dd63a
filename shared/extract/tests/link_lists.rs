//! Nothing but links, however many and however set, is no part of an article's text.

use extract::{EmptyReason, Options, extract};

const WORDS: [&str; 24] = [
    "river", "bridge", "city", "council", "year", "report", "house", "water", "field", "road",
    "engine", "market", "school", "winter", "letter", "paper", "doctor", "harbour", "stone",
    "train", "garden", "window", "minister", "island",
];

const PARAGRAPHS: usize = 8;

fn paragraph(number: usize) -> String {
    let words: Vec<&str> = (0..40)
        .map(|at| WORDS[(number * 31 + at * (7 + number % 5)) % WORDS.len()])
        .collect();
    format!("<p>The {}, he said on day {number}.</p>", words.join(" "))
}

/// An article with `links` in its middle.
fn page(links: &str) -> String {
    let text = |numbers: std::ops::Range<usize>| numbers.map(paragraph).collect::<String>();
    format!(
        "<!doctype html><title>The long story</title><body><header><a href=/>The Daily</a></header>\
         <nav><ul><li><a href=/home>Home</a><li><a href=/world>World</a></ul></nav><main><article>\
         <h1>The long story</h1>{}{links}{}</article></main><footer><p>Copyright 2026 The Daily.</p>\
         </footer></body>",
        text(0..PARAGRAPHS / 2),
        text(PARAGRAPHS / 2..PARAGRAPHS)
    )
}

fn link(at: usize) -> String {
    let [a, b] = [at, at * 7].map(|at| WORDS[at % WORDS.len()]);
    format!("<a href=/tag/{at}>{a} {b} link</a>")
}

fn all(count: usize, write: impl Fn(String) -> String) -> String {
    (0..count).map(|at| write(link(at))).collect()
}

#[test]
fn a_thousand_links_inside_an_article_are_not_in_its_text() {
    for count in [100, 300, 1_000] {
        let lists = [
            format!("<div>{}</div>", all(count, |link| format!("{link} "))),
            format!("<p>{}</p>", all(count, |link| format!("{link}, "))),
            format!("<p>{}</p>", all(count, |link| format!("{link}<br>"))),
            format!("<ul>{}</ul>", all(count, |link| format!("<li>{link}</li>"))),
            all(count, |link| format!("<p>{link}</p>")),
            format!(
                "<table>{}</table>",
                all(count, |link| format!("<tr><td>{link}</td></tr>"))
            ),
        ];
        for (number, list) in lists.iter().enumerate() {
            let found = extract(page(list).as_bytes(), &Options::default());

            assert!(!found.text.contains("link"), "{count} links, list {number}");
            let kept = found.text.matches("he said on day").count();
            assert_eq!(
                kept, PARAGRAPHS,
                "{count} links, list {number}: {:?}",
                found.why.empty
            );
        }
    }
}

#[test]
fn the_links_of_a_sentence_stay_in_it() {
    let sentence = format!(
        "<p>It names {} and what they did.</p>",
        all(12, |link| format!("{link}, "))
    );

    let found = extract(page(&sentence).as_bytes(), &Options::default());

    assert_eq!(found.text.matches(" link,").count(), 12);
}

#[test]
fn a_page_of_nothing_but_links_is_an_index_page() {
    let list = all(300, |link| format!("<li>{link}</li>"));
    let page = format!("<title>All</title><main><h1>All of it</h1><ul>{list}</ul></main>");

    let found = extract(page.as_bytes(), &Options::default());

    assert_eq!(found.text, "");
    assert_eq!(found.why.empty, Some(EmptyReason::IndexPage));
}
