//! The server that the tests share: ours, or the one that `GLEANER_TEST_PG` names.

use std::error::Error;

use postgres::{PostgresError, identifier, run};
use runtime::config::Environment;
use thiserror::Error;
use url::Url;

use super::{exclusive, member};

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

/// The server that the tests share.
#[derive(Debug)]
pub(super) struct Server {
    base: Url,
    /// How a database is copied: files, not the log, while nothing is synced. Version 14 knows no
    /// other way and no word for it.
    strategy: &'static str,
    /// Absent when the server is somebody else's.
    _member: Option<member::Member>,
}

impl Server {
    pub(super) async fn join() -> Result<Self, TestClusterError> {
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

    pub(super) fn url(&self, database: &str) -> String {
        let mut url = self.base.clone();
        url.set_path(database);
        url.into()
    }

    pub(super) async fn admin(
        &self,
        what: &'static str,
        sql: &str,
    ) -> Result<Vec<String>, PostgresError> {
        run(&self.url("postgres"), what, "postgres", sql).await
    }

    pub(super) async fn copy(&self, template: &str, name: &str) -> Result<(), PostgresError> {
        let (name, template) = (identifier(name), identifier(template));
        let strategy = self.strategy;
        let sql = format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}");
        self.admin("copy the template in", &sql).await.map(drop)
    }
}
