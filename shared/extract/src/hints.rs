//! What class names, ids and roles say about an element: a set of hints found by one automaton
//! over general words (English, German, French, Spanish, …), never over names of single sites.

use std::sync::OnceLock;

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

/// Words and what they hint at. `^` and `$` ask for a word boundary, which is also where a
/// capital letter begins a word (`articleBody`).
const WORDS: &[(Hints, &[&str])] = &[
    (
        Hints::NAVIGATION,
        &[
            "^nav",
            "navigation",
            "menu",
            "crumb",
            "paginat",
            "pager",
            "topbar",
            "toolbar",
            "^skip",
            "sitemap",
            "dropdown",
            "^tab$",
            "^tabs$",
        ],
    ),
    (
        Hints::HEADER,
        &[
            "header",
            "masthead",
            "^kopf",
            "^top$",
            "site-brand",
            "^logo",
        ],
    ),
    (
        Hints::FOOTER,
        &[
            "footer",
            "^fuss",
            "bottom",
            "^foot$",
            "colophon",
            "impressum",
        ],
    ),
    (
        Hints::SIDEBAR,
        &[
            "sidebar",
            "aside",
            "^rail",
            "^side$",
            "secondary",
            "complementary",
            "seitenleiste",
            "marginal",
            "^right$",
            "^left$",
        ],
    ),
    (
        Hints::COMMENT,
        &[
            "comment",
            "kommentar",
            "disqus",
            "^respond",
            "^reply",
            "discussion",
            "commentaire",
            "comentario",
            "leserbrief",
            "^thread",
        ],
    ),
    (
        Hints::RELATED,
        &[
            "related",
            "recommend",
            "^more$",
            "similar",
            "readmore",
            "read-more",
            "trending",
            "popular",
            "latest",
            "teaser",
            "most-read",
            "mostread",
            "^next",
            "^prev",
            "outbrain",
            "taboola",
            "weitere",
            "verwandt",
            "empfehl",
            "read-next",
            "readnext",
            "see-also",
            "further",
            "suggest",
            "relacionad",
            "recirc",
            "mehr-zum",
            "^also",
        ],
    ),
    (
        Hints::SHARE,
        &[
            "share",
            "sharing",
            "social",
            "facebook",
            "twitter",
            "whatsapp",
            "teilen",
            "^follow",
            "addthis",
            "pinterest",
            "linkedin",
            "instagram",
            "telegram",
        ],
    ),
    (
        Hints::PROMOTION,
        &[
            "newsletter",
            "subscri",
            "signup",
            "sign-up",
            "promo",
            "^abo$",
            "^abo",
            "^cta",
            "donat",
            "membership",
            "^offer",
            "register",
            "login",
            "paywall",
            "spende",
            "campaign",
            "call-to-action",
            "upsell",
            "piano",
            "premium",
        ],
    ),
    (
        Hints::ADVERT,
        &[
            "^ad$",
            "^ads$",
            "advert",
            "sponsor",
            "banner",
            "werbung",
            "anzeige",
            "^gpt",
            "^dfp",
            "affiliate",
            "adslot",
            "^adsense",
            "^adv$",
            "^pub$",
            "publicidad",
            "^shop",
            "product",
            "^buy",
            "price",
            "^kauf",
        ],
    ),
    (
        Hints::AUTHOR,
        &[
            "author",
            "byline",
            "^bio$",
            "biograph",
            "profile",
            "contributor",
            "^autor",
            "vcard",
            "writer",
            "^auteur",
            "avatar",
            "redakt",
        ],
    ),
    (
        Hints::META,
        &[
            "^meta",
            "^date",
            "datum",
            "timestamp",
            "^time$",
            "posted",
            "published",
            "dateline",
            "^info$",
            "^infos$",
            "updated",
            "^views",
            "reading-time",
            "readtime",
            "^source",
            "^label",
            "postmeta",
            "^fecha",
        ],
    ),
    (
        Hints::TAGS,
        &[
            "^tag$",
            "^tags$",
            "taglist",
            "tagcloud",
            "categor",
            "^topic",
            "keyword",
            "schlagw",
            "kategorie",
            "^thema",
            "^etiquet",
            "^term",
        ],
    ),
    (
        Hints::CAPTION,
        &[
            "caption",
            "credit",
            "figure",
            "^image",
            "^img",
            "photo",
            "gallery",
            "galerie",
            "slideshow",
            "^media",
            "video",
            "player",
            "^bild",
            "lightbox",
            "carousel",
            "slider",
            "swiper",
            "audio",
            "podcast",
            "copyright",
        ],
    ),
    (
        Hints::CONSENT,
        &[
            "cookie",
            "consent",
            "gdpr",
            "^cmp",
            "dsgvo",
            "didomi",
            "onetrust",
            "usercentrics",
            "privacy",
            "datenschutz",
        ],
    ),
    (
        Hints::OVERLAY,
        &[
            "modal",
            "popup",
            "pop-up",
            "overlay",
            "dialog",
            "tooltip",
            "toast",
            "^alert",
            "notice",
            "notification",
            "message",
            "flyout",
            "drawer",
        ],
    ),
    (
        Hints::WIDGET,
        &[
            "widget", "plugin", "embed", "module", "^ticker", "^poll", "survey", "quiz",
        ],
    ),
    (
        Hints::UNSEEN,
        &[
            "hidden",
            "^hide",
            "invisible",
            "sr-only",
            "screen-reader",
            "screenreader",
            "noprint",
            "no-print",
            "print-only",
            "^d-none",
            "visually",
        ],
    ),
    (
        Hints::ARTICLE,
        &[
            "article", "artikel", "^story", "beitrag", "articulo", "^news", "noticia",
        ],
    ),
    (
        Hints::BODY,
        &[
            "^body",
            "body$",
            "content",
            "^entry",
            "^text",
            "text$",
            "richtext",
            "rich-text",
            "inhalt",
            "prose",
            "^copy$",
            "wysiwyg",
            "^rte",
            "contenu",
            "contenido",
            "paragraph",
            "absatz",
            "^fliess",
            "markdown",
            "editor",
        ],
    ),
    (Hints::MAIN, &["^main", "^primary", "^haupt", "hauptinhalt"]),
    (
        Hints::POST,
        &[
            "^post",
            "^blog",
            "^single",
            "hentry",
            "^detail",
            "page-content",
        ],
    ),
    (
        Hints::LEAD,
        &[
            "^lead",
            "intro",
            "standfirst",
            "subtitle",
            "sub-title",
            "summary",
            "excerpt",
            "^deck",
            "^dek",
            "descri",
            "kicker",
            "subhead",
            "abstract",
            "vorspann",
            "^chapo",
            "synopsis",
            "einleitung",
            "untertitel",
        ],
    ),
    (
        Hints::TITLE,
        &["title", "headline", "heading", "titel", "titre", "titulo"],
    ),
    (
        Hints::LIST,
        &[
            "list", "^grid", "^card", "^item", "^tile", "^feed", "^loop", "archive", "thumb",
            "^row$", "stream", "^results",
        ],
    ),
    (
        Hints::CONTENTS,
        &[
            "^toc",
            "table-of-contents",
            "inhaltsverzeichnis",
            "^jump",
            "^anchor",
            "^index",
            "tableofcontents",
            "ez-toc",
        ],
    ),
    (
        Hints::BOX,
        &[
            "infobox",
            "factbox",
            "^box",
            "box$",
            "callout",
            "highlight",
            "^note",
            "keypoints",
            "key-points",
            "takeaway",
            "^facts",
            "infokasten",
            "faq",
            "accordion",
        ],
    ),
    (
        Hints::LEGAL,
        &[
            "disclaimer",
            "^legal",
            "licen",
            "footnote",
            "reference",
            "citation",
            "correction",
            "disclosure",
            "editors-note",
            "editor-note",
            "rights",
        ],
    ),
    (
        Hints::FORM,
        &["^form", "^search", "^input", "^field", "captcha", "suche"],
    ),
    (
        Hints::BUTTON,
        &[
            "button", "^btn", "btn$", "^icon", "^link$", "^links$", "rating", "^vote", "^like",
        ],
    ),
    (
        Hints::ARTICLE_BODY,
        &[
            "articlebody",
            "article-body",
            "article__body",
            "article_body",
            "entry-content",
            "post-content",
            "post-body",
            "postbody",
            "article-content",
            "articlecontent",
            "article__content",
            "article-text",
            "articletext",
            "story-body",
            "storybody",
            "post-entry",
            "article_content",
            "entrycontent",
            "body-copy",
            "article-copy",
            "td-post-content",
            "story-content",
            "blog-content",
        ],
    ),
    (Hints::QUOTE, &["quote", "zitat", "blockquote"]),
];

