//! The one place that looks at the clock.

use std::time::{Duration, Instant};

/// When to stop; without a time it never passes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const fn new(at: Option<Instant>) -> Self {
        Deadline(at)
    }

    /// This one, or one that is `time` away if that is sooner.
    #[expect(
        clippy::disallowed_methods,
        reason = "this crate stands alone and bounds a step of its own"
    )]
    pub(crate) fn within(self, time: Duration) -> Deadline {
        let at = Instant::now() + time;
        Deadline(Some(self.0.map_or(at, |own| own.min(at))))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this crate stands alone and only compares the clock with the caller's deadline"
    )]
    pub(crate) fn passed(&self) -> bool {
        self.0.is_some_and(|at| Instant::now() >= at)
    }
}
