//! One Postgres for all tests that run on this machine, and a database of its own for each.
//!
//! The first test that asks starts it, in whatever process; all share it; it stops when the last
//! process that used it has ended, however that ended. A template database is migrated once for
//! each schema, and every test gets a copy of it. Nothing is durable.
//!
//! `GLEANER_TEST_PG` names another server to use instead (the URL of a superuser's database).

mod exclusive;
mod member;
mod template;

use std::error::Error;

use runtime::OrWarn;
use runtime::config::Environment;
use thiserror::Error;
use tokio::sync::OnceCell;
use url::Url;

use postgres::{PostgresError, identifier, run};

/// Joined once a process and never left: the end of the process is what the server's guard sees.
static SERVER: OnceCell<Server> = OnceCell::const_new();

/// Why a test gets no database.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TestClusterError {
    /// The server.
    #[error("reach the tests' Postgres")]
    Postgres(#[from] PostgresError),
    /// `GLEANER_TEST_PG`.
    #[error("read GLEANER_TEST_PG as a postgres:// URL")]
    Url(#[from] url::ParseError),
    /// The caller's migrations.
    #[error("migrate the template database")]
    Migrate(#[source] Box<dyn Error + Send + Sync>),
}

/// A database that one test has to itself. Dropping it drops the database, connections or not.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    admin: String,
    name: String,
}

impl TestDatabase {
    /// A copy of the template for the schema that `key` identifies (say, the migrations' text or
    /// digest). `migrate` gets the URL of an empty database when there is no such template yet.
    ///
    /// # Errors
    /// No server, or the migration failed.
    pub async fn create<E, F>(
        key: &str,
        migrate: impl FnOnce(String) -> F,
    ) -> Result<Self, TestClusterError>
    where
        E: Error + Send + Sync + 'static,
        F: Future<Output = Result<(), E>>,
    {
        let server = SERVER.get_or_try_init(Server::join).await?;
        let template = template::ensure(server, key, migrate).await?;
        let name = member::token("test");
        server.copy(&template, &name).await?;
        Ok(Self {
            url: server.url(&name),
            admin: server.url("postgres"),
            name,
        })
    }

    /// An empty database.
    ///
    /// # Errors
    /// No server.
    pub async fn empty() -> Result<Self, TestClusterError> {
        Self::create("", |_url| std::future::ready(Ok::<_, PostgresError>(()))).await
    }

    /// Its URL, as a superuser, password included.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDatabase {
    /// On a thread of its own, because a test's runtime cannot be waited on from here.
    fn drop(&mut self) {
        let Self { admin, name, .. } = self;
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(name));
        let dropped = std::thread::scope(|scope| {
            let work = || template::apart(run(admin, "drop test database", name, &sql));
            scope.spawn(work).join()
        });
        if let Ok(dropped) = dropped {
            dropped.or_warn("drop a test's database; the next start of the server will");
        }
    }
}

/// The server that the tests share.
#[derive(Debug)]
struct Server {
    base: Url,
    /// How a database is copied: files, not the log, while nothing is synced. Version 14 knows no
    /// other way and no word for it.
    strategy: &'static str,
    /// Absent when the server is somebody else's.
    _member: Option<member::Member>,
}

impl Server {
    async fn join() -> Result<Self, TestClusterError> {
        let environment = Environment::of_process();
        let (base, member) = if let Some(base) = environment.get("GLEANER_TEST_PG") {
            (Url::parse(base)?, None)
        } else {
            let member = member::join(&environment, exclusive::folder()).await?;
            (Url::parse(&member.url)?, Some(member))
        };
        let version = run(base.as_str(), "ask", "postgres", "SHOW server_version_num").await?;
        let old = version.first().is_some_and(|it| it.starts_with("14"));
        Ok(Self {
            base,
            strategy: if old { "" } else { "STRATEGY file_copy" },
            _member: member,
        })
    }

    fn url(&self, database: &str) -> String {
        let mut url = self.base.clone();
        url.set_path(database);
        url.into()
    }

    async fn admin(&self, what: &'static str, sql: &str) -> Result<Vec<String>, PostgresError> {
        run(&self.url("postgres"), what, "postgres", sql).await
    }

    async fn copy(&self, template: &str, name: &str) -> Result<(), PostgresError> {
        let (name, template) = (identifier(name), identifier(template));
        let strategy = self.strategy;
        let sql = format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}");
        self.admin("copy the template in", &sql).await.map(drop)
    }
}
