//! How long a counted retry waits.

use std::time::Duration;

use crate::limits::{RETRY_WAIT_BASE, RETRY_WAIT_MAX};

/// A number in `0.0..1.0` that spreads retries; the caller draws it.
#[derive(Clone, Copy, Debug)]
pub struct Jitter(f64);

impl Jitter {
    /// Wraps a draw; anything outside `0.0..=1.0` is brought to the nearer end.
    #[must_use]
    pub fn new(draw: f64) -> Self {
        Self(if draw.is_finite() {
            draw.clamp(0.0, 1.0)
        } else {
            0.5
        })
    }

    /// A draw from the process's generator.
    #[must_use]
    pub fn draw() -> Self {
        Self(fastrand::f64())
    }
}

/// The wait before attempt `attempt + 1`: 30 s · 2ⁿ ± 20 %, at most an hour. `asked` is what the
/// server asked for (Retry-After); the longer of the two wins, still at most an hour.
#[must_use]
pub fn retry_wait(attempt: i32, asked: Option<Duration>, jitter: Jitter) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1))
        .unwrap_or(0)
        .min(12);
    let base = RETRY_WAIT_BASE * 2_u32.pow(doublings);
    let spread = base.min(RETRY_WAIT_MAX).mul_f64(0.8 + 0.4 * jitter.0);
    spread
        .max(asked.unwrap_or(Duration::ZERO))
        .min(RETRY_WAIT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_stay_within_a_fifth() {
        for (attempt, seconds) in [(1, 30.0), (2, 60.0), (3, 120.0), (4, 240.0)] {
            for draw in [0.0, 0.5, 1.0] {
                let wait = retry_wait(attempt, None, Jitter::new(draw)).as_secs_f64();

                assert!(
                    (wait / seconds - 1.0).abs() <= 0.2 + 1e-9,
                    "{attempt} {draw} {wait}"
                );
            }
        }
    }

    #[test]
    fn no_wait_is_longer_than_an_hour() {
        let day = Some(Duration::from_secs(86_400));

        assert_eq!(retry_wait(i32::MAX, None, Jitter::new(1.0)), RETRY_WAIT_MAX);
        assert_eq!(retry_wait(1, day, Jitter::new(0.0)), RETRY_WAIT_MAX);
    }

    #[test]
    fn a_server_that_asks_for_longer_is_heard() {
        let asked = Some(Duration::from_secs(300));

        assert_eq!(
            retry_wait(1, asked, Jitter::new(0.5)),
            Duration::from_secs(300)
        );
    }
}
