//! Articles one by one: what became of them, who works on them.

use std::time::Duration;

use domain::{ArticleId, Budget, ErrorClass, Fence, Step};
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::{Json, Type};

use crate::error::StoreError;
use crate::row::{get, word_or_null};
use crate::store::{Param, Store};

// A row per article, by id; of the given ids, or of all.
const SUMMARIES: &str = "/* store::summaries */
SELECT w.article_id, a.url::text AS url, coalesce(t.title, a.title::text) AS title, w.state, w.outcome,
       w.error_class, w.error, w.attempt, w.facts_count, p.reason, p.steps,
       (extract(epoch FROM p.ended_at - p.started_at) * 1000)::float8 AS took_ms
  FROM article_work w
  JOIN articles a ON a.id = w.article_id
  LEFT JOIN extractions e ON e.id = w.extraction_id
  LEFT JOIN article_texts t ON t.content_sha256 = e.content_sha256
  LEFT JOIN article_attempts p ON p.article_id = w.article_id AND p.fence = w.fence
 WHERE $1::bigint[] IS NULL OR w.article_id = ANY($1) -- articles, or null for all
 ORDER BY w.article_id
 LIMIT $2 -- at most";

// A row per article that a worker holds.
const IN_FLIGHT: &str = "/* store::in_flight */
SELECT w.article_id, w.fence, w.attempt, t.request_id,
       (extract(epoch FROM now() - t.started_at) * 1000)::bigint AS age_ms,
       (extract(epoch FROM w.lease_until - now()) * 1000)::bigint AS lease_left_ms
  FROM article_work w
  JOIN article_attempts t ON t.article_id = w.article_id AND t.fence = w.fence
 WHERE w.state = 'running'
 ORDER BY w.article_id
 LIMIT 10000"; // more than any stack has workers

/// An article in one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The article.
    pub article: ArticleId,
    /// The page.
    pub url: Option<String>,
    /// Title as extracted, else as given.
    pub title: Option<String>,
    /// Its state as rows spell it.
    pub state: String,
    /// How it is done.
    pub outcome: Option<String>,
    /// Why it is not.
    pub error_class: Option<ErrorClass>,
    /// The same for people.
    pub error: Option<String>,
    /// More than the class says.
    pub reason: Option<String>,
    /// Counted attempts.
    pub attempt: i32,
    /// Facts of its current run.
    pub facts_count: Option<i32>,
    /// Milliseconds per step of the newest attempt.
    pub steps: Vec<(String, f64)>,
    /// Milliseconds from claim to record of the newest attempt.
    pub took_ms: Option<f64>,
}

/// An article that a worker holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// The article.
    pub article: ArticleId,
    /// The worker's fence.
    pub fence: Fence,
    /// The attempt's number.
    pub attempt: i32,
    /// The worker's invocation.
    pub request_id: String,
    /// Since the claim.
    pub age: Duration,
    /// Until the lease ends; zero when it has.
    pub lease_left: Duration,
}

impl Store {
    /// What became of the given articles, or of all: at most `limit`, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn summaries(
        &self,
        budget: &Budget,
        ids: Option<&[ArticleId]>,
        limit: u32,
    ) -> Result<Vec<Summary>, StoreError> {
        let ids: Option<Vec<i64>> = ids.map(|ids| ids.iter().map(|id| id.get()).collect());
        let params: &[Param<'_>] = &[(&ids, Type::INT8_ARRAY), (&i64::from(limit), Type::INT8)];
        let rows = self
            .transact(Step::DbQuery, budget, SUMMARIES, params)
            .await?;
        rows.iter().map(summary).collect()
    }

    /// Articles that workers hold at this moment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn in_flight(&self, budget: &Budget) -> Result<Vec<InFlight>, StoreError> {
        let rows = self.transact(Step::DbQuery, budget, IN_FLIGHT, &[]).await?;
        rows.iter().map(in_flight).collect()
    }
}

fn summary(row: &Row) -> Result<Summary, StoreError> {
    Ok(Summary {
        article: ArticleId::new(get(row, "article_id")?),
        url: get(row, "url")?,
        title: get(row, "title")?,
        state: get(row, "state")?,
        outcome: get(row, "outcome")?,
        error_class: word_or_null(row, "error_class")?,
        error: get(row, "error")?,
        reason: get(row, "reason")?,
        attempt: get(row, "attempt")?,
        facts_count: get(row, "facts_count")?,
        steps: steps(get(row, "steps")?),
        took_ms: get(row, "took_ms")?,
    })
}

fn in_flight(row: &Row) -> Result<InFlight, StoreError> {
    let duration = |ms: i64| Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    Ok(InFlight {
        article: ArticleId::new(get(row, "article_id")?),
        fence: Fence::new(get(row, "fence")?),
        attempt: get(row, "attempt")?,
        request_id: get(row, "request_id")?,
        age: duration(get(row, "age_ms")?),
        lease_left: duration(get(row, "lease_left_ms")?),
    })
}

/// Steps as rows hold them, as pairs.
pub(super) fn steps(json: Option<Json<Value>>) -> Vec<(String, f64)> {
    match json {
        Some(Json(Value::Object(steps))) => steps
            .into_iter()
            .filter_map(|(step, ms)| Some((step, ms.as_f64()?)))
            .collect(),
        _ => Vec::new(),
    }
}
