//! What the caller knows about a page, and the bounds of the work.

use std::time::Instant;

/// Options of [`extract`](crate::extract).
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The `Content-Type` header the page came with; its charset outranks the page's own.
    pub content_type: Option<&'a str>,
    /// Where the page came from; resolves relative canonical URLs and tells home pages.
    pub url: Option<&'a str>,
    /// When to stop. What was done until then is returned, marked [`Cut::Deadline`](crate::Cut).
    pub deadline: Option<Instant>,
    /// Where the text is, on a site that somebody knows; without a match the page is read as any
    /// other.
    pub selector: Option<&'a crate::Selector>,
    /// The bounds of the work.
    pub limits: Limits,
    /// Whether to record every block with its score and why it was kept or dropped.
    pub explain: bool,
}

/// Bounds of input, tree and output. What a bound leaves out is named in
/// [`Why::cut`](crate::Why::cut).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes read of a page. The largest article page of the development corpus has 4 MB.
    pub input_bytes_max: usize,
    /// Nodes of the tree; 32 bytes each.
    pub nodes_max: usize,
    /// Blocks judged; 600 bytes each. The largest page of the development corpus has 6,220.
    pub blocks_max: usize,
    /// Open elements. Deeper ones are flattened, as in browsers.
    pub depth_max: usize,
    /// Bytes of text returned.
    pub text_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            input_bytes_max: 8 * 1024 * 1024,
            nodes_max: 1_000_000,
            blocks_max: 50_000,
            depth_max: 512,
            text_bytes_max: 4 * 1024 * 1024,
        }
    }
}
