//! Records what became of an attempt. The one line that tells its end is written here, after the
//! record: a log line is no record.

use std::future::Future;
use std::time::Duration;

use domain::{Budget, ErrorClass, Jitter, Outcome, RouteUsage, RunRecord};
use facts::RouteFailure;
use runtime::{Chain, OrWarn as _, clock};
use store::{AttemptFailure, Finish, Recorded, RouteHealth, RunId, RunResult, StoreError};
use thiserror::Error;

use crate::attempt::{Attempt, Ending};
use crate::attempt_error::AttemptError;
use crate::judge::{self, History, judge};
use crate::routes;

/// Pauses between two tries to record an outcome grow from here …
const PAUSE_FIRST: Duration = Duration::from_millis(100);

/// … to here: what an invocation costs while it waits is less than what is thrown away.
const PAUSE_MAX: Duration = Duration::from_secs(3);

/// With less left than this no other try is begun: it has to connect anew.
const TRY_MIN: Duration = Duration::from_millis(500);

/// An outcome that is not in the database: the message is reported as failed and comes back.
#[derive(Debug, Error)]
pub enum Unrecorded {
    /// Nothing was claimed.
    #[error("claim the article")]
    Claim(#[source] StoreError),
    /// There is an outcome, and the database did not take it.
    #[error("record outcome {outcome} of class {}", class.map_or("none", ErrorClass::as_str))]
    Record {
        /// The outcome.
        outcome: &'static str,
        /// Its class.
        class: Option<ErrorClass>,
        /// Why not.
        #[source]
        source: StoreError,
    },
}

impl Unrecorded {
    /// The class of the database's failure: what the log line is counted by.
    pub(crate) fn reason(&self) -> ErrorClass {
        let (Self::Claim(source) | Self::Record { source, .. }) = self;
        judge::class_of_store(source)
    }
}

impl Attempt<'_> {
    /// Records the ending, good or not.
    pub(crate) async fn record_outcome(
        &self,
        ending: Result<Ending, AttemptError>,
    ) -> Result<Outcome, Unrecorded> {
        match ending {
            Ok(ending) => self.finish(&ending).await,
            Err(error) => self.record_failure(&error, self.opened()).await,
        }
    }

    async fn finish(&self, ending: &Ending) -> Result<Outcome, Unrecorded> {
        let (result, facts, tokens) = result_of(ending);
        let routes = self.routes_of(ending);
        let unrecorded = |source| Unrecorded::Record {
            outcome: "done",
            class: None,
            source,
        };
        let kind = result.kind().map_err(unrecorded)?;
        let finish = Finish {
            result,
            attempt: &self.record,
            routes: &routes,
        };
        // half of what is kept back is for recording a failure instead, which needs less to work
        let kept_back = self.invocation.split.finish / 2;
        let budget = self.invocation.budget.less(kept_back, clock::now());
        let store = &self.services.store;
        match repeated(&budget, || store.finish(&budget, self.claim, &finish)).await {
            Ok(Recorded::LeaseLost) => return Ok(lease_lost()),
            Ok(Recorded::Yes | Recorded::Exhausted) => {}
            Err(error) => {
                self.save_answer(ending).await;
                let error = AttemptError::Store(error);
                return self.record_failure(&error, account_of(ending)).await;
            }
        }
        tracing::info!(
            outcome = kind.as_str(),
            facts,
            tokens,
            attempt = self.claim.attempt,
            duration_ms = self.millis(),
            "article done"
        );
        Ok(Outcome::Done(kind))
    }

    /// Writes down what was paid for, so that the next attempt asks nothing again.
    async fn save_answer(&self, ending: &Ending) {
        let (Ending::Found(run, _), Some(chunk)) = (ending, &self.unsaved) else {
            return;
        };
        let (store, budget) = (&self.services.store, &self.invocation.budget);
        let saved = store.save_chunk(budget, *run, chunk).await;
        saved.or_warn("keep the answer of an article that could not be finished");
    }

