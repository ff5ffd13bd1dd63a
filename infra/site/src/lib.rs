//! A small web on loopback: ten real pages, and every way in which a server misbehaves.
//!
//! A page answers at its own path. A fault answers at `/fault/NAME?…` (see [`Fault`]), or at any
//! path for as many times as a script says. Everything is counted, so that a test can tell that a
//! fault has fired. It writes its answers itself, byte by byte: an HTTP library would not lie.

mod acts;
mod bodies;
mod fault;
mod pages;
mod plan;
mod request;
mod script;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{Budget, Step};
use runtime::{OrWarn, clock, within};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use fault::{Body, Fault, UnknownFault};
pub use pages::{PAGES, Page};
pub use script::Visit;

use request::{Head, Refused};
use script::Table;

/// Connections at a time; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 1_024;

/// A client that connects and says nothing is let go after this.
const HEAD_MAX: Duration = Duration::from_secs(30);

/// No answer takes longer, a hanging one neither: no test waits this long.
const ANSWER_MAX: Duration = Duration::from_mins(10);

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
    address: SocketAddr,
    table: Arc<Table>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
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
        let bound = async {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let bound: io::Result<_> = bound.await;
        let (listener, address) = bound.map_err(|source| SiteError { address, source })?;
        let table = Arc::new(Table::default());
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let served = Arc::clone(&table);
        tasks.spawn(accept(listener, served, keep_alive, stop.clone()));
        Ok(Self {
            address,
            table,
            stop,
            tasks,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of `path`, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
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
        self.table.accepted()
    }

    /// How many requests `path` has had, whatever their query.
    #[must_use]
    pub fn requests(&self, path: &str) -> usize {
        self.visits().iter().filter(|it| it.path == path).count()
    }

    /// How many faults have been played.
    #[must_use]
    pub fn faults_fired(&self) -> usize {
        self.visits().iter().filter(|it| it.fault.is_some()).count()
    }

    /// All requests, in order of arrival (the first 100,000).
    #[must_use]
    pub fn visits(&self) -> Vec<Visit> {
        self.table.visits()
    }

    /// Stops: no new connections, and the open ones are cut.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.or_warn("end the sample site");
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(
    listener: TcpListener,
    table: Arc<Table>,
    keep_alive: bool,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = connections.join_next() => {
                ended.or_warn("end a connection of the sample site");
                continue;
            }
            accepted = take(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted.or_warn("accept a connection to the sample site")
        else {
            continue;
        };
        table.accept();
        let table = Arc::clone(&table);
        connections.spawn(async move {
            serve(stream, &table, keep_alive).await;
            drop(place);
        });
    }
    connections.shutdown().await;
}

async fn take(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await;
    let place = place.map_err(io::Error::other)?;
    let (stream, _peer) = listener.accept().await?;
    Ok((stream, place))
}

/// One connection: one request and one answer, or more if it is kept.
async fn serve(mut stream: TcpStream, table: &Table, keep_alive: bool) {
    while answer(&mut stream, table, keep_alive).await {}
}

/// Says whether there may be another request. A client that goes away is no error here.
async fn answer(stream: &mut TcpStream, table: &Table, keep_alive: bool) -> bool {
    let budget = Budget::starting(clock::now(), HEAD_MAX);
    let mut head = match within(Step::Headers, &budget, request::read(stream)).await {
        Ok(Ok(head)) => head,
        Ok(Err(Refused::Gone)) | Err(_) => return false,
        Ok(Err(Refused::Status(code))) => Head::refused(code),
    };
    head.keep &= keep_alive;
    let acts = table.answer(&head);
    let budget = Budget::starting(clock::now(), ANSWER_MAX);
    match within(Step::Body, &budget, acts::perform(stream, acts)).await {
        Ok(Ok(kept)) => return kept,
        Ok(Err(gone)) => tracing::debug!(path = head.path, error = %gone, "the client went away"),
        Err(cut) => tracing::debug!(path = head.path, error = %cut, "an endless answer was ended"),
    }
    false
}
