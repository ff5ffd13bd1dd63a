//! The operator's verbs: try again, process again, let go of a dead stack's claims.

use domain::{ArticleId, Budget, ErrorClass, RunStatus, Step};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::{Param, Store};

// A row for each article that is due now. Failed rows start over; the fence is kept, so that a
// worker of before stays shut out. Rows without a url would only fail again.
const RETRY_IDS: &str = "/* store::retry_ids */
UPDATE article_work w
   SET state = 'new', attempt = 0, due_at = now(), error_class = NULL, error = NULL,
       snoozes = 0, updated_at = now()
  FROM articles a
 WHERE w.article_id = ANY($1) -- articles
   AND w.state IN ('failed', 'retry') AND a.id = w.article_id AND NOT gleaner_is_blank(a.url)
RETURNING w.article_id";

// As above, for at most a page of a class.
const RETRY_CLASS: &str = "/* store::retry_class */
WITH chosen AS MATERIALIZED (
    SELECT w.article_id
      FROM article_work w JOIN articles a ON a.id = w.article_id
     WHERE w.error_class = $1 -- class
       AND w.state IN ('failed', 'retry') AND NOT gleaner_is_blank(a.url)
     ORDER BY w.article_id LIMIT 5000 FOR UPDATE OF w SKIP LOCKED)
UPDATE article_work w
   SET state = 'new', attempt = 0, due_at = now(), error_class = NULL, error = NULL,
       snoozes = 0, updated_at = now()
  FROM chosen
 WHERE w.article_id = chosen.article_id
RETURNING w.article_id";

// One row: how many of a page were made due. Taking processed_at back is the users' own way of
// asking; the trigger does the rest, and current_facts goes on showing the run before.
const REPROCESS: &str = "/* store::reprocess */
WITH chosen AS MATERIALIZED (
    SELECT a.id
      FROM article_work w
      JOIN extractions e ON e.id = w.extraction_id
      JOIN articles a ON a.id = w.article_id
     WHERE w.state = 'done'
       AND ($1::text IS NULL OR e.prompt_version = $1)  -- prompt version
       AND ($2::text IS NULL OR e.model_requested = $2) -- model
       AND ($3::text IS NULL OR e.status = $3)          -- status
     -- In the order of ids, the users' row before its work row: as an update of theirs locks them.
     ORDER BY a.id LIMIT 1000 FOR NO KEY UPDATE OF a
), due AS (
    UPDATE articles a SET processed_at = NULL
      FROM chosen WHERE a.id = chosen.id
    RETURNING 1)
SELECT count(*) AS rows FROM due";

// One row: how many. For the owner of a stack that is known to be dead: nobody holds these leases.
const RELEASE_ABANDONED: &str = "/* store::release_abandoned */
WITH released AS (
    UPDATE article_work
       SET due_at = now(), updated_at = now(),
           lease_until = CASE WHEN state = 'running' THEN now() END
     WHERE state IN ('queued', 'running') AND due_at > now()
    RETURNING 1)
SELECT count(*) AS rows FROM released";

// One row: how many. For who starts a queue of its own: what a queue before it held is gone, and an id
// that is on another queue too is claimed once. What waits for the database is due too: it answers.
const RELEASE_QUEUED: &str = "/* store::release_queued */
WITH released AS (
    UPDATE article_work SET due_at = now(), updated_at = now()
     WHERE due_at > now()
       AND (state = 'queued'
            OR (state = 'retry' AND error_class IN ('db_unavailable', 'db_timeout')))
    RETURNING 1)
SELECT count(*) AS rows FROM released";

// One row: how many. For who knows that every worker of a run is dead.
const RELEASE_RUN: &str = "/* store::release_run */
WITH released AS (
    UPDATE article_work w
       SET due_at = now(), lease_until = now(), updated_at = now()
      FROM article_attempts t
     WHERE w.state = 'running' AND w.due_at > now()
       AND t.article_id = w.article_id AND t.fence = w.fence AND t.ended_at IS NULL
       AND starts_with(t.request_id, $1) -- what the run's request ids begin with
    RETURNING 1)
SELECT count(*) AS rows FROM released";

// One row: how many. For the owner of a stack that has just been started anew.
const RELEASE_WAITING: &str = "/* store::release_waiting */
WITH released AS (
    UPDATE article_work w
       SET due_at = now(), updated_at = now()
      FROM articles a
     WHERE a.id = w.article_id AND w.state = 'retry' AND w.due_at > now()
       AND (w.error_class LIKE 'llm\\_%' OR w.error_class LIKE 'db\\_%'
            OR starts_with(a.url::text, $1)) -- what the stack serves itself
    RETURNING 1)
SELECT count(*) AS rows FROM released";

// One row: how many. For whoever has seen the worker of an invocation die.
const RELEASE_WORKER: &str = "/* store::release_worker */
WITH released AS (
    UPDATE article_work w
       SET due_at = now(), lease_until = now(), updated_at = now()
      FROM article_attempts t
     WHERE t.request_id = $1 -- invocation
       AND t.ended_at IS NULL AND w.article_id = t.article_id AND w.fence = t.fence
       AND w.state = 'running'
    RETURNING 1)
