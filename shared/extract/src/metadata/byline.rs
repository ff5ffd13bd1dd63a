//! Who wrote it: from linked data, meta tags, or an element marked as the byline.

use super::{Linked, Metas, clean};
use crate::html::{AttributeName, Node, Tag, Tree};

/// Meta tags that name the author.
const AUTHOR_NAMES: [&str; 8] = [
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "citation_author",
    "byl",
];

/// Elements marked as a byline that are read to find one with text.
const BYLINES_READ_MAX: usize = 100;

/// The names, several separated by `", "`.
pub(super) fn byline(tree: &Tree<'_>, metas: &Metas, linked: &Linked) -> Option<String> {
    let authors: Vec<&str> = linked.authors.iter().map(String::as_str).collect();
    let authors: Vec<&str> = authors.into_iter().filter(|name| !is_role(name)).collect();
    if !authors.is_empty() {
        return clean(&authors.join(", "));
    }
    let named = |name: &str| !name.contains("://") && !name.contains('@') && !is_role(name);
    let meta = AUTHOR_NAMES.iter().find_map(|name| {
        let all: Vec<&str> = metas
            .all(name)
            .filter(|value| named(value))
            .take(8)
            .collect();
        (!all.is_empty()).then(|| all.join(", "))
    });
    meta.and_then(|value| clean(without_by(&value)))
        .or_else(|| element_byline(tree))
}

/// An element marked as the author by `rel` or `itemprop`, or a short one by its class.
fn element_byline(tree: &Tree<'_>) -> Option<String> {
    let marked = |node: &Node| {
        let has = |name, wanted: &str| {
            tree.raw_attribute(node, name)
                .is_some_and(|v| v.split_whitespace().any(|w| w.eq_ignore_ascii_case(wanted)))
        };
        has(AttributeName::Rel, "author")
            || has(AttributeName::Itemprop, "author")
            || [
                "byline",
                "author-name",
                "author__name",
                "author",
                "article-author",
            ]
            .iter()
            .any(|class| has(AttributeName::Class, class))
    };
    let elements = tree
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.tag != Tag::Text);
    elements
        .filter(|(_, node)| marked(node))
        .take(BYLINES_READ_MAX)
        .find_map(|(id, _)| name_in(&tree.text_of(id, 200)))
}

/// The names at the beginning of a byline's text: up to a date, a separator or their repetition.
fn name_in(text: &str) -> Option<String> {
    const NAME_CHARS_MAX: usize = 80;
    let text = without_by(text);
    let ends = |c: char| c.is_ascii_digit() || matches!(c, '|' | '·' | '•' | '–' | '—' | '(');
    let end = text.find(ends).unwrap_or(text.len());
    let words: Vec<&str> = text.get(..end)?.split_whitespace().collect();
    let repeated =
        (1..=words.len() / 2).find(|half| alike(&words[..*half], &words[*half..half * 2]));
    let words = &words[..repeated.unwrap_or(words.len())];
    let name = words.join(" ");
    let name = name.trim_matches([',', ':', '/', '-', ' ']);
    let fits = (2..NAME_CHARS_MAX).contains(&name.chars().count()) && words.len() <= 8;
    clean(name).filter(|name| fits && !is_role(name))
}

/// Whether words are the same but for a comma or a colon at the end.
fn alike(a: &[&str], b: &[&str]) -> bool {
    let bare = |words: &[&str]| words.join(" ").trim_end_matches([',', ':']).to_owned();
    bare(a) == bare(b)
}

/// What a system calls whoever wrote.
fn is_role(name: &str) -> bool {
    [
        "admin",
        "administrator",
        "editor",
        "author",
        "root",
        "staff",
        "webmaster",
    ]
    .iter()
    .any(|role| name.eq_ignore_ascii_case(role))
}

/// `value` without a leading "By" of some languages.
fn without_by(value: &str) -> &str {
    let value = value.trim();
    for word in [
        "By ",
        "by ",
        "BY ",
        "Von ",
        "von ",
        "VON ",
        "Par ",
        "par ",
        "Por ",
        "por ",
        "Di ",
        "Written by ",
    ] {
        if let Some(rest) = value.strip_prefix(word) {
            return rest.trim_start_matches([':', ' ']);
        }
    }
    value
}
