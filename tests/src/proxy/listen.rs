//! The proxy's port: open, closed, or out of reach.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::{Budget, Step};
use runtime::{OrWarn, clock, within};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::fault::{Fault, Mode, Shared};
use super::relay;

/// Connections that wait to be accepted.
pub(super) const BACKLOG: u32 = 128;

/// A port that was closed is asked for again for so long.
const REBIND_MAX: Duration = Duration::from_secs(5);

/// On loopback a connection is made at once or, when the queue is full, not at all.
const CONNECT_MAX: Duration = Duration::from_millis(200);

/// A queue for one connection is full after two or three.
const FILLERS_MAX: usize = 16;

/// Listens on `address`, also when connections of an earlier listener linger.
pub(super) fn on(address: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(backlog)
}

/// Serves until it is dropped. `applied` says which change of the mode new connections meet.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    applied: watch::Sender<u64>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let mut modes = shared.mode.subscribe();
    let mut connections = JoinSet::new();
    let mut open = Some(listener);
    loop {
        let mode = *modes.borrow_and_update();
        match mode.fault {
            Fault::Refuse => {
                drop(open.take());
                applied.send_replace(mode.change);
                changed(&mut modes).await?;
            }
            Fault::Unreachable => {
                drop(open.take());
                let full = fill(address).await?;
                applied.send_replace(mode.change);
                changed(&mut modes).await?;
                drop(full);
            }
            Fault::None
            | Fault::Reset
            | Fault::Blackhole
            | Fault::Mute
            | Fault::Drip(_)
            | Fault::Cut(_) => {
                let listener = match open.take() {
                    Some(listener) => listener,
                    None => rebind(address, BACKLOG).await?,
                };
                applied.send_replace(mode.change);
                accept(&listener, &shared, &mut modes, &mut connections).await?;
                open = Some(listener);
            }
        }
    }
}

async fn changed(modes: &mut watch::Receiver<Mode>) -> io::Result<()> {
    modes.changed().await.map_err(io::Error::other)
}

/// Accepts until the mode changes.
async fn accept(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    modes: &mut watch::Receiver<Mode>,
    connections: &mut JoinSet<()>,
) -> io::Result<()> {
    loop {
        tokio::select! {
            changed = modes.changed() => return changed.map_err(io::Error::other),
            Some(ended) = connections.join_next() => {
                ended.or_warn("relay a connection");
            }
            accepted = listener.accept() => {
                let (client, _peer) = accepted?;
                shared.accepted.fetch_add(1, Ordering::SeqCst);
                connections.spawn(relay::run(client, Arc::clone(shared)));
            }
        }
    }
}

/// Takes the port again. Somebody's outgoing connection may have it for a moment.
async fn rebind(address: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let bound = async {
        loop {
            match on(address, backlog) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                bound => return bound,
            }
        }
    };
    let budget = Budget::starting(clock::now(), REBIND_MAX);
    within(Step::Connect, &budget, bound)
        .await
        .map_err(io::Error::other)?
}

/// A listener that accepts nothing, with its queue full: further attempts get no answer.
async fn fill(address: SocketAddr) -> io::Result<(TcpListener, Vec<TcpStream>)> {
    let listener = rebind(address, 1).await?;
    let mut fillers = Vec::new();
    while fillers.len() < FILLERS_MAX {
        let budget = Budget::starting(clock::now(), CONNECT_MAX);
        match within(Step::Connect, &budget, TcpStream::connect(address)).await {
            Ok(filler) => fillers.push(filler?),
            Err(_full) => return Ok((listener, fillers)),
        }
    }
    Err(io::Error::other(
        "the system accepts more connections than it was asked to",
    ))
}
