//! Brings the database to this build's shape: numbered migrations once, functions when their text
//! changes, work rows for the articles that are there already.
//!
//! Instead of a common runner, because each step needs a limit on the client's side and a `search_path`
//! that is pinned to the users' own table, and functions are replaced when their text changes.

use std::time::Duration;

use domain::{Budget, Step, hex};
use sha2::{Digest, Sha256};
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::Store;

/// A text that is applied by `migrate`: a numbered one, or a function.
struct Migration {
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(Migration { name: $name, sql: include_str!(concat!("../", $folder, "/", $name, ".sql")) }),*]
    };
}

/// Applied once, in this order; never changed after a release.
const MIGRATIONS: &[Migration] = migrations!("migrations":
    "0001_articles",
    "0002_work",
    "0003_runs",
    "0004_triggers",
    "0005_views",
    "0006_ledger",
    "0007_at_work",
    "0008_typed_answers",
    "0009_rejected",
    "0010_commit_order",
    "0011_adoption",
    "0012_flow",
    "0013_pages_by_host",
);

/// Replaced whenever their text differs. Arguments and columns of a released one never change: a
/// changed one gets a new name, so that functions of the build before go on working.
const FUNCTIONS: &[Migration] = migrations!("sql":
    "add",
    "backfill",
    "recorded",
    "close_run",
    "note_breakers",
    "spent_today",
    "close_attempt",
    "claim",
    "open_run",
    "finish",
    "record_failure",
    "reconcile",
    "violations",
);

/// The mark of a finished backfill among the applied names.
const BACKFILLED: &str = "backfill of work rows";

/// SQLSTATE of a lock that did not come in time.
const LOCKED: &str = "55P03";

/// The constraint that two marks of one name break.
const MARKED: &str = "gleaner_migrations_pkey";

/// Every script goes on so after its BEGIN: alone, in the schema where `articles` is (or would be made).
/// Behind the users' own long transactions it gives up soon, since everybody queues behind it meanwhile.
const PREAMBLE: &str = "
SET LOCAL statement_timeout = '5500ms';
SET LOCAL lock_timeout = '80ms';
SET LOCAL client_min_messages = warning;
SELECT pg_advisory_xact_lock(hashtext('gleaner migrate'));
SELECT set_config('search_path', coalesce(
    (SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = to_regclass('articles')),
    quote_ident(current_schema())) || ', pg_temp', true);
";

const HISTORY: &str = "
CREATE TABLE IF NOT EXISTS gleaner_migrations (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
";

// A row for each text that was applied.
const APPLIED: &str = "/* store::migrate */
SELECT name, checksum FROM gleaner_migrations";

// One row: the last id of the page, null at the end of the table, and how many rows were made.
const BACKFILL: &str = "/* store::migrate */
WITH page AS (
    SELECT max(id)::bigint AS last
      FROM (SELECT id FROM articles
             WHERE id > $1 -- after
             ORDER BY id LIMIT 5000) AS ids)
SELECT last, CASE WHEN last IS NULL THEN 0 ELSE gleaner_backfill($1, last, 5000) END AS made
  FROM page";

/// Identifies the schema that this build makes: what caches of migrated databases are kept by.
#[must_use]
pub fn schema_digest() -> String {
    let mut all = Sha256::new();
    for migration in MIGRATIONS.iter().chain(FUNCTIONS) {
        all.update(migration.checksum());
    }
    hex(&all.finalize())
}

/// Tries of a script that meets locks of others, and the longest pause between two of them.
const TRIES: u32 = 60;
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Names of the texts that were applied, in order; empty when there was nothing to do.
    pub applied: Vec<String>,
    /// Articles that were there before and got their work row now.
    pub adopted_rows: i64,
    /// What was done to the users' own table, and what to know of it, in sentences.
    pub notes: Vec<String>,
}

