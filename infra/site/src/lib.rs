//! A small web on loopback: ten real pages, and every way in which a server misbehaves.
//!
//! A page answers at its own path. A fault answers at `/fault/NAME?…` (see [`Fault`]), or at any
//! path for as many times as a script says. Everything is counted, so that a test can tell that a
//! fault has fired. It writes its answers itself, byte by byte: an HTTP library would not lie.

mod bodies;
mod fault;
mod pages;
mod plan;
mod table;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use faulty_http::Server;
use thiserror::Error;

pub use fault::{Body, Fault, UnknownFault};
pub use pages::{PAGES, Page};
pub use table::Logged;

use table::Table;

/// Where and how to serve.
#[derive(Clone, Copy, Debug)]
pub struct SiteOptions {
    /// The address to listen on, which should be a loopback one.
    pub address: SocketAddr,
    /// Whether a connection serves more than one good page. Off, every page costs a connection,
    /// as pages of different sites do.
    pub keep_alive: bool,
}

impl Default for SiteOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            keep_alive: false,
        }
    }
}

/// Why there is no site.
#[derive(Debug, Error)]
#[error("listen on {address} for the sample site")]
pub struct SiteError {
    address: SocketAddr,
    #[source]
    source: io::Error,
}

/// A running site. Dropping it stops it; `stop` also waits.
#[derive(Debug)]
pub struct Site {
    server: Server,
    table: Arc<Table>,
}

impl Site {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// [`SiteError`].
    pub async fn start() -> Result<Self, SiteError> {
        Self::start_with(SiteOptions::default()).await
    }

    /// Starts on `address`, which should be a loopback one.
    ///
    /// # Errors
    /// [`SiteError`].
    pub async fn start_on(address: SocketAddr) -> Result<Self, SiteError> {
        Self::start_with(SiteOptions {
            address,
            ..SiteOptions::default()
        })
        .await
    }

    /// Starts as `options` say.
    ///
    /// # Errors
    /// [`SiteError`].
    pub async fn start_with(options: SiteOptions) -> Result<Self, SiteError> {
        let SiteOptions {
            address,
            keep_alive,
        } = options;
        let table = Arc::new(Table::new(keep_alive));
        let handler = Arc::clone(&table);
        let server = Server::start(address, handler).await;
        let server = server.map_err(|source| SiteError { address, source })?;
        Ok(Self { server, table })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The URL of `path`, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// Serves `body` as `content_type` at `path` from now on.
    pub fn publish(&self, path: &str, content_type: &str, body: impl Into<Bytes>) {
        self.table.publish(path, content_type, body.into());
    }

    /// Lets `path` misbehave for the next `times` requests, after those it was told before.
    pub fn script(&self, path: &str, fault: Fault, times: u32) {
        self.table.script(path, fault, times);
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.server.accepted()
    }

    /// How many requests `path` has had, whatever their query.
    #[must_use]
    pub fn requests(&self, path: &str) -> usize {
        self.log()
            .iter()
            .filter(|it| it.request.path == path)
            .count()
    }

    /// How many faults have been played.
    #[must_use]
    pub fn faults_fired(&self) -> usize {
        self.log().iter().filter(|it| it.fault.is_some()).count()
    }

    /// All requests, in order of arrival (the first 100,000).
    #[must_use]
    pub fn log(&self) -> Vec<Logged> {
        self.table.log()
    }

    /// Stops: no new connections, and the open ones are cut.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
