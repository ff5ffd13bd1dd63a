//! What the rules know of a page besides its blocks.

use crate::classify::PageSums;
use crate::html::Tree;
use crate::shingle::Shingles;

/// What the rules know of a page besides its blocks.
pub(crate) struct Around<'a> {
    pub(crate) tree: &'a Tree<'a>,
    pub(crate) sums: &'a PageSums,
    pub(crate) title: &'a Shingles,
}
