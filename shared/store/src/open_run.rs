//! Opening a run: one transaction between extraction and the first LLM call.

use std::time::Duration;

use domain::{Budget, ErrorClass, MicroUsd, Step, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::types::Type;

use crate::claim::{Claim, millis};
use crate::clean::clean;
use crate::error::StoreError;
use crate::row::answer;
use crate::store::Store;
use crate::text::Text;

const OPEN_RUN: &str = "/* store::open_run */
SELECT gleaner_open_run(
       $1,  -- article
       $2,  -- fence
       $3,  -- sha256 of the text
       $4,  -- text
       $5,  -- title
       $6,  -- language
       $7,  -- published
       $8,  -- extractor version
       $9,  -- prompt version
       $10, -- schema version
       $11, -- model
       $12, -- endpoint
       $13, -- breaker keys of the routes
       $14, -- classes that block the routes behind
       $15, -- ms between two probes
       $16) -- what a day may cost, or null
    AS answer";

/// What decides whether the model may be asked now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gates<'a> {
    /// Keys of the routes' breakers, in the order in which they are asked; see [`crate::breaker_key`].
    pub breakers: &'a [String],
    /// Classes after which the routes behind the broken one are not asked either.
    pub blocking: &'a [ErrorClass],
    /// What a UTC day may cost.
    pub stop: Option<MicroUsd>,
}

/// While a breaker is open, one call in this time looks whether the endpoint is back.
const PROBE_EVERY: Duration = Duration::from_secs(10);

/// The number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct RunId(i64);

impl RunId {
    /// Wraps a number as the store counted it.
    #[must_use]
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// What makes two runs over one text the same, and where this one will ask.
#[derive(Clone, Copy, Debug)]
pub struct RunIdentityRow<'a> {
    /// Semver and hash of the prompt's static part.
    pub prompt_version: &'a str,
    /// Version of the reply's schema.
    pub schema_version: &'a str,
    /// The model that is asked for.
    pub model: &'a str,
    /// Scheme, host and port of the endpoint; never a key.
    pub endpoint: &'a str,
}

/// What came of opening a run.
#[derive(Clone, Debug, PartialEq)]
pub enum OpenRun {
    /// The claim is no longer valid: stop, write nothing.
    LeaseLost,
    /// The same text was asked about before: finish with what is stored, without a call.
    Reuse(StoredRun),
    /// Ask the model.
    Open(Run),
    /// Another worker asks about the same text right now: its answer can be reused.
    AtWork {
        /// Until its lease ends; it is dead by then, or done.
        until_in: Duration,
    },
    /// The day's hard limit is reached: snooze until the next day.
    BudgetSpent {
        /// What is known of today's cost.
        spent: MicroUsd,
        /// Until the next UTC day.
        until_in: Duration,
    },
    /// Every route is known to be out: snooze. Between two probes nobody asks.
    BreakerOpen {
        /// Until the next probe.
        until_in: Duration,
        /// The class of the failure that opened it.
        class: ErrorClass,
    },
}

/// A run that is written as started.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// Breaker keys of the routes that may be asked.
    pub usable: Vec<String>,
    /// Those of them that were out, and are asked to see whether they are back.
    pub probes: Vec<String>,
    /// Chunks that earlier runs over this text finished, in order; not to be paid for again.
    pub chunks: Vec<StoredChunk>,
}

/// A complete run that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRun {
    /// Its number.
    pub id: RunId,
    /// How it ended.
    pub status: StoredStatus,
    /// How many facts it kept.
    pub facts: i32,
}

/// How a reusable run ended; no other ending is reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredStatus {
    /// With facts.
    Ok,
    /// With a valid "none".
    Empty,
}

/// A chunk of the text whose reply is complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredChunk {
    /// Its place among the chunks of the text.
    pub index: i32,
    /// First code point of its range.
    pub start: u32,
    /// First code point after it.
    pub end: u32,
    /// The reply, as the facts crate reads it back.
    pub reply: Value,
    /// What it cost.
    pub usage: Usage,
}

