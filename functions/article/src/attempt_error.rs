//! Everything that can stand between a claimed article and its facts, in one type for the judge.

use std::time::Duration;

use domain::{ErrorClass, MicroUsd, Step};
use facts::FactsError;
use fetch::FetchError;
use store::StoreError;
use thiserror::Error;

/// Why an attempt has no result.
#[derive(Debug, Error)]
pub enum AttemptError {
    /// The page did not come.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The page holds no article text.
    #[error("find the article's text: {reason}")]
    NoText {
        /// Why, as the extraction says it.
        reason: &'static str,
    },
    /// Parsing passed its limit before it found any text.
    #[error("extract within {} ms", cap.as_millis())]
    ParseDeadline {
        /// The limit.
        cap: Duration,
    },
    /// Our own code panicked.
    #[error("panicked in step {step}")]
    Panic {
        /// Where.
        step: Step,
    },
    /// Too little time was left for a step; it was not started.
    #[error("start step {step} with {} ms left", left.as_millis())]
    OutOfTime {
        /// The step.
        step: Step,
        /// What was left.
        left: Duration,
    },
    /// Another worker asks about the same text, and its answer can be reused.
    #[error("ask the LLM: another worker asks about the same text, for another {} s at most", lease.as_secs())]
    TextAtWork {
        /// Until the other one's lease ends.
        lease: Duration,
    },
    /// The LLM endpoint is known to be out.
    #[error("ask the LLM: its breaker is open for another {} s, after {class}", wait.as_secs())]
    BreakerOpen {
        /// What opened it.
        class: ErrorClass,
        /// How long it stays open.
        wait: Duration,
    },
    /// What a day may cost is spent.
    #[error("ask the LLM: today has cost {spent}, and may cost {stop}")]
    BudgetSpent {
        /// What is known of today's cost.
        spent: MicroUsd,
        /// What it may be.
        stop: MicroUsd,
        /// Until the next UTC day.
        wait: Duration,
    },
    /// The LLM brought no facts, and no valid "none".
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// Another worker has the article now, or its owner changed it.
    #[error("keep the lease")]
    LeaseLost,
    /// The database failed between claim and finish.
    #[error(transparent)]
    Store(#[from] StoreError),
}
