//! One connection through the proxy.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;

use super::fault::{Fault, Mode, Shared};

/// A message of a database protocol fits; longer ones come in pieces.
const PIECE_BYTES: usize = 16 * 1024;

/// How a connection ends.
enum End {
    /// One side has closed, or a fault closes in order.
    Closed,
    /// A fault throws it away.
    Reset,
}

/// Passes bytes on until one side closes or a fault ends it.
pub(super) async fn run(mut client: TcpStream, shared: Arc<Shared>) {
    let ended = relay(&mut client, &shared).await;
    let reset = match ended {
        Ok(End::Closed) => Ok(()),
        Ok(End::Reset) => client.set_zero_linger(),
        Err(error) => Err(error),
    };
    if let Err(error) = reset {
        tracing::debug!(error = %error, "a connection through the proxy broke");
    }
}

async fn relay(client: &mut TcpStream, shared: &Shared) -> io::Result<End> {
    let modes = shared.mode.subscribe();
    let connecting = TcpStream::connect(shared.target);
    let mut server = tokio::select! {
        server = connecting => server?,
        end = until_ended(modes.clone(), shared) => return Ok(end),
    };
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let mut up = Pump::new(from_client, to_server, shared);
    let mut down = Pump::new(from_server, to_client, shared);
    tokio::select! {
        end = up.requests() => end,
        end = down.answers() => end,
        end = until_ended(modes, shared) => Ok(end),
    }
}

fn ends(mode: &Mode) -> bool {
    matches!(mode.fault, Fault::Reset | Fault::Refuse)
}

/// Waits for a fault that ends connections.
async fn until_ended(mut modes: watch::Receiver<Mode>, shared: &Shared) -> End {
    // The proxy itself is gone when this fails.
    if modes.wait_for(ends).await.is_ok() {
        shared.strike();
    }
    End::Reset
}

/// One direction.
struct Pump<'a> {
    from: ReadHalf<'a>,
    to: WriteHalf<'a>,
    shared: &'a Shared,
    modes: watch::Receiver<Mode>,
    piece: Vec<u8>,
}

impl<'a> Pump<'a> {
    fn new(from: ReadHalf<'a>, to: WriteHalf<'a>, shared: &'a Shared) -> Self {
        Self {
            from,
            to,
            shared,
            modes: shared.mode.subscribe(),
            piece: Vec::with_capacity(PIECE_BYTES),
        }
    }

    /// From client to server. A trigger is looked for across the border of two pieces.
    async fn requests(&mut self) -> io::Result<End> {
        let mut seen: Vec<u8> = Vec::new();
        while self.read().await? {
            seen.extend_from_slice(&self.piece);
            self.shared.watch_for_trigger(&seen, self.piece.len());
            if ends(&self.modes.borrow()) {
                self.shared.strike();
                return Ok(End::Reset);
            }
            let old = seen.len().saturating_sub(PIECE_BYTES);
            seen.drain(..old);
            self.wait_while_held().await?;
            self.to.write_all(&self.piece).await?;
        }
        Ok(End::Closed)
    }

    /// From server to client.
    async fn answers(&mut self) -> io::Result<End> {
        let mut passed = Passed::default();
        while self.read().await? {
            self.wait_while_held().await?;
            let mode = *self.modes.borrow();
            match mode.fault {
                Fault::Mute => self.shared.strike(),
                Fault::Drip(every) => {
                    self.shared.strike();
                    for byte in &self.piece {
                        self.to.write_all(&[*byte]).await?;
                        tokio::time::sleep(every).await;
                    }
                }
                Fault::Cut(after) => {
                    let left = passed.left(mode.change, after);
                    let take = usize::try_from(left)
                        .map_or(self.piece.len(), |left| left.min(self.piece.len()));
                    self.to
                        .write_all(self.piece.get(..take).unwrap_or(&[]))
                        .await?;
                    passed.bytes += take as u64;
                    if take as u64 == left {
                        self.shared.strike();
                        self.to.shutdown().await?;
                        return Ok(End::Closed);
                    }
                }
                // The last four end or hold a connection elsewhere.
                Fault::None
                | Fault::Refuse
                | Fault::Reset
                | Fault::Unreachable
                | Fault::Blackhole => self.to.write_all(&self.piece).await?,
            }
        }
        Ok(End::Closed)
    }

    /// The next piece, or false at the end.
    async fn read(&mut self) -> io::Result<bool> {
        self.piece.clear();
        Ok(self.from.read_buf(&mut self.piece).await? > 0)
    }

    /// While nothing may pass, what was read is held back.
    async fn wait_while_held(&mut self) -> io::Result<()> {
        let held = |mode: &Mode| matches!(mode.fault, Fault::Blackhole | Fault::Unreachable);
        if held(&self.modes.borrow()) {
            self.shared.strike();
        }
        let passes = self.modes.wait_for(|mode| !held(mode)).await;
        passes.map(drop).map_err(io::Error::other)
    }
}

/// Bytes of answers since a change of the mode.
#[derive(Default)]
struct Passed {
    change: u64,
    bytes: u64,
}

impl Passed {
    fn left(&mut self, change: u64, of: u64) -> u64 {
        if self.change != change {
            *self = Self { change, bytes: 0 };
        }
        of.saturating_sub(self.bytes)
    }
}
