//! `EventBridge` Scheduler's event in, a JSON summary out.

use domain::Budget;
use domain::limits::RESPONSE_RESERVE;
use lambda_runtime::{Diagnostic, LambdaEvent};
use queue::Queue;
use runtime::config::Function;
use runtime::{Chain, Scope, clock, deadline_from_context};
use serde_json::Value;
use store::Store;

use crate::pass::{Goal, PassError, Stop, Summary, pass};

/// What a warm process keeps.
#[derive(Debug)]
pub struct Services {
    /// The function's own surroundings.
    pub function: Function,
    /// Postgres.
    pub store: Store,
    /// The queue.
    pub queue: Queue,
    /// What each pass is to reach.
    pub goal: Goal,
}

impl From<PassError> for Diagnostic {
    fn from(error: PassError) -> Self {
        let error_type = match error {
            PassError::Store(_) => "PassError::Store",
            PassError::Queue(_) => "PassError::Queue",
            PassError::GiveBack { .. } => "PassError::GiveBack",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: Chain(&error).to_string(),
        }
    }
}

/// Serves one invocation. The event's content does not matter: whatever fires, a pass is made.
///
/// # Errors
/// When the pass fails; the schedule's own retry and its next period follow.
pub async fn handle(services: &Services, event: LambdaEvent<Value>) -> Result<Summary, PassError> {
    let (now, context) = (clock::now(), &event.context);
    let otherwise = services.function.time_default;
    let deadline = deadline_from_context(context.deadline, now, clock::wall(), otherwise);
    let reserve = RESPONSE_RESERVE.min((deadline - now) / 8);
    let budget = Budget::until(deadline).less(reserve, now);
    let scope = Scope::invocation(&context.request_id, deadline);
    Box::pin(scope.run(tell(services, &budget))).await
}

/// Makes a pass and writes the one line that tells of it, also when nothing was due.
async fn tell(services: &Services, budget: &Budget) -> Result<Summary, PassError> {
    let passed = pass(&services.store, &services.queue, services.goal, budget).await;
    match &passed {
        Ok(summary) => tracing::info!(
            depth_before = summary.depth_before,
            due = summary.due,
            sent = summary.sent,
            given_back = summary.given_back,
            exhausted = summary.exhausted,
            lost_workers = summary.lost_workers,
            repaired = summary.repaired,
            backlog = summary.backlog,
            later = summary.later,
            oldest_due_s = summary.oldest_due_s,
            stalled_s = summary.stalled_s,
            done_p50_s = summary.done_p50_s,
            done_p95_s = summary.done_p95_s,
            llm_spent_micro_usd = summary.llm_spent_micro_usd,
            llm_unpriced = summary.llm_unpriced,
            llm_budget = summary.llm_budget.as_str(),
            stopped = summary.stopped.map_or("no", Stop::as_str),
            "scheduler pass"
        ),
        Err(error) => {
            tracing::error!(error = %Chain(error), "scheduler pass failed");
        }
    }
    passed
}
