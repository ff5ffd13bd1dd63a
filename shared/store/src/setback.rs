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
use crate::finish::{AttemptRecord, Recorded, attempt_json, record_json, recorded};
use crate::open_run::RunId;
use crate::row::{get, only};
use crate::visit::Store;

const SETBACK: &str = "/* store::setback */
SELECT gleaner_setback(
       $1,  -- article
       $2,  -- fence
       $3,  -- verb: retry, snooze, failed
       $4,  -- class
       $5,  -- message
       $6,  -- wait in ms
       $7,  -- run that was opened, or null
       $8,  -- account of the run, or null
       $9,  -- attempt
       $10) -- what breakers are to know, or null
    AS verdict";

/// Why an attempt ended without facts.
#[derive(Clone, Copy, Debug)]
pub struct Setback<'a> {
    /// The class.
    pub class: ErrorClass,
    /// What was tried and on what; cut to a line or two.
    pub message: &'a str,
    /// How long until the row is due again; at most a day. Means nothing to `fail`.
    pub wait: Duration,
    /// The run that was opened and its account: failed calls are paid for too.
    pub run: Option<(RunId, &'a RunRecord)>,
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
        setback: &Setback<'_>,
    ) -> Result<Recorded, StoreError> {
        self.set_back(budget, claim, Verb::Retry, setback).await
    }

    /// The attempt is given back: a dependency is out, not the article.
    ///
    /// # Errors
    /// As [`Store::finish`].
    pub async fn snooze(
        &self,
        budget: &Budget,
        claim: &Claim,
        setback: &Setback<'_>,
    ) -> Result<Recorded, StoreError> {
        self.set_back(budget, claim, Verb::Snooze, setback).await
    }

    /// Final, with its class.
    ///
    /// # Errors
    /// As [`Store::finish`].
    pub async fn fail(
        &self,
        budget: &Budget,
        claim: &Claim,
        setback: &Setback<'_>,
    ) -> Result<Recorded, StoreError> {
        self.set_back(budget, claim, Verb::Fail, setback).await
    }

    async fn set_back(
        &self,
        budget: &Budget,
        claim: &Claim,
        verb: Verb,
        setback: &Setback<'_>,
    ) -> Result<Recorded, StoreError> {
        let capped = budget.capped(FINISH_RESERVE, clock::now());
        let message = clean_and_cut(setback.message, ERROR_CHARS_MAX);
        let wait = setback.wait.min(SNOOZE_MAX);
        let run = setback.run.map(|(run, _record)| run.get());
        let record = setback.run.map(|(_run, record)| Json(failed(record)));
        let breakers = breakers_json(setback.routes).map(Json);
        let rows = self
            .transact_again(
                Step::Finish,
                &capped,
                SETBACK,
                &[
                    (&claim.article.get(), Type::INT8),
                    (&claim.fence.get(), Type::INT8),
                    (&verb.outcome(), Type::TEXT),
                    (&setback.class.as_str(), Type::TEXT),
                    (&message.as_ref(), Type::TEXT),
                    (&millis(wait), Type::INT8),
                    (&run, Type::INT8),
                    (&record, Type::JSONB),
                    (&Json(attempt_json(setback.attempt)), Type::JSONB),
                    (&breakers, Type::JSONB),
                ],
            )
            .await?;
        recorded(get(only(&rows)?, "verdict")?)
    }
}

/// The account of a run that ends in a setback: nothing of it is kept, all of it is counted.
fn failed(record: &RunRecord) -> serde_json::Value {
    record_json(&RunRecord {
        status: RunStatus::Failed,
        facts_kept: 0,
        ..record.clone()
    })
}
