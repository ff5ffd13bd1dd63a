//! The migrated database that tests get copies of; made once for each schema.

use std::error::Error;

use sha2::{Digest, Sha256};

use super::server::{Server, TestClusterError};
use super::{exclusive, member};
use postgres::{PostgresError, hex, identifier, literal};

/// The name of the template for `key`, made by `migrate` if it is not there. A migration that
/// fails or is killed leaves no template.
pub(super) async fn ensure<E, F>(
    server: &Server,
    key: &str,
    migrate: impl FnOnce(String) -> F,
) -> Result<String, TestClusterError>
where
    E: Error + Send + Sync + 'static,
    F: Future<Output = Result<(), E>>,
{
    let digest = Sha256::digest(key);
    let name = format!("template_{}", hex(digest.get(..12).unwrap_or(&digest)));
    if exists(server, &name).await? {
        return Ok(name);
    }
    let _held = exclusive::lock(&exclusive::folder()).await?;
    if !exists(server, &name).await? {
        make(server, &name, migrate).await?;
    }
    Ok(name)
}

async fn exists(server: &Server, name: &str) -> Result<bool, PostgresError> {
    let name = literal(name);
    let sql = format!("SELECT datname FROM pg_database WHERE datname = {name}");
    let found = server.admin("look for a template in", &sql).await?;
    Ok(!found.is_empty())
}

async fn make<E, F>(
    server: &Server,
    name: &str,
    migrate: impl FnOnce(String) -> F,
) -> Result<(), TestClusterError>
where
    E: Error + Send + Sync + 'static,
    F: Future<Output = Result<(), E>>,
{
    let unfinished = member::token("unfinished");
    let quoted = identifier(&unfinished);
    let sql = format!("CREATE DATABASE {quoted}");
    server.admin("make a template in", &sql).await?;
    let migrated = migrate(server.url(&unfinished)).await;
    migrated.map_err(|error| TestClusterError::Migrate(error.into()))?;
    // Neither renaming nor copying bears a connection that the migration has left behind.
    let sql = format!("ALTER DATABASE {quoted} ALLOW_CONNECTIONS false");
    server.admin("close a template in", &sql).await?;
    let sql = format!(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}",
        literal(&unfinished)
    );
    server.admin("close a template in", &sql).await?;
    let sql = format!("ALTER DATABASE {quoted} RENAME TO {}", identifier(name));
    server.admin("name a template in", &sql).await?;
    Ok(())
}

/// Runs `future` to its end on a runtime of its own.
pub(super) fn apart<T>(
    future: impl Future<Output = Result<T, PostgresError>>,
) -> Result<T, PostgresError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| PostgresError::Run {
            program: "a runtime".into(),
            source,
        })?;
    runtime.block_on(future)
}
