//! What a page is by its elements and not by its words: names that content systems give to error
//! pages, password fields, the marks of protection services, and what speaks for an article.

use memchr::memmem;

use crate::extracted::PageKind;
use crate::html::{AttributeName, Node, Tag, Tree};
use crate::page_kind::case::Case;

/// Elements around the message whose names are read.
const CLIMB_MAX: usize = 6;

/// Bytes of the source in which the marks of protection services are looked for.
const SOURCE_BYTES_MAX: usize = 200_000;

/// What protection services leave in pages, and how sure it is that the page is theirs: some put
/// their scripts into every page of a site, and forms of articles have captchas.
const SERVICES: [(&str, i32); 17] = [
    ("_cf_chl_opt", 3),
    ("cf-chl-", 3),
    ("captcha-delivery.com", 3),
    ("px-captcha", 3),
    ("sec-if-cpt-container", 3),
    ("distil_r_captcha", 3),
    ("sucuri_cloudproxy", 3),
    ("_Incapsula_Resource", 2),
    ("smartcaptcha", 2),
    ("geetest", 2),
    ("challenges.cloudflare.com", 1),
    ("/cdn-cgi/challenge-platform/", 1),
    ("awswaf.com", 1),
    ("ddos-guard", 1),
    ("hcaptcha", 1),
    ("g-recaptcha", 1),
    ("recaptcha/api.js", 1),
];

/// Names of elements, and what pages they stand in.
const NAMES: [(&str, PageKind, i32); 22] = [
    ("error404", PageKind::NotFound, 3),
    ("error-404", PageKind::NotFound, 3),
    ("error_404", PageKind::NotFound, 3),
    ("page404", PageKind::NotFound, 3),
    ("page-404", PageKind::NotFound, 3),
    ("not-found", PageKind::NotFound, 2),
    ("not_found", PageKind::NotFound, 2),
    ("notfound", PageKind::NotFound, 2),
    ("no-results", PageKind::NotFound, 2),
    ("404", PageKind::NotFound, 2),
    ("error-page", PageKind::NotFound, 1),
    ("errorpage", PageKind::NotFound, 1),
    ("captcha", PageKind::Challenge, 2),
    ("challenge", PageKind::Challenge, 2),
    ("access-denied", PageKind::Challenge, 2),
    ("maintenance", PageKind::Maintenance, 2),
    ("wartung", PageKind::Maintenance, 2),
    ("geoblock", PageKind::GeoBlock, 2),
    ("geo-block", PageKind::GeoBlock, 2),
    ("login", PageKind::Login, 1),
    ("signin", PageKind::Login, 1),
    ("parked", PageKind::Parked, 2),
];

/// Points by elements.
#[derive(Debug, Default)]
pub(super) struct Marks {
    points: [i32; PageKind::COUNT],
    /// Points for any kind: what hides from search engines, less what calls itself an article.
    pub(super) about_all: i32,
}

impl Marks {
    pub(super) fn of(&self, kind: PageKind) -> i32 {
        self.points[kind as usize]
    }

    fn raise(&mut self, kind: PageKind, points: i32) {
        let own = &mut self.points[kind as usize];
        *own = (*own).max(points);
    }
}

/// The marks of a page whose message stands in `message`.
pub(super) fn marks(case: &Case<'_>, message: Option<usize>, short: bool) -> Marks {
    let mut marks = Marks::default();
    let tree = case.tree;
    marks.about_all -= 3 * i32::from(case.linked.is_article);
    for node in &tree.nodes {
        match node.tag {
            Tag::Meta => meta(tree, node, &mut marks),
            Tag::Body => names(tree, node, &mut marks),
            Tag::Input if short && is_password(tree, node) => marks.raise(PageKind::Login, 2),
            _ => {}
        }
    }
    let mut at = message.unwrap_or(0);
    for _ in 0..CLIMB_MAX {
        let Some(node) = tree.nodes.get(at).filter(|_| at != 0) else {
            break;
        };
        names(tree, node, &mut marks);
        at = node.parent as usize;
    }
    let source = tree.source.as_bytes();
    let source = source.get(..SOURCE_BYTES_MAX).unwrap_or(source);
    for (mark, points) in SERVICES.iter().filter(|_| short) {
        if memmem::find(source, mark.as_bytes()).is_some() {
            marks.raise(PageKind::Challenge, *points);
        }
    }
    marks
}

fn meta(tree: &Tree<'_>, node: &Node, marks: &mut Marks) {
    let value = |name| tree.raw_attribute(node, name).unwrap_or("");
    let name = match value(AttributeName::Property) {
        "" => value(AttributeName::Name),
        property => property,
    };
    let content = value(AttributeName::Content);
    if name.eq_ignore_ascii_case("robots") {
        let content = content.to_ascii_lowercase();
        marks.about_all += i32::from(content.contains("noindex"));
    }
    let typed = name == "og:type" && content.eq_ignore_ascii_case("article");
    if typed || name == "article:published_time" {
        marks.about_all -= 2;
    }
}

fn is_password(tree: &Tree<'_>, node: &Node) -> bool {
    let kind = tree.raw_attribute(node, AttributeName::Type);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("password"))
}

fn names(tree: &Tree<'_>, node: &Node, marks: &mut Marks) {
    for name in [AttributeName::Class, AttributeName::Id] {
        let value = tree.raw_attribute(node, name).unwrap_or("");
        if value.is_empty() {
            continue;
        }
        let value = value.to_ascii_lowercase();
        for (known, kind, points) in NAMES {
            if has_name(&value, known) {
                marks.raise(kind, points);
            }
        }
    }
}

/// Whether `value` has `known` as a name or as a part of one.
fn has_name(value: &str, known: &str) -> bool {
    let bytes = value.as_bytes();
    memmem::find_iter(bytes, known.as_bytes()).any(|at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(at + known.len());
        let apart = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        apart(before) && apart(after)
    })
}
