//! Blocks: the runs of visible text between the edges of block elements, in page order, with what
//! one walk over the tree learns about each.

mod hidden;
mod place;
mod walk;

pub(crate) use hidden::{Hiding, hiding, is_hidden};
pub(crate) use place::Place;
pub(crate) use walk::blocks;

use crate::extracted::Cut;
use crate::hints::Hints;
use crate::html::NodeId;

/// A run of text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// Where its text stands in [`Blocks::text`].
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The innermost block element around it.
    pub(crate) node: NodeId,
    pub(crate) chars: u32,
    pub(crate) words: u32,
    pub(crate) link_chars: u32,
    pub(crate) links: u32,
    pub(crate) strong_chars: u32,
    pub(crate) commas: u32,
    pub(crate) stops: u32,
    pub(crate) digits: u32,
    pub(crate) capitals: u32,
    pub(crate) breaks: u32,
    /// The link that its last linked word stands in, 0 without one.
    pub(crate) link: u32,
    /// Whether its first word stands in a link.
    pub(crate) starts_in_link: bool,
    /// Hints of the element and the two around it.
    pub(crate) near: Hints,
    /// Hints of every element around it.
    pub(crate) path: Hints,
    pub(crate) place: Place,
}

/// The blocks of a page.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    /// The texts of all blocks, one behind the other.
    pub(crate) text: String,
    pub(crate) list: Vec<Block>,
    /// What ended the walk before the end of the page.
    pub(crate) cut: Option<Cut>,
}

impl Blocks {
    pub(crate) fn text_of(&self, block: &Block) -> &str {
        self.text.get(block.start..block.end).unwrap_or("")
    }
}
