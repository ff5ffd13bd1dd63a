//! How much is on its way, for topping up.

use domain::{Budget, Step};

use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::Store;

// One row. Queued rows that are overdue are left out: the next pass sends them again. So the index
// of due rows serves the count, from now on, and a backlog of a million costs nothing.
const QUEUED_COUNT: &str = "/* store::queued_count */
SELECT count(*) AS rows
  FROM article_work
 WHERE state IN ('new', 'queued', 'retry', 'running') AND due_at > now() AND state = 'queued'";

impl Store {
    /// Rows that are marked queued and not overdue.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn queued_count(&self, budget: &Budget) -> Result<i64, StoreError> {
        let rows = self.transact(Step::Due, budget, QUEUED_COUNT, &[]).await?;
        get(only(&rows)?, "rows")
    }
}