impl Store {
    /// Stores the text, looks for a complete run to reuse or one at work, asks the day's budget and the
    /// breakers, writes the `started` row, and gives back the chunks that were finished before.
    ///
    /// # Errors
    /// [`StoreError`]; a `started` row may then stand, and shows as a lost run.
    pub async fn open_run(
        &self,
        budget: &Budget,
        claim: &Claim,
        text: &Text<'_>,
        identity: &RunIdentityRow<'_>,
        gates: &Gates<'_>,
    ) -> Result<OpenRun, StoreError> {
        let title = text.title.map(clean);
        let language = text.language.map(clean);
        let published = text.published.map(clean);
        let blocking: Vec<&str> = gates.blocking.iter().map(|class| class.as_str()).collect();
        let stop = gates.stop.map(MicroUsd::get);
        let rows = self
            .transact(
                Step::OpenRun,
                budget,
                OPEN_RUN,
                &[
                    (&claim.article.get(), Type::INT8),
                    (&claim.fence.get(), Type::INT8),
                    (&text.sha256().as_slice(), Type::BYTEA),
                    (&text.body(), Type::TEXT),
                    (&title.as_deref(), Type::TEXT),
                    (&language.as_deref(), Type::TEXT),
                    (&published.as_deref(), Type::TEXT),
                    (&text.extractor_version, Type::TEXT),
                    (&identity.prompt_version, Type::TEXT),
                    (&identity.schema_version, Type::TEXT),
                    (&identity.model, Type::TEXT),
                    (&identity.endpoint, Type::TEXT),
                    (&gates.breakers, Type::TEXT_ARRAY),
                    (&blocking, Type::TEXT_ARRAY),
                    (&millis(PROBE_EVERY), Type::INT8),
                    (&stop, Type::INT8),
                ],
            )
            .await?;
        Ok(answer::<Answer>("open_run", &rows)?.into())
    }
}

/// What `gleaner_open_run` answers.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "opened", rename_all = "snake_case")]
enum Answer {
    LeaseLost,
    Reuse {
        run: RunId,
        status: StoredStatus,
        facts: i32,
    },
    AtWork {
        until_in_ms: u64,
    },
    BudgetSpent {
        spent_micro_usd: MicroUsd,
        until_in_ms: u64,
    },
    BreakerOpen {
        class: ErrorClass,
        until_in_ms: u64,
    },
    Run {
        run: RunId,
        usable: Vec<String>,
        probes: Vec<String>,
        chunks: Vec<StoredChunk>,
    },
}

impl From<Answer> for OpenRun {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::LeaseLost => Self::LeaseLost,
            Answer::Reuse { run, status, facts } => Self::Reuse(StoredRun {
                id: run,
                status,
                facts,
            }),
            Answer::AtWork { until_in_ms } => Self::AtWork {
                until_in: Duration::from_millis(until_in_ms),
            },
            Answer::BudgetSpent {
                spent_micro_usd,
                until_in_ms,
            } => Self::BudgetSpent {
                spent: spent_micro_usd,
                until_in: Duration::from_millis(until_in_ms),
            },
            Answer::BreakerOpen { class, until_in_ms } => Self::BreakerOpen {
                until_in: Duration::from_millis(until_in_ms),
                class,
            },
            Answer::Run {
                run,
                usable,
                probes,
                chunks,
            } => Self::Open(Run {
                id: run,
                usable,
                probes,
                chunks,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::row::read_answer;

    fn answers() -> [Value; 5] {
        [
            json!({ "opened": "reuse", "run": 7, "status": "empty", "facts": 0 }),
            json!({ "opened": "at_work", "until_in_ms": 12 }),
            json!({ "opened": "budget_spent", "spent_micro_usd": 5, "until_in_ms": 12 }),
            json!({ "opened": "breaker_open", "class": "llm_server", "until_in_ms": 12 }),
            json!({ "opened": "run", "run": 7, "usable": [], "probes": [], "chunks": [] }),
        ]
    }

    #[test]
    fn a_missing_field_is_a_schema_error_and_never_a_zero() {
        for whole in answers() {
            let read = read_answer::<Answer>("open_run", whole.clone());
            assert!(read.is_ok(), "{whole}: {read:?}");
            for field in whole.as_object().expect("an object").keys() {
                let mut cut = whole.clone();
                cut.as_object_mut().expect("an object").remove(field);

                let read = read_answer::<Answer>("open_run", cut);

                assert!(
                    matches!(read, Err(StoreError::Schema { .. })),
                    "{whole} without {field}: {read:?}"
                );
            }
        }
    }

    #[test]
    fn an_unknown_status_is_never_a_valid_none() {
        for unknown in [
            json!({ "opened": "reuse", "run": 7, "status": "partial", "facts": 3 }),
            json!({ "opened": "breaker_open", "class": "no_such_class", "until_in_ms": 12 }),
            json!({ "opened": "tomorrow" }),
        ] {
            let read = read_answer::<Answer>("open_run", unknown.clone());

            assert!(
                matches!(read, Err(StoreError::Schema { .. })),
                "{unknown}: {read:?}"
            );
        }
    }
}