/// What the wording of a short block says about it: bits in the order of this table. General
/// phrases of page furniture in some languages; `^` and `$` ask for a word boundary.
#[rustfmt::skip]
const PHRASES: &[(Hints, &[&str])] = &[
    (Hints(1), &["read more", "also read", "related", "see also", "more from", "more on",
        "recommended", "you may also", "you might", "lesen sie", "mehr zum", "auch interessant",
        "lire aussi", "a lire", "leer mas", "te puede", "leggi anche", "lees ook", "weiterlesen",
        "continue reading", "^next$", "^previous$", "trending", "most read", "mehr lesen",
        "zum thema", "read next", "weitere", "^more$", "^read:"]),
    (Hints(1 << 1), &["^photo", "^image", "^picture", "^foto", "^bild:", "^credit", "getty",
        "courtesy of", "reuters", "^afp$", "^dpa$", "shutterstock", "quelle:", "source:",
        "^imago$", "unsplash", "pexels", "istock", "screenshot", "^via$"]),
    (Hints(1 << 2), &["copyright", "rights reserved", "alle rechte", "terms of", "privacy policy",
        "impressum", "datenschutz", "tous droits", "todos los derechos", "^agb$", "terms and"]),
    (Hints(1 << 3), &["subscribe", "newsletter", "sign up", "^abonn", "log in", "sign in",
        "register", "anmelden", "einloggen", "email address", "e-mail-adresse", "^inscri",
        "^suscri", "free trial", "donate", "support us", "follow us", "download", "spenden",
        "join us", "inbox", "subscri", "unlimited access", "^abo$"]),
    (Hints(1 << 4), &["cookie", "consent", "gdpr", "^dsgvo", "javascript", "browser"]),
    (Hints(1 << 5), &["^share", "^tweet", "facebook", "whatsapp", "teilen", "^e-?mail$", "^print$",
        "copy link", "linkedin", "pinterest", "drucken", "twitter", "telegram", "instagram",
        "^merken$", "compartir", "partager"]),
    (Hints(1 << 6), &["comment", "kommentar", "^reply", "antworten", "leave a", "join the con",
        "commentaire", "comentario", "reacties"]),
    (Hints(1 << 7), &["is a writer", "is a reporter", "about the author", "contributor",
        "is a senior", "author of", "redakteur", "written by", "^by ", "^von ", "staff writer",
        "correspondent", "ber den autor", "reached at", "^autor", "journalist", "freelance",
        "^editor", "has been", "^author"]),
    (Hints(1 << 8), &["min read", "minute", "^updated", "^published", "posted on", "aktualisiert",
        "ffentlicht", "^uhr$", "^am$", "^pm$", "ago$", "lesezeit", "^stand:", "^date$", "^posted",
        "monday", "tuesday", "wednesday", "thursday", "friday", "last modified"]),
    (Hints(1 << 9), &["advertis", "sponsored", "^anzeige", "^werbung", "publicidad", "affiliate",
        "commission", "promo code", "coupon", "buy now", "shop now", "in den warenkorb"]),
    (Hints(1 << 10), &["table of contents", "inhaltsverzeichnis", "in this article", "takeaway",
        "^contents$", "^inhalt$", "sommaire", "jump to"]),
    (Hints(1 << 11), &["^tags", "^topics", "filed under", "categories", "^schlagw", "^kategorie",
        "^tagged", "^category", "^themen", "^keywords"]),
    (Hints(1 << 12), &["disclaimer", "this article was", "originally published", "this story",
        "correction", "editors note", "editor's note", "reporting by", "editing by",
        "press release", "disclosure", "first appeared", "^note:"]),
    (Hints(1 << 13), &["^home$", "^menu$", "skip to", "back to", "^search", "toggle", "^close$",
        "^view ", "^show ", "load more", "click here", "zur startseite", "^suche", "^zur"]),
];

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

