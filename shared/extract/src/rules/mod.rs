//! Rules after the classifier, each for a kind of page that it was not trained on, in this order.

mod hidden_text;
mod link_lists;
mod long_text;

use crate::block::Blocks;
use crate::classify::{Judged, PageSums};
use crate::html::Tree;

/// Applies every rule to the blocks as they were judged.
pub(crate) fn apply(tree: &Tree<'_>, blocks: &Blocks, page_sums: &PageSums, judged: &mut [Judged]) {
    long_text::keep_whole(tree, blocks, page_sums, judged);
    link_lists::drop_lists(tree, blocks, page_sums, judged);
    hidden_text::leave_out(tree, blocks, judged);
}
