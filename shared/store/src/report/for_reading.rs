//! Articles as a report shows them: the text of their newest run, its account and what it rejected.

use std::time::{Duration, SystemTime};

use domain::{ArticleId, Budget, ErrorClass, RejectedFact, Step};
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::{Json, Type};

use super::StoredFact;
use super::facts::stored_fact;
use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::{Param, Store};

// A row per chosen article, the newest first.
const CHOSEN: &str = "/* store::chosen */
SELECT article_id, count(*) OVER () AS found
  FROM article_work
 WHERE ($1::bigint[] IS NULL OR article_id = ANY($1)) -- articles, or null
   AND ($2::float8 IS NULL OR updated_at >= now() - make_interval(secs => $2)) -- since, or null
   AND ($3::text IS NULL OR error_class = $3) -- class, or null
 ORDER BY updated_at DESC, article_id
 LIMIT $4 -- at most";

// A row per article. The run is the one whose facts are current, else the newest.
const ARTICLES: &str = "/* store::for_reading */
SELECT w.article_id, a.url::text AS url, coalesce(t.title, a.title::text) AS title, w.state,
       w.outcome, w.error_class, w.error, p.reason, w.attempt, w.updated_at, t.body, t.language,
       t.published, e.model_requested, e.prompt_version, e.cost_micro_usd, e.facts_ungrounded,
       e.rejected
  FROM article_work w
  JOIN articles a ON a.id = w.article_id
  LEFT JOIN LATERAL (
       SELECT * FROM extractions x WHERE x.article_id = w.article_id
        ORDER BY (x.id = w.extraction_id) DESC NULLS LAST, x.id DESC LIMIT 1) e ON true
  LEFT JOIN article_texts t ON t.content_sha256 = e.content_sha256
  LEFT JOIN article_attempts p ON p.article_id = w.article_id AND p.fence = w.fence
 WHERE w.article_id = ANY($1) -- articles";

// A row per current fact.
const FACTS: &str = "/* store::for_reading_facts */
SELECT f.article_id, f.ordinal, f.claim, f.kind, f.certainty, f.speaker, f.date_text, f.place,
       f.entities, f.quote, f.model_quote, f.span_start, f.span_end, f.grounding, f.edits,
       f.unsupported, f.fact_key, e.model_requested, e.prompt_version
  FROM current_facts f
  JOIN extractions e ON e.id = f.extraction_id
 WHERE f.article_id = ANY($1) -- articles
 ORDER BY f.article_id, f.ordinal";

// One row: the first other article whose text holds the quote, or null.
const ELSEWHERE: &str = "/* store::quoted_elsewhere */
SELECT min(w.article_id) AS article
  FROM unnest($1::bigint[]) AS w (article_id) -- the articles that are looked through
  JOIN article_work k ON k.article_id = w.article_id
  JOIN extractions e ON e.id = k.extraction_id
  JOIN article_texts t ON t.content_sha256 = e.content_sha256
 WHERE w.article_id <> $2 -- the article it was rejected for
   AND position($3 IN t.body) > 0 -- the quote";

/// Which articles a report is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// These; all when there are none.
    pub ids: Option<Vec<ArticleId>>,
    /// Only what changed within so long.
    pub since: Option<Duration>,
    /// Only what failed so.
    pub class: Option<ErrorClass>,
    /// At most so many, the newest first.
    pub articles_max: u32,
}

/// The articles of a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The newest first.
    pub ids: Vec<ArticleId>,
    /// How many there are, those beyond the limit included.
    pub found: u64,
}

/// An article with its text.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the fields are columns of the tables of the same names"
)]
pub struct ArticleForReading {
    pub article: ArticleId,
    pub url: Option<String>,
    pub title: Option<String>,
    pub state: String,
    pub outcome: Option<String>,
    pub error_class: Option<String>,
    pub error: Option<String>,
    pub reason: Option<String>,
    pub attempt: i32,
    pub updated_at: SystemTime,
    pub text: Option<String>,
    pub language: Option<String>,
    pub published: Option<String>,
    pub model: Option<String>,
    pub prompt_version: Option<String>,
    pub cost_micro_usd: Option<i64>,
    pub facts_ungrounded: i32,
    pub rejected: Vec<RejectedFact>,
    pub facts: Vec<StoredFact>,
}

