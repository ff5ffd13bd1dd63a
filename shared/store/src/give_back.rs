//! Giving back ids that were taken and not sent.

use domain::{ArticleId, Budget, Step};
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::Store;

// One row: how many were still queued. Others have been claimed or changed meanwhile.
const GIVE_BACK: &str = "/* store::give_back */
WITH given AS (
    UPDATE article_work SET due_at = now(), updated_at = now()
     WHERE article_id = ANY($1) -- articles
       AND state = 'queued'
    RETURNING 1)
SELECT count(*) AS rows FROM given";

impl Store {
    /// Makes rows that are marked queued due at once; says how many.
    ///
    /// # Errors
    /// [`StoreError`]; the rows are then due after their requeue time.
    pub async fn give_back(&self, budget: &Budget, ids: &[ArticleId]) -> Result<u32, StoreError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        let rows = self
            .transact(
                Step::GiveBack,
                budget,
                GIVE_BACK,
                &[(&ids, Type::INT8_ARRAY)],
            )
            .await?;
        let given: i64 = get(only(&rows)?, "rows")?;
        Ok(u32::try_from(given).unwrap_or(u32::MAX))
    }
}
