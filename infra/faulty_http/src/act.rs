//! What a connection can be made to do, and the doing of it.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One thing to do to a connection. After the last, it is closed in order, unless that is `Keep`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Write these bytes.
    Send(Bytes),
    /// Write these bytes so many times, as fast as they are read.
    Flood {
        /// What is repeated.
        bytes: Bytes,
        /// How often.
        times: u64,
    },
    /// Write these bytes one at a time.
    Drip {
        /// All of them.
        bytes: Bytes,
        /// The wait after each.
        every: Duration,
    },
    /// Do nothing for a while.
    Wait(Duration),
    /// Do nothing until the client goes away.
    Hang,
    /// Leave the connection open for another request.
    Keep,
    /// Throw the connection away: the client sees a reset.
    Reset,
}

/// Does all of it, or as much as the client stays for; says whether the connection is kept.
pub(crate) async fn perform(stream: &mut TcpStream, acts: Vec<Act>) -> io::Result<bool> {
    for act in acts {
        match act {
            Act::Send(bytes) => stream.write_all(&bytes).await?,
            Act::Flood { bytes, times } => flood(stream, &bytes, times).await?,
            Act::Drip { bytes, every } => drip(stream, &bytes, every).await?,
            Act::Wait(time) => wait(stream, time).await?,
            Act::Hang => hang(stream).await?,
            Act::Keep => return Ok(true),
            Act::Reset => {
                stream.set_zero_linger()?;
                return Ok(false);
            }
        }
    }
    stream.shutdown().await?;
    Ok(false)
}

async fn flood(stream: &mut TcpStream, bytes: &Bytes, times: u64) -> io::Result<()> {
    for _ in 0..times {
        stream.write_all(bytes).await?;
    }
    Ok(())
}

async fn drip(stream: &mut TcpStream, bytes: &Bytes, every: Duration) -> io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        if !every.is_zero() {
            wait(stream, every).await?;
        }
    }
    Ok(())
}

/// Sleeps, unless the client goes away first.
async fn wait(stream: &mut TcpStream, time: Duration) -> io::Result<()> {
    tokio::select! {
        gone = hang(stream) => gone,
        () = tokio::time::sleep(time) => Ok(()),
    }
}

/// Reads what nobody asked for until there is no more: then the client is gone.
async fn hang(stream: &mut TcpStream) -> io::Result<()> {
    let mut ignored = [0_u8; 512];
    while stream.read(&mut ignored).await? > 0 {}
    Err(io::ErrorKind::ConnectionAborted.into())
}
