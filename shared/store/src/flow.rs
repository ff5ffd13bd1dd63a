//! Whether work flows: since when something waits for us and nothing is done, and how long an
//! article takes from its row to its facts. Each scheduler pass looks once.
//!
//! What waits for a site (a page to be tried again tomorrow) does not wait for us. What waits for a
//! model, a database or a worker does, also while its next try lies ahead.

use std::time::Duration;

use domain::{Budget, ErrorClass, Step};
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::Store;

/// Classes of what is ours to put right: nothing but us is waited for.
const OURS: [ErrorClass; 14] = [
    ErrorClass::LlmUnreachable,
    ErrorClass::LlmTimeout,
    ErrorClass::LlmThrottled,
    ErrorClass::LlmServer,
    ErrorClass::LlmQuota,
    ErrorClass::LlmAuth,
    ErrorClass::LlmConfig,
    ErrorClass::LlmBreakerOpen,
    ErrorClass::LlmBudget,
    ErrorClass::DbUnavailable,
    ErrorClass::DbTimeout,
    ErrorClass::DbAuth,
    ErrorClass::LostWorker,
    ErrorClass::Setup,
];

// One row. Rows that are not final are looked at until one is ours, and the newest runs by their key.
const FLOW: &str = "/* store::flow */
WITH newest AS MATERIALIZED (
    SELECT article_id, finished_at FROM (
        SELECT article_id, status, finished_at FROM extractions ORDER BY id DESC LIMIT 1000) AS runs
     WHERE status IN ('ok', 'empty', 'partial')
), took AS (
    SELECT extract(epoch FROM n.finished_at - w.added_at)::float8 AS s
      FROM newest n JOIN article_work w USING (article_id)
     WHERE n.finished_at > now() - interval '5 minutes'
), marked AS (
    UPDATE gleaner_reconciler
       SET waiting_since = CASE WHEN EXISTS (
               SELECT FROM article_work
                WHERE state IN ('new', 'queued', 'retry', 'running')
                  AND (state <> 'retry' OR due_at <= now() OR error_class = ANY ($1)) -- ours
           ) THEN coalesce(waiting_since, now()) END
    RETURNING waiting_since
)
SELECT CASE WHEN waiting_since IS NULL THEN 0 ELSE
           extract(epoch FROM now() - greatest(waiting_since, (SELECT max(finished_at) FROM newest)))
       END::bigint AS stalled_s,
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY s) FROM took) AS done_p50_s,
       (SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY s) FROM took) AS done_p95_s
  FROM marked";

/// How work flows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flow {
    /// For how long something has waited for us while nothing was done; zero when nothing waits.
    pub stalled: Duration,
    /// Seconds from row to facts of half the articles of the last five minutes; `None` without any.
    pub done_p50_s: Option<f64>,
    /// The same of all but the slowest twentieth.
    pub done_p95_s: Option<f64>,
}

impl Store {
    /// Looks, and remembers since when something waits.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn flow(&self, budget: &Budget) -> Result<Flow, StoreError> {
        let ours = OURS.map(ErrorClass::as_str);
        let ours: &[&str] = &ours;
        let parameters = [(&ours as _, Type::TEXT_ARRAY)];
        let rows = self
            .transact(Step::DbQuery, budget, FLOW, &parameters)
            .await?;
        let row = only(&rows)?;
        let stalled: i64 = get(row, "stalled_s")?;
        Ok(Flow {
            stalled: Duration::from_secs(u64::try_from(stalled).unwrap_or(0)),
            done_p50_s: get(row, "done_p50_s")?,
            done_p95_s: get(row, "done_p95_s")?,
        })
    }
}
