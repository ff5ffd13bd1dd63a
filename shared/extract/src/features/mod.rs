//! What the classifier sees of a block: small numbers about the block, its neighbours, the
//! elements around it, blocks made alike, and the page. All linear in the size of the page.

mod numbers;
mod page;
mod row;
mod sums;

pub(crate) use numbers::{log, share, small};
pub(crate) use sums::{Facts, facts, prose};

use crate::block::Blocks;
use crate::deadline::Deadline;
use crate::html::Tree;
use crate::model::Numbers;
use crate::shingle::Shingles;
use page::Page;
use row::Local;

/// Numbers per block of the first stage.
pub(crate) const FIRST: usize = 187;

/// One block's numbers.
/// The second stage's stand behind the first's [`FIRST`].
pub(crate) type Row = Numbers;

/// Blocks between two looks at the clock.
const DEADLINE_EVERY: usize = 256;

/// What the page says apart from its blocks.
pub(crate) struct PageWords {
    pub(crate) title: Shingles,
    pub(crate) description: Shingles,
    pub(crate) body: Shingles,
    pub(crate) has_body: bool,
}

/// The rows of all blocks; `None` when the deadline passed on the way.
pub(crate) fn rows(
    tree: &Tree<'_>,
    blocks: &Blocks,
    facts: &Facts,
    words: &PageWords,
    deadline: &Deadline,
) -> Option<Vec<Row>> {
    let page = Page::new(tree, blocks, facts, words);
    let locals: Vec<Local> = blocks.list.iter().map(Page::local).collect();
    let in_time = |at: usize| !at.is_multiple_of(DEADLINE_EVERY) || !deadline.passed();
    (0..blocks.list.len())
        .map(|at| in_time(at).then(|| page.row(at, &locals)))
        .collect()
}