impl Store {
    /// The articles of a choice.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn choose(&self, budget: &Budget, choice: &Choice) -> Result<Chosen, StoreError> {
        let ids = choice.ids.as_ref();
        let ids: Option<Vec<i64>> = ids.map(|ids| ids.iter().map(|id| id.get()).collect());
        let since = choice.since.map(|since| since.as_secs_f64());
        let class = choice.class.map(ErrorClass::as_str);
        let params: &[Param<'_>] = &[
            (&ids, Type::INT8_ARRAY),
            (&since, Type::FLOAT8),
            (&class, Type::TEXT),
            (&i64::from(choice.articles_max), Type::INT8),
        ];
        let rows = self.transact(Step::DbQuery, budget, CHOSEN, params).await?;
        let found: i64 = rows.first().map_or(Ok(0), |row| get(row, "found"))?;
        let ids = rows
            .iter()
            .map(|row| Ok(ArticleId::new(get(row, "article_id")?)));
        Ok(Chosen {
            ids: ids.collect::<Result<_, StoreError>>()?,
            found: u64::try_from(found).unwrap_or(0),
        })
    }

    /// Some articles with their texts and facts, in the order of `ids`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn for_reading(
        &self,
        budget: &Budget,
        ids: &[ArticleId],
    ) -> Result<Vec<ArticleForReading>, StoreError> {
        let numbers: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        let params: &[Param<'_>] = &[(&numbers, Type::INT8_ARRAY)];
        let rows = self
            .transact(Step::DbQuery, budget, ARTICLES, params)
            .await?;
        let mut articles = rows
            .iter()
            .map(article)
            .collect::<Result<Vec<_>, StoreError>>()?;
        articles.sort_by_key(|it| ids.iter().position(|id| *id == it.article));
        let rows = self.transact(Step::DbQuery, budget, FACTS, params).await?;
        for row in &rows {
            let id = ArticleId::new(get(row, "article_id")?);
            if let Some(article) = articles.iter_mut().find(|it| it.article == id) {
                article.facts.push(stored_fact(row)?);
            }
        }
        Ok(articles)
    }

    /// The first of `among`, other than `article`, whose text holds a quote to the letter.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quoted_elsewhere(
        &self,
        budget: &Budget,
        among: &[ArticleId],
        article: ArticleId,
        quote: &str,
    ) -> Result<Option<ArticleId>, StoreError> {
        let among: Vec<i64> = among.iter().map(|id| id.get()).collect();
        let params: &[Param<'_>] = &[
            (&among, Type::INT8_ARRAY),
            (&article.get(), Type::INT8),
            (&quote, Type::TEXT),
        ];
        let rows = self
            .transact(Step::DbQuery, budget, ELSEWHERE, params)
            .await?;
        let found: Option<i64> = get(only(&rows)?, "article")?;
        Ok(found.map(ArticleId::new))
    }
}

fn article(row: &Row) -> Result<ArticleForReading, StoreError> {
    Ok(ArticleForReading {
        article: ArticleId::new(get(row, "article_id")?),
        url: get(row, "url")?,
        title: get(row, "title")?,
        state: get(row, "state")?,
        outcome: get(row, "outcome")?,
        error_class: get(row, "error_class")?,
        error: get(row, "error")?,
        reason: get(row, "reason")?,
        attempt: get(row, "attempt")?,
        updated_at: get(row, "updated_at")?,
        text: get(row, "body")?,
        language: get(row, "language")?,
        published: get(row, "published")?,
        model: get(row, "model_requested")?,
        prompt_version: get(row, "prompt_version")?,
        cost_micro_usd: get(row, "cost_micro_usd")?,
        facts_ungrounded: get::<Option<i32>>(row, "facts_ungrounded")?.unwrap_or(0),
        rejected: rejected(get(row, "rejected")?)?,
        facts: Vec::new(),
    })
}

fn rejected(json: Option<Json<Value>>) -> Result<Vec<RejectedFact>, StoreError> {
    let Some(Json(json)) = json else {
        return Ok(Vec::new());
    };
    serde_json::from_value(json).map_err(|error| StoreError::Schema {
        problem: format!("read rejected facts: {error}"),
        sqlstate: None,
    })
}
