//! What the mapping and the schedule have done while a run lasts.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cloud::lambda::{Invocation, InvocationResult};
use cloud::mapping::{BatchResult, MappingEvent, MappingObserver};
use cloud::schedule::ScheduleObserver;
use domain::{ArticleId, WorkMessage};
use scheduler::pass::{Stop, Summary};

use crate::print;

/// Ids of a run that are remembered for its report; a larger run gives the rest by count.
const REMEMBERED_MAX: usize = 10_000;

/// Function processes that could not be started in a row before the run gives up.
const FAILED_STARTS_MAX: u32 = 3;

/// A run's progress, shared with its observers.
pub(crate) type SharedProgress = Arc<Mutex<RunProgress>>;

/// A run's progress so far.
#[derive(Debug, Default)]
pub(crate) struct RunProgress {
    pub(crate) finished: u64,
    pub(crate) articles: BTreeSet<ArticleId>,
    failed_starts: u32,
    pub(crate) trouble: Option<String>,
    /// Invocations whose process died under them.
    pub(crate) died: Vec<String>,
    /// A worker could not record what became of an article.
    pub(crate) has_unrecorded: bool,
    /// The scheduler could not make a pass for a reason that may be over by the next one.
    pub(crate) pass_error: Option<String>,
    /// Ids that are marked as queued may be on no queue: the scheduler died over a pass, or a message
    /// failed and stays out of sight for long.
    pub(crate) has_unsent: bool,
    /// The newest pass sent nothing because the day's LLM budget is spent.
    pub(crate) is_held_back: bool,
}

/// Counts finished messages and remembers their articles; a function that cannot start ends the
/// run instead of hanging it.
pub(crate) fn mapping_observer(progress: &SharedProgress) -> MappingObserver {
    let progress = Arc::clone(progress);
    let log = cloud::mapping::log_events();
    Arc::new(move |event| {
        log(event);
        let MappingEvent::Finished {
            invocation,
            batch,
            batch_result,
        } = event
        else {
            return;
        };
        let mut progress = lock(&progress);
        note_start(&mut progress, invocation);
        if matches!(
            invocation.result,
            InvocationResult::Exited(_) | InvocationResult::TimedOut
        ) {
            progress.died.push(invocation.request_id.clone());
        }
        match batch_result {
            BatchResult::Done => progress.finished += batch.len() as u64,
            BatchResult::Partly(failed) => {
                progress.finished += batch.len().saturating_sub(failed.len()) as u64;
                progress.has_unrecorded = true;
            }
            BatchResult::Failed(_) => progress.has_unrecorded = true,
        }
        progress.has_unsent |= progress.has_unrecorded;
        for message in *batch {
            if let Ok(work) = WorkMessage::from_body(message.body.as_deref())
                && progress.articles.len() < REMEMBERED_MAX
            {
                progress.articles.insert(work.article_id());
            }
        }
    })
}

pub(crate) fn schedule_observer(progress: &SharedProgress) -> ScheduleObserver {
    let progress = Arc::clone(progress);
    Arc::new(move |invocation| {
        let mut progress = lock(&progress);
        note_start(&mut progress, invocation);
        if let InvocationResult::Success(body) = &invocation.result {
            match serde_json::from_slice::<Summary>(body) {
                Ok(summary) => progress.is_held_back = summary.stopped == Some(Stop::LlmBudget),
                Err(error) => {
                    progress.trouble = Some(format!("read the scheduler's summary: {error}"));
                }
            }
        }
        progress.has_unsent |= matches!(
            invocation.result,
            InvocationResult::Exited(_) | InvocationResult::TimedOut | InvocationResult::Unanswered
        );
        if let InvocationResult::FunctionError(body) = &invocation.result {
            let database = database_error(body);
            if database.is_none() {
                let body_text = String::from_utf8_lossy(body);
                progress.trouble = Some(format!(
                    "run the scheduler function: {}",
                    print::short(&body_text, 400)
                ));
            }
            progress.pass_error = database;
        }
    })
}

/// What the scheduler says of the database, when that is what failed.
fn database_error(body: &[u8]) -> Option<String> {
    let error: serde_json::Value = serde_json::from_slice(body).ok()?;
    let is_store = matches!(
        error["errorType"].as_str()?,
        "PassError::Store" | "PassError::GiveBack"
    );
    let message = error["errorMessage"].as_str()?;
    is_store.then(|| message.to_owned())
}

fn note_start(progress: &mut RunProgress, invocation: &Invocation) {
    let InvocationResult::NotStarted(error) = &invocation.result else {
        progress.failed_starts = 0;
        return;
    };
    progress.failed_starts += 1;
    if progress.failed_starts >= FAILED_STARTS_MAX {
        progress.trouble = Some(format!("start the function processes: {error}"));
    }
}

pub(crate) fn lock(progress: &SharedProgress) -> MutexGuard<'_, RunProgress> {
    // every update leaves it whole
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}
