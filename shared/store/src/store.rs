//! A transaction: take a connection, run one statement in one short transaction, keep the
//! connection or throw it away.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::limits::DB_STATEMENT_CAP;
use domain::{Budget, Step};
use runtime::config::Database;
use runtime::{Chain, clock, within, within_cap};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use crate::connect::Connector;
use crate::connection::Connection;
use crate::error::{DatabaseError, StoreError};

/// A value of a statement, with its type: named statements break behind poolers, typed ones do not.
pub(crate) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// Longer than this by the wall clock and a kept connection is remade: the sandbox may have been
/// frozen meanwhile, and what holds connections for it on the way has its own ideas of idleness.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// An answer this fresh, by both clocks, needs no check.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// A kept connection answers an empty request within this, or is remade.
const CHECK_CAP: Duration = Duration::from_secs(1);

/// The server gives up this much of its allotment before the client does: its answer still counts.
const SERVER_MARGIN: Duration = Duration::from_millis(200);

/// A transaction whose client fell silent between two statements ends after this.
const IDLE_IN_TRANSACTION_MS: u32 = 5_000;

/// Pauses between two tries of one transaction: short ones for a connection that broke, longer ones
/// for a server that is being replaced.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// A try is not begun with less than this.
const TRY_MIN: Duration = Duration::from_millis(150);

/// The database. Cheap to make, opens nothing until the first verb, keeps one idle connection.
pub struct Store {
    connector: Connector,
    /// Sets the search path of a transaction; empty when the role's own holds.
    set_path: String,
    idle: Mutex<Option<Connection>>,
}

impl Store {
    /// Prepares access; no network.
    ///
    /// # Errors
    /// [`StoreError::Config`] when the URL or the CA bundle cannot be used.
    pub fn new(database: &Database, application_name: &str) -> Result<Self, StoreError> {
        Ok(Self {
            connector: Connector::new(database, application_name)?,
            set_path: set_path(&database.search_path),
            idle: Mutex::new(None),
        })
    }

    /// Closes the kept connection cleanly, if there is one.
    pub async fn close(&self, budget: &Budget) {
        if let Some(connection) = self.take_idle() {
            let closing = within_cap(Step::DbQuery, CHECK_CAP, budget, connection.close()).await;
            if let Err(error) = closing {
                tracing::debug!(error = %error, "a database connection did not close in time");
            }
        }
    }

    /// Runs one statement in a transaction of its own. One round trip on a kept connection.
    pub(crate) async fn transact(
        &self,
        step: Step,
        budget: &Budget,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let connection = self.connection(budget).await?;
        self.exchange(connection, step, budget, sql, params).await
    }

