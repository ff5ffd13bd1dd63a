//! Adding articles; the same URL is not added twice by this verb.

use std::borrow::Cow;

use domain::{ArticleId, Budget, Step};
use tokio_postgres::types::Type;

use crate::clean::clean;
use crate::error::StoreError;
use crate::row::get;
use crate::store::Store;

// One row per distinct URL, in the order given.
const ADD: &str = "/* store::add */
SELECT id, inserted
  FROM gleaner_add(
       $1, -- urls
       $2) -- titles";

/// Articles added in one statement.
const PAGE: usize = 1_000;

/// An article to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewArticle {
    /// The page.
    pub url: String,
    /// A title for people.
    pub title: Option<String>,
}

/// What was added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// New rows, in the order given.
    pub inserted: Vec<ArticleId>,
    /// Rows that were there already, in the order given.
    pub known: Vec<ArticleId>,
}

impl Store {
    /// Adds articles, a thousand a transaction. Whitespace round a URL is cut.
    ///
    /// # Errors
    /// [`StoreError`]; earlier pages then stand, and adding them again changes nothing.
    pub async fn add(&self, budget: &Budget, articles: &[NewArticle]) -> Result<Added, StoreError> {
        let mut added = Added::default();
        for page in articles.chunks(PAGE) {
            let urls: Vec<Cow<'_, str>> = page.iter().map(|new| clean(new.url.trim())).collect();
            let titles: Vec<Option<Cow<'_, str>>> = page
                .iter()
                .map(|new| new.title.as_deref().map(str::trim))
                .map(|title| title.filter(|title| !title.is_empty()).map(clean))
                .collect();
            let rows = self
                .transact(
                    Step::DbQuery,
                    budget,
                    ADD,
                    &[(&urls, Type::TEXT_ARRAY), (&titles, Type::TEXT_ARRAY)],
                )
                .await?;
            for row in &rows {
                let id = ArticleId::new(get(row, "id")?);
                if get(row, "inserted")? {
                    added.inserted.push(id);
                } else {
                    added.known.push(id);
                }
            }
        }
        Ok(added)
    }
}
