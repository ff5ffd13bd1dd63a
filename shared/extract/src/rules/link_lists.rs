//! Long runs of nothing but links are no text: tag clouds, directories, lists of everything else on
//! the site. The classifier judges them by where they stand, and inside an article it keeps them.

use std::collections::HashMap;

use crate::block::{Block, Blocks};
use crate::classify::{Judged, PageSums};
use crate::html::{Tag, Tree};

/// Links in one block that are a list; a sentence has fewer.
const LINKS_MIN: u32 = 50;

/// Links in blocks made alike that are one; the lists that belong to articles are shorter.
const FAMILY_LINKS_MIN: u32 = 100;

/// Kept text besides links that is an article; a page with less is a list of links by itself.
const TEXT_CHARS_MIN: u32 = 500;

/// Drops what is nothing but many links.
pub(crate) fn drop_lists(
    tree: &Tree<'_>,
    blocks: &Blocks,
    page_sums: &PageSums,
    judged: &mut [Judged],
) {
    let family = |block: &Block, group: &u32| (list_of(tree, block), *group);
    let mut links: HashMap<(u32, u32), u32> = HashMap::new();
    let mut text = 0;
    let all = || blocks.list.iter().zip(&page_sums.group);
    for ((block, group), judged) in all().zip(judged.iter()) {
        if is_links(block) {
            *links.entry(family(block, group)).or_default() += block.links;
        } else if judged.kept {
            text += block.chars;
        }
    }
    links.retain(|_, links| *links >= FAMILY_LINKS_MIN && text >= TEXT_CHARS_MIN);
    for ((block, group), judged) in all().zip(judged) {
        let many = block.links >= LINKS_MIN || links.contains_key(&family(block, group));
        if judged.kept && is_links(block) && many {
            (judged.kept, judged.reason) = (false, "a list of links");
        }
    }
}

const fn is_links(block: &Block) -> bool {
    block.link_chars * 10 >= block.chars * 9
}

/// The element that holds a block and those beside it; for a cell, what holds its row.
fn list_of(tree: &Tree<'_>, block: &Block) -> u32 {
    let parent = |node: u32| tree.nodes.get(node as usize).map_or(0, |node| node.parent);
    let row = tree.nodes.get(block.node).map_or(0, |node| node.parent);
    match tree.nodes.get(row as usize) {
        Some(node) if node.tag == Tag::Tr => parent(row),
        _ => row,
    }
}
