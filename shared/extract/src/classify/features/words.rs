//! What a page says of itself in its head, to compare its blocks with.

use crate::shingle::Shingles;

/// What the page says apart from its blocks.
pub(crate) struct PageWords {
    pub(crate) title: Shingles,
    pub(crate) description: Shingles,
    pub(crate) body: Shingles,
    pub(crate) has_body: bool,
}
