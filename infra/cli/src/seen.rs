//! What the mapping and the schedule have seen while a run lasts.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{ArticleId, WorkMessage};
use local::lambda::{Invocation, InvocationResult};
use local::mapping::{MappingEvent, MappingObserver, Verdict};
use local::schedule::ScheduleObserver;

use crate::print;

/// Ids of a run that are remembered for its result; a larger run tells the rest by count.
const REMEMBERED_MAX: usize = 10_000;

/// Function processes that could not be started in a row before the run gives up.
const FAILED_STARTS_MAX: u32 = 3;

/// What was seen, shared with the observers.
pub(crate) type SharedSeen = Arc<Mutex<Seen>>;

/// What the mapping has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) finished: u64,
    pub(crate) articles: BTreeSet<ArticleId>,
    failed_starts: u32,
    pub(crate) trouble: Option<String>,
    /// Invocations whose process died under them.
    pub(crate) died: Vec<String>,
    /// The newest pass sent nothing because the day's LLM budget is spent.
    pub(crate) is_held_back: bool,
}

/// Counts finished messages and remembers their articles; a function that cannot start ends the
/// run instead of hanging it.
pub(crate) fn mapping_observer(seen: &SharedSeen) -> MappingObserver {
    let seen = Arc::clone(seen);
    let log = local::mapping::log_events();
    Arc::new(move |event| {
        log(event);
        let MappingEvent::Finished {
            invocation,
            batch,
            verdict,
        } = event
        else {
            return;
        };
        let mut seen = lock(&seen);
        note_start(&mut seen, invocation);
        if matches!(
            invocation.result,
            InvocationResult::Exited(_) | InvocationResult::TimedOut
        ) {
            seen.died.push(invocation.request_id.clone());
        }
        if !matches!(verdict, Verdict::Failed(_)) {
            seen.finished += batch.len() as u64;
        }
        for message in *batch {
            if let Ok(work) = WorkMessage::from_body(message.body.as_deref())
                && seen.articles.len() < REMEMBERED_MAX
            {
                seen.articles.insert(work.article_id());
            }
        }
    })
}

pub(crate) fn schedule_observer(seen: &SharedSeen) -> ScheduleObserver {
    let seen = Arc::clone(seen);
    Arc::new(move |invocation| {
        let mut seen = lock(&seen);
        note_start(&mut seen, invocation);
        if let InvocationResult::Success(body) = &invocation.result {
            let summary = serde_json::from_slice(body).unwrap_or(serde_json::Value::Null);
            seen.is_held_back = summary["stopped"] == "llm_budget";
        }
        if let InvocationResult::FunctionError(body) = &invocation.result {
            let told = String::from_utf8_lossy(body);
            seen.trouble = Some(format!(
                "run the scheduler function: {}",
                print::short(&told, 400)
            ));
        }
    })
}

fn note_start(seen: &mut Seen, invocation: &Invocation) {
    let InvocationResult::NotStarted(error) = &invocation.result else {
        seen.failed_starts = 0;
        return;
    };
    seen.failed_starts += 1;
    if seen.failed_starts >= FAILED_STARTS_MAX {
        seen.trouble = Some(format!("start the function processes: {error}"));
    }
}

pub(crate) fn lock(seen: &SharedSeen) -> MutexGuard<'_, Seen> {
    // every update leaves it whole
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
