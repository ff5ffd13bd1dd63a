//! Claiming: an article, a fence and a lease, in one statement.

use std::time::Duration;

use domain::limits::CLAIM_CAP;
use domain::{ArticleId, Budget, Fence, Step};
use runtime::clock;
use serde::Deserialize;
use tokio_postgres::Row;
use tokio_postgres::types::{Json, Type};

use crate::clean::clean_and_cut;
use crate::error::StoreError;
use crate::row::{get, only};
use crate::visit::Store;

const CLAIM: &str = "/* store::claim */
SELECT verdict, fence, attempt, max_attempts, url, title, errors_before, snoozes, snoozed_class,
       breakers
  FROM gleaner_claim(
       $1, -- article
       $2, -- lease in ms
       $3) -- request id";

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
    pub errors_before: Vec<String>,
    /// How often it was snoozed in a row after a try that failed in the same way.
    pub snoozes: i32,
    /// That way's class.
    pub snoozed_class: Option<String>,
    /// Breakers that are open at this moment, so that no page is fetched for a model that is out.
    pub breakers: Vec<OpenBreaker>,
}

/// A breaker that is open.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenBreaker {
    /// What it guards; see [`crate::breaker_key`].
    pub key: String,
    /// The class of the failure that opened it.
    pub class: String,
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

impl Store {
    /// Claims an article: counts the attempt, hands out a fence and a lease, opens the attempt's
    /// row. All arithmetic is the server's clock's.
    ///
    /// If the answer is lost after the commit, the lease runs off and the row comes due again.
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
        let rows = self
            .transact(
                Step::Claim,
                &capped,
                CLAIM,
                &[
                    (&request.article.get(), Type::INT8),
                    (&lease_ms, Type::INT8),
                    (&request_id.as_ref(), Type::TEXT),
                ],
            )
            .await?;
        let row = only(&rows)?;
        match get(row, "verdict")? {
            "work" => Ok(Claimed::Work(read_claim(request.article, row)?)),
            "not_due" => Ok(Claimed::NotDue),
            _ => Ok(Claimed::Unknown),
        }
    }
}

fn read_claim(article: ArticleId, row: &Row) -> Result<Claim, StoreError> {
    let breakers: Option<Json<Vec<OpenBreaker>>> = get(row, "breakers")?;
    Ok(Claim {
        article,
        fence: Fence::new(get(row, "fence")?),
        attempt: get(row, "attempt")?,
        max_attempts: get(row, "max_attempts")?,
        url: get::<Option<String>>(row, "url")?.unwrap_or_else(String::new),
        title: get(row, "title")?,
        errors_before: get(row, "errors_before")?,
        snoozes: get(row, "snoozes")?,
        snoozed_class: get(row, "snoozed_class")?,
        breakers: breakers.map_or_else(Vec::new, |json| json.0),
    })
}

/// Whole milliseconds as SQL takes them.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}
