//! Claiming: an article, a fence and a lease, in one statement.

use std::time::Duration;

use domain::limits::CLAIM_CAP;
use domain::{ArticleId, Budget, ErrorClass, Fence, Step};
use runtime::clock;
use serde::Deserialize;
use tokio_postgres::types::Type;

use crate::clean::clean_and_cut;
use crate::error::StoreError;
use crate::row::{answer, nullable};
use crate::store::Store;

const CLAIM: &str = "/* store::claim */
SELECT gleaner_claim(
       $1, -- article
       $2, -- lease in ms
       $3, -- request id
       $4) -- key of this claim
    AS answer";

/// A request id longer than this is none.
const REQUEST_ID_CHARS_MAX: usize = 200;

/// Who claims what, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRequest<'a> {
    /// The article.
    pub article: ArticleId,
    /// The lease: it ends just after the invocation's deadline.
    pub lease: Duration,
    /// The invocation, for the attempt's row.
    pub request_id: &'a str,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The article is this worker's until its lease ends.
    Work(Claim),
    /// It is final, waits for its time, or another worker holds a live lease: acknowledge.
    NotDue,
    /// There is no such article: acknowledge.
    Unknown,
}

/// A claim; its fence is what every later verb is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The article.
    pub article: ArticleId,
    /// The fence that this claim was given.
    pub fence: Fence,
    /// This attempt's number, counted by the claim; 1 is the first.
    pub attempt: i32,
    /// Attempts that are counted before the article fails for good.
    pub max_attempts: i32,
    /// The page. Empty when the row has none.
    pub url: String,
    /// The title that the users gave.
    pub title: Option<String>,
    /// Classes of the counted attempts before this one, oldest first.
    pub errors_before: Vec<ErrorClass>,
    /// How often it was snoozed in a row after a try that failed in the same way.
    pub snoozes: i32,
    /// That way's class.
    pub snoozed_class: Option<ErrorClass>,
    /// Breakers that are open at this moment, so that no page is fetched for a model that is out.
    pub breakers: Vec<OpenBreaker>,
}

/// A breaker that is open.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenBreaker {
    /// What it guards; see [`crate::breaker_key`].
    pub key: String,
    /// The class of the failure that opened it.
    pub class: ErrorClass,
    /// Milliseconds until the next probe.
    until_in_ms: u64,
}

impl OpenBreaker {
    /// How long until the next probe.
    #[must_use]
    pub const fn until_in(&self) -> Duration {
        Duration::from_millis(self.until_in_ms)
    }
}

/// What `gleaner_claim` answers.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "claimed", rename_all = "snake_case")]
enum Answer {
    Work(Work),
    NotDue,
    Unknown,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Work {
    fence: Fence,
    attempt: i32,
    max_attempts: i32,
    #[serde(deserialize_with = "nullable")]
    url: Option<String>,
    #[serde(deserialize_with = "nullable")]
    title: Option<String>,
    errors_before: Vec<ErrorClass>,
    snoozes: i32,
    #[serde(deserialize_with = "nullable")]
    snoozed_class: Option<ErrorClass>,
    breakers: Vec<OpenBreaker>,
}

impl Store {
    /// Claims an article: counts the attempt, hands out a fence and a lease, opens the attempt's
    /// row. All arithmetic is the server's clock's.
    ///
    /// A commit whose answer was lost is read back on a new connection; it counts once. If that is
    /// lost too, the lease runs off and the row comes due again.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is known to be claimed.
    pub async fn claim(
        &self,
        budget: &Budget,
        request: ClaimRequest<'_>,
    ) -> Result<Claimed, StoreError> {
        let capped = budget.capped(CLAIM_CAP, clock::now());
        let lease_ms = millis(request.lease);
        let request_id = clean_and_cut(request.request_id, REQUEST_ID_CHARS_MAX);
        // Not the request id: one invocation may be handed the same article twice in a batch.
        let key = fastrand::i64(..);
        let rows = self
            .transact_again(
                Step::Claim,
                &capped,
                CLAIM,
                &[
                    (&request.article.get(), Type::INT8),
                    (&lease_ms, Type::INT8),
                    (&request_id.as_ref(), Type::TEXT),
                    (&key, Type::INT8),
                ],
            )
            .await?;
        Ok(match answer("claim", &rows)? {
            Answer::Work(work) => Claimed::Work(work.of(request.article)),
            Answer::NotDue => Claimed::NotDue,
            Answer::Unknown => Claimed::Unknown,
        })
    }
}

impl Work {
    fn of(self, article: ArticleId) -> Claim {
        Claim {
            article,
            fence: self.fence,
            attempt: self.attempt,
            max_attempts: self.max_attempts,
            url: self.url.unwrap_or_default(),
            title: self.title,
            errors_before: self.errors_before,
            snoozes: self.snoozes,
            snoozed_class: self.snoozed_class,
            breakers: self.breakers,
        }
    }
}

/// Whole milliseconds as SQL takes them.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::row::read_answer;

    fn work() -> Value {
        json!({
            "claimed": "work", "fence": 2, "attempt": 1, "max_attempts": 5,
            "url": null, "title": null, "errors_before": ["http_server"], "snoozes": 0,
            "snoozed_class": null, "breakers": [],
        })
    }

    #[test]
    fn a_whole_answer_is_read_whatever_is_null_in_it() {
        let read = read_answer::<Answer>("claim", work()).expect("whole");

        let Answer::Work(work) = read else {
            panic!("{read:?}")
        };
        assert_eq!(work.errors_before, [ErrorClass::HttpServer]);
        assert_eq!(work.url, None);
    }

    #[test]
    fn an_unknown_word_is_a_schema_error_and_never_no_such_article() {
        for unknown in [
            json!({ "claimed": "later" }),
            json!({}),
            json!("work"),
            Value::Null,
        ] {
            let read = read_answer::<Answer>("claim", unknown.clone());

            assert!(
                matches!(read, Err(StoreError::Schema { .. })),
                "{unknown}: {read:?}"
            );
        }
    }

    #[test]
    fn a_missing_field_and_an_unknown_class_are_schema_errors() {
        let whole = work();
        for field in whole.as_object().expect("an object").keys() {
            let mut cut = whole.clone();
            cut.as_object_mut().expect("an object").remove(field);

            let read = read_answer::<Answer>("claim", cut);

            assert!(
                matches!(read, Err(StoreError::Schema { .. })),
                "{field}: {read:?}"
            );
        }
        for (field, value) in [
            ("errors_before", json!(["http_server", "no_such_class"])),
            ("snoozed_class", json!("no_such_class")),
        ] {
            let mut other = whole.clone();
            other[field] = value;

            let read = read_answer::<Answer>("claim", other);

            let Err(StoreError::Schema { problem, .. }) = read else {
                panic!("{field}: {read:?}")
            };
            assert!(problem.contains("no_such_class"), "{problem}");
        }
    }
}
