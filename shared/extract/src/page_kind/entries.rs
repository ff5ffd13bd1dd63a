//! Entries: what stands behind each of a family of titles, up to the next. A few entries are no
//! proof of a list; what the kept text is to them, and what the page says of itself, together are.

use std::collections::{HashMap, HashSet};

use super::address::Address;
use super::case::Case;
use super::signs;
use super::titles::{Title, families};
use crate::block::Block;
use crate::classify::Judged;
use crate::hints::Hints;
use crate::html::{AttributeName, Tag};

/// Points that make a page a list.
const POINTS_MIN: i32 = 4;

/// Links of a page that are looked at for a second one to the same page.
const LINKS_MAX: usize = 4_000;

/// Levels climbed to the element that holds all entries.
const CLIMB_MAX: usize = 64;

/// Words of an entry that is no more than a teaser.
const TEASER_WORDS_MAX: u32 = 55;

/// Characters of a date, a byline, a count of comments.
const SMALL_CHARS_MAX: u32 = 60;

/// Share of a title's words in the page's title, in percent, from which it is the page's own.
const OWN_TITLE_SHARE: u8 = 70;

/// What the kept text is to the entries of one family of titles.
#[derive(Debug, Default)]
struct Entries {
    /// Pages that the titles lead to.
    pages: usize,
    /// Every title is set off as one.
    marked: bool,
    /// Entries with kept text, and those with more of it than a teaser.
    with_text: usize,
    long: usize,
    /// Kept characters behind titles, in the entry with most, and elsewhere.
    inside: u32,
    largest: u32,
    outside: u32,
    /// Entries with a date or the like, and pages with a second link to them.
    dated: usize,
    twice: usize,
}

/// What stands behind one title.
#[derive(Default)]
struct Entry {
    chars: u32,
    words: u32,
    dated: bool,
}

/// Whether the kept text is that of several entries.
pub(super) fn is_list(case: &Case<'_>, judged: &[Judged]) -> bool {
    families(case).iter().any(|titles| {
        let Some(mut entries) = entries(case, judged, titles) else {
            return false;
        };
        if !entries.are_the_text() {
            return false;
        }
        entries.twice = linked_twice(case, titles);
        let said = signs::points(case, entries.are_dated());
        (said > 0 || entries.are_teasers()) && entries.points() + said >= POINTS_MIN
    })
}

impl Entries {
    /// Nearly all of the text, and spread over several entries, or the one teaser that was kept.
    const fn are_the_text(&self) -> bool {
        let one_teaser = self.with_text == 1 && self.long == 0 && self.pages > 2;
        let spread = self.with_text >= 2
            && self.with_text * 5 >= self.pages * 2
            && self.largest * 10 <= self.inside * 8;
        self.inside >= self.outside * 4 && (spread || one_teaser)
    }

    const fn are_teasers(&self) -> bool {
        self.long * 2 <= self.with_text
    }

    const fn are_dated(&self) -> bool {
        // The date of the first may stand before its title.
        (self.dated + 1) * 4 >= self.pages * 3
    }

    fn points(&self) -> i32 {
        let many = match self.pages {
            0..=2 => 0,
            3 => 1,
            _ => 2,
        };
        let twice = self.twice * 4 >= self.pages * 3;
        let length = match self.long {
            0 => 1,
            _ if !self.marked => -2,
            _ if !self.are_dated() && !twice => -1,
            _ => 0,
        };
        let alone = self.outside * 12 <= self.inside;
        many + length
            + [self.marked, alone, self.are_dated(), twice]
                .map(i32::from)
                .iter()
                .sum::<i32>()
    }

    fn close(&mut self, entry: Option<Entry>) {
        let Some(entry) = entry else {
            return;
        };
        self.inside += entry.chars;
        self.largest = self.largest.max(entry.chars);
        self.with_text += usize::from(entry.chars > 0);
        self.long += usize::from(entry.words > TEASER_WORDS_MAX);
        self.dated += usize::from(entry.dated);
    }
}

/// The entries of a family; nothing when a title is the page's own, or when too few pages or too
/// many sites are behind the titles.
fn entries(case: &Case<'_>, judged: &[Judged], titles: &[Title]) -> Option<Entries> {
    let is_own = |title: &Title| {
        let block = case.blocks.list.get(title.at);
        let text = block.map_or("", |block| case.blocks.text_of(block));
        case.own.as_ref().is_some_and(|own| own.is_page(&title.to))
            || case.page_title.share_of(text) >= OWN_TITLE_SHARE
    };
    let pages: HashSet<&Address> = titles.iter().map(|title| &title.to).collect();
    let one_site = titles
        .iter()
        .all(|title| titles[0].to.is_site_of(&title.to));
    if pages.len() < 2 || pages.len() * 2 < titles.len() || !one_site || titles.iter().any(is_own) {
        return None;
    }
    let end = common_end(case, titles)?;
    let mut found = Entries {
        pages: pages.len(),
        marked: titles.iter().all(|title| title.marked),
        ..Entries::default()
    };
    let mut next = titles.iter().peekable();
    let mut entry: Option<Entry> = None;
    for (at, (block, judged)) in case.blocks.list.iter().zip(judged).enumerate() {
        let chars = if judged.kept { block.chars } else { 0 };
        if next.next_if(|title| title.at == at).is_some() {
            found.close(entry.replace(beginning(block, judged.kept)));
        } else if block.node >= end {
            found.close(entry.take());
            found.outside += chars;
        } else if let Some(entry) = &mut entry {
            entry.chars += chars;
            entry.words += if judged.kept { block.words } else { 0 };
            entry.dated |= is_date(block);
        } else {
            found.outside += chars;
        }
    }
    found.close(entry);
    Some(found)
}

/// The entry that a title's block begins: what stands in it besides a link belongs to the text.
fn beginning(block: &Block, kept: bool) -> Entry {
    let own = block.chars - block.link_chars;
    if !kept || block.link == 0 || !block.starts_in_link {
        return Entry::default();
    }
    Entry {
        chars: own,
        words: block.words * own / block.chars.max(1),
        dated: block.digits >= 4,
    }
}

/// A date, or a line about author and comments: short, with digits or in an element for it.
fn is_date(block: &Block) -> bool {
    let named = block.near.any(Hints::META.with(Hints::AUTHOR));
    block.chars <= SMALL_CHARS_MAX && (block.digits >= 3 || named)
}

/// One past the innermost element that holds all titles.
fn common_end(case: &Case<'_>, titles: &[Title]) -> Option<usize> {
    let node_of = |title: &Title| case.blocks.list.get(title.at).map(|block| block.node);
    let (first, last) = (node_of(titles.first()?)?, node_of(titles.last()?)?);
    let mut at = first;
    for _ in 0..CLIMB_MAX {
        let node = case.tree.nodes.get(at)?;
        if node.end as usize > last {
            return Some(node.end as usize);
        }
        at = node.parent as usize;
    }
    None
}

/// How many of the titles' pages are linked once more.
fn linked_twice(case: &Case<'_>, titles: &[Title]) -> usize {
    let mut links: HashMap<&Address, usize> = titles.iter().map(|title| (&title.to, 0)).collect();
    let all = case.tree.nodes.iter().filter(|node| node.tag == Tag::A);
    for link in all.take(LINKS_MAX) {
        let href = case.tree.raw_attribute(link, AttributeName::Href);
        let to = href.and_then(|href| Address::in_page(href, case.own.as_ref()));
        if let Some(count) = to.and_then(|to| links.get_mut(&to)) {
            *count += 1;
        }
    }
    links.values().filter(|count| **count > 1).count()
}
