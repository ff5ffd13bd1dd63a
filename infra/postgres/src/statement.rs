//! The supervisor's own statements: databases made, copied, dropped. Nothing of the pipeline's.

use std::time::Duration;

use domain::{Budget, Step};
use runtime::{OrWarn, clock, within};
use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::PostgresError;

/// Making or copying a database takes about 0.1 s.
const STATEMENT_MAX: Duration = Duration::from_secs(30);

/// Runs `sql` as `what` on `database` (both for the error) over a connection of its own; gives the
/// first column of its rows.
///
/// # Errors
/// [`PostgresError::Statement`] or [`PostgresError::TimedOut`].
pub async fn run(
    url: &str,
    what: &'static str,
    database: &str,
    sql: &str,
) -> Result<Vec<String>, PostgresError> {
    let budget = Budget::starting(clock::now(), STATEMENT_MAX);
    let done = within(Step::Boot, &budget, rows(url, sql)).await;
    done.map_err(|source| PostgresError::TimedOut { what, source })?
        .map_err(|source| PostgresError::Statement {
            what,
            database: database.to_owned(),
            source,
        })
}

async fn rows(url: &str, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // The connection ends when `work` drops the client.
    let work = async move { client.simple_query(sql).await };
    let (messages, closed) = tokio::join!(work, connection);
    closed.or_warn("close a connection to Postgres");
    let first_column = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    Ok(messages?.iter().filter_map(first_column).collect())
}

/// An identifier as SQL spells it.
#[must_use]
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL spells it.
#[must_use]
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
