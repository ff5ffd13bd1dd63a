//! Taking what is due: the query that enqueues is the query that rescues.

use std::time::Duration;

use domain::{ArticleId, Budget, Step};
use runtime::clock;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::claim::millis;
use crate::error::StoreError;
use crate::row::get;
use crate::store::{Param, Store};

// As many rows as were due, at most n. Rows that another pass has locked are skipped: they are its.
// A running row is due when its lease has passed: its worker is gone, its attempt is closed as lost.
const DUE: &str = "/* store::due */
WITH taken AS MATERIALIZED (
    SELECT article_id, state, attempt >= max_attempts AS used_up
      FROM article_work
     WHERE state IN ('new', 'queued', 'retry', 'running') AND due_at <= now()
     ORDER BY due_at, article_id
     LIMIT $1 -- n
       FOR UPDATE SKIP LOCKED
), lost AS (
    UPDATE article_attempts t
       SET ended_at = now(), outcome = 'lost', error_class = 'lost_worker',
           error = 'the worker vanished before its lease ended'
      FROM taken
     WHERE taken.state = 'running' AND t.article_id = taken.article_id AND t.ended_at IS NULL
    RETURNING t.article_id
), marked AS (
    UPDATE article_work w
       SET state = CASE WHEN taken.used_up THEN 'failed' ELSE 'queued' END,
           due_at = now() + $2 * interval '1 millisecond', -- requeue after
           page_key = $3, -- key of this page
           lease_until = NULL,
           error_class = CASE WHEN taken.state = 'running' THEN 'lost_worker'
                              WHEN taken.used_up THEN coalesce(w.error_class, 'lost_worker')
                              ELSE w.error_class END,
           error = CASE WHEN taken.state = 'running'
                        THEN 'the worker vanished before its lease ended' ELSE w.error END,
           updated_at = now()
      FROM taken
     WHERE w.article_id = taken.article_id
    RETURNING w.article_id, w.state
)
SELECT article_id, state = 'failed' AS exhausted,
       EXISTS (SELECT FROM lost WHERE lost.article_id = marked.article_id) AS lost
  FROM marked
 ORDER BY article_id";

// The rows of a page that was marked, and whose answer was lost. They stand at the end of the index.
const MARKED: &str = "/* store::due */
SELECT article_id, false AS exhausted, false AS lost
  FROM article_work
 WHERE state IN ('new', 'queued', 'retry', 'running') AND state = 'queued'
   AND due_at > now() + $1 * interval '1 millisecond' - interval '1 minute' -- requeue after
   AND page_key = $2 -- key of this page
 ORDER BY article_id";

/// Rows taken in one statement at most: some 20 ms of the server's time.
const PAGE_MAX: u32 = 1_000;

/// What a pass took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Marked queued: to be sent now. What is not sent has to be given back.
    pub queued: Vec<ArticleId>,
    /// Failed, because their attempts are used up.
    pub exhausted: Vec<ArticleId>,
    /// How many of both had a worker that vanished.
    pub lost_workers: u32,
}

impl Store {
    /// Takes up to `n` due rows (at most 1,000 a call). If the caller dies before it sends them,
    /// they are due again after `requeue_after`; a row is never lost. A page that was marked and
    /// whose answer was lost is read back on a new connection; its failed rows are not told again.
    ///
    /// # Errors
    /// [`StoreError`]; what may have been marked comes due again by itself.
    pub async fn due(
        &self,
        budget: &Budget,
        n: u32,
        requeue_after: Duration,
    ) -> Result<Due, StoreError> {
        let (requeue_ms, key) = (millis(requeue_after), fastrand::i64(..));
        let n = i64::from(n.min(PAGE_MAX));
        let params: &[Param<'_>] = &[
            (&n, Type::INT8),
            (&requeue_ms, Type::INT8),
            (&key, Type::INT8),
        ];
        let now = clock::now();
        let first = budget.capped(budget.remaining(now) / 2, now);
        let error = match self.transact(Step::Due, &first, DUE, params).await {
            Ok(rows) => return read(&rows),
            Err(error) if error.may_pass() => error,
            Err(error) => return Err(error),
        };
        tracing::warn!(error = %error, "a page of due rows is read back on a new connection");
        let own: &[Param<'_>] = &[(&requeue_ms, Type::INT8), (&key, Type::INT8)];
        let marked = self.transact(Step::Due, budget, MARKED, own).await?;
        if !marked.is_empty() {
            return read(&marked);
        }
        read(&self.transact(Step::Due, budget, DUE, params).await?)
    }
}

fn read(rows: &[Row]) -> Result<Due, StoreError> {
    let mut due = Due::default();
    for row in rows {
        let article = ArticleId::new(get(row, "article_id")?);
        if get(row, "exhausted")? {
            due.exhausted.push(article);
        } else {
            due.queued.push(article);
        }
        due.lost_workers += u32::from(get::<bool>(row, "lost")?);
    }
    Ok(due)
}
