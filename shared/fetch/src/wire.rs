//! The socket below HTTP and TLS, which remembers how it ended.
//!
//! HTTP and TLS libraries wrap what happens on the wire in errors of their own. Whether a peer
//! reset the connection, closed it early or sent nonsense is read here, at the source, instead of
//! from their wording. It also bounds what may come before the final headers: a server can send
//! interim answers for ever.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What has happened on a wire.
#[derive(Debug, Default)]
pub(crate) struct WireLog {
    received: AtomicU64,
    received_max: AtomicU64,
    flooded: AtomicBool,
    closed: AtomicBool,
    failure: OnceLock<io::ErrorKind>,
}

impl WireLog {
    /// Lets `more` bytes in from now on; the wire fails beyond.
    pub(crate) fn allow(&self, more: u64) {
        let limit = self.received.load(Ordering::Relaxed).saturating_add(more);
        self.received_max.store(limit, Ordering::Relaxed);
    }

    /// Whether more came than was allowed.
    pub(crate) fn was_flooded(&self) -> bool {
        self.flooded.load(Ordering::Relaxed)
    }

    /// How the peer ended the connection: it closed in order, or the system reports a failure.
    pub(crate) fn ending(&self) -> Option<io::ErrorKind> {
        let closed = self.closed.load(Ordering::Relaxed);
        let eof = closed.then_some(io::ErrorKind::UnexpectedEof);
        self.failure.get().copied().or(eof)
    }

    /// Whether the system reports a failure, such as a reset.
    pub(crate) fn has_failed(&self) -> bool {
        self.failure.get().is_some()
    }

    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            // The first failure is the cause; what follows from it is not kept.
            self.failure.get_or_init(|| error.kind());
        }
        result
    }
}

/// A TCP connection with its log.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    log: Arc<WireLog>,
}

impl Wire {
    /// Takes over a connection. Nothing may be received before [`WireLog::allow`].
    pub(crate) fn new(stream: TcpStream) -> (Self, Arc<WireLog>) {
        let log = Arc::<WireLog>::default();
        let wire = Self {
            stream,
            log: Arc::clone(&log),
        };
        (wire, log)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        self.log.note(result)?;
        let read = (buffer.filled().len() - before) as u64;
        if read == 0 && buffer.remaining() > 0 {
            self.log.closed.store(true, Ordering::Relaxed);
        }
        let received = self.log.received.fetch_add(read, Ordering::Relaxed) + read;
        if received > self.log.received_max.load(Ordering::Relaxed) {
            self.log.flooded.store(true, Ordering::Relaxed);
            return Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        Poll::Ready(self.log.note(result))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Anything HTTP can be spoken over.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}