impl Store {
    /// Migrates. Safe to repeat, to interrupt and to run twice at once. An `articles` table that is
    /// there is adopted and never rewritten; its rows get work rows in pages of 5,000.
    ///
    /// # Errors
    /// [`StoreError::Schema`] names all that stands against adoption, before anything is changed, or a database of a newer build.
    pub async fn migrate(&self, budget: &Budget) -> Result<Migrated, StoreError> {
        let adoption = self.check_adoption(budget).await?;
        let mut migrated = Migrated {
            notes: adoption.notes(),
            ..Migrated::default()
        };
        self.patiently(budget, &self.script_of(HISTORY)).await?;
        for migration in MIGRATIONS {
            let applied = self.applied(budget).await?;
            match applied.iter().find(|(name, _)| name == migration.name) {
                Some((_, checksum)) if *checksum == migration.checksum() => {}
                Some(_) => return Err(changed(migration.name)),
                None => {
                    self.apply(budget, migration, false).await?;
                    migrated.applied.push(migration.name.to_owned());
                }
            }
        }
        let applied = self.applied(budget).await?;
        refuse_newer(&applied)?;
        for migration in FUNCTIONS {
            let known = applied.iter().find(|(name, _)| name == migration.name);
            if known.is_none_or(|(_, checksum)| *checksum != migration.checksum()) {
                self.apply(budget, migration, true).await?;
                migrated.applied.push(migration.name.to_owned());
            }
        }
        if !applied.iter().any(|(name, _)| name == BACKFILLED) {
            migrated.adopted_rows = self.backfill(budget).await?;
        }
        Ok(migrated)
    }

    async fn applied(&self, budget: &Budget) -> Result<Vec<(String, String)>, StoreError> {
        let rows = self.transact(Step::DbQuery, budget, APPLIED, &[]).await?;
        rows.iter()
            .map(|row| Ok((get(row, "name")?, get(row, "checksum")?)))
            .collect()
    }

    /// Applies a text and its mark together. A migrator that was faster makes the mark's key clash,
    /// which rolls this one back: the work is done.
    async fn apply(
        &self,
        budget: &Budget,
        migration: &Migration,
        again: bool,
    ) -> Result<(), StoreError> {
        let Migration { name, sql } = migration;
        let checksum = migration.checksum();
        let on_conflict = if again {
            "ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()"
        } else {
            ""
        };
        let mark = format!(
            "INSERT INTO gleaner_migrations (name, checksum) VALUES ('{name}', '{checksum}') {on_conflict};\n"
        );
        let text = self.script_of(&format!("{mark}{sql}\n"));
        match self.patiently(budget, &text).await {
            Err(StoreError::Rejected { source }) if source.object.as_deref() == Some(MARKED) => {
                Ok(())
            }
            ended => ended,
        }
    }

    /// A script in a transaction of its own.
    pub(crate) fn script_of(&self, text: &str) -> String {
        let set_path = self.set_path();
        format!("/* store::migrate */\nBEGIN{set_path};{PREAMBLE}{text}COMMIT;")
    }

    /// Runs a script again while others hold the locks that it needs.
    pub(crate) async fn patiently(&self, budget: &Budget, script: &str) -> Result<(), StoreError> {
        let mut pause = Duration::from_millis(50);
        for _ in 1..TRIES {
            match self.script(Step::DbQuery, budget, script).await {
                Err(error) if error.sqlstate() == Some(LOCKED) => {
                    tracing::info!(error = %error, "a migration waits for locks of others");
                }
                ended => return ended,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        self.script(Step::DbQuery, budget, script).await
    }

    /// Ends: the ids grow from page to page.
    async fn backfill(&self, budget: &Budget) -> Result<i64, StoreError> {
        let mut after = i64::MIN;
        let mut made = 0;
        loop {
            let params = &[(&after as _, Type::INT8)];
            let rows = self
                .transact(Step::DbQuery, budget, BACKFILL, params)
                .await?;
            let row = only(&rows)?;
            made += get::<i64>(row, "made")?;
            match get::<Option<i64>>(row, "last")? {
                Some(last) => after = last,
                None => break,
            }
        }
        let mark = Migration {
            name: BACKFILLED,
            sql: "",
        };
        self.apply(budget, &mark, true).await?;
        Ok(made)
    }
}

impl Migration {
    fn checksum(&self) -> String {
        hex(&Sha256::digest(self.sql.as_bytes()))
    }
}

fn changed(name: &str) -> StoreError {
    StoreError::Schema {
        problem: format!("migration {name} was applied with another text than this build's"),
        sqlstate: None,
    }
}

fn refuse_newer(applied: &[(String, String)]) -> Result<(), StoreError> {
    let ours = |name: &str| {
        name == BACKFILLED
            || MIGRATIONS
                .iter()
                .chain(FUNCTIONS)
                .any(|migration| migration.name == name)
    };
    match applied.iter().find(|(name, _)| !ours(name)) {
        None => Ok(()),
        Some((name, _)) => Err(StoreError::Schema {
            problem: format!("the database was migrated by a newer build ({name})"),
            sqlstate: None,
        }),
    }
}