    /// Like [`Self::transact`], for a statement that answers the same when it was already
    /// committed: repeated on a new connection, after growing pauses, while a try ends without an
    /// answer and the budget lasts. So an ambiguous commit is read back by the statement itself, and
    /// a failover costs its own time and no more.
    pub(crate) async fn transact_again(
        &self,
        step: Step,
        budget: &Budget,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let mut pause = FIRST_PAUSE;
        let mut was_sent = false;
        // Ends: each try takes half of what is left at most, and the last one is begun above TRY_MIN.
        loop {
            let now = clock::now();
            let one_try = budget.capped(budget.remaining(now) / 2, now);
            let error = match self.connection(&one_try).await {
                Ok(connection) => {
                    was_sent = true;
                    match self.exchange(connection, step, &one_try, sql, params).await {
                        Ok(rows) => return Ok(rows),
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            if !error.may_pass() {
                return Err(error);
            }
            if !budget.fits(pause + TRY_MIN, clock::now()) {
                return Err(if was_sent { unknown(&error) } else { error });
            }
            tracing::warn!(error = %error, step = %step, "a transaction is repeated on a new connection");
            self.drop_idle();
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// What a script puts behind its BEGIN: `; SET LOCAL search_path = …`, or nothing.
    pub(crate) fn set_path(&self) -> &str {
        &self.set_path
    }

    /// Runs a script of many statements; it brings its own BEGIN and COMMIT.
    pub(crate) async fn script(
        &self,
        step: Step,
        budget: &Budget,
        script: &str,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection(budget).await?;
        let capped = budget.capped(DB_STATEMENT_CAP, clock::now());
        let running = connection.drive(async |client: &Client| {
            let ended = client.batch_execute(script).await;
            ended.map_err(|error| StoreError::from_client(&error))
        });
        let ended = within(step, &capped, running).await;
        self.conclude(connection, ended).await
    }

    /// Runs a query that answers with more rows than anybody holds; `read` takes them one by one.
    /// The whole may take what the budget has, each row's wait is `read`'s to bound.
    pub(crate) async fn stream<T>(
        &self,
        budget: &Budget,
        read: impl AsyncFnOnce(&Client) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection(budget).await?;
        let opening = opening(budget.remaining(clock::now()), &self.set_path);
        let running = connection.drive(async |client: &Client| {
            let begun = client.batch_execute(&opening).await;
            begun.map_err(|error| StoreError::from_client(&error))?;
            let answer = read(client).await?;
            let ended = client.batch_execute("COMMIT").await;
            ended.map_err(|error| StoreError::from_client(&error))?;
            Ok(answer)
        });
        let ended = within(Step::DbQuery, budget, running).await;
        self.conclude(connection, ended).await
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        step: Step,
        budget: &Budget,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let now = clock::now();
        let capped = budget.capped(DB_STATEMENT_CAP, now);
        let opening = opening(capped.remaining(now), &self.set_path);
        let running =
            connection.drive(async |client: &Client| pipeline(client, &opening, sql, params).await);
        let ended = within(step, &capped, running).await;
        self.conclude(connection, ended).await
    }

    /// Keeps a connection that answered; throws away one that did not, whatever the reason.
    async fn conclude<T>(
        &self,
        connection: Connection,
        ended: Result<Result<T, StoreError>, runtime::TimedOut>,
    ) -> Result<T, StoreError> {
        match ended {
            Ok(Ok(value)) => {
                self.keep(connection);
                Ok(value)
            }
            Ok(Err(error)) => Err(error),
            Err(timed_out) => {
                // Never reused: the next query would wait behind the one that was given up.
                let token = connection.cancel_token();
                drop(connection);
                Box::pin(self.connector.cancel(&token)).await;
                Err(StoreError::Timeout(timed_out))
            }
        }
    }

    /// The kept connection, if it can be trusted, or a new one.
    async fn connection(&self, budget: &Budget) -> Result<Connection, StoreError> {
        if let Some(kept) = self.take_idle()
            && let Some(usable) = checked(kept, budget).await
        {
            return Ok(usable);
        }
        // Boxed: its state is many times that of a transaction on a kept connection.
        Box::pin(self.connector.connect(budget)).await
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut slot = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take()
    }

    fn drop_idle(&self) {
        drop(self.take_idle());
    }

    fn keep(&self, connection: Connection) {
        let mut slot = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(connection);
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// What was sent may have been committed, and no later try could tell.
fn unknown(last: &StoreError) -> StoreError {
    StoreError::CommitUnknown {
        source: DatabaseError {
            sqlstate: last.sqlstate().map(str::to_owned),
            io: None,
            object: None,
            what: Chain(last).to_string(),
        },
    }
}

/// A kept connection that is open, young by the wall clock, and answers.
async fn checked(mut kept: Connection, budget: &Budget) -> Option<Connection> {
    let (instant, wall) = kept.last_answer();
    // A wall clock that was set back says nothing: check.
    let unused = clock::wall().duration_since(wall).unwrap_or(FRESH_FOR);
    if kept.is_closed() || unused > KEPT_FOR {
        return None;
    }
    if unused < FRESH_FOR && clock::now().duration_since(instant) < FRESH_FOR {
        return Some(kept);
    }
    let checking = kept.drive(async |client: &Client| {
        let answer = client.check_connection().await;
        answer.map_err(|error| StoreError::from_client(&error))
    });
    match within_cap(Step::DbCheck, CHECK_CAP, budget, checking).await {
        Ok(Ok(())) => Some(kept),
        Ok(Err(error)) => {
            tracing::info!(error = %error, "the kept database connection is gone; a new one is made");
            None
        }
        Err(error) => {
            tracing::warn!(error = %error, "the kept database connection is mute; a new one is made");
            None
        }
    }
}

/// Names are quoted: a schema is never read as anything else.
fn set_path(schemas: &[String]) -> String {
    if schemas.is_empty() {
        return String::new();
    }
    let quoted = schemas
        .iter()
        .map(|schema| format!("\"{}\"", schema.replace('"', "\"\"")));
    let path: Vec<String> = quoted.collect();
    format!("; SET LOCAL search_path = {}", path.join(", "))
}

/// Session settings would leak to others behind a pooler; these end with the transaction.
fn opening(allotted: Duration, set_path: &str) -> String {
    let server = allotted
        .checked_sub(SERVER_MARGIN)
        .filter(|left| *left > SERVER_MARGIN)
        .unwrap_or(allotted);
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; \
         SET LOCAL statement_timeout = {}; \
         SET LOCAL idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_MS}{set_path}",
        server.as_millis().max(1)
    )
}

/// Sends begin, statement and commit without waiting in between. Sound because the statement
/// writes all or nothing by itself: after an error the server turns the commit into a rollback.
async fn pipeline(
    client: &Client,
    opening: &str,
    sql: &str,
    params: &[Param<'_>],
) -> Result<Vec<Row>, StoreError> {
    let own = |error: tokio_postgres::Error| StoreError::from_client(&error);
    // At the first refusal: a pooler that refuses BEGIN closes, and the answers behind never come.
    let ((), rows, ()) = tokio::try_join!(
        biased;
        async { client.batch_execute(opening).await.map_err(own) },
        async { client.query_typed(sql, params).await.map_err(own) },
        async { client.batch_execute("COMMIT").await.map_err(own) },
    )?;
    Ok(rows)
}
