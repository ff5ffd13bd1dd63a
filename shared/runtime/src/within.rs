//! The one timer. Every await that depends on somebody else goes through it.
//!
//! For as long as it waits, the scope that it runs in shows the step: to log lines and to the
//! watchdog.

use std::future::Future;
use std::time::Duration;

use domain::{Budget, Step};
use thiserror::Error;

use crate::{Scope, clock};

/// A step did not finish in what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("finish step {step} within {} ms (gave up after {} ms)", allotted.as_millis(), elapsed.as_millis())]
pub struct TimedOut {
    /// The step that was cut off.
    pub step: Step,
    /// What it was given.
    pub allotted: Duration,
    /// What had passed.
    pub elapsed: Duration,
}

/// Runs `future` until it ends or the budget does.
///
/// # Errors
/// [`TimedOut`] names the step; the future is dropped. With nothing left it is not polled at all.
#[expect(clippy::disallowed_methods, reason = "this is the one timer")]
pub async fn within<F: Future>(
    step: Step,
    budget: &Budget,
    future: F,
) -> Result<F::Output, TimedOut> {
    let started = clock::now();
    let allotted = budget.remaining(started);
    if allotted.is_zero() {
        return Err(TimedOut {
            step,
            allotted,
            elapsed: Duration::ZERO,
        });
    }
    let _entered = Scope::current().map(|scope| scope.enter(step));
    let ended = tokio::time::timeout(allotted, future).await;
    ended.map_err(|_elapsed| TimedOut {
        step,
        allotted,
        elapsed: clock::now() - started,
    })
}

/// Like [`within`], for a step with a cap of its own.
///
/// # Errors
/// As [`within`].
pub async fn within_cap<F: Future>(
    step: Step,
    cap: Duration,
    budget: &Budget,
    future: F,
) -> Result<F::Output, TimedOut> {
    within(step, &budget.capped(cap, clock::now()), future).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_step_that_hangs_is_cut_off_at_its_cap_and_named() {
        let budget = Budget::starting(clock::now(), Duration::from_secs(10));

        let cut = within_cap(
            Step::Llm,
            Duration::from_secs(3),
            &budget,
            std::future::pending::<()>(),
        );

        let error = cut.await.expect_err("nothing else can end it");
        assert_eq!(
            (error.step, error.allotted),
            (Step::Llm, Duration::from_secs(3))
        );
        assert!(error.elapsed >= Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_without_time_is_not_started() {
        let budget = Budget::starting(clock::now(), Duration::ZERO);
        let mut polled = false;

        let cut = within(Step::Fetch, &budget, async { polled = true }).await;

        assert!(cut.is_err());
        assert!(!polled);
    }
}
