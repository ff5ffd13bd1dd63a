//! The moment an invocation has to be over, taken from what the runtime says, if that can be used.

use std::time::{Duration, Instant, SystemTime};

/// Lambda's longest time limit, and a minute for clocks that differ.
const LIMIT_MAX: Duration = Duration::from_mins(16);

/// Reads the deadline of an invocation: `deadline_ms` in milliseconds since 1970, as the Runtime
/// API's header and the function's context give it.
///
/// A deadline in the past (some emulators send a constant) or further ahead than any limit of
/// Lambda's is named in a warning, and the limit `otherwise` counts from now instead: never
/// "nothing is left, nothing is done".
#[must_use]
pub fn deadline_from_context(
    deadline_ms: u64,
    now: Instant,
    wall: SystemTime,
    otherwise: Duration,
) -> Instant {
    let left = SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_millis(deadline_ms))
        .and_then(|deadline| deadline.duration_since(wall).ok());
    match left {
        Some(left) if !left.is_zero() && left <= LIMIT_MAX => now + left,
        unusable => {
            tracing::warn!(
                deadline_ms,
                assumed_ms = u64::try_from(otherwise.as_millis()).unwrap_or(u64::MAX),
                "the runtime's deadline is {}: the configured time limit is used instead",
                if unusable.is_some() {
                    "too far ahead"
                } else {
                    "in the past"
                },
            );
            now + otherwise
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const OTHERWISE: Duration = Duration::from_mins(2);

    fn left(deadline_ms: u64, wall_ms: u64) -> Duration {
        let now = clock::now();
        let wall = SystemTime::UNIX_EPOCH + Duration::from_millis(wall_ms);
        deadline_from_context(deadline_ms, now, wall, OTHERWISE) - now
    }

    #[test]
    fn a_deadline_that_lies_ahead_is_taken_to_the_millisecond() {
        assert_eq!(
            left(1_000_060_001, 1_000_000_000),
            Duration::from_millis(60_001)
        );
    }

    #[test]
    fn a_deadline_that_cannot_be_is_replaced_by_the_configured_limit() {
        for absurd in [0, 1, 999_999_999, 1_000_000_000, 1_002_000_000, u64::MAX] {
            assert_eq!(left(absurd, 1_000_000_000), OTHERWISE, "{absurd}");
        }
    }
}
