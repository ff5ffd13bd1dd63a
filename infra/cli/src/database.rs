//! The database that a command works on: the one of `DATABASE_URL`, or the local one, started for
//! the command's time unless a run has it up already.

use std::time::Duration;

use domain::Budget;
use postgres::{Postgres, PostgresError, PostgresOptions};
use runtime::clock;
use runtime::config::{Database, Environment, Reader};
use store::{Migrated, Store};

use crate::data_dir::DataDir;
use crate::failure::advise;

/// The local database's name.
const NAME: &str = "gleaner";

/// A command's own statements; no person waits longer for an answer.
const COMMAND_CAP: Duration = Duration::from_secs(30);

/// Adopting a table of millions of rows takes minutes.
const MIGRATE_CAP: Duration = Duration::from_secs(3_600);

/// An open database.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Its verbs.
    pub(crate) store: Store,
    /// How it is reached.
    pub(crate) settings: Database,
    /// The server, if it is ours to stop.
    pub(crate) server: Option<Postgres>,
    /// Whether the users named it themselves.
    pub(crate) is_foreign: bool,
}

/// Whether the local database is made when there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It is.
    Make,
    /// That is an error: there would be nothing in it.
    Refuse,
}

/// Opens the database.
pub(crate) async fn open(environment: &Environment, absent: Absent) -> anyhow::Result<Opened> {
    if environment.get("DATABASE_URL").is_some() {
        let settings = settings(environment)?;
        return opened(settings, None, true);
    }
    let data_dir = DataDir::of(environment);
    if absent == Absent::Refuse && !data_dir.postgres().is_dir() && !data_dir.is_used() {
        let missing = anyhow::anyhow!("open the local database: none has been made yet");
        let advice = "`cargo gleaner run` first, or set DATABASE_URL to your own";
        return Err(advise(missing, advice));
    }
    data_dir.make()?;
    let options = PostgresOptions::from_environment(environment, data_dir.postgres());
    match Postgres::start(&options).await {
        Ok(server) => {
            server.ensure_database(NAME).await?;
            opened(local(&server.url(NAME))?, Some(server), false)
        }
        Err(error @ PostgresError::AlreadyRunning { .. }) => {
            // a run in another terminal has it up
            match postgres::url_of_running(&options, NAME) {
                Some(url) => opened(local(&url)?, None, false),
                None => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens the database and brings it up to date.
pub(crate) async fn open_migrated(
    environment: &Environment,
    absent: Absent,
) -> anyhow::Result<(Opened, Migrated)> {
    let opened = open(environment, absent).await?;
    let budget = Budget::starting(clock::now(), MIGRATE_CAP);
    let migrated = opened.store.migrate(&budget).await?;
    Ok((opened, migrated))
}

/// The verbs of a database of ours.
pub(crate) fn store_at(url: &str) -> anyhow::Result<Store> {
    Ok(Store::new(&local(url)?, "gleaner")?)
}

/// The budget of one command's statements.
pub(crate) fn budget() -> Budget {
    Budget::starting(clock::now(), COMMAND_CAP)
}

/// The budget of a migration.
pub(crate) fn migration_budget() -> Budget {
    Budget::starting(clock::now(), MIGRATE_CAP)
}

impl Opened {
    /// Stops the server, if it is ours.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.store.close(&budget()).await;
        match self.server {
            Some(server) => Ok(server.stop().await?),
            None => Ok(()),
        }
    }
}

fn opened(
    settings: Database,
    server: Option<Postgres>,
    is_foreign: bool,
) -> anyhow::Result<Opened> {
    let store = Store::new(&settings, "gleaner")?;
    Ok(Opened {
        store,
        settings,
        server,
        is_foreign,
    })
}

/// The settings that the environment names; all its faults together.
fn settings(environment: &Environment) -> anyhow::Result<Database> {
    let mut reader = Reader::new(environment);
    let database = Database::read(&mut reader);
    Ok(reader.finish(|| database)?)
}

/// The settings of a database of ours.
fn local(url: &str) -> anyhow::Result<Database> {
    settings(&Environment::of_pairs([("DATABASE_URL", url)]))
}
