//! What is known of a page when its kind is told.

use super::address::Address;
use crate::block::{Block, Blocks};
use crate::classify::Judged;
use crate::html::Tree;
use crate::metadata::Linked;
use crate::shingle::Shingles;

/// What is known of a page when its blocks are judged.
pub(crate) struct Case<'a> {
    pub(crate) tree: &'a Tree<'a>,
    pub(crate) blocks: &'a Blocks,
    pub(crate) linked: &'a Linked,
    pub(crate) title: Option<&'a str>,
    pub(crate) url: Option<&'a str>,
    /// Where the page is, by the caller or by itself.
    pub(crate) own: Option<Address>,
    pub(crate) page_title: &'a Shingles,
    pub(crate) late: bool,
}

/// The kept blocks in page order.
pub(super) fn kept<'a>(
    blocks: &'a Blocks,
    judged: &'a [Judged],
) -> impl Iterator<Item = &'a Block> {
    blocks
        .list
        .iter()
        .zip(judged)
        .filter(|(_, judged)| judged.kept)
        .map(|(block, _)| block)
}

pub(super) fn kept_chars(blocks: &Blocks, judged: &[Judged]) -> u32 {
    kept(blocks, judged).map(|block| block.chars).sum()
}
