//! Everything that can stand between a claimed article and its facts, in one type for the judge.

use std::time::Duration;

use domain::{ErrorClass, MicroUsd, Step};
use extract::{EmptyReason, PageKind};
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
    /// The page is no article, or holds no text of one.
    #[error("find the article's text: {}", what(*kind, *reason))]
    NoText {
        /// What the page is.
        kind: PageKind,
        /// Why there is no text.
        reason: EmptyReason,
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

/// What stands in the text's place, in the words that people look for.
fn what(kind: PageKind, reason: EmptyReason) -> &'static str {
    match kind {
        PageKind::Challenge => "the page is a bot challenge (captcha, access denied)",
        PageKind::NotFound => "the page says not found (a soft 404)",
        PageKind::Maintenance => "the page says that its site is under maintenance",
        PageKind::GeoBlock => "the page is not shown in this country (geo block)",
        PageKind::Login => "the page asks for a login",
        PageKind::ConsentWall => "the page is a consent wall",
        PageKind::Parked => "the domain is parked or for sale",
        PageKind::ErrorPage => "the page reports an error of its server",
        PageKind::Article | PageKind::Index | PageKind::Unclear => reason.as_str(),
    }
}
