//! What the classifier sees of a block: small numbers about the block, its neighbours, the
//! elements around it, blocks made alike, and the page. All linear in the size of the page.

mod numbers;
mod page;
mod row;
mod sums;
mod words;

pub(crate) use numbers::{log, share, small};
pub(crate) use row::{FIRST, Row};
pub(crate) use sums::{PageSums, page_sums, prose};
pub(crate) use words::PageWords;

use crate::block::Blocks;
use crate::deadline::Deadline;
use crate::html::Tree;
use page::PageFeatures;
use row::Local;

/// Blocks between two looks at the clock.
const DEADLINE_EVERY: usize = 256;

/// The rows of all blocks; `None` when the deadline passed on the way.
pub(crate) fn rows(
    tree: &Tree<'_>,
    blocks: &Blocks,
    page_sums: &PageSums,
    words: &PageWords,
    deadline: &Deadline,
) -> Option<Vec<Row>> {
    let page = PageFeatures::new(tree, blocks, page_sums, words);
    let locals: Vec<Local> = blocks.list.iter().map(PageFeatures::local).collect();
    let in_time = |at: usize| !at.is_multiple_of(DEADLINE_EVERY) || !deadline.passed();
    (0..blocks.list.len())
        .map(|at| in_time(at).then(|| page.row(at, &locals)))
        .collect()
}
