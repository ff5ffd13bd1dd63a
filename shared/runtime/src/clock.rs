//! The only place that reads a clock.

use std::time::{Instant, SystemTime};

/// The monotonic now. Follows tokio's paused time in tests that pause it.
#[must_use]
pub fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// The wall clock's now: for timestamps and for the deadline header, never for measuring.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn wall() -> SystemTime {
    SystemTime::now()
}
