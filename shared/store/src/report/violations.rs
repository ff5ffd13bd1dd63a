//! Broken promises; there must be none.

use domain::{ArticleId, Budget, Step};

use crate::error::StoreError;
use crate::row::get;
use crate::store::Store;

// No row, or a row per broken promise.
const VIOLATIONS: &str = "/* store::violations */
SELECT invariant, article_id, detail FROM invariant_violations
UNION ALL
SELECT 'span whose text is not its quote', article_id, format('run %s, fact %s', extraction_id, ordinal)
  FROM bad_spans
 LIMIT 1000"; // one is one too many

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

impl Store {
    /// Rows of `invariant_violations` and of `bad_spans`, at most a thousand.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn violations(&self, budget: &Budget) -> Result<Vec<Violation>, StoreError> {
        let rows = self
            .transact(Step::DbQuery, budget, VIOLATIONS, &[])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Violation {
                    invariant: get(row, "invariant")?,
                    article: ArticleId::new(get(row, "article_id")?),
                    detail: get(row, "detail")?,
                })
            })
            .collect()
    }
}
