//! Facts in the order in which they were committed, a line each, streamed. A million of them pass
//! through without being held.
//!
//! A cursor is a transaction number below which every transaction has ended: the runs below it are
//! all visible, and none can still appear among them. So an export from the cursor of the one before
//! meets each run exactly once, however long its transaction lasted.

use std::fmt;
use std::io;
use std::pin::pin;
use std::str::FromStr;
use std::time::Duration;

use domain::{Budget, Step};
use futures_util::TryStreamExt as _;
use runtime::within_cap;
use thiserror::Error;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::annotations;
use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::Store;

/// The server goes on within this, or is taken for lost.
const STALL_CAP: Duration = Duration::from_secs(60);

// One row: the transaction before which every one has ended; the first that has not begun; and how
// many runs wait for an older transaction to end.
const CURSOR: &str = "/* store::export */
SELECT pg_snapshot_xmin(s)::text AS cursor, pg_snapshot_xmax(s)::text AS unborn,
       (SELECT count(*) FROM extractions
         WHERE finished_xid >= pg_snapshot_xmin(s)
           AND finished_xid < pg_snapshot_xmax(s)) AS waiting
  FROM (SELECT pg_current_snapshot() AS s) AS snapshot";

/// From one cursor to another. Runs of transactions that this database has not had yet came with a
/// dump: rather twice than never.
macro_rules! since_until {
    () => {
        " WHERE ($1::text IS NULL OR e.finished_xid >= $1::xid8) -- since
            AND (e.finished_xid IS NULL OR e.finished_xid < $2::text::xid8 -- until
                 OR e.finished_xid >= $3::text::xid8) -- unborn
        "
    };
}

/// The facts of runs that are current, from one cursor to another. A run without facts is a row
/// whose fact is null: what the article had before is gone.
/// Runs are put in order, not facts: each run's come after it by its key, so nothing large is sorted
/// and the first line does not wait for the last.
macro_rules! exported {
    ($head:literal, $tail:literal) => {
        concat!(
            "/* store::export */ ",
            $head,
            " FROM (
              SELECT e.*, w.article_id AS work_id, a.url
                FROM extractions e
                JOIN article_work w ON w.extraction_id = e.id
                JOIN articles a ON a.id = w.article_id",
            since_until!(),
            " ORDER BY e.finished_xid NULLS FIRST, e.id OFFSET 0) AS e
              LEFT JOIN LATERAL (
              SELECT * FROM facts x WHERE x.extraction_id = e.id ORDER BY x.ordinal) AS f ON true ",
            $tail
        )
    };
}

const JSON_LINES: &str = exported!(
    "SELECT row_to_json(r.*)::text AS line",
    "CROSS JOIN LATERAL (
     SELECT e.work_id AS article_id, e.url::text AS url, e.id AS run, e.finished_at, e.model_requested AS model,
            e.prompt_version, encode(e.content_sha256, 'hex') AS text_sha256, f.ordinal, f.claim,
            f.kind, f.certainty, f.speaker, f.date_text, f.date_from, f.date_to, f.place,
            f.entities, f.quote, f.model_quote, f.span_start, f.span_end, f.grounding, f.edits,
            f.unsupported, f.fact_key) AS r"
);

// Quoted as Postgres reads it back: what is not quoted and empty is null.
const CSV: &str = exported!(
    "SELECT concat_ws(',', e.work_id, q.url, e.id, q.finished_at, q.model, q.prompt_version,
            encode(e.content_sha256, 'hex'), coalesce(f.ordinal::text, ''), q.claim,
            coalesce(f.kind, ''), coalesce(f.certainty, ''), q.speaker, q.date_text,
            coalesce(f.date_from::text, ''), coalesce(f.date_to::text, ''), q.place, q.entities,
            q.quote, q.model_quote, coalesce(f.span_start::text, ''),
            coalesce(f.span_end::text, ''), coalesce(f.grounding, ''),
            coalesce(f.edits::text, ''), q.unsupported, coalesce(f.fact_key, '')) AS line",
    "CROSS JOIN LATERAL (
     SELECT coalesce('\"' || replace(e.url::text, '\"', '\"\"') || '\"', '') AS url,
            coalesce('\"' || to_char(e.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.USZ') || '\"', '') AS finished_at,
            coalesce('\"' || replace(e.model_requested, '\"', '\"\"') || '\"', '') AS model,
            coalesce('\"' || replace(e.prompt_version, '\"', '\"\"') || '\"', '') AS prompt_version,
            coalesce('\"' || replace(f.claim, '\"', '\"\"') || '\"', '') AS claim,
            coalesce('\"' || replace(f.speaker, '\"', '\"\"') || '\"', '') AS speaker,
            coalesce('\"' || replace(f.date_text, '\"', '\"\"') || '\"', '') AS date_text,
            coalesce('\"' || replace(f.place, '\"', '\"\"') || '\"', '') AS place,
            coalesce('\"' || replace(to_json(f.entities)::text, '\"', '\"\"') || '\"', '') AS entities,
            coalesce('\"' || replace(f.quote, '\"', '\"\"') || '\"', '') AS quote,
            coalesce('\"' || replace(f.model_quote, '\"', '\"\"') || '\"', '') AS model_quote,
            coalesce('\"' || replace(to_json(f.unsupported)::text, '\"', '\"\"') || '\"', '') AS unsupported) AS q"
);

