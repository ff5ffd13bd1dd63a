//! The date of publication: from linked data, meta tags, the address, `<time>` elements, and at last
//! from visible text that is named for a date or stands by the headline.

use super::{Linked, Metas, date};
use crate::extracted::Published;
use crate::html::{AttributeName, Node, Tag, Tree};

/// Meta tags that say when the page was published.
const NAMES: [&str; 16] = [
    "article:published_time",
    "datepublished",
    "og:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "date",
    "pubdate",
    "publish-date",
    "publishdate",
    "publication_date",
    "citation_publication_date",
    "article.published",
    "cxenseparse:recs:publishtime",
];

/// Elements marked as a date that are read.
const ELEMENTS_MAX: usize = 50;

/// Longest text that is a date and little else.
const LABEL_CHARS_MAX: usize = 80;

/// Nodes behind the headline in which its date stands.
const BY_HEADLINE_NODES: usize = 40;

/// Reads the date of a page that came from `url`.
pub(super) fn published(
    tree: &Tree<'_>,
    metas: &Metas,
    linked: &Linked,
    url: Option<&str>,
) -> Option<Published> {
    let in_linked = linked.published.as_deref().and_then(date::parse);
    let in_meta = || {
        NAMES
            .iter()
            .find_map(|name| metas.all(name).find_map(date::parse))
    };
    if let Some(stated) = in_linked.or_else(in_meta) {
        return Some(stated);
    }
    let in_url = url.and_then(date::in_url);
    let in_element = from_elements(tree);
    match (in_url, in_element) {
        // An element of the same day may give the time as well.
        (Some(day), Some(time)) if time.iso.starts_with(&day.iso) => Some(time),
        (Some(day), _) => Some(day),
        (None, Some(time)) => Some(time),
        (None, None) => from_labels(tree).or_else(|| by_headline(tree)),
    }
}

/// `<time>` elements, those marked as the date of publication first.
fn from_elements(tree: &Tree<'_>) -> Option<Published> {
    let stamp = |node: &Node| {
        let value = tree
            .attribute(node, AttributeName::Datetime)
            .or_else(|| tree.attribute(node, AttributeName::Content))?;
        date::parse(&value)
    };
    let marked = tree.nodes.iter().filter(|node| {
        tree.raw_attribute(node, AttributeName::Itemprop)
            .is_some_and(|value| value.eq_ignore_ascii_case("datePublished"))
    });
    let times = tree.nodes.iter().filter(|node| node.tag == Tag::Time);
    marked.chain(times).take(ELEMENTS_MAX).find_map(stamp)
}

/// Elements named for a date.
fn from_labels(tree: &Tree<'_>) -> Option<Published> {
    let named = |node: &Node| {
        node.tag == Tag::Time
            || [
                AttributeName::Class,
                AttributeName::Id,
                AttributeName::Itemprop,
            ]
            .into_iter()
            .filter_map(|name| tree.raw_attribute(node, name))
            .any(names_date)
    };
    let elements = tree.nodes.iter().enumerate();
    elements
        .filter(|(_, node)| node.tag != Tag::Text && named(node))
        .take(ELEMENTS_MAX)
        .find_map(|(id, _)| in_label(&tree.text_of(id, 2 * LABEL_CHARS_MAX)))
}

/// Whether a class or the like is named for a date: in words of some languages.
fn names_date(value: &str) -> bool {
    const WORDS: [&str; 8] = [
        "date",
        "datum",
        "publish",
        "posted",
        "fecha",
        "byline",
        "dateline",
        "timestamp",
    ];
    let lower = value.to_ascii_lowercase();
    !lower.contains("update") && WORDS.iter().any(|word| lower.contains(word))
}

/// Short texts behind the first level-one heading.
fn by_headline(tree: &Tree<'_>) -> Option<Published> {
    let headline = tree.nodes.iter().position(|node| node.tag == Tag::H1)?;
    let near = tree
        .nodes
        .get(headline + 1..)?
        .iter()
        .take(BY_HEADLINE_NODES);
    near.filter(|node| node.tag == Tag::Text)
        .find_map(|node| in_label(node.span.of(tree.source)))
}

fn in_label(text: &str) -> Option<Published> {
    let text = text.trim();
    (text.chars().take(LABEL_CHARS_MAX + 1).count() <= LABEL_CHARS_MAX)
        .then(|| date::find(text))
        .flatten()
}
