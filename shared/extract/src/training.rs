//! What the training scripts need to see of a page; only built with the feature `training`.

use crate::block::blocks;
use crate::classify::features::{self, FIRST};
use crate::classify::second_stage::{SECOND, SecondStage};
use crate::deadline::Deadline;
use crate::html::parse;
use crate::options::Options;
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
    let decoded = encoding::decode(bytes, None, url);
    let deadline = Deadline::new(None);
    let parsed = parse(&decoded.text, &options.limits, &deadline);
    let blocks = blocks(&parsed.tree, options.limits.blocks_max, &deadline);
    let linked = metadata::linked(&parsed.tree, &deadline);
    let words = metadata::metadata(&parsed.tree, &linked, url).page_words(&linked);
    let page_sums = features::page_sums(&parsed.tree, &blocks);
    Dump {
        texts: blocks
            .list
            .iter()
            .map(|block| blocks.text_of(block).to_owned())
            .collect(),
        first: features::rows(&parsed.tree, &blocks, &page_sums, &words, &deadline)
            .unwrap_or_default(),
        second: sure.map_or_else(Vec::new, |sure| {
            let page = SecondStage::new(&parsed.tree, &blocks, &page_sums, sure);
            (0..blocks.list.len()).map(|at| page.row(at)).collect()
        }),
        linked_body: linked.body,
    }
}