/// Letters, digits, hyphen, underscore, space, colon and one symbol for all the rest.
const SYMBOLS: usize = 41;

/// Longest value looked at; longer ones are generated styling, not names.
const VALUE_BYTES_MAX: usize = 512;

/// The symbol of each byte.
const SYMBOL: [u8; 256] = {
    let mut table = [40; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'0'..=b'9' => 26 + digit - b'0',
            b'-' => 36,
            b'_' => 37,
            b' ' | b'\n' => 38,
            b':' => 39,
            _ => 40,
        };
        byte += 1;
    }
    table
};

fn symbol(byte: u8) -> usize {
    usize::from(SYMBOL[usize::from(byte)])
}

/// Set in a transition into a state where words end.
const ENDS: u16 = 1 << 15;

/// A word that ends in a state.
#[derive(Clone, Copy)]
struct Word {
    hints: Hints,
    length: usize,
    at_start: bool,
    at_end: bool,
}

/// Aho–Corasick with every transition filled in.
struct Automaton {
    next: Vec<[u16; SYMBOLS]>,
    words: Vec<Vec<Word>>,
}

impl Automaton {
    fn new(table: &[(Hints, &[&str])]) -> Self {
        let mut automaton = Automaton {
            next: vec![[0; SYMBOLS]],
            words: vec![Vec::new()],
        };
        for (hints, words) in table {
            for word in *words {
                automaton.insert(*hints, word);
            }
        }
        automaton.link();
        automaton
    }

