//! Retry, snooze, fail: an attempt that ends without facts. None of them sets `processed_at`.

use std::time::Duration;

use domain::limits::{ERROR_CHARS_MAX, FINISH_RESERVE, SNOOZE_MAX};
use domain::{Budget, ErrorClass, RunRecord, RunStatus, Step};
use runtime::clock;
use tokio_postgres::types::{Json, Type};

use crate::breakers::{RouteHealth, breakers_json};
use crate::claim::{Claim, millis};
use crate::clean::clean_and_cut;
use crate::error::StoreError;
use crate::finish::{AttemptRecord, Recorded, attempt_json, record_json};
use crate::open_run::RunId;
use crate::row::{only, word};
use crate::store::Store;

const RECORD_FAILURE: &str = "/* store::record_failure */
SELECT gleaner_record_failure(
       $1,  -- article
       $2,  -- fence
       $3,  -- verb: retry, snooze, failed
       $4,  -- class
       $5,  -- whether anything was tried
       $6,  -- message
       $7,  -- wait in ms
       $8,  -- run that was opened, or null
       $9,  -- account of the run, or null
       $10, -- attempt
       $11) -- what breakers are to know, or null
    AS recorded";

/// Why an attempt ended without facts.
#[derive(Clone, Copy, Debug)]
pub struct AttemptFailure<'a> {
    /// The class.
    pub class: ErrorClass,
    /// What was tried and on what; cut to a line or two.
    pub message: &'a str,
    /// How long until the row is due again; at most a day. Means nothing to `fail`.
    pub wait: Duration,
    /// The run that was opened, and its account if it came to one: failed calls are paid for too.
    pub run: Option<(RunId, Option<&'a RunRecord>)>,
    /// The attempt's account.
    pub attempt: &'a AttemptRecord,
    /// How the routes were that were asked.
    pub routes: &'a [RouteHealth],
}

/// Which way an attempt ends without facts.
#[derive(Clone, Copy)]
enum Verb {
    Retry,
    Snooze,
    Fail,
}

impl Verb {
    /// The outcome as the attempt's row spells it.
    const fn outcome(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Snooze => "snooze",
            Self::Fail => "failed",
        }
    }
}

impl Store {
    /// The attempt counts; the row is due again after the wait, or failed when it was the last
    /// ([`Recorded::Exhausted`]).
    ///
    /// # Errors
    /// As [`Store::finish`].
    pub async fn retry(
        &self,
        budget: &Budget,
        claim: &Claim,
        failure: &AttemptFailure<'_>,
    ) -> Result<Recorded, StoreError> {
        self.record_failure(budget, claim, Verb::Retry, failure)
            .await
    }

    /// The attempt is given back: a dependency is out, not the article.
    ///
    /// # Errors
    /// As [`Store::finish`].
    pub async fn snooze(
        &self,
        budget: &Budget,
        claim: &Claim,
        failure: &AttemptFailure<'_>,
    ) -> Result<Recorded, StoreError> {
        self.record_failure(budget, claim, Verb::Snooze, failure)
            .await
    }

    /// Final, with its class.
    ///
    /// # Errors
    /// As [`Store::finish`].
    pub async fn fail(
        &self,
        budget: &Budget,
        claim: &Claim,
        failure: &AttemptFailure<'_>,
    ) -> Result<Recorded, StoreError> {
        self.record_failure(budget, claim, Verb::Fail, failure)
            .await
    }

    async fn record_failure(
        &self,
        budget: &Budget,
        claim: &Claim,
        verb: Verb,
        failure: &AttemptFailure<'_>,
    ) -> Result<Recorded, StoreError> {
        let capped = budget.capped(FINISH_RESERVE, clock::now());
        let message = clean_and_cut(failure.message, ERROR_CHARS_MAX);
        let wait = failure.wait.min(SNOOZE_MAX);
        let run = failure.run.map(|(run, _record)| run.get());
        let record = failure.run.and_then(|(_run, record)| record);
        let record = record.map(|record| Json(failed(record)));
        let breakers = breakers_json(failure.routes).map(Json);
        let rows = self
            .transact_again(
                Step::Finish,
                &capped,
                RECORD_FAILURE,
                &[
                    (&claim.article.get(), Type::INT8),
                    (&claim.fence.get(), Type::INT8),
                    (&verb.outcome(), Type::TEXT),
                    (&failure.class.as_str(), Type::TEXT),
                    (&!failure.class.is_without_a_try(), Type::BOOL),
                    (&message.as_ref(), Type::TEXT),
                    (&millis(wait), Type::INT8),
                    (&run, Type::INT8),
                    (&record, Type::JSONB),
                    (&Json(attempt_json(failure.attempt)), Type::JSONB),
                    (&breakers, Type::JSONB),
                ],
            )
            .await?;
        word(only(&rows)?, "recorded")
    }
}

/// The account of a run that ends in a failure: nothing of it is kept, all of it is counted.
fn failed(record: &RunRecord) -> serde_json::Value {
    record_json(&RunRecord {
        status: RunStatus::Failed,
        facts_kept: 0,
        ..record.clone()
    })
}
