//! Titles of other pages: blocks that are or begin with a link to another page of the site, and
//! headings with such a link at the end of what stands under them. Those made alike are a family.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher};

use super::address::Address;
use super::case::Case;
use crate::block::Block;
use crate::html::{AttributeName, Tag};

/// Length of a title; a character of a script without spaces counts one and a half.
const LENGTH: std::ops::RangeInclusive<u32> = 12..=200;

/// Characters of a link that says that there is more.
const MORE_CHARS: std::ops::RangeInclusive<u32> = 3..=40;

/// Titles of one family that are looked at: a short list has few, and for long ones are other rules.
const TITLES_MAX: usize = 400;

/// Families looked at, those with most titles first.
const FAMILIES_MAX: usize = 8;

/// Elements whose kind makes titles alike: the block's own and those around it.
const LEVELS: usize = 3;

/// The title of another page.
pub(super) struct Title {
    /// Its block.
    pub(super) at: usize,
    pub(super) to: Address,
    /// Set off as a title: a heading, bold, or a term.
    pub(super) marked: bool,
}

/// The families with more than one title, in the order of their size.
pub(super) fn families(case: &Case<'_>) -> Vec<Vec<Title>> {
    let mut families: HashMap<u64, Vec<Title>> = HashMap::new();
    let mut heading: Option<(usize, &Block)> = None;
    for (at, block) in case.blocks.list.iter().enumerate() {
        let found = if let Some(to) = titled(case, block) {
            heading = None;
            Some((likeness(case, block, 0), title(at, block, to)))
        } else if block.place.heading > 0 {
            heading =
                Some((at, block)).filter(|(_, block)| LENGTH.contains(&length(block.chars, block)));
            None
        } else if let Some((at, above)) = heading
            && let Some(to) = more(case, block)
        {
            heading = None;
            Some((
                likeness(case, above, block.link_chars),
                title(at, above, to),
            ))
        } else {
            None
        };
        if let Some((likeness, title)) = found {
            let family = families.entry(likeness).or_default();
            if family.len() < TITLES_MAX {
                family.push(title);
            }
        }
    }
    let mut families: Vec<Vec<Title>> = families.into_values().collect();
    families.retain(|titles| titles.len() > 1);
    let first = |titles: &[Title]| titles.first().map(|title| title.at);
    families.sort_by_key(|titles| (usize::MAX - titles.len(), first(titles)));
    families.truncate(FAMILIES_MAX);
    families
}

fn title(at: usize, block: &Block, to: Address) -> Title {
    let term = block.place.tag == Tag::Dt;
    let bold = block.strong_chars >= block.link_chars.max(1);
    Title {
        at,
        to,
        marked: block.place.heading > 0 || bold || term,
    }
}

/// Where a block leads that is a link by itself, or a link with a text on the lines below.
fn titled(case: &Case<'_>, block: &Block) -> Option<Address> {
    let whole = block.link_chars * 10 >= block.chars * 9;
    let heads = whole || block.links == 1 && (block.breaks > 0 || block.place.heading > 0);
    if !block.starts_in_link || !heads || !LENGTH.contains(&length(block.link_chars, block)) {
        return None;
    }
    to_page(case, block)
}

/// Where a block leads that ends in a short link.
fn more(case: &Case<'_>, block: &Block) -> Option<Address> {
    let short = MORE_CHARS.contains(&block.link_chars) && block.links == 1;
    to_page(case, block).filter(|_| short)
}

fn to_page(case: &Case<'_>, block: &Block) -> Option<Address> {
    let link = case
        .tree
        .nodes
        .get(block.link as usize)
        .filter(|_| block.link > 0)?;
    let href = case.tree.raw_attribute(link, AttributeName::Href)?;
    Address::in_page(href, case.own.as_ref())
}

fn length(chars: u32, block: &Block) -> u32 {
    // Words of a script with spaces have five characters, of others two.
    if block.words * 3 > block.chars {
        chars + chars / 2
    } else {
        chars
    }
}

/// What titles made alike share: how they are set, the elements around them, and the class without
/// its numbers.
fn likeness(case: &Case<'_>, block: &Block, more_chars: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    let whole = block.link_chars * 10 >= block.chars * 9;
    (whole, block.place.heading, more_chars).hash(&mut hasher);
    let mut at = block.node;
    for level in 0..LEVELS {
        let Some(node) = case.tree.nodes.get(at) else {
            break;
        };
        (node.tag as u8).hash(&mut hasher);
        if level == 0 {
            let class = case
                .tree
                .raw_attribute(node, AttributeName::Class)
                .unwrap_or("");
            for byte in class.bytes().filter(|byte| !byte.is_ascii_digit()).take(64) {
                byte.hash(&mut hasher);
            }
        }
        at = node.parent as usize;
    }
    hasher.finish()
}
