//! The time that is left: one absolute deadline for everything an invocation does.

use std::time::{Duration, Instant};

/// An absolute deadline. Every wait is cut from it; nothing extends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    deadline: Instant,
}

impl Budget {
    /// A budget that ends at `deadline`.
    #[must_use]
    pub const fn until(deadline: Instant) -> Self {
        Self { deadline }
    }

    /// A budget that ends `time` after `now`.
    #[must_use]
    pub fn starting(now: Instant, time: Duration) -> Self {
        Self {
            deadline: now + time,
        }
    }

    /// When the budget ends.
    #[must_use]
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// What is left at `now`; zero once the deadline has passed.
    #[must_use]
    pub fn remaining(&self, now: Instant) -> Duration {
        self.deadline.saturating_duration_since(now)
    }

    /// The same budget with `reserve` kept back for later steps. Ends at `now` at the earliest.
    #[must_use]
    pub fn less(&self, reserve: Duration, now: Instant) -> Self {
        Self {
            deadline: self
                .deadline
                .checked_sub(reserve)
                .map_or(now, |end| end.max(now)),
        }
    }

    /// The same budget, ending at most `cap` after `now`.
    #[must_use]
    pub fn capped(&self, cap: Duration, now: Instant) -> Self {
        Self {
            deadline: self.deadline.min(now + cap),
        }
    }

    /// What a step with its own `cap` may use at `now`.
    #[must_use]
    pub fn allot(&self, cap: Duration, now: Instant) -> Duration {
        self.remaining(now).min(cap)
    }

    /// Whether a step that needs at least `need` can still finish. One that cannot is not started.
    #[must_use]
    pub fn fits(&self, need: Duration, now: Instant) -> bool {
        self.remaining(now) >= need
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "any instant will do as the origin"
)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_step_gets_the_smaller_of_its_cap_and_what_is_left() {
        let now = Instant::now();
        let budget = Budget::starting(now, 10 * SECOND);

        assert_eq!(budget.allot(3 * SECOND, now), 3 * SECOND);
        assert_eq!(budget.allot(30 * SECOND, now), 10 * SECOND);
        assert_eq!(budget.allot(SECOND, now + 11 * SECOND), Duration::ZERO);
    }

    #[test]
    fn a_reserve_is_out_of_reach_of_earlier_steps() {
        let now = Instant::now();
        let budget = Budget::starting(now, 10 * SECOND);

        assert_eq!(budget.less(4 * SECOND, now).remaining(now), 6 * SECOND);
        assert_eq!(budget.less(40 * SECOND, now).remaining(now), Duration::ZERO);
        assert!(!budget.less(4 * SECOND, now).fits(7 * SECOND, now));
    }

    #[test]
    fn a_cap_never_extends_the_deadline() {
        let now = Instant::now();
        let budget = Budget::starting(now, 2 * SECOND);

        assert_eq!(budget.capped(9 * SECOND, now), budget);
        assert_eq!(budget.capped(SECOND, now).remaining(now), SECOND);
    }
}
