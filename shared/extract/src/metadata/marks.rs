//! What names of elements say about bylines, dates and regions that belong to somebody else: words
//! of class names, ids, microdata and roles, in several languages, never names of single sites.

use std::sync::OnceLock;

use crate::hints::{Automaton, Hints};
use crate::html::{AttributeName, Node, Tag, Tree};

/// Names who wrote.
pub(super) const AUTHOR: Hints = Hints(1);
/// Names when it was published.
pub(super) const DATE: Hints = Hints(1 << 1);
/// Is a date, but not the publication's.
pub(super) const OTHER_DATE: Hints = Hints(1 << 2);
/// Readers' comments: never the article's own.
pub(super) const COMMENT: Hints = Hints(1 << 3);
/// Other stories, the site's furniture.
pub(super) const ELSEWHERE: Hints = Hints(1 << 4);
/// Who somebody is, beyond the name: role, biography, portrait, ways to follow.
pub(super) const ABOUT: Hints = Hints(1 << 5);
/// Declared by `rel`, microdata or `RDFa` to be the author or the date.
pub(super) const DECLARED: Hints = Hints(1 << 6);
/// Captions, quotes, forms and buttons: they have authors and dates of their own.
pub(super) const INSET: Hints = Hints(1 << 7);
/// Holds the article's text.
pub(super) const TEXT: Hints = Hints(1 << 8);
/// A name alone.
pub(super) const NAME: Hints = Hints(1 << 9);

/// Is the publication's date, whatever else the element is called.
pub(super) const PUBLISHED: Hints = Hints(1 << 10);

/// Words and what they hint at; `^` and `$` ask for a word boundary.
const WORDS: &[(Hints, &[&str])] = &[
    (
        AUTHOR,
        &[
            "author",
            "autor",
            "auteur",
            "autore",
            "^auther",
            "byline",
            "by-line",
            "by_line",
            "writer",
            "writtenby",
            "written-by",
            "written_by",
            "journalist",
            "giornalista",
            "periodista",
            "columnist",
            "reporter",
            "contributor",
            "verfasser",
            "redacteur",
            "redattore",
            "skribent",
            "forfatter",
            "författare",
            "yazar",
            "penulis",
            "kirjoittaja",
            "szerzo",
            "^firma$",
            "firmante",
            "signature",
            "^vcard$",
            "^by$",
            "posted-by",
            "posted_by",
            "postedby",
            "tacgia",
            "tac-gia",
            "tac_gia",
            "zuozhe",
            "^gija",
            "creator",
            "^credits$",
            "^bylines",
            "submitted-by",
        ],
    ),
    (
        NAME,
        &[
            "^name$",
            "^fn$",
            "authorname",
            "author-name",
            "author_name",
            "name-text",
        ],
    ),
    (
        DATE,
        &[
            "date",
            "datum",
            "fecha",
            "publish",
            "posted",
            "pubtime",
            "pub-time",
            "timestamp",
            "^time$",
            "^time-",
            "datetime",
            "dateline",
            "submitted",
            "^meta$",
            "post-meta",
            "postmeta",
            "entry-meta",
            "article-meta",
            "story-meta",
            "ngaydang",
            "^data$",
            "tarih",
            "tanggal",
            "dato",
            "pubdate",
            "post-info",
            "byline",
            "^published$",
        ],
    ),
    (
        OTHER_DATE,
        &[
            "update",
            "modifi",
            "aktualis",
            "aggiorn",
            "actuali",
            "^revis",
            "accepted",
            "received",
            "event",
            "expire",
            "copyright",
            "birth",
            "deadline",
        ],
    ),
    (
        COMMENT,
        &[
            "comment",
            "kommentar",
            "disqus",
            "^respond$",
            "commentaire",
            "comentario",
            "leserbrief",
            "^thread$",
            "^replies",
            "^reply",
            "yorum",
            "binhluan",
            "^coral",
            "livefyre",
            "pinglun",
            "komentar",
        ],
    ),
    (
        ELSEWHERE,
        &[
            "related",
            "recommend",
            "^similar",
            "trending",
            "popular",
            "latest",
            "teaser",
            "most-read",
            "mostread",
            "most_read",
            "outbrain",
            "taboola",
            "sidebar",
            "^rail$",
            "right-rail",
            "promo",
            "newsletter",
            "navigation",
            "^nav$",
            "navbar",
            "menu",
            "weitere",
            "verwandt",
            "empfehl",
            "read-next",
            "readnext",
            "suggest",
            "relacionad",
            "recirc",
            "^more$",
            "read-more",
            "readmore",
            "^also",
            "see-also",
            "recent",
            "ticker",
            "carousel",
            "slider",
            "advert",
            "^ad$",
            "^ads$",
            "sponsor",
            "crumb",
            "site-footer",
            "^next",
            "^prev",
            "widget_recent",
            "widget-area",
            "widgets",
            "playlist",
            "^card$",
            "^cards$",
            "^tile",
            "mas-leid",
            "mas-vist",
            "lo-mas",
            "correlat",
            "liees",
            "testimonial",
            "subscri",
            "paywall",
            "consent",
            "cookie",
            "onward",
            "discover",
            "further",
            "headlines",
            "popup",
            "modal",
        ],
    ),
    (
        ABOUT,
        &[
            "role",
            "job",
            "position",
            "^bio$",
            "biograph",
            "about",
            "^desc",
            "description",
            "social",
            "twitter",
            "facebook",
            "linkedin",
            "instagram",
            "^follow",
            "email",
            "^mail",
            "avatar",
            "portrait",
            "tooltip",
            "^share",
            "reading-time",
            "readtime",
            "read-time",
            "^source",
            "quelle",
            "fuente",
            "^location",
            "comment-count",
            "^views",
            "^icon",
            "sr-only",
            "screen-reader",
            "visually-hidden",
            "visuallyhidden",
            "^editor",
            "^count",
            "^section",
            "^category",
            "^tags",
            "^photo$",
            "^image$",
            "^img$",
            "^credit$",
            "copyright",
            "^company",
            "affiliation",
            "occupation",
            "^label-",
        ],
    ),
    (PUBLISHED, &["^published$", "dt-published"]),
    (
        INSET,
        &[
            "caption",
            "figcaption",
            "pullquote",
            "pull-quote",
            "tweet",
            "^embed",
            "image-credit",
            "photo-credit",
            "imagecredit",
            "photocredit",
            "bildquelle",
        ],
    ),
    (
        TEXT,
        &[
            "articlebody",
            "article-body",
            "article_body",
            "entry-content",
            "post-content",
        ],
    ),
];

