//! What a page says of its own kind, in points: above nothing for a list, below for an article.

use super::case::Case;
use crate::html::{AttributeName, Tag, Tree};

/// Parts of addresses that lists stand under: at the end, or before the name of what is listed.
const LISTS: [&str; 23] = [
    "category",
    "categories",
    "cat",
    "tag",
    "tags",
    "topic",
    "topics",
    "author",
    "authors",
    "archive",
    "archives",
    "search",
    "section",
    "kategorie",
    "kategorien",
    "thema",
    "themen",
    "schlagwort",
    "archiv",
    "suche",
    "rubrik",
    "autor",
    "categoria",
];

/// The same, only at the end: articles stand below these as well.
const LIST_ENDS: [&str; 12] = [
    "blog",
    "news",
    "aktuelles",
    "stories",
    "articles",
    "posts",
    "index",
    "home",
    "start",
    "magazine",
    "magazin",
    "nachrichten",
];

/// Words in the class of a body, as content management systems write them.
const LIST_CLASSES: [&str; 9] = [
    "blog",
    "archive",
    "category",
    "tag",
    "search-results",
    "home-template",
    "tag-template",
    "author-template",
    "page-archive",
];
const ARTICLE_CLASSES: [&str; 5] = [
    "single",
    "single-post",
    "post-template",
    "page-entry",
    "node-type-article",
];

/// Points of all signs together. Front pages of sites with dated entries are lists; a company's is
/// a page like others.
pub(super) fn points(case: &Case<'_>, dated: bool) -> i32 {
    let mut list = 0;
    let mut article = 0;
    for node in &case.tree.nodes {
        match node.tag {
            Tag::Meta => {
                let (name, content) = meta(case.tree, node);
                match name {
                    "og:type" if content.eq_ignore_ascii_case("article") => article += 3,
                    "og:type"
                        if content.eq_ignore_ascii_case("website")
                            || content.eq_ignore_ascii_case("blog") =>
                    {
                        list += 1;
                    }
                    "article:published_time" => article += 2,
                    _ => {}
                }
            }
            Tag::Body => {
                let class = case
                    .tree
                    .raw_attribute(node, AttributeName::Class)
                    .unwrap_or("");
                let any = |words: &[&str]| {
                    class
                        .split_ascii_whitespace()
                        .any(|word| words.contains(&word))
                };
                list += 2 * i32::from(any(&LIST_CLASSES));
                article += 3 * i32::from(any(&ARTICLE_CLASSES));
            }
            _ => {}
        }
    }
    list += 2 * i32::from(case.linked.is_list);
    list += address_points(case, dated);
    list - article
}

fn meta<'a>(tree: &'a Tree<'_>, node: &crate::html::Node) -> (&'a str, &'a str) {
    let value = |name| tree.raw_attribute(node, name);
    let name = value(AttributeName::Property).or_else(|| value(AttributeName::Name));
    (
        name.unwrap_or(""),
        value(AttributeName::Content).unwrap_or(""),
    )
}

/// What the page's address says: a front page or a list's by its parts, an article's by its length.
fn address_points(case: &Case<'_>, dated: bool) -> i32 {
    let Some(address) = case.own.as_ref() else {
        return 0;
    };
    let parts: Vec<&str> = address.parts().collect();
    let lists = ["paged=", "cat=", "tag=", "s=", "q=", "page="];
    if lists.iter().any(|list| address.query().starts_with(list)) {
        return 2;
    }
    let Some(last) = parts.last() else {
        return 3 * i32::from(dated && address.query().is_empty());
    };
    let stem = last.split('.').next().unwrap_or(last).to_ascii_lowercase();
    let before = parts.len().checked_sub(2).and_then(|at| parts.get(at));
    let digits = stem.bytes().filter(u8::is_ascii_digit).count();
    if LISTS.contains(&stem.as_str()) || LIST_ENDS.contains(&stem.as_str()) {
        2
    } else if stem.matches(['-', '_']).count() >= 3 || digits >= 5 {
        -2
    } else {
        2 * i32::from(
            before.is_some_and(|part| LISTS.contains(&part.to_ascii_lowercase().as_str())),
        )
    }
}
