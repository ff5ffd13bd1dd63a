//! Finishing: facts, account, `processed_at` and attempt in one fenced transaction.

use std::str::FromStr;
use std::time::Duration;

use domain::limits::{ERROR_CHARS_MAX, FINISH_RESERVE, REJECTED_CHARS_MAX, REJECTED_KEPT_MAX};
use domain::{Budget, DoneKind, Fact, RunRecord, RunStatus, Step};
use runtime::clock;
use serde_json::{Map, Value, json};
use tokio_postgres::types::{Json, Type};

use crate::breakers::{RouteHealth, breakers_json};
use crate::claim::Claim;
use crate::clean::{clean, clean_and_cut};
use crate::error::StoreError;
use crate::open_run::{RunId, StoredRun, StoredStatus};
use crate::row::{only, word};
use crate::store::Store;

const FINISH: &str = "/* store::finish */
SELECT gleaner_finish(
       $1, -- article
       $2, -- fence
       $3, -- outcome
       $4, -- run that was opened, or null
       $5, -- run that is reused, or null
       $6, -- account of the run
       $7, -- facts
       $8, -- attempt
       $9) -- what breakers are to know, or null
    AS recorded";

/// What an article is finished with.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a> {
    /// The facts, or where they are.
    pub result: RunResult<'a>,
    /// The attempt's account.
    pub attempt: &'a AttemptRecord,
    /// How the routes were that were asked.
    pub routes: &'a [RouteHealth],
}

/// Where an article's facts come from.
#[derive(Clone, Copy, Debug)]
pub enum RunResult<'a> {
    /// A run that was opened for it.
    Fresh {
        /// Its number.
        run: RunId,
        /// Its account. Its status decides the outcome: `ok`, `empty` → `no_facts`, `partial`.
        record: &'a RunRecord,
        /// The facts that are kept; as many as the account says.
        facts: &'a [Fact],
    },
    /// A complete run over the same text.
    Reused(StoredRun),
}

impl RunResult<'_> {
    /// How the article is done with this.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] for a failed run: failure is never success.
    pub fn kind(&self) -> Result<DoneKind, StoreError> {
        match self {
            Self::Fresh { record, .. } => match record.status {
                RunStatus::Ok => Ok(DoneKind::Ok),
                RunStatus::Empty => Ok(DoneKind::NoFacts),
                RunStatus::Partial => Ok(DoneKind::Partial),
                RunStatus::Failed => Err(StoreError::Misuse {
                    problem: "finish an article with a failed run",
                }),
            },
            Self::Reused(stored) => Ok(match stored.status {
                StoredStatus::Ok => DoneKind::Ok,
                StoredStatus::Empty => DoneKind::NoFacts,
            }),
        }
    }
}

/// What an attempt leaves behind, besides its outcome.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttemptRecord {
    /// Each step that was taken, and how long it took.
    pub steps: Vec<(Step, Duration)>,
    /// The page's size after decompression.
    pub page_bytes: Option<u64>,
    /// The text's length in code points.
    pub text_chars: Option<u64>,
    /// The page's HTTP status.
    pub http_status: Option<u16>,
    /// Where the redirects led.
    pub final_url: Option<String>,
    /// More than the class says: why a page holds no text, for instance.
    pub reason: Option<String>,
}

/// Whether an outcome is in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is.
    Yes,
    /// It is, and the attempts are used up: the article has failed for good.
    Exhausted,
    /// It is not: another worker has the article now, or the users changed it. Nothing was written.
    LeaseLost,
}

impl Store {
    /// Makes the article `done`. All or nothing, and nothing once the fence is no longer current.
    /// A commit whose answer was lost is read back on a new connection.
    ///
    /// # Errors
    /// [`StoreError::CommitUnknown`] when that failed too; [`StoreError::Rejected`] when the values
    /// can never be stored; otherwise as the connection fails. Nothing is half-written.
    pub async fn finish(
        &self,
        budget: &Budget,
        claim: &Claim,
        finish: &Finish<'_>,
    ) -> Result<Recorded, StoreError> {
        let outcome = finish.result.kind()?.as_str();
        let capped = budget.capped(FINISH_RESERVE, clock::now());
        let attempt = attempt_json(finish.attempt);
        let (run, reused, record, facts, breakers) = match &finish.result {
            RunResult::Fresh { run, record, facts } => {
                if usize::try_from(record.facts_kept) != Ok(facts.len()) {
                    return Err(StoreError::Misuse {
                        problem: "finish with another number of facts than the account says",
                    });
                }
                let facts: Vec<Value> = facts.iter().enumerate().map(fact_json).collect();
                (
                    Some(run.get()),
                    None,
                    Some(record_json(record)),
                    Some(Value::Array(facts)),
                    breakers_json(finish.routes),
                )
            }
            RunResult::Reused(stored) => (None, Some(stored.id.get()), None, None, None),
        };
        let rows = self
            .transact_again(
                Step::Finish,
                &capped,
                FINISH,
                &[
                    (&claim.article.get(), Type::INT8),
                    (&claim.fence.get(), Type::INT8),
                    (&outcome, Type::TEXT),
                    (&run, Type::INT8),
                    (&reused, Type::INT8),
                    (&record.map(Json), Type::JSONB),
                    (&facts.map(Json), Type::JSONB),
                    (&Json(attempt), Type::JSONB),
                    (&breakers.map(Json), Type::JSONB),
                ],
            )
            .await?;
        word(only(&rows)?, "recorded")
    }
}