const CSV_HEADINGS: &str = "article_id,url,run,finished_at,model,prompt_version,text_sha256,ordinal,\
claim,kind,certainty,speaker,date_text,date_from,date_to,place,entities,quote,model_quote,\
span_start,span_end,grounding,edits,unsupported,fact_key";

// A row a run, with its text and its facts: cutting text is dear in SQL, where every cut counts the
// characters before it anew.
const ANNOTATIONS: &str = concat!(
    "/* store::export */ SELECT w.article_id, a.url::text AS url, t.body,
            to_char(e.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS created,
            (SELECT json_agg(json_build_array(f.fact_key, f.claim, f.quote, f.span_start, f.span_end)
                             ORDER BY f.ordinal)
               FROM facts f WHERE f.extraction_id = e.id) AS facts
       FROM extractions e
       JOIN article_work w ON w.extraction_id = e.id
       JOIN articles a ON a.id = w.article_id
       JOIN article_texts t ON t.content_sha256 = e.content_sha256",
    since_until!(),
    " AND e.facts_kept > 0 ORDER BY e.finished_xid NULLS FIRST, e.id"
);

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportForm {
    /// A JSON object a line.
    JsonLines,
    /// Comma-separated, with headings, as `COPY … (FORMAT csv, HEADER)` reads it.
    Csv,
    /// A W3C Web Annotation a line.
    Annotations,
}

/// Where an export ends and the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(u64);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text is no cursor.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a cursor: a number that an export before ended with")]
pub struct NotACursor(String);

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.trim().parse();
        number
            .map(Self)
            .map_err(|_error: std::num::ParseIntError| NotACursor(text.to_owned()))
    }
}

/// What an export did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Lines, headings not counted.
    pub lines: u64,
    /// Where the next export begins.
    pub cursor: Cursor,
    /// Runs that are left to the next export: a transaction older than theirs has not ended.
    pub waiting: u64,
}

/// An export ended early.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody takes the lines.
    #[error("write the export")]
    Write(#[source] io::Error),
    /// The cursor is of a later transaction than the database has had: it is another's, or this one
    /// was restored from a dump, which starts the transactions anew.
    #[error("export from cursor {cursor}: this database has had no such transaction")]
    Foreign {
        /// The cursor.
        cursor: Cursor,
    },
}

impl Store {
    /// Hands every fact since a cursor to `line`, in the order of commits; all facts without one.
    ///
    /// # Errors
    /// [`ExportError`]; lines that were handed over may be repeated from the same cursor.
    pub async fn export(
        &self,
        budget: &Budget,
        form: ExportForm,
        since: Option<Cursor>,
        line: &mut (dyn FnMut(&str) -> io::Result<()> + Send),
    ) -> Result<Exported, ExportError> {
        let rows = self.transact(Step::DbQuery, budget, CURSOR, &[]).await?;
        let row = only(&rows)?;
        let cursor = cursor(get(row, "cursor")?)?;
        let waiting: i64 = get(row, "waiting")?;
        if let Some(since) = since
            && since > cursor
        {
            return Err(ExportError::Foreign { cursor: since });
        }
        let unborn: String = get(row, "unborn")?;
        let (sql, head) = match form {
            ExportForm::JsonLines => (JSON_LINES, None),
            ExportForm::Csv => (CSV, Some(CSV_HEADINGS)),
            ExportForm::Annotations => (ANNOTATIONS, None),
        };
        if let Some(head) = head {
            line(head).map_err(ExportError::Write)?;
        }
        let since = since.map(|since| since.to_string());
        let until = cursor.to_string();
        let mut lines = 0;
        let mut refused = None;
        let streamed = self.stream(budget, async |client: &Client| {
            let params = [
                (
                    &since as &(dyn tokio_postgres::types::ToSql + Sync),
                    Type::TEXT,
                ),
                (&until, Type::TEXT),
                (&unborn, Type::TEXT),
            ];
            let rows = client.query_typed_raw(sql, params).await;
            let mut rows = pin!(rows.map_err(|error| StoreError::from_client(&error))?);
            loop {
                let next = within_cap(Step::DbQuery, STALL_CAP, budget, rows.try_next()).await;
                let next = next.map_err(StoreError::Timeout)?;
                let Some(row) = next.map_err(|error| StoreError::from_client(&error))? else {
                    return Ok(());
                };
                let taken = match form {
                    ExportForm::JsonLines | ExportForm::Csv => {
                        lines += 1;
                        line(get(&row, "line")?)
                    }
                    ExportForm::Annotations => annotations::of_run(&row, &mut |text| {
                        lines += 1;
                        line(text)
                    })?,
                };
                if let Err(error) = taken {
                    refused = Some(error);
                    // an error, so that the connection goes and the rest is not sent
                    let problem = "stream to a taker that has gone";
                    return Err(StoreError::Misuse { problem });
                }
            }
        });
        let streamed = streamed.await;
        if let Some(error) = refused {
            return Err(ExportError::Write(error));
        }
        streamed?;
        Ok(Exported {
            lines,
            cursor,
            waiting: u64::try_from(waiting).unwrap_or(0),
        })
    }
}

fn cursor(text: &str) -> Result<Cursor, StoreError> {
    text.parse()
        .map_err(|error: NotACursor| StoreError::Schema {
            problem: error.to_string(),
            sqlstate: None,
        })
}