SELECT count(*) AS rows FROM released";

/// Which finished articles to process again: those whose current run fits every given field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reprocess {
    /// Made with this prompt.
    pub prompt_version: Option<String>,
    /// Made by this model.
    pub model: Option<String>,
    /// Ended so.
    pub status: Option<RunStatus>,
}

impl Store {
    /// Makes failed and waiting articles due at once, from their first attempt on. Gives those it
    /// did so for: others are unknown, done, on their way, or have no url.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn retry_ids(
        &self,
        budget: &Budget,
        ids: &[ArticleId],
    ) -> Result<Vec<ArticleId>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        let params: &[Param<'_>] = &[(&ids, Type::INT8_ARRAY)];
        let rows = self
            .transact(Step::DbQuery, budget, RETRY_IDS, params)
            .await?;
        article_ids(&rows)
    }

    /// The same for every failed or waiting article of a class.
    ///
    /// # Errors
    /// [`StoreError`]; earlier pages stand.
    pub async fn retry_class(
        &self,
        budget: &Budget,
        class: ErrorClass,
    ) -> Result<Vec<ArticleId>, StoreError> {
        let mut all = Vec::new();
        loop {
            // Ends: a row that was chosen loses its class.
            let params: &[Param<'_>] = &[(&class.as_str(), Type::TEXT)];
            let rows = self
                .transact(Step::DbQuery, budget, RETRY_CLASS, params)
                .await?;
            if rows.is_empty() {
                return Ok(all);
            }
            all.extend(article_ids(&rows)?);
        }
    }

    /// Makes finished articles due again; says how many.
    ///
    /// # Errors
    /// [`StoreError::Misuse`] when no field is given; otherwise earlier pages stand.
    pub async fn reprocess(&self, budget: &Budget, which: &Reprocess) -> Result<i64, StoreError> {
        if *which == Reprocess::default() {
            return Err(StoreError::Misuse {
                problem: "reprocess without saying which articles",
            });
        }
        let status = which.status.map(RunStatus::as_str);
        let mut all = 0;
        loop {
            // Ends: a row that was chosen is done no more.
            let params: &[Param<'_>] = &[
                (&which.prompt_version, Type::TEXT),
                (&which.model, Type::TEXT),
                (&status, Type::TEXT),
            ];
            let rows = self
                .transact(Step::DbQuery, budget, REPROCESS, params)
                .await?;
            match get::<i64>(only(&rows)?, "rows")? {
                0 => return Ok(all),
                some => all += some,
            }
        }
    }

    /// Makes what a dead stack had queued or claimed due at once; says how many. Only for the owner
    /// of a stack of its own: a worker that is alive after all is fenced out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_abandoned(&self, budget: &Budget) -> Result<i64, StoreError> {
        let rows = self
            .transact(Step::DbQuery, budget, RELEASE_ABANDONED, &[])
            .await?;
        get(only(&rows)?, "rows")
    }

    /// Makes what is marked as queued, or waits for the database, due at once; says how many. For who
    /// has a queue of its own.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_queued(&self, budget: &Budget) -> Result<i64, StoreError> {
        let rows = self
            .transact(Step::DbQuery, budget, RELEASE_QUEUED, &[])
            .await?;
        get(only(&rows)?, "rows")
    }

    /// Ends the leases of a run that is known to be dead, by what its request ids begin with; says
    /// how many. A worker that is alive after all is fenced out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_run(&self, budget: &Budget, prefix: &str) -> Result<i64, StoreError> {
        let params: &[Param<'_>] = &[(&prefix, Type::TEXT)];
        let rows = self
            .transact(Step::DbQuery, budget, RELEASE_RUN, params)
            .await?;
        get(only(&rows)?, "rows")
    }

    /// Makes what waits for a dependency due at once, and what waits for a page under `served`;
    /// says how many. Only for the owner of a stack that has just been started: its model, its
    /// database and its site are up again, whatever they were when the wait began.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_waiting(&self, budget: &Budget, served: &str) -> Result<i64, StoreError> {
        let params: &[Param<'_>] = &[(&served, Type::TEXT)];
        let rows = self
            .transact(Step::DbQuery, budget, RELEASE_WAITING, params)
            .await?;
        get(only(&rows)?, "rows")
    }

    /// Ends the leases of one invocation, whose process is known to be dead; says how many. The
    /// attempt is counted and closed as lost by the next pass, as if its lease had run off.
    ///
    /// # Errors
    /// [`StoreError`]; the lease then runs off by itself.
    pub async fn release_worker(
        &self,
        budget: &Budget,
        request_id: &str,
    ) -> Result<i64, StoreError> {
        let params: &[Param<'_>] = &[(&request_id, Type::TEXT)];
        let rows = self
            .transact(Step::DbQuery, budget, RELEASE_WORKER, params)
            .await?;
        get(only(&rows)?, "rows")
    }
}

fn article_ids(rows: &[Row]) -> Result<Vec<ArticleId>, StoreError> {
    rows.iter()
        .map(|row| get(row, "article_id").map(ArticleId::new))
        .collect()
}
