//! Broken promises; there must be none. Looked for window by window, so that no statement is long
//! and a table of millions is looked through to its end.

use domain::{ArticleId, Budget, Step};
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::{Param, Store};

// One row: the last article of a window, of those that are there or have work; null at the end.
const WINDOW: &str = "/* store::violations */
SELECT greatest(
    (SELECT max(id)::bigint FROM (
        SELECT id FROM articles WHERE id > $1 ORDER BY id LIMIT 10000) AS ids), -- after
    (SELECT max(article_id) FROM (
        SELECT article_id FROM article_work WHERE article_id > $1
         ORDER BY article_id LIMIT 10000) AS ids)) AS last";

// No row, or a row per broken promise.
const VIOLATIONS: &str = "/* store::violations */
SELECT invariant, article_id, detail
  FROM gleaner_violations(
       $1, -- after
       $2) -- last
 LIMIT 1000"; // one is one too many

// A row for each text of an article that a model was paid for more than once: the answers of all
// but one run were lost before they could be recorded.
const PAID_AGAIN: &str = "/* store::paid_again */
SELECT e.article_id, count(*) AS runs
  FROM extractions e JOIN article_work w ON w.article_id = e.article_id
 WHERE e.article_id > $1 AND e.article_id <= $2 -- after, last
   AND e.reused_from IS NULL
   AND (e.status IN ('ok', 'empty')
        OR (e.status = 'failed' AND e.calls > 0 AND e.chunks_total > 0 AND e.chunks_ok = e.chunks_total)
        OR (e.status = 'started' AND NOT (w.state = 'running' AND w.fence = e.fence)))
 GROUP BY e.article_id, e.content_sha256, e.prompt_version, e.schema_version, e.model_requested
HAVING count(*) > 1
 ORDER BY e.article_id
 LIMIT 1000";

/// Violations that are gathered; more say nothing new.
const GATHERED_MAX: usize = 1_000;

/// A promise that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: String,
    /// For which article.
    pub article: ArticleId,
    /// What was found.
    pub detail: Option<String>,
}

/// An article whose text a model was paid for more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidAgain {
    /// The article.
    pub article: ArticleId,
    /// Runs over one text.
    pub runs: i64,
}

/// What a look through the whole database found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Broken promises.
    pub violations: Vec<Violation>,
    /// Money spent twice.
    pub paid_again: Vec<PaidAgain>,
}

impl Store {
    /// Looks through every article, window by window; gathers some thousand findings at most.
    ///
    /// # Errors
    /// [`StoreError`]: then it is not known whether promises are broken.
    pub async fn look_through(&self, budget: &Budget) -> Result<Findings, StoreError> {
        let mut found = Findings::default();
        let mut after = i64::MIN;
        // Ends: the ids grow from window to window.
        while found.violations.len() + found.paid_again.len() < GATHERED_MAX {
            let params: &[Param<'_>] = &[(&after, Type::INT8)];
            let rows = self.transact(Step::DbQuery, budget, WINDOW, params).await?;
            let Some(last) = get::<Option<i64>>(only(&rows)?, "last")? else {
                break;
            };
            let window: &[Param<'_>] = &[(&after, Type::INT8), (&last, Type::INT8)];
            let rows = self
                .transact(Step::DbQuery, budget, VIOLATIONS, window)
                .await?;
            for row in &rows {
                found.violations.push(Violation {
                    invariant: get(row, "invariant")?,
                    article: ArticleId::new(get(row, "article_id")?),
                    detail: get(row, "detail")?,
                });
            }
            let rows = self
                .transact(Step::DbQuery, budget, PAID_AGAIN, window)
                .await?;
            for row in &rows {
                found.paid_again.push(PaidAgain {
                    article: ArticleId::new(get(row, "article_id")?),
                    runs: get(row, "runs")?,
                });
            }
            after = last;
        }
        Ok(found)
    }

    /// The broken promises among the findings of [`Self::look_through`].
    ///
    /// # Errors
    /// As there.
    pub async fn violations(&self, budget: &Budget) -> Result<Vec<Violation>, StoreError> {
        Ok(self.look_through(budget).await?.violations)
    }
}
