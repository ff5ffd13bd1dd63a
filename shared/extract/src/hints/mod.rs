//! What class names, ids and roles say about an element: a set of hints found by one automaton
//! over general words (English, German, French, Spanish, …), never over names of single sites.

mod automaton;
mod set;
mod words;

use std::sync::OnceLock;

pub(crate) use automaton::Automaton;
pub(crate) use set::Hints;

use words::{PHRASES, WORDS};

/// The bits of [`PHRASES`] in the first bytes of a block's text.
pub(crate) fn phrases_in(text: &str) -> u32 {
    static AUTOMATON: OnceLock<Automaton> = OnceLock::new();
    let head = text
        .as_bytes()
        .get(..PHRASE_BYTES)
        .unwrap_or(text.as_bytes());
    AUTOMATON
        .get_or_init(|| Automaton::new(PHRASES))
        .scan(head)
        .0
}

/// How far into a block phrases are looked for; furniture says what it is at its beginning.
const PHRASE_BYTES: usize = 96;

/// The hints in a class, id or role.
pub(crate) fn hints_of(value: &str) -> Hints {
    static AUTOMATON: OnceLock<Automaton> = OnceLock::new();
    AUTOMATON
        .get_or_init(|| Automaton::new(WORDS))
        .scan(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_within_bounds_only() {
        let cases = [
            ("ad", Hints::ADVERT, true),
            ("header", Hints::ADVERT, false),
            ("loadMore", Hints::ADVERT, false),
            ("loadMore", Hints::RELATED, true),
            ("articleBody", Hints::BODY, true),
            ("top-navigation", Hints::NAVIGATION, true),
            ("c-Cookie_banner", Hints::CONSENT, true),
            ("leadership", Hints::NAVIGATION, false),
            ("story__related-items", Hints::RELATED, true),
        ];

        for (value, hints, expected) in cases {
            assert_eq!(hints_of(value).any(hints), expected, "{value}");
        }
    }
}
