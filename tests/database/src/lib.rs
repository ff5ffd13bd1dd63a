//! One Postgres for all tests that run on this machine, and a database of its own for each.
//!
//! The first test that asks starts it, in whatever process; all share it; it stops when the last
//! process that used it has ended, however that ended. A template database is migrated once for
//! each schema, and every test gets a copy of it. Nothing is durable.
//!
//! `GLEANER_TEST_PG` names another server to use instead (the URL of a superuser's database).

mod exclusive;
mod member;
mod server;
mod template;

use std::error::Error;

use postgres::{PostgresError, identifier, run};
use runtime::OrWarn;
use tokio::sync::OnceCell;

use server::Server;
pub use server::TestClusterError;

/// Joined once a process and never left: the end of the process is what the server's guard sees.
static SERVER: OnceCell<Server> = OnceCell::const_new();

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
