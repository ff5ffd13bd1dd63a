//! The one accept loop of the HTTP parts: HTTP/1.1 with keep-alive on loopback.
//!
//! Owns its connections. Dropping a [`Server`] ends them all.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Wait after a failed accept: it fails when descriptors run out, and those come back with time.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// A listening socket on loopback, its address and the tasks that serve it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    open: watch::Receiver<usize>,
    tasks: JoinSet<()>,
}

impl Server {
    /// Listens on a free port of `ip`: loopback, or a container network's gateway.
    pub(crate) async fn listen(ip: IpAddr) -> io::Result<(TcpListener, SocketAddr)> {
        let listener = TcpListener::bind((ip, 0)).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    /// Serves `listener` until dropped or stopped.
    pub fn start<S, B>(listener: TcpListener, address: SocketAddr, service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
        S: Clone + Send + Sync + 'static,
        S::Future: Future<Output = Result<Response<B>, Infallible>> + Send,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let (count, open) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, service, count));
        Self {
            address,
            open,
            tasks,
        }
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until no accepted connection is open any more.
    pub(crate) async fn all_closed(&self) {
        let mut open = self.open.clone();
        // An error means that the accept loop is gone, and its connections with it.
        if open.wait_for(|count| *count == 0).await.is_err() {
            tracing::debug!("the accept loop has ended");
        }
    }

    /// Ends every connection and closes the port.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn accept<S, B>(listener: TcpListener, service: S, count: watch::Sender<usize>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Future<Output = Result<Response<B>, Infallible>> + Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _peer)) => {
                    count.send_modify(|open| *open += 1);
                    connections.spawn(serve(stream, service.clone()));
                }
                Err(error) => {
                    tracing::warn!(error = %error, "could not accept a connection on loopback");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
            Some(ended) = connections.join_next() => {
                count.send_modify(|open| *open -= 1);
                if let Err(error) = ended {
                    tracing::error!(error = %error, "a connection's task panicked");
                }
            }
        }
    }
}

async fn serve<S, B>(stream: TcpStream, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    B: Body<Data = Bytes> + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    // Small requests and answers: Nagle's algorithm would hold them back for 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error = %error, "could not switch Nagle's algorithm off");
    }
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        // A killed process breaks its connection; the pool sees its death by other means.
        tracing::debug!(error = %error, "a loopback connection broke");
    }
}
