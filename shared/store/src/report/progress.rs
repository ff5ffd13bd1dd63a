//! How far a backlog is: what the schedule tells of, and what a run shows while it lasts.

use std::time::Duration;

use domain::{Budget, Step};
use tokio_postgres::Row;

use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::Store;

// One row. Only rows that are not final are looked at, which the index of due rows holds.
const PROGRESS: &str = "/* store::progress */
SELECT count(*) FILTER (WHERE due_at <= now()) AS due,
       count(*) FILTER (WHERE state = 'queued' AND due_at > now()) AS queued,
       count(*) FILTER (WHERE state = 'running' AND due_at > now()) AS running,
       count(*) FILTER (WHERE state IN ('new', 'retry') AND due_at > now()) AS later,
       greatest(0, extract(epoch FROM now() - min(due_at)))::bigint AS overdue_s,
       (extract(epoch FROM min(due_at) FILTER (WHERE due_at > now()) - now()) * 1000)::bigint AS next_ms,
       NOT EXISTS (SELECT FROM article_work) AS is_empty
  FROM article_work
 WHERE state IN ('new', 'queued', 'retry', 'running')";

/// How many articles are where on their path; final ones are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Due now.
    pub due: i64,
    /// On the queue.
    pub queued: i64,
    /// With a worker.
    pub running: i64,
    /// Due at a later time.
    pub later: i64,
    /// How long the longest-due one has waited.
    pub overdue: Duration,
    /// Until the next one comes due, of those that are not.
    pub next_due: Option<Duration>,
    /// Whether there is no article at all, final ones included.
    pub is_empty: bool,
}

impl Progress {
    /// What should be moving now. What waits for a later moment is not among it.
    #[must_use]
    pub const fn backlog(&self) -> i64 {
        self.due + self.queued + self.running
    }
}

impl Store {
    /// Counts what is not final.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn progress(&self, budget: &Budget) -> Result<Progress, StoreError> {
        let rows = self.transact(Step::DbQuery, budget, PROGRESS, &[]).await?;
        read(only(&rows)?)
    }
}

fn read(row: &Row) -> Result<Progress, StoreError> {
    let whole = |number: i64| u64::try_from(number).unwrap_or(0);
    let overdue: Option<i64> = get(row, "overdue_s")?;
    let next: Option<i64> = get(row, "next_ms")?;
    Ok(Progress {
        due: get(row, "due")?,
        queued: get(row, "queued")?,
        running: get(row, "running")?,
        later: get(row, "later")?,
        overdue: Duration::from_secs(overdue.map_or(0, whole)),
        next_due: next.map(|ms| Duration::from_millis(whole(ms))),
        is_empty: get(row, "is_empty")?,
    })
}
