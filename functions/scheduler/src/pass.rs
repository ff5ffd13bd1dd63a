//! One pass: what is due goes to the queue, up to a target depth, and every id is accounted for.
//!
//! Rows are marked before their ids are sent. An id that the queue refuses, or that was never
//! sent, is given back; a crash in between costs one requeue period, never an article.

use std::time::Duration;

use domain::{ArticleId, Budget, BudgetLevel, DailyLimits, MicroUsd};
use queue::{Queue, QueueError};
use runtime::clock;
use serde::{Deserialize, Serialize};
use store::{Spent, Store, StoreError};
use thiserror::Error;

/// Rows marked and sent per round: few enough that a crash gives little back, many enough that a
/// backlog of a million takes a hundred rounds.
const PAGE: u32 = 1_000;

/// A round is not begun with less than this: marking, sending and giving back have to fit.
const ROUND_MIN: Duration = Duration::from_secs(8);

/// What a pass is to reach.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// Ids to have on the queue at most.
    pub target_depth: u32,
    /// An id that is still queued after this is due again.
    pub requeue_after: Duration,
    /// What the LLM may cost on a day; nothing is sent when that is spent.
    pub limits: DailyLimits,
}

/// Why a pass ended before everything due was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The day's budget of the LLM is spent.
    LlmBudget,
    /// Enough ids are on the queue.
    TargetDepth,
    /// Too little time was left for another round.
    OutOfTime,
    /// The queue refused ids.
    Refused,
}

impl Stop {
    /// The word for logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LlmBudget => "llm_budget",
            Self::TargetDepth => "target_depth",
            Self::OutOfTime => "out_of_time",
            Self::Refused => "refused",
        }
    }
}

/// What a pass did. Logged on one line, and the function's reply, even when nothing was due.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Ids that were on the queue before.
    pub depth_before: u64,
    /// Rows that were due and have been marked.
    pub due: usize,
    /// Ids that the queue took.
    pub sent: usize,
    /// Ids that the queue refused or never saw; their rows are due again.
    pub given_back: usize,
    /// Rows that ran out of attempts and failed.
    pub exhausted: usize,
    /// Leases that had passed: workers that vanished.
    pub lost_workers: u32,
    /// Work rows that were missing and have been made.
    pub repaired: i64,
    /// Rows that are due, queued or with a worker.
    pub backlog: i64,
    /// Rows that come due at a later moment.
    pub later: i64,
    /// Seconds for which the longest-due row has waited.
    pub oldest_due_s: u64,
    /// Seconds for which something has waited for us while nothing was done.
    pub stalled_s: u64,
    /// Seconds from row to facts, of half the articles of the last five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_p50_s: Option<f64>,
    /// The same, of all but the slowest twentieth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done_p95_s: Option<f64>,
    /// What the LLM has cost today (UTC), as far as it is known, in millionths of a US dollar.
    pub llm_spent_micro_usd: i64,
    /// Calls and lost runs of today whose cost is not known, and missing from that.
    pub llm_unpriced: i64,
    /// How that stands to the day's limits: `unlimited`, `within`, `blind` (below them, but not all
    /// prices are known), `warned` or `spent`.
    pub llm_budget: BudgetLevel,
    /// Why the pass ended before everything due was sent; absent when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stop>,
}

