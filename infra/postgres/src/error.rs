//! What can go wrong between "no server" and "a database to connect to".

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use runtime::TimedOut;
use thiserror::Error;

use super::DownloadError;

/// Why there is no Postgres.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// Neither installed nor downloadable.
    #[error("find PostgreSQL {minimum} or newer on this machine; install it with: {install}")]
    NotFound {
        /// The oldest version that is good enough.
        minimum: u32,
        /// The command that installs it here.
        install: String,
        /// Why it could not be downloaded.
        #[source]
        source: DownloadError,
    },
    /// The binaries that were named are not usable.
    #[error("use the PostgreSQL binaries in {}: {why}", dir.display())]
    BadBinaries {
        /// The folder that was named.
        dir: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The data directory belongs to another major version.
    #[error(
        "open {} with PostgreSQL {found}: it was made by version {made_by}; install that version or remove the directory",
        dir.display()
    )]
    OtherVersion {
        /// The data directory.
        dir: PathBuf,
        /// The version that made it.
        made_by: u32,
        /// The version that was found.
        found: u32,
    },
    /// Another server, or another start, has the data directory.
    #[error("use the data directory {}: already running, {}", dir.display(), pid_text(*pid))]
    AlreadyRunning {
        /// The data directory.
        dir: PathBuf,
        /// The server's process id, once it has one.
        pid: Option<u32>,
    },
    /// Postgres refuses root, and there is nobody to become.
    #[error(
        "become another user than root to run Postgres: /etc/passwd has neither postgres nor nobody"
    )]
    NoAccount,
    /// Something that is there and is not ours.
    #[error("use {}: it belongs to user {owner}, not to us", path.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// Its owner's uid.
        owner: u32,
    },
    /// A file operation.
    #[error("{what} {}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A program that cannot be run.
    #[error("run {}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// `initdb` said no.
    #[error("initialise {} ({status}): {output}", dir.display())]
    Initdb {
        /// The data directory.
        dir: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it printed.
        output: String,
    },
    /// The server ended before it was ready.
    #[error("start Postgres in {} ({status}); its log ends: {log}", dir.display())]
    Exited {
        /// The data directory.
        dir: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        log: String,
    },
    /// The server had to be killed, or had died before.
    #[error("stop Postgres in {} in order ({status}); the next start recovers", dir.display())]
    NotInOrder {
        /// The data directory.
        dir: PathBuf,
        /// How it ended.
        status: ExitStatus,
    },
    /// It took too long.
    #[error("{what}")]
    TimedOut {
        /// What was tried.
        what: &'static str,
        /// The limit.
        #[source]
        source: TimedOut,
    },
    /// A statement of the supervisor's own.
    #[error("{what} {database}")]
    Statement {
        /// What was tried.
        what: &'static str,
        /// On which database.
        database: String,
        /// Why not.
        #[source]
        source: tokio_postgres::Error,
    },
}

fn pid_text(pid: Option<u32>) -> String {
    pid.map_or_else(|| "still starting".to_owned(), |pid| format!("pid {pid}"))
}

impl PostgresError {
    /// What was tried on a file or folder, and why it failed.
    #[must_use]
    pub fn file(what: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        Self::File { what, path, source }
    }
}
