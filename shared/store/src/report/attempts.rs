//! Every attempt of an article, with its LLM run.

use std::time::SystemTime;

use domain::{ArticleId, Budget, ErrorClass, Fence, Step};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::articles::steps;
use crate::error::StoreError;
use crate::row::{get, word_or_null};
use crate::store::Store;

// A row per attempt, the oldest first.
const ATTEMPTS: &str = "/* store::attempts */
SELECT t.fence, t.attempt, t.request_id, t.started_at, t.ended_at,
       (extract(epoch FROM t.ended_at - t.started_at) * 1000)::float8 AS took_ms,
       t.outcome, t.error_class, t.error, t.reason, t.steps, t.page_bytes, t.text_chars,
       t.http_status, t.final_url, e.model_requested, e.status AS run_status, e.calls,
       e.tokens_in, e.tokens_out, e.cost_micro_usd, e.facts_returned, e.facts_kept,
       e.facts_ungrounded, e.reused_from IS NOT NULL AS reused
  FROM article_attempts t
  LEFT JOIN extractions e ON e.id = t.extraction_id
 WHERE t.article_id = $1 -- article
 ORDER BY t.fence
 LIMIT 1000"; // snoozes are thinned out; no article has as many

/// One attempt.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the fields are the columns of article_attempts and extractions"
)]
pub struct Attempt {
    pub fence: Fence,
    pub attempt: i32,
    pub request_id: String,
    pub started_at: SystemTime,
    pub ended_at: Option<SystemTime>,
    pub took_ms: Option<f64>,
    pub outcome: Option<String>,
    pub error_class: Option<ErrorClass>,
    pub error: Option<String>,
    pub reason: Option<String>,
    pub steps: Vec<(String, f64)>,
    pub page_bytes: Option<i64>,
    pub text_chars: Option<i64>,
    pub http_status: Option<i32>,
    pub final_url: Option<String>,
    pub run: Option<AttemptRun>,
}

/// The LLM run of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of extractions")]
pub struct AttemptRun {
    pub model: String,
    pub status: String,
    pub reused: bool,
    pub calls: i32,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub cost_micro_usd: Option<i64>,
    pub facts_returned: i32,
    pub facts_kept: i32,
    pub facts_ungrounded: i32,
}

impl Store {
    /// The attempts of an article, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn attempts(
        &self,
        budget: &Budget,
        article: ArticleId,
    ) -> Result<Vec<Attempt>, StoreError> {
        let params = &[(&article.get() as _, Type::INT8)];
        let rows = self
            .transact(Step::DbQuery, budget, ATTEMPTS, params)
            .await?;
        rows.iter().map(attempt).collect()
    }
}

fn attempt(row: &Row) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        fence: Fence::new(get(row, "fence")?),
        attempt: get(row, "attempt")?,
        request_id: get(row, "request_id")?,
        started_at: get(row, "started_at")?,
        ended_at: get(row, "ended_at")?,
        took_ms: get(row, "took_ms")?,
        outcome: get(row, "outcome")?,
        error_class: word_or_null(row, "error_class")?,
        error: get(row, "error")?,
        reason: get(row, "reason")?,
        steps: steps(get(row, "steps")?),
        page_bytes: get(row, "page_bytes")?,
        text_chars: get(row, "text_chars")?,
        http_status: get(row, "http_status")?,
        final_url: get(row, "final_url")?,
        run: run(row)?,
    })
}

fn run(row: &Row) -> Result<Option<AttemptRun>, StoreError> {
    let Some(model) = get(row, "model_requested")? else {
        return Ok(None);
    };
    Ok(Some(AttemptRun {
        model,
        status: get(row, "run_status")?,
        reused: get(row, "reused")?,
        calls: get(row, "calls")?,
        tokens_in: get(row, "tokens_in")?,
        tokens_out: get(row, "tokens_out")?,
        cost_micro_usd: get(row, "cost_micro_usd")?,
        facts_returned: get(row, "facts_returned")?,
        facts_kept: get(row, "facts_kept")?,
        facts_ungrounded: get(row, "facts_ungrounded")?,
    }))
}
