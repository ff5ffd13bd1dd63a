//! Repairing rows that came round the triggers: replication and `session_replication_role` do.

use domain::{Budget, Step};

use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::Store;

// One row. Looks at the newest rows, where orphans appear, and at a window that wanders through the
// whole table, pass by pass. The state decides what is missing; the triggers' own rule supplies it.
const RECONCILE: &str = "/* store::reconcile */
SELECT gleaner_reconcile(20000) AS repaired"; // rows looked at: some 30 ms

/// What was repaired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Articles that had no work row, or one that contradicted `processed_at`.
    pub repaired: i64,
}

impl Store {
    /// Looks at a window of the table and repairs what the triggers did not see.
    ///
    /// # Errors
    /// [`StoreError`]; the next pass looks at the same window.
    pub async fn reconcile(&self, budget: &Budget) -> Result<Reconciled, StoreError> {
        let rows = self.transact(Step::Due, budget, RECONCILE, &[]).await?;
        Ok(Reconciled {
            repaired: get(only(&rows)?, "repaired")?,
        })
    }
}