    fn insert(&mut self, hints: Hints, pattern: &str) {
        let word = pattern.trim_matches(['^', '$']);
        let mut state = 0;
        for byte in word.bytes() {
            let symbol = symbol(byte);
            if self.next[state][symbol] == 0 {
                self.next[state][symbol] = u16::try_from(self.next.len()).unwrap_or(0);
                self.next.push([0; SYMBOLS]);
                self.words.push(Vec::new());
            }
            state = usize::from(self.next[state][symbol]);
        }
        self.words[state].push(Word {
            hints,
            length: word.len(),
            at_start: pattern.starts_with('^'),
            at_end: pattern.ends_with('$'),
        });
    }

    /// Breadth first, so that a state's fallback is complete before the state is.
    fn link(&mut self) {
        let mut fallback = vec![0_usize; self.next.len()];
        let mut queue: Vec<usize> = Vec::with_capacity(self.next.len());
        queue.extend(
            self.next[0]
                .iter()
                .filter(|s| **s != 0)
                .map(|s| usize::from(*s)),
        );
        let mut head = 0;
        while let Some(state) = queue.get(head).copied() {
            head += 1;
            let back = fallback[state];
            let inherited = self.words[back].clone();
            self.words[state].extend(inherited);
            for symbol in 0..SYMBOLS {
                let through = self.next[back][symbol];
                let child = usize::from(self.next[state][symbol]);
                if child == 0 {
                    self.next[state][symbol] = through;
                } else {
                    fallback[child] = usize::from(through);
                    queue.push(child);
                }
            }
        }
        for transition in self.next.iter_mut().flatten() {
            if !self.words[usize::from(*transition)].is_empty() {
                *transition |= ENDS;
            }
        }
    }

    fn scan(&self, value: &[u8]) -> Hints {
        let mut found = 0;
        let mut state = 0;
        let value = value.get(..VALUE_BYTES_MAX).unwrap_or(value);
        for (at, byte) in value.iter().enumerate() {
            let transition = self.next[state][symbol(*byte)];
            state = usize::from(transition & !ENDS);
            if transition & ENDS == 0 {
                continue;
            }
            for word in &self.words[state] {
                let fits = (!word.at_start || starts_word(value, at + 1 - word.length))
                    && (!word.at_end || starts_word(value, at + 1));
                if fits {
                    found |= word.hints.0;
                }
            }
        }
        Hints(found)
    }
}

/// Whether a word may begin at `at`: at the ends, beside a symbol, and where a capital follows a
/// small letter.
fn starts_word(value: &[u8], at: usize) -> bool {
    let (Some(before), Some(after)) = (at.checked_sub(1).and_then(|i| value.get(i)), value.get(at))
    else {
        return true;
    };
    !before.is_ascii_alphanumeric()
        || !after.is_ascii_alphanumeric()
        || before.is_ascii_lowercase() && after.is_ascii_uppercase()
        || before.is_ascii_digit() != after.is_ascii_digit()
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
