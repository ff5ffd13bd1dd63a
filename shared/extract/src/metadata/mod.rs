//! Title, byline, site name, language, canonical address and date, each from the most reliable
//! place that has it: linked data, then meta tags, then the page's elements, then its text.

mod byline;
pub(crate) mod date;
mod linked;
mod published;
mod title;

pub(crate) use linked::{Linked, linked};

use crate::classify::PageWords;
use crate::extracted::Published;
use crate::html::{AttributeName, Tag, Tree};
use crate::shingle::Shingles;
use byline::byline;
use published::published;
use title::{Site, site_in_title, titles};

/// Longest title, name or byline; more is a page's mistake.
const VALUE_CHARS_MAX: usize = 300;

/// What a page says about itself.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    /// What the page's head calls it; the classifier was trained on this one.
    pub(crate) title: Option<String>,
    /// What the page shows as its headline.
    pub(crate) headline: Option<String>,
    pub(crate) byline: Option<String>,
    pub(crate) site_name: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) canonical_url: Option<String>,
    pub(crate) published: Option<Published>,
    pub(crate) description: Option<String>,
}

impl Metadata {
    /// What the classifier compares blocks with.
    pub(crate) fn page_words(&self, linked: &Linked) -> PageWords {
        PageWords {
            title: Shingles::of(self.title.as_deref().unwrap_or("")),
            description: Shingles::of(self.description.as_deref().unwrap_or("")),
            body: Shingles::of(linked.body.as_deref().unwrap_or("")),
            has_body: linked.body.as_deref().is_some_and(|body| body.len() > 200),
        }
    }
}

/// Names and contents of the page's `<meta>` tags.
struct Metas(Vec<(String, String)>);

impl Metas {
    fn of(tree: &Tree<'_>) -> Metas {
        let metas = tree.nodes.iter().filter(|node| node.tag == Tag::Meta);
        let pair = |node| {
            let name = [
                AttributeName::Property,
                AttributeName::Name,
                AttributeName::Itemprop,
                AttributeName::HttpEquiv,
            ]
            .into_iter()
            .find_map(|name| tree.raw_attribute(node, name))?;
            let content = tree.attribute(node, AttributeName::Content)?;
            let content = clean(&content)?;
            Some((name.trim().to_ascii_lowercase(), content))
        };
        Metas(metas.filter_map(pair).collect())
    }

    fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.all(name).next())
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads the metadata of a page that came from `url`.
pub(crate) fn metadata(tree: &Tree<'_>, linked: &Linked, url: Option<&str>) -> Metadata {
    let metas = Metas::of(tree);
    let site_name = site_name(&metas, linked);
    let site = Site {
        name: site_name.as_deref(),
        url,
    };
    let titles = titles(tree, &metas, linked, &site);
    Metadata {
        headline: titles.headline,
        title: titles.title,
        byline: byline(tree, &metas, linked),
        language: language(tree, &metas, linked),
        canonical_url: canonical(tree, &metas, url),
        published: published(tree, &metas, linked, url),
        site_name: site_name.or_else(|| site_in_title(tree, url)),
        description: metas
            .first(&["og:description", "description", "twitter:description"])
            .map(str::to_owned),
    }
}

/// White space collapsed, length bounded; `None` for nothing.
fn clean(value: &str) -> Option<String> {
    let words = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = words.chars().take(VALUE_CHARS_MAX).collect();
    (!short.is_empty()).then_some(short)
}

fn site_name(metas: &Metas, linked: &Linked) -> Option<String> {
    metas
        .first(&[
            "og:site_name",
            "twitter:app:name:iphone",
            "application-name",
        ])
        .map(str::to_owned)
        .or_else(|| linked.publisher.clone())
}

fn language(tree: &Tree<'_>, metas: &Metas, linked: &Linked) -> Option<String> {
    let root = tree
        .nodes
        .first()
        .and_then(|node| tree.attribute(node, AttributeName::Lang));
    let body = || {
        let body = tree.nodes.iter().find(|node| node.tag == Tag::Body)?;
        tree.attribute(body, AttributeName::Lang)
    };
    root.or_else(body)
        .or_else(|| {
            metas
                .first(&["content-language", "og:locale", "language", "dc.language"])
                .map(str::to_owned)
        })
        .or_else(|| linked.language.clone())
        .and_then(|value| language_tag(&value))
}

/// A declared language as a BCP 47 tag: `de_AT` is `de-AT`, `en, de` is `en`.
fn language_tag(value: &str) -> Option<String> {
    let first = value
        .split([',', ';', ' '])
        .next()?
        .trim()
        .replace('_', "-");
    let mut parts = first.split('-').filter(|part| !part.is_empty());
    let primary = parts.next()?;
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let mut tag = primary.to_ascii_lowercase();
    for part in parts
        .filter(|part| part.len() <= 8 && letters(part))
        .take(3)
    {
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            _ => tag.push_str(part),
        }
    }
    Some(tag)
}

fn canonical(tree: &Tree<'_>, metas: &Metas, url: Option<&str>) -> Option<String> {
    let links = tree.nodes.iter().filter(|node| node.tag == Tag::Link);
    let mut canonical = links.filter(|node| {
        tree.raw_attribute(node, AttributeName::Rel)
            .is_some_and(|rel| {
                rel.split_whitespace()
                    .any(|w| w.eq_ignore_ascii_case("canonical"))
            })
    });
    let link = canonical.find_map(|node| tree.attribute(node, AttributeName::Href));
    let found = link.or_else(|| metas.first(&["og:url"]).map(str::to_owned))?;
    // Some sites name their front page on every page.
    absolute(found.trim(), url).filter(|found| !is_front(found) || url.is_none_or(is_front))
}

fn is_front(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split_once(['/', '?']).map_or("", |(_, path)| path);
    path.is_empty()
}

/// `href` as an absolute address; relative ones need the page's own.
fn absolute(href: &str, base: Option<&str>) -> Option<String> {
    if href.starts_with("http://") || href.starts_with("https://") {
        return Some(href.to_owned());
    }
    let base = base?;
    let (scheme, rest) = base.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    if let Some(other) = href.strip_prefix("//") {
        return Some(format!("{scheme}://{other}"));
    }
    href.starts_with('/')
        .then(|| format!("{scheme}://{host}{href}"))
}
