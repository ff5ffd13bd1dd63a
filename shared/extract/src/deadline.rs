//! The one place that looks at the clock.

use std::time::Instant;

/// When to stop; without a time it never passes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const fn new(at: Option<Instant>) -> Self {
        Deadline(at)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this crate stands alone and only compares the clock with the caller's deadline"
    )]
    pub(crate) fn passed(&self) -> bool {
        self.0.is_some_and(|at| Instant::now() >= at)
    }
}
