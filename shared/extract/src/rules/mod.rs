//! Rules after the classifier, each for a kind of page that it was not trained on, in this order.

mod around;
mod copies;
mod ending;
mod hidden_text;
mod inner_blocks;
mod link_lists;
mod long_text;
mod next_story;
mod replies;

use crate::block::Blocks;
use crate::classify::Judged;

pub(crate) use around::Around;

/// Applies every rule to the blocks as they were judged; whether hidden text was left out.
pub(crate) fn apply(around: &Around<'_>, blocks: &Blocks, judged: &mut [Judged]) -> bool {
    let Around { tree, sums, .. } = *around;
    long_text::keep_whole(tree, blocks, sums, judged);
    link_lists::drop_lists(tree, blocks, sums, judged);
    inner_blocks::keep_inside(tree, blocks, judged);
    let hidden = hidden_text::leave_out(tree, blocks, judged);
    copies::drop_second(tree, blocks, judged);
    next_story::drop_others(around, blocks, judged);
    replies::drop_threads(tree, blocks, judged);
    ending::drop_ending(tree, blocks, judged);
    hidden
}
