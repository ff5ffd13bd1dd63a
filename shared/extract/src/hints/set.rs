//! The hints, and sets of them.

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
