//! The page's title and its headline: what the head calls it, and what a reader sees.

pub(super) mod site;
mod suffix;

use super::layout::Layout;
use super::linked::Linked;
use super::metas::Metas;
use super::text::{clean, letters};
use crate::html::{Tag, Tree, entity};
use crate::shingle::Shingles;
use site::{Site, names_site};

/// Level-one headings compared with the title.
const HEADINGS_MAX: usize = 12;

/// Level-one headings read to find those: empty ones and the site's name do not count.
const HEADINGS_READ_MAX: usize = 100;

/// Level-one headings of which one with text is the title, when the head has none.
const FIRST_HEADINGS: usize = 4;

/// Percent of one heading of several that the title has to share.
const SHARE_MIN: u8 = 50;

/// What stands between a title and the name of the site.
const NAME_SEPARATORS: [&str; 7] = [" | ", " - ", " – ", " — ", " • ", " · ", " :: "];

/// What a page is called.
pub(super) struct Titles {
    /// What the page's head calls it; the classifier was trained on this one.
    pub(super) title: Option<String>,
    /// What the page shows as its headline.
    pub(super) headline: Option<String>,
}

/// What the head calls the page, as it stands there.
pub(super) fn stated(tree: &Tree<'_>, metas: &Metas) -> Vec<String> {
    let in_meta = metas
        .first(&["og:title", "twitter:title"])
        .map(str::to_owned);
    in_title_tag(tree).into_iter().chain(in_meta).collect()
}

/// Reads what a page is called.
pub(super) fn titles(
    tree: &Tree<'_>,
    metas: &Metas,
    linked: &Linked,
    layout: &Layout,
    site: &Site<'_>,
) -> Titles {
    let headings = headings(tree);
    let in_linked = linked.headline.as_deref().and_then(clean);
    let in_meta = metas
        .first(&[
            "og:title",
            "twitter:title",
            "dc.title",
            "title",
            "parsely-title",
        ])
        .map(|title| without_site(title, site.name));
    let in_head = in_title_tag(tree).map(|title| without_site(&title, site.name));
    let stated: Vec<&String> = [&in_linked, &in_meta, &in_head]
        .into_iter()
        .flatten()
        .collect();
    let lower = lower_heading(tree, layout, &stated);
    let headline = lower.or_else(|| headline(&headings, &stated, site));
    let in_tag_only = in_linked.is_none() && in_meta.is_none() && headline == in_head;
    let headline = match headline {
        Some(title) if in_tag_only => Some(suffix::without_furniture(&title, site)),
        headline => headline,
    };
    let only = only_heading(&headings);
    let title = in_linked
        .or(in_meta)
        .or(only)
        .or(in_head)
        .or_else(|| headings.into_iter().next().map(|(_, text)| text));
    Titles { title, headline }
}

/// A level-one heading with text, and which of them it is.
type Heading = (usize, String);

/// The level-one headings with text, in page order.
fn headings(tree: &Tree<'_>) -> Vec<Heading> {
    let all = tree.nodes.iter().enumerate();
    all.filter(|(_, node)| node.tag == Tag::H1)
        .take(HEADINGS_READ_MAX)
        .enumerate()
        .filter_map(|(nth, (id, _))| Some((nth, clean(&tree.text_of(id, 2000))?)))
        .collect()
}

/// The only one with text among the first level-one headings.
fn only_heading(headings: &[Heading]) -> Option<String> {
    let mut first = headings.iter().take_while(|(nth, _)| *nth < FIRST_HEADINGS);
    match (first.next(), first.next()) {
        (Some((_, only)), None) => Some(only.clone()),
        _ => None,
    }
}

/// A heading below level one that the head's title begins or ends with: the level-one heading is the
/// site's there.
fn lower_heading(tree: &Tree<'_>, layout: &Layout, stated: &[&String]) -> Option<String> {
    let at = layout.headline?;
    let node = tree.nodes.get(at).filter(|node| node.tag != Tag::H1)?;
    debug_assert!(node.tag.is_heading());
    let text = clean(&tree.text_of(at, 2000))?;
    let words = letters(&text);
    let repeats = |title: &&String| {
        let title = letters(title);
        (title.starts_with(&words) || title.ends_with(&words)) && words.len() * 2 > title.len()
    };
    stated.iter().any(repeats).then_some(text)
}

fn in_title_tag(tree: &Tree<'_>) -> Option<String> {
    let node = tree.nodes.iter().find(|node| node.tag == Tag::Title)?;
    clean(&tree.raw_text(node))
}

