//! The pipeline as a whole: states, failures, when something is due next.

use std::time::Duration;

use domain::{Budget, ErrorClass, Step};

use crate::error::StoreError;
use crate::row::{get, only, word};
use crate::store::Store;

// A row per state, in the order of the path.
const STATUS: &str = "/* store::status */
SELECT state, articles, oldest_s, overdue_s FROM pipeline_status ORDER BY position";

// A row per class of failed and waiting articles, the most frequent first.
const FAILURES: &str = "/* store::failures_by_class */
SELECT error_class, state, count(*) AS articles,
       (array_agg(article_id ORDER BY updated_at DESC))[1] AS example,
       (array_agg(error ORDER BY updated_at DESC))[1] AS error
  FROM article_work
 WHERE error_class IS NOT NULL AND state <> 'done'
 GROUP BY error_class, state
 ORDER BY articles DESC, error_class, state";

// One row; null when nothing waits. Negative waits are 0: it is due.
const NEXT_DUE: &str = "/* store::next_due */
SELECT greatest(0, ceil(extract(epoch FROM min(due_at) - now()) * 1000))::bigint AS wait_ms
  FROM article_work WHERE state IN ('new', 'queued', 'retry', 'running')";

/// How many articles are in a state.
#[derive(Clone, Debug, PartialEq)]
pub struct StateCount {
    /// The state as rows spell it.
    pub state: String,
    /// How many.
    pub articles: i64,
    /// Seconds since the longest-standing of them changed.
    pub oldest_s: Option<f64>,
    /// Seconds since the longest-waiting of them came due.
    pub overdue_s: Option<f64>,
}

/// How many articles failed, or wait, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureClass {
    /// The class.
    pub class: ErrorClass,
    /// `failed`, or a state from which it is tried again.
    pub state: String,
    /// How many.
    pub articles: i64,
    /// The newest of them.
    pub example: domain::ArticleId,
    /// Its message.
    pub error: Option<String>,
}

impl Store {
    /// Counts per state.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn status(&self, budget: &Budget) -> Result<Vec<StateCount>, StoreError> {
        let rows = self.transact(Step::DbQuery, budget, STATUS, &[]).await?;
        rows.iter()
            .map(|row| {
                Ok(StateCount {
                    state: get(row, "state")?,
                    articles: get(row, "articles")?,
                    oldest_s: get(row, "oldest_s")?,
                    overdue_s: get(row, "overdue_s")?,
                })
            })
            .collect()
    }

    /// Failed and waiting articles by class.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn failures_by_class(
        &self,
        budget: &Budget,
    ) -> Result<Vec<FailureClass>, StoreError> {
        let rows = self.transact(Step::DbQuery, budget, FAILURES, &[]).await?;
        rows.iter()
            .map(|row| {
                Ok(FailureClass {
                    class: word(row, "error_class")?,
                    state: get(row, "state")?,
                    articles: get(row, "articles")?,
                    example: domain::ArticleId::new(get(row, "example")?),
                    error: get(row, "error")?,
                })
            })
            .collect()
    }

    /// How long until something is due; `None` when every article is final.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_due(&self, budget: &Budget) -> Result<Option<Duration>, StoreError> {
        let rows = self.transact(Step::DbQuery, budget, NEXT_DUE, &[]).await?;
        let wait: Option<i64> = get(only(&rows)?, "wait_ms")?;
        Ok(wait.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0))))
    }
}
