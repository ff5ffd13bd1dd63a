//! Postgres for one machine: found, initialised, started, watched, stopped.
//!
//! It listens on a free loopback port alone, keeps its data between runs, and stops when its
//! owner does, however the owner ends. As root it runs as another user (Postgres refuses root).
//! It never installs a service and never creates a user of the system.

mod account;
mod attach;
mod binaries;
mod cluster;
mod download;
mod error;
mod hex;
mod install;
mod launch;
mod options;
pub mod pid_file;
mod server;
mod statement;
mod unpack;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

pub use attach::{data_dir, url_of_running};
pub use download::DownloadError;
pub use error::PostgresError;
pub use hex::hex;
pub use options::{ContainerNetwork, PostgresOptions};

// What the tests' shared server is made of, too.
pub use account::Account;
pub use cluster::Cluster;
pub use launch::Launch;
pub use server::{free_port, spawn, url, wait_until_ready};
pub use statement::{identifier, literal, run};

use server::Server;

/// A running server. It stops when this is dropped or its process ends; `stop` also waits for it.
#[derive(Debug)]
pub struct Postgres {
    launch: Launch,
    server: Server,
}

impl Postgres {
    /// Finds a server, makes the data directory if it is new, and starts.
    ///
    /// # Errors
    /// [`PostgresError`] says what was tried and what to do.
    pub async fn start(options: &PostgresOptions) -> Result<Self, PostgresError> {
        let (account, cluster) = Launch::lock(options)?;
        let launch = Launch::prepare(options, account, cluster).await?;
        let server = Server::start(&launch).await?;
        Ok(Self { launch, server })
    }

    /// The URL of a database, password included.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url(&self.launch.cluster.password, self.server.port, database)
    }

    /// The same for who comes over the container network.
    #[must_use]
    pub fn url_at(&self, gateway: Ipv4Addr, database: &str) -> String {
        let (here, there) = ("@127.0.0.1:", format!("@{gateway}:"));
        self.url(database).replacen(here, &there, 1)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.server.port
    }

    /// The server's major version.
    #[must_use]
    pub const fn major(&self) -> u32 {
        self.launch.binaries.major
    }

    /// Where the data really is (as root not where it was asked to be).
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.launch.cluster.root
    }

    /// What the server says.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.launch.cluster.log()
    }

    /// Makes a database unless it is there.
    ///
    /// # Errors
    /// [`PostgresError::Statement`], or the server does not answer.
    pub async fn ensure_database(&self, name: &str) -> Result<(), PostgresError> {
        let url = self.url("postgres");
        let known = literal(name);
        let known = format!("SELECT datname FROM pg_database WHERE datname = {known}");
        if !run(&url, "look for database", name, &known)
            .await?
            .is_empty()
        {
            return Ok(());
        }
        let create = format!("CREATE DATABASE {}", identifier(name));
        run(&url, "make database", name, &create).await?;
        Ok(())
    }

    /// Waits until the server has ended, for whatever reason; for `select!` beside the work.
    ///
    /// # Errors
    /// When the system does not tell.
    pub async fn ended(&mut self) -> Result<ExitStatus, PostgresError> {
        self.server.ended().await
    }

    /// Stops in order: open transactions are rolled back, data is checkpointed. By force after 10 s.
    ///
    /// # Errors
    /// When force was needed; the data is safe then too.
    pub async fn stop(self) -> Result<(), PostgresError> {
        let status = self.server.stop().await?;
        if status.success() {
            return Ok(());
        }
        Err(PostgresError::NotInOrder {
            dir: self.launch.cluster.root,
            status,
        })
    }
}
