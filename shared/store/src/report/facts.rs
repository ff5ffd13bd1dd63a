//! An article's current facts.

use domain::{ArticleId, Budget, Fact, Span, Step};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::row::get;
use crate::store::Store;

// A row per fact, in the order of the run.
const FACTS: &str = "/* store::facts */
SELECT f.ordinal, f.claim, f.kind, f.certainty, f.speaker, f.date_text, f.place, f.entities,
       f.quote, f.model_quote, f.span_start, f.span_end, f.grounding, f.edits, f.unsupported,
       f.fact_key, e.model_requested, e.prompt_version
  FROM current_facts f
  JOIN extractions e ON e.id = f.extraction_id
 WHERE f.article_id = $1 -- article
 ORDER BY f.ordinal";

/// A fact as stored, with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFact {
    /// The fact.
    pub fact: Fact,
    /// The model that found it.
    pub model: String,
    /// The prompt it was found with.
    pub prompt_version: String,
}

impl Store {
    /// The facts of an article's newest complete run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn facts(
        &self,
        budget: &Budget,
        article: ArticleId,
    ) -> Result<Vec<StoredFact>, StoreError> {
        let params = &[(&article.get() as _, Type::INT8)];
        let rows = self.transact(Step::DbQuery, budget, FACTS, params).await?;
        rows.iter().map(stored_fact).collect()
    }
}

pub(super) fn stored_fact(row: &Row) -> Result<StoredFact, StoreError> {
    let point = |column| -> Result<u32, StoreError> {
        let value: i32 = get(row, column)?;
        Ok(u32::try_from(value).unwrap_or(0))
    };
    Ok(StoredFact {
        fact: Fact {
            claim: get(row, "claim")?,
            kind: word(row, "kind")?,
            certainty: word(row, "certainty")?,
            speaker: get(row, "speaker")?,
            when: get(row, "date_text")?,
            place: get(row, "place")?,
            entities: get(row, "entities")?,
            quote: get(row, "quote")?,
            model_quote: get(row, "model_quote")?,
            span: Span {
                start: point("span_start")?,
                end: point("span_end")?,
            },
            grounding: word(row, "grounding")?,
            edits: point("edits")?,
            unsupported: get(row, "unsupported")?,
            fact_key: get(row, "fact_key")?,
        },
        model: get(row, "model_requested")?,
        prompt_version: get(row, "prompt_version")?,
    })
}

/// A word of a closed set; the column's CHECK knows the same set.
fn word<T>(row: &Row, column: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr<Err = domain::UnknownWord>,
{
    let word: &str = get(row, column)?;
    word.parse()
        .map_err(|error: domain::UnknownWord| StoreError::Schema {
            problem: error.to_string(),
            sqlstate: None,
        })
}