    /// `account`: the run that was asked; its calls are paid for, whatever becomes of them.
    pub(crate) async fn record_failure(
        &self,
        error: &AttemptError,
        account: Option<(RunId, Option<&RunRecord>)>,
    ) -> Result<Outcome, Unrecorded> {
        if matches!(error, AttemptError::LeaseLost) {
            return Ok(lease_lost());
        }
        let outcome = judge(error, self.history(), Jitter::draw());
        let Some(class) = outcome.class() else {
            return Ok(outcome);
        };
        let message = Chain(error).to_string();
        let asked = account.and_then(|(_, record)| record);
        let asked = asked.map_or(&[][..], |record| &record.routes);
        let routes = self.health_of_each(asked, &self.route_failures);
        let failure = AttemptFailure {
            class,
            message: &message,
            wait: outcome.wait(),
            run: account,
            attempt: &self.record,
            routes: &routes,
        };
        let budget = &self.invocation.budget;
        let recorded = repeated(budget, || self.store_failure(outcome, &failure)).await;
        let recorded = recorded.map_err(|source| Unrecorded::Record {
            outcome: outcome.as_str(),
            class: Some(class),
            source,
        })?;
        let ended = match recorded {
            Recorded::LeaseLost => return Ok(lease_lost()),
            Recorded::Yes => outcome,
            Recorded::Exhausted => Outcome::Failed { class },
        };
        tracing::warn!(
            outcome = ended.as_str(),
            reason = class.as_str(),
            error = message,
            attempt = self.claim.attempt,
            http_status = self.record.http_status,
            duration_ms = self.millis(),
            "article not done"
        );
        Ok(ended)
    }

    async fn store_failure(
        &self,
        outcome: Outcome,
        failure: &AttemptFailure<'_>,
    ) -> Result<Recorded, StoreError> {
        let (store, budget, claim) = (&self.services.store, &self.invocation.budget, self.claim);
        match outcome {
            Outcome::Retry { .. } => store.retry(budget, claim, failure).await,
            Outcome::Snooze { .. } => store.snooze(budget, claim, failure).await,
            Outcome::Failed { .. } | Outcome::Done(_) | Outcome::Skipped => {
                store.fail(budget, claim, failure).await
            }
        }
    }

    /// How the routes were that brought an ending.
    fn routes_of(&self, ending: &Ending) -> Vec<RouteHealth> {
        match ending {
            Ending::Found(_, found) => {
                self.health_of_each(&found.record.routes, &found.route_failures)
            }
            Ending::Reused(_) => Vec::new(),
        }
    }

    fn health_of_each(&self, asked: &[RouteUsage], failures: &[RouteFailure]) -> Vec<RouteHealth> {
        let routes = self.services.finder.routes();
        routes::health_of_each(routes, asked, failures, self.class_before())
    }

    /// How the article's attempt before this one ended.
    fn class_before(&self) -> Option<ErrorClass> {
        self.claim.errors_before.last().copied()
    }

    /// The run that was opened, and its account if anything was asked.
    pub(crate) fn opened(&self) -> Option<(RunId, Option<&RunRecord>)> {
        let (id, record) = self.run.as_ref()?;
        Some((*id, record.as_ref()))
    }

    fn history(&self) -> History {
        History {
            attempt: self.claim.attempt,
            snoozes: self.claim.snoozes,
            snoozed_class: self.claim.snoozed_class,
            is_probe: self.is_probe,
            last_class: self.class_before(),
        }
    }

    fn millis(&self) -> u64 {
        u64::try_from((clock::now() - self.started).as_millis()).unwrap_or(u64::MAX)
    }
}

/// Records, and records again for as long as there is time: a failover takes seconds, and users
/// hold a lock for as long as they like. Recording twice is harmless under the fence.
async fn repeated<F>(budget: &Budget, record: impl Fn() -> F) -> Result<Recorded, StoreError>
where
    F: Future<Output = Result<Recorded, StoreError>>,
{
    let mut pause = PAUSE_FIRST;
    loop {
        match record().await {
            Err(error) if error.may_pass() && budget.fits(pause + TRY_MIN, clock::now()) => {
                let error = Chain(&error).to_string();
                tracing::warn!(error, "an outcome is recorded again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
            ended => return ended,
        }
    }
}

/// The result as the store takes it, with its facts and tokens for the log.
fn result_of(ending: &Ending) -> (RunResult<'_>, usize, i64) {
    match ending {
        Ending::Found(run, found) => {
            let (record, facts) = (&found.record, found.facts.as_slice());
            let tokens = record.usage.tokens_in + record.usage.tokens_out;
            let run = *run;
            (RunResult::Fresh { run, record, facts }, facts.len(), tokens)
        }
        Ending::Reused(stored) => {
            let facts = usize::try_from(stored.facts).unwrap_or(0);
            (RunResult::Reused(*stored), facts, 0)
        }
    }
}

/// The run of an ending and its account.
fn account_of(ending: &Ending) -> Option<(RunId, Option<&RunRecord>)> {
    match ending {
        Ending::Found(run, found) => Some((*run, Some(&found.record))),
        Ending::Reused(_) => None,
    }
}

/// Another worker has the article, or its owner changed it: nothing was written, nothing is lost.
fn lease_lost() -> Outcome {
    tracing::warn!(
        outcome = "skipped",
        reason = "lease_lost",
        "the lease was lost; nothing written"
    );
    Outcome::Skipped
}