/// The level-one heading that repeats most of what the head says, or the only one if it repeats
/// any of it; else what the head says, without the site's name.
fn headline(headings: &[Heading], stated: &[&String], site: &Site<'_>) -> Option<String> {
    let own = |text: &&String| {
        !names_site(text, site)
            && (text.split_whitespace().nth(2).is_some() || begins_one(text, stated))
    };
    let texts = headings.iter().map(|(_, text)| text);
    let mut candidates: Vec<&String> = texts.filter(own).take(HEADINGS_MAX).collect();
    candidates.dedup();
    let sets: Vec<Shingles> = stated.iter().map(|text| Shingles::of(text)).collect();
    let share = |text: &str| sets.iter().map(|set| set.share_of(text)).max();
    let best = candidates.iter().max_by_key(|text| share(text));
    let only = candidates.len() == 1;
    let fits = |text: &str| {
        stated.is_empty()
            || share(text) >= Some(SHARE_MIN)
            || only && stated.iter().any(|stated| shares_word(text, stated))
    };
    let seen = best.filter(|best| fits(best)).copied();
    let shorter = seen.and_then(|seen| stated.iter().find(|title| is_after_kicker(seen, title)));
    let first_heading = || headings.first().map(|(_, text)| text);
    let chosen = shorter.or(seen.as_ref()).or(stated.first()).copied();
    let chosen = chosen.or_else(first_heading)?;
    // Some pages encode the references of their titles once more.
    Some(entity::decode(&without_name(chosen, site)))
}

/// Whether a title begins with a short heading; longer ones may be worded differently.
fn begins_one(text: &str, titles: &[&String]) -> bool {
    let text = text.to_lowercase();
    titles.is_empty()
        || titles
            .iter()
            .any(|title| title.to_lowercase().starts_with(&text))
}

/// Whether two titles have a word in common that says something.
fn shares_word(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() >= 4)
            .map(str::to_lowercase)
            .collect()
    };
    let known = words(b);
    words(a).iter().any(|word| known.contains(word))
}

/// Whether `title` is a heading without the kicker before it.
fn is_after_kicker(heading: &str, title: &str) -> bool {
    let Some(kicker) = heading.strip_suffix(title).map(str::trim) else {
        return false;
    };
    let long = title.split_whitespace().nth(3).is_some() && title.len() * 2 > heading.len();
    // A colon makes it a part of the sentence; "The" and a year are no kickers.
    long && kicker.len() > "2024".len() && !kicker.ends_with(':')
}

/// `title` without a last part that names the site.
fn without_name(title: &str, site: &Site<'_>) -> String {
    for separator in NAME_SEPARATORS {
        if let Some((head, tail)) = title.rsplit_once(separator)
            && names_site(tail, site)
            && !head.trim().is_empty()
        {
            return head.trim().to_owned();
        }
    }
    title.to_owned()
}

/// The part of the page's title that names the site as its address does.
pub(super) fn site_in_title(tree: &Tree<'_>, url: Option<&str>) -> Option<String> {
    let title = in_title_tag(tree)?;
    let site = Site { name: None, url };
    let ends = |separator: &str| {
        let (head, tail) = title.rsplit_once(separator)?;
        let first = head.split_once(separator).map_or(head, |(first, _)| first);
        [tail, first]
            .into_iter()
            .find(|part| names_site(part, &site))
            .map(str::to_owned)
    };
    NAME_SEPARATORS.into_iter().find_map(ends)
}

/// `title` without the site's name at its end or beginning.
fn without_site(title: &str, site: Option<&str>) -> String {
    const SEPARATORS: [&str; 7] = [" | ", " - ", " – ", " — ", " :: ", " » ", " · "];
    let Some(site) = site.map(str::to_lowercase) else {
        return title.to_owned();
    };
    let is_site = |part: &str| {
        let part = part.trim().to_lowercase();
        !part.is_empty() && (part == site || site.contains(&part) || part.contains(&site))
    };
    for separator in SEPARATORS {
        if let Some((head, tail)) = title.rsplit_once(separator)
            && is_site(tail)
            && !head.trim().is_empty()
        {
            return head.trim().to_owned();
        }
        if let Some((head, tail)) = title.split_once(separator)
            && is_site(head)
            && !tail.trim().is_empty()
        {
            return tail.trim().to_owned();
        }
    }
    title.to_owned()
}
