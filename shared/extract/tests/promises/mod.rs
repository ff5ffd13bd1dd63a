//! What is promised of every page, for the bounded fuzz run and the unbounded one in `tests/fuzz`.

use encoding_rs::Encoding;
use extract::{Cut, Extracted, Options, Source, extract};

/// Panics when a promise about `page` is broken; what was extracted otherwise.
pub(crate) fn assert_kept(page: &[u8], options: &Options<'_>) -> Extracted {
    let found = extract(page, options);

    let why = &found.why;
    assert_eq!(
        found.text.is_empty(),
        why.empty.is_some(),
        "a text or a reason: {why:?}"
    );
    assert!(
        found.text.len() <= options.limits.text_bytes_max,
        "the text is too long"
    );
    assert_eq!(found.text.trim(), found.text, "space around the text");
    assert!(!found.text.contains("\n\n\n"), "an empty paragraph");
    let words = [
        &found.title,
        &found.byline,
        &found.site_name,
        &found.canonical_url,
    ];
    let words = words.into_iter().flatten().chain([&found.text]);
    words.for_each(|words| assert!(!words.contains('\0'), "a NUL, which no database takes"));
    // A selector's tree is the standard's, which moves what is misplaced in a table to its front.
    if why.source != Source::Selector {
        assert_stands_in(&found.text, &source_of(page, options, why.encoding));
    }
    if !why.cut.contains(&Cut::Deadline) {
        let other = Options {
            explain: !options.explain,
            ..*options
        };
        assert_eq!(
            extract(page, &other).text,
            found.text,
            "another text when explained"
        );
    }
    found
}

/// What was read of the page, decoded as the result says.
fn source_of(page: &[u8], options: &Options<'_>, encoding: &str) -> String {
    let read = page.get(..options.limits.input_bytes_max).unwrap_or(page);
    let encoding = Encoding::for_label(encoding.as_bytes());
    encoding.map_or_else(String::new, |encoding| {
        encoding.decode_without_bom_handling(read).0.into_owned()
    })
}

/// Every character of the text stands in the source, in the same order: nothing is made up, moved
/// or doubled. A character reference or an escape stands for any two characters; the bars between
/// the cells of a row are the crate's own.
fn assert_stands_in(text: &str, source: &str) {
    let mut source = source.chars();
    let mut free = 0;
    for wanted in text.chars().filter(|c| !c.is_whitespace() && *c != '|') {
        if free > 0 {
            free -= 1;
            continue;
        }
        let met = source.find(|c| *c == wanted || matches!(c, '&' | '\\'));
        assert!(
            met.is_some(),
            "{wanted:?} is not in the page, or not in this place"
        );
        free = u32::from(met != Some(wanted));
    }
}