impl FromStr for Recorded {
    /// What was read instead.
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "recorded" => Ok(Self::Yes),
            "exhausted" => Ok(Self::Exhausted),
            "lease_lost" => Ok(Self::LeaseLost),
            other => Err(format!("unknown answer {other:?}")),
        }
    }
}

/// The account of a run as `gleaner_close_run` reads it.
pub(crate) fn record_json(record: &RunRecord) -> Value {
    let rejected = record.rejected.iter().take(REJECTED_KEPT_MAX).map(|it| {
        json!({
            "claim": clean_and_cut(&it.claim, REJECTED_CHARS_MAX),
            "quote": clean_and_cut(&it.quote, REJECTED_CHARS_MAX),
        })
    });
    let rejected: Vec<Value> = rejected.collect();
    json!({
        "status": record.status.as_str(),
        "model_returned": record.model_returned.as_deref().map(clean),
        "chunks_total": record.chunks_total,
        "chunks_ok": record.chunks_ok,
        "chars_cut": record.chars_cut,
        "facts_returned": record.facts_returned,
        "facts_kept": record.facts_kept,
        "facts_ungrounded": record.facts_ungrounded,
        "rejected": rejected,
        "facts_merged": record.facts_merged,
        "usage": record.usage,
        "routes": record.routes,
    })
}

/// The account of an attempt as `gleaner_close_attempt` reads it.
pub(crate) fn attempt_json(attempt: &AttemptRecord) -> Value {
    let mut steps = Map::new();
    for (step, took) in &attempt.steps {
        // A step that was taken twice (a retried fetch) counts together.
        let before = steps.get(step.as_str()).and_then(Value::as_f64);
        let ms = before.unwrap_or(0.0) + took.as_secs_f64() * 1_000.0;
        steps.insert(
            step.as_str().to_owned(),
            json!((ms * 1_000.0).round() / 1_000.0),
        );
    }
    let short = |text: &Option<String>| {
        let short = text
            .as_deref()
            .map(|text| clean_and_cut(text, ERROR_CHARS_MAX));
        short.map(std::borrow::Cow::into_owned)
    };
    json!({
        "steps": steps,
        "page_bytes": attempt.page_bytes,
        "text_chars": attempt.text_chars,
        "http_status": attempt.http_status,
        "final_url": attempt.final_url.as_deref().map(clean),
        "reason": short(&attempt.reason),
    })
}

/// A fact as `gleaner_finish` reads it.
fn fact_json((ordinal, fact): (usize, &Fact)) -> Value {
    let cleaned = |texts: &[String]| -> Vec<String> {
        texts.iter().map(|text| clean(text).into_owned()).collect()
    };
    let dates = fact.when.as_deref().and_then(crate::dates::range);
    json!({
        "ordinal": ordinal,
        "claim": clean(&fact.claim),
        "kind": fact.kind.as_str(),
        "certainty": fact.certainty.as_str(),
        "speaker": fact.speaker.as_deref().map(clean),
        "date_text": fact.when.as_deref().map(clean),
        "date_from": dates.as_ref().map(|range| range.0.to_string()),
        "date_to": dates.as_ref().map(|range| range.1.to_string()),
        "place": fact.place.as_deref().map(clean),
        "entities": cleaned(&fact.entities),
        "quote": clean(&fact.quote),
        "model_quote": fact.model_quote.as_deref().map(clean),
        "span_start": fact.span.start,
        "span_end": fact.span.end,
        "grounding": fact.grounding.as_str(),
        "edits": fact.edits,
        "unsupported": cleaned(&fact.unsupported),
        "fact_key": clean(&fact.fact_key),
    })
}
