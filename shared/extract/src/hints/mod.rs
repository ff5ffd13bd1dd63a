//! What class names, ids and roles say about an element: a set of hints found by one automaton
//! over general words (English, German, French, Spanish, …), never over names of single sites.

mod automaton;
mod words;

use std::sync::OnceLock;

use automaton::Automaton;
use words::{PHRASES, WORDS};

/// A set of hints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hints(pub(crate) u32);

macro_rules! hints {
    ($($name:ident = $bit:literal),* $(,)?) => {
        impl Hints {
            $(pub(crate) const $name: Hints = Hints(1 << $bit);)*
        }
    };
}

hints! {
    NAVIGATION = 0, HEADER = 1, FOOTER = 2, SIDEBAR = 3, COMMENT = 4, RELATED = 5, SHARE = 6,
    PROMOTION = 7, ADVERT = 8, AUTHOR = 9, META = 10, CAPTION = 11, CONSENT = 12, OVERLAY = 13,
    WIDGET = 14, UNSEEN = 15, ARTICLE = 16, BODY = 17, MAIN = 18, POST = 19, LEAD = 20,
    TITLE = 21, LIST = 22, CONTENTS = 23, BOX = 24, LEGAL = 25, FORM = 26, BUTTON = 27,
    ARTICLE_BODY = 28, HIDDEN = 29, QUOTE = 30, TAGS = 31,
}

impl Hints {
    pub(crate) const fn with(self, other: Hints) -> Hints {
        Hints(self.0 | other.0)
    }

    pub(crate) const fn any(self, other: Hints) -> bool {
        self.0 & other.0 != 0
    }
}

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
