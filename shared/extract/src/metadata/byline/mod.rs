//! Who wrote it: one table of rules, the most reliable first. The first that names persons decides;
//! if none does, the first that names a newsroom or an agency. Commenters, teasers and biographies
//! are never read: see `layout`.

pub(super) mod names;
mod visible;
mod words;

use super::layout::Layout;
use super::linked::{Author, Linked};
use super::metas::Metas;
use super::text::{clean, letters};
use super::title::site::Site;
use crate::html::Tree;
use names::{Name, Trust, names_in};

/// What the rules read.
pub(super) struct Page<'a> {
    pub(super) tree: &'a Tree<'a>,
    pub(super) metas: &'a Metas,
    pub(super) linked: &'a Linked,
    pub(super) layout: &'a Layout,
    pub(super) site: &'a Site<'a>,
}

type Rule = fn(&Page<'_>) -> Vec<Name>;

/// Where names are looked for, the most reliable place first.
const RULES: [(&str, Rule); 10] = [
    ("linked data", linked_authors),
    ("meta tags", meta_authors),
    ("marked by the headline", |page| {
        visible::marked_by_headline(page.tree, page.layout)
    }),
    ("introduced by the headline", |page| {
        visible::introduced_by_headline(page.tree, page.layout)
    }),
    ("linked by the headline", |page| {
        visible::linked_by_headline(page.tree, page.layout)
    }),
    ("declared in the article", |page| {
        visible::declared_in_article(page.tree, page.layout)
    }),
    ("marked behind the text", |page| {
        visible::marked_behind_text(page.tree, page.layout)
    }),
    ("introduced behind the text", |page| {
        visible::introduced_behind_text(page.tree, page.layout)
    }),
    ("in brackets", |page| {
        visible::in_brackets(page.tree, page.layout)
    }),
    ("signature", |page| {
        visible::signature(page.tree, page.layout)
    }),
];

/// Meta tags that name the author.
const AUTHOR_NAMES: [&str; 13] = [
    "author",
    "article:author",
    "article:author_name",
    "og:article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dc:creator",
    "dcterms.creator",
    "citation_author",
    "byl",
    "dcsext.author",
    "cxenseparse:author",
];

/// The names, several separated by `", "`.
pub(super) fn byline(page: &Page<'_>) -> Option<String> {
    let mut office = None;
    for (_, rule) in RULES {
        let names = rule(page);
        let (own, others): (Vec<Name>, Vec<Name>) = names
            .into_iter()
            .partition(|name| matches!(name, Name::Person(_)) && !is_publisher(name, page));
        if !own.is_empty() {
            return joined(&own);
        }
        office = office.or_else(|| joined(&others));
    }
    office
}

fn joined(names: &[Name]) -> Option<String> {
    let names: Vec<&str> = names.iter().map(Name::text).collect();
    clean(&names.join(", "))
}

/// The site itself, in whatever way its name is written: "Courier" of "The Courier" as well.
fn is_publisher(name: &Name, page: &Page<'_>) -> bool {
    const LETTERS_MIN: usize = 5;
    let name = letters(name.text());
    let holds = |a: &str, b: &str| a == b || b.len() >= LETTERS_MIN && a.contains(b);
    let known = [page.site.name, page.linked.publisher.as_deref()];
    let mut known = known.into_iter().flatten().map(letters);
    known.any(|site| !site.is_empty() && (holds(&site, &name) || holds(&name, &site)))
        || page.site.is_in_address(&name)
}

fn linked_authors(page: &Page<'_>) -> Vec<Name> {
    let names = |author: &Author| {
        let names = names_in(&author.name, Trust::Declared);
        if author.is_person {
            names
        } else {
            names.iter().map(demoted).collect()
        }
    };
    page.linked.authors.iter().flat_map(names).collect()
}

/// An organisation is none of the persons, however it is called.
fn demoted(name: &Name) -> Name {
    Name::Office(name.text().to_owned())
}

fn meta_authors(page: &Page<'_>) -> Vec<Name> {
    let all = |name: &&str| -> Vec<Name> {
        let values = page.metas.all(name).take(8);
        let mut found: Vec<Name> = Vec::new();
        for value in values.filter(|value| !value.contains("://") && !value.contains('@')) {
            found.extend(
                names_in(value, Trust::Declared)
                    .into_iter()
                    .filter(|name| !found.contains(name))
                    .collect::<Vec<_>>(),
            );
        }
        found
    };
    let found: Vec<Vec<Name>> = AUTHOR_NAMES
        .iter()
        .map(all)
        .filter(|names| !names.is_empty())
        .collect();
    let persons = |names: &&Vec<Name>| {
        names
            .iter()
            .any(|name| matches!(name, Name::Person(_)) && !is_publisher(name, page))
    };
    found
        .iter()
        .find(persons)
        .or(found.first())
        .cloned()
        .unwrap_or_default()
}
