//! What the training scripts need to see of a page; only built with the feature `training`.

use crate::block::blocks;
use crate::deadline::Deadline;
use crate::features::{self, FIRST};
use crate::html::parse;
use crate::options::Options;
use crate::second::{Page, SECOND};
use crate::{encoding, metadata};

/// Numbers per block of the first stage.
pub const FIRST_NUMBERS: usize = FIRST;

/// Numbers per block that the second stage has besides.
pub const SECOND_NUMBERS: usize = SECOND;

/// The blocks of a page as the classifier sees them.
#[derive(Debug)]
pub struct Dump {
    /// The text of each block.
    pub texts: Vec<String>,
    /// The first stage's numbers of each block.
    pub first: Vec<[u8; 256]>,
    /// The second stage's own numbers of each block, when `sure` was given.
    pub second: Vec<[u8; SECOND]>,
    /// The body in the page's linked data.
    pub linked_body: Option<String>,
}

/// The blocks of `html`. `sure` is what the first stage says of each block, when it is known.
#[must_use]
pub fn dump(html: &[u8], url: Option<&str>, sure: Option<&[u8]>) -> Dump {
    let options = Options::default();
    let bytes = html.get(..options.limits.input_bytes_max).unwrap_or(html);
    let decoded = encoding::decode(bytes, None);
    let deadline = Deadline::new(None);
    let parsed = parse(&decoded.text, &options.limits, &deadline);
    let blocks = blocks(&parsed.tree, options.limits.blocks_max, &deadline);
    let linked = metadata::linked(&parsed.tree, &deadline);
    let words = metadata::metadata(&parsed.tree, &linked, url).page_words(&linked);
    let facts = features::facts(&parsed.tree, &blocks);
    Dump {
        texts: blocks
            .list
            .iter()
            .map(|block| blocks.text_of(block).to_owned())
            .collect(),
        first: features::rows(&parsed.tree, &blocks, &facts, &words, &deadline).unwrap_or_default(),
        second: sure.map_or_else(Vec::new, |sure| {
            let page = Page::new(&parsed.tree, &blocks, &facts, sure);
            (0..blocks.list.len()).map(|at| page.row(at)).collect()
        }),
        linked_body: linked.body,
    }
}