/// Why a pass could not be made.
#[derive(Debug, Error)]
pub enum PassError {
    /// The database failed.
    #[error("make a scheduler pass: the database failed")]
    Store(#[from] StoreError),
    /// The queue failed.
    #[error("make a scheduler pass: the queue failed")]
    Queue(#[from] QueueError),
    /// Ids could not be given back after the queue had failed; they are due after the requeue time.
    #[error("give back {count} ids that the queue did not take")]
    GiveBack {
        /// How many.
        count: usize,
        /// The database's failure.
        #[source]
        source: StoreError,
    },
}

/// Makes one pass.
///
/// # Errors
/// When the database or the queue fails. What was marked and not sent has been given back, or the
/// error says that it could not be.
pub async fn pass(
    store: &Store,
    queue: &Queue,
    goal: Goal,
    budget: &Budget,
) -> Result<Summary, PassError> {
    let repaired = store.reconcile(budget).await?.repaired;
    let spent = store.tell_limits(budget, goal.limits).await?;
    let level = spent.level();
    tell_spent(level, &spent);
    let depth_before = queue.depth(budget).await?.total();
    let mut summary = Summary {
        depth_before,
        repaired,
        llm_spent_micro_usd: spent.known.get(),
        llm_unpriced: spent.calls_unpriced + spent.runs_lost,
        llm_budget: level,
        ..Summary::default()
    };
    let target = u64::from(goal.target_depth);
    let mut room = u32::try_from(target.saturating_sub(depth_before)).unwrap_or(u32::MAX);
    loop {
        let page = room.min(PAGE);
        if level == BudgetLevel::Spent {
            summary.stopped = Some(Stop::LlmBudget);
            break;
        }
        if page == 0 {
            summary.stopped = Some(Stop::TargetDepth);
            break;
        }
        if !budget.fits(ROUND_MIN, clock::now()) {
            summary.stopped = Some(Stop::OutOfTime);
            break;
        }
        let round = round(store, queue, page, goal.requeue_after, budget, &mut summary).await?;
        room -= round.min(room);
        if round < page {
            break;
        }
    }
    let progress = store.progress(budget).await?;
    summary.backlog = progress.backlog();
    summary.later = progress.later;
    summary.oldest_due_s = progress.overdue.as_secs();
    let flow = store.flow(budget).await?;
    summary.stalled_s = flow.stalled.as_secs();
    (summary.done_p50_s, summary.done_p95_s) = (flow.done_p50_s, flow.done_p95_s);
    Ok(summary)
}

/// Says loudly what a person may want to act on; the pass's own line has the numbers every time.
fn tell_spent(level: BudgetLevel, spent: &Spent) {
    let limit = |limit: Option<MicroUsd>| limit.map(|limit| limit.to_string());
    let (warn_at, stop_at) = (limit(spent.limits.warn), limit(spent.limits.stop));
    let (known, unpriced) = (
        spent.known.to_string(),
        spent.calls_unpriced + spent.runs_lost,
    );
    match level {
        BudgetLevel::Unlimited | BudgetLevel::Within => {}
        BudgetLevel::Blind => tracing::warn!(
            spent = known,
            unpriced,
            stop_at,
            "the LLM budget cannot hold: some calls have no known price; set LLM_PRICES"
        ),
        BudgetLevel::Warned => {
            tracing::warn!(
                spent = known,
                unpriced,
                warn_at,
                stop_at,
                "the LLM budget is nearly spent"
            );
        }
        BudgetLevel::Spent => tracing::warn!(
            spent = known,
            unpriced,
            stop_at,
            resumes_in_s = spent.ends_in.as_secs(),
            "the LLM budget is spent: nothing is sent until the next UTC day"
        ),
    }
}

/// Marks, sends and gives back one page; says how many rows it looked at.
async fn round(
    store: &Store,
    queue: &Queue,
    page: u32,
    requeue_after: Duration,
    budget: &Budget,
    summary: &mut Summary,
) -> Result<u32, PassError> {
    let due = store.due(budget, page, requeue_after).await?;
    summary.due += due.queued.len();
    summary.exhausted += due.exhausted.len();
    summary.lost_workers += due.lost_workers;
    let report = queue.send(budget, &due.queued).await;
    summary.sent += report.sent.len();
    let refused: Vec<ArticleId> = report.refused.iter().map(|entry| entry.id).collect();
    if !refused.is_empty() {
        let count = refused.len();
        let code = report.refused.first().map(|entry| entry.code.as_str());
        tracing::warn!(count, code, "the queue did not take every id");
        let given_back = store.give_back(budget, &refused).await;
        given_back.map_err(|source| PassError::GiveBack { count, source })?;
        summary.given_back += count;
    }
    match report.stopped {
        Some(error) => Err(PassError::Queue(error)),
        // ids refused one by one would be due again in this very pass, and refused again
        None if !refused.is_empty() => {
            summary.stopped = Some(Stop::Refused);
            Ok(0)
        }
        None => Ok(u32::try_from(due.queued.len() + due.exhausted.len()).unwrap_or(page)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read_back_and_a_word_that_is_none_is_an_error() {
        let summary = Summary {
            sent: 3,
            llm_budget: BudgetLevel::Spent,
            stopped: Some(Stop::LlmBudget),
            ..Summary::default()
        };

        let text = serde_json::to_string(&summary).expect("JSON");

        assert!(text.contains(r#""llm_budget":"spent""#), "{text}");
        assert_eq!(
            serde_json::from_str::<Summary>(&text).expect("read"),
            summary
        );
        let other = text.replace(r#""stopped":"llm_budget""#, r#""stopped":"tired""#);
        assert!(serde_json::from_str::<Summary>(&other).is_err());
        for stop in [
            Stop::LlmBudget,
            Stop::TargetDepth,
            Stop::OutOfTime,
            Stop::Refused,
        ] {
            assert_eq!(serde_json::json!(stop), stop.as_str());
        }
    }
}
