//! What must hold for every page: no panic, text only from the page and in its order, a reason
//! exactly when there is no text, and the same text again from a page made of it.

#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "clearer in a test"
)]

use extract::{Options, extract};
use proptest::prelude::*;

/// A piece of a page. Words are numbered in page order when the page is written.
#[derive(Clone, Debug)]
enum Piece {
    Words(u8),
    Open(usize, usize),
    Close(usize),
    Break,
    Raw(&'static str),
}

const TAGS: [&str; 24] = [
    "p",
    "div",
    "span",
    "a href=/x",
    "b",
    "i",
    "li",
    "ul",
    "ol",
    "table",
    "tr",
    "td",
    "article",
    "section",
    "aside",
    "h1",
    "h2",
    "blockquote",
    "main",
    "figure",
    "pre",
    "dl",
    "dd",
    "em",
];

const ATTRIBUTES: [&str; 6] = [
    "",
    " class=content",
    " class='related'",
    " id=\"main\"",
    " class=article-body",
    " x=1",
];

const RAW: [&str; 12] = [
    "<!-- w0 -->",
    "<script>w0 < w0</script>",
    "<style>w0</style>",
    "<br>",
    "<br/><br/>",
    "<img alt=w0>",
    "<svg><title>w0</title></svg>",
    "</p>",
    "<input value=w0>",
    "<select><option>w0</select>",
    "<![CDATA[w0]]>",
    "<template><p>w0</p></template>",
];

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        5 => (1_u8..40).prop_map(Piece::Words),
        4 => (0..TAGS.len(), 0..ATTRIBUTES.len()).prop_map(|(tag, with)| Piece::Open(tag, with)),
        4 => (0..TAGS.len()).prop_map(Piece::Close),
        1 => Just(Piece::Break),
        1 => (0..RAW.len()).prop_map(|at| Piece::Raw(RAW[at])),
    ]
}

/// The page, and how many words it shows; word n is `w` and n, from 1 on.
fn write(pieces: &[Piece]) -> (String, usize) {
    let mut page = String::new();
    let mut words = 0;
    for piece in pieces {
        match piece {
            Piece::Words(count) => {
                for _ in 0..*count {
                    words += 1;
                    page.push_str(&format!("w{words} "));
                }
                page.push_str("end, and so. ");
            }
            Piece::Open(tag, with) => {
                page.push_str(&format!("<{}{}>", TAGS[*tag], ATTRIBUTES[*with]));
            }
            Piece::Close(tag) => {
                let name = TAGS[*tag].split(' ').next().unwrap_or("");
                page.push_str(&format!("</{name}>"));
            }
            Piece::Break => page.push('\n'),
            Piece::Raw(raw) => page.push_str(raw),
        }
    }
    (page, words)
}

fn numbers(text: &str) -> Vec<usize> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter_map(|word| word.strip_prefix('w')?.parse().ok())
        .collect()
}

fn assert_sound(page: &[u8]) -> Result<(), TestCaseError> {
    let found = extract(
        page,
        &Options {
            explain: true,
            ..Options::default()
        },
    );
    prop_assert_eq!(found.text.is_empty(), found.why.empty.is_some());
    prop_assert!(!found.text.contains("\n\n\n"));
    prop_assert_eq!(found.text.trim(), &found.text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_text_or_a_reason(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        assert_sound(&bytes)?;
    }

    #[test]
    fn any_characters_between_tags_give_a_text_or_a_reason(
        text in "(<[a-z/!?]{0,3}[^>]{0,9}>|&[a-z#0-9;]{0,6}|\\PC){0,300}",
    ) {
        assert_sound(text.as_bytes())?;
    }

    #[test]
    fn the_text_has_the_words_of_the_page_in_their_order(
        pieces in proptest::collection::vec(piece(), 0..200),
    ) {
        let (page, words) = write(&pieces);

        let found = extract(page.as_bytes(), &Options::default());

        let numbers = numbers(&found.text);
        prop_assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{:?} of {page}", numbers);
        prop_assert!(numbers.iter().all(|number| (1..=words).contains(number)));
        assert_sound(page.as_bytes())?;
    }

    #[test]
    fn a_page_made_of_the_text_gives_the_text(
        paragraphs in proptest::collection::vec(proptest::collection::vec("[a-z]{3,9}", 30..80), 3..12),
    ) {
        let paragraphs: Vec<String> =
            paragraphs.iter().map(|words| format!("The {}, he said.", words.join(" "))).collect();
        let page = |text: &[String]| {
            let body: String = text.iter().map(|p| format!("<p>{p}</p>")).collect();
            format!("<title>One</title><article><h1>One</h1>{body}</article>")
        };
        let first = extract(page(&paragraphs).as_bytes(), &Options::default());
        prop_assert_eq!(&first.text, &paragraphs.join("\n\n"));

        let again: Vec<String> = first.text.split("\n\n").map(str::to_owned).collect();
        let second = extract(page(&again).as_bytes(), &Options::default());

        prop_assert_eq!(second.text, first.text);
    }
}