/// Elements that are what their tag says, whatever they are called.
fn by_tag(tag: Tag) -> Hints {
    match tag {
        Tag::Nav | Tag::Menu | Tag::Dialog | Tag::Aside => ELSEWHERE,
        Tag::Figure
        | Tag::Figcaption
        | Tag::Caption
        | Tag::Blockquote
        | Tag::Form
        | Tag::Button
        | Tag::Select
        | Tag::Svg
        | Tag::Iframe
        | Tag::Template => INSET,
        Tag::Time => DATE,
        Tag::Address => AUTHOR,
        _ => Hints::default(),
    }
}

/// What an element's tag and names say.
pub(super) fn marks_of(tree: &Tree<'_>, node: &Node) -> Hints {
    let mut marks = by_tag(node.tag);
    for attribute in tree.attributes_of(node) {
        let value = attribute.value.of(tree.source);
        marks = marks.with(match attribute.name {
            AttributeName::Class
            | AttributeName::Id
            | AttributeName::Datatype
            | AttributeName::Component => in_name(value),
            AttributeName::Itemprop | AttributeName::Property => declared(value),
            AttributeName::Rel if has_word(value, "author") => AUTHOR.with(DECLARED),
            AttributeName::Itemtype if value.contains("/Comment") => COMMENT,
            _ => Hints::default(),
        });
    }
    marks
}

/// What a class or an id says.
fn in_name(value: &str) -> Hints {
    static AUTOMATON: OnceLock<Automaton> = OnceLock::new();
    AUTOMATON
        .get_or_init(|| Automaton::new(WORDS))
        .scan(value.as_bytes())
}

/// What microdata and `RDFa` say.
fn declared(value: &str) -> Hints {
    const DECLARATIONS: &[(&str, Hints)] = &[
        ("author", AUTHOR.with(DECLARED)),
        ("creator", AUTHOR.with(DECLARED)),
        ("dc:creator", AUTHOR.with(DECLARED)),
        ("schema:author", AUTHOR.with(DECLARED)),
        ("name", NAME),
        ("datePublished", DATE.with(DECLARED)),
        ("dateCreated", DATE.with(DECLARED)),
        ("dc:date", DATE.with(DECLARED)),
        ("pubdate", DATE.with(DECLARED)),
        ("dateModified", OTHER_DATE),
        ("comment", COMMENT),
        ("jobTitle", ABOUT),
        ("description", ABOUT),
        ("articleBody", TEXT),
    ];
    DECLARATIONS
        .iter()
        .filter(|(word, _)| has_word(value, word))
        .fold(Hints::default(), |all, (_, marks)| all.with(*marks))
}

fn has_word(value: &str, wanted: &str) -> bool {
    value
        .split_whitespace()
        .any(|word| word.eq_ignore_ascii_case(wanted))
}
