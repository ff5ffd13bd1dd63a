//! What a block was judged to be, and why. Rules after the classifier change it in place.

/// What one block was judged to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    pub(crate) score: f32,
    pub(crate) kept: bool,
    pub(crate) reason: &'static str,
}

impl Judged {
    /// A block of the page's linked data.
    pub(crate) const fn linked() -> Self {
        Judged {
            score: 1.0,
            kept: true,
            reason: "linked data",
        }
    }
}
