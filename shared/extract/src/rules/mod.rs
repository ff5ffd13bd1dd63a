//! Rules after the classifier, each for a kind of page that it was not trained on, in this order.

mod hidden_text;
mod inner_blocks;
mod link_lists;
mod long_text;

use crate::block::Blocks;
use crate::classify::{Judged, PageSums};
use crate::html::Tree;

/// Applies every rule to the blocks as they were judged; whether hidden text was left out.
pub(crate) fn apply(
    tree: &Tree<'_>,
    blocks: &Blocks,
    page_sums: &PageSums,
    judged: &mut [Judged],
) -> bool {
    long_text::keep_whole(tree, blocks, page_sums, judged);
    link_lists::drop_lists(tree, blocks, page_sums, judged);
    inner_blocks::keep_inside(tree, blocks, judged);
    hidden_text::leave_out(tree, blocks, judged)
}
