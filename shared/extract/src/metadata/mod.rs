//! Title, byline, site name, language, canonical address and date, each from the most reliable
//! place that has it: linked data, then meta tags, then the page's elements, then its text.

mod byline;
pub(crate) mod date;
mod layout;
mod linked;
mod marks;
mod metas;
mod text;
mod title;

pub(crate) use linked::{Linked, linked};

use crate::classify::PageWords;
use crate::extracted::Published;
use crate::html::{AttributeName, Tag, Tree};
use crate::shingle::Shingles;
use layout::Layout;
use metas::Metas;
use title::site::Site;
use title::{site_in_title, titles};

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

/// Reads the metadata of a page that came from `url`.
pub(crate) fn metadata(tree: &Tree<'_>, linked: &Linked, url: Option<&str>) -> Metadata {
    let metas = Metas::of(tree);
    let titles_of_head = title::stated(tree, &metas);
    let stated: Vec<&str> = titles_of_head.iter().map(String::as_str).collect();
    let layout = Layout::of(tree, &stated);
    let metas = metas.of_article(&layout);
    let site_name = site_name(&metas, linked);
    let site = Site {
        name: site_name.as_deref(),
        url,
    };
    let titles = titles(tree, &metas, linked, &layout, &site);
    let language = language(tree, &metas, linked);
    let canonical_url = canonical(tree, &metas, url);
    let byline = byline::byline(&byline::Page {
        tree,
        metas: &metas,
        linked,
        layout: &layout,
        site: &site,
    });
    let published = date::published(&date::Page {
        tree,
        metas: &metas,
        linked,
        layout: &layout,
        url: url.or(canonical_url.as_deref()),
        language: language.as_deref(),
    });
    Metadata {
        headline: titles.headline,
        title: titles.title,
        byline,
        language,
        canonical_url,
        published,
        site_name: site_name.or_else(|| site_in_title(tree, url)),
        description: metas
            .first(&["og:description", "description", "twitter:description"])
            .map(str::to_owned),
    }
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
