//! The accept loop, and what happens on one connection. Dropping a [`Server`] cuts them all.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{Budget, Step};
use runtime::{OrWarn, clock, within};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::request::{Inbox, Refused};
use crate::{Act, Request, Response, act};

/// Connections at a time, fewer than descriptors allow; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 900;

/// A client that connects and says nothing is let go after this.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// No answer takes longer, a hanging one neither: no test waits this long.
const ANSWER_MAX: Duration = Duration::from_mins(10);

/// Decides what is done to the connection that `request` came over.
pub trait Handler: Debug + Send + Sync + 'static {
    /// What to do, in order.
    fn handle(&self, request: &Request) -> Vec<Act>;
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    accepted: Arc<AtomicU64>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Server {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn start(address: SocketAddr, handler: Arc<dyn Handler>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let accepted = Arc::new(AtomicU64::new(0));
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let count = Arc::clone(&accepted);
        tasks.spawn(accept(listener, handler, count, stop.clone()));
        Ok(Self {
            address,
            accepted,
            stop,
            tasks,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Stops: no new connections, and the open ones are cut.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.or_warn("end a server on loopback");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(
    listener: TcpListener,
    handler: Arc<dyn Handler>,
    count: Arc<AtomicU64>,
    stop: CancellationToken,
) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(ended) = connections.join_next() => {
                ended.or_warn("end a connection on loopback");
                continue;
            }
            accepted = take(&listener, &permits) => accepted,
        };
        let Some((stream, permit)) = accepted.or_warn("accept a connection on loopback") else {
            continue;
        };
        count.fetch_add(1, Ordering::Relaxed);
        let handler = Arc::clone(&handler);
        connections.spawn(async move {
            serve(stream, &*handler).await;
            drop(permit);
        });
    }
    connections.shutdown().await;
}

async fn take(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await;
    let permit = permit.map_err(io::Error::other)?;
    let (stream, _peer) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, permit))
}

/// One connection: one request and one answer, or more if it is kept.
async fn serve(mut stream: TcpStream, handler: &dyn Handler) {
    let mut inbox = Inbox::default();
    while answer(&mut stream, &mut inbox, handler).await {}
}

/// Says whether there may be another request. A client that goes away is no error here.
async fn answer(stream: &mut TcpStream, inbox: &mut Inbox, handler: &dyn Handler) -> bool {
    let budget = Budget::starting(clock::now(), REQUEST_MAX);
    let (path, acts) = match within(Step::Headers, &budget, inbox.next(stream)).await {
        Ok(Ok(request)) => {
            let acts = handler.handle(&request);
            (request.path, acts)
        }
        Ok(Err(Refused::Gone)) | Err(_) => return false,
        Ok(Err(Refused::Status(status))) => {
            let none = Request::default();
            (String::new(), Response::new(status).sound(&none))
        }
    };
    let budget = Budget::starting(clock::now(), ANSWER_MAX);
    match within(Step::Body, &budget, act::perform(stream, acts)).await {
        Ok(Ok(kept)) => return kept,
        Ok(Err(gone)) => tracing::debug!(path, error = %gone, "the client went away"),
        Err(cut) => tracing::debug!(path, error = %cut, "an endless answer was ended"),
    }
    false
}
