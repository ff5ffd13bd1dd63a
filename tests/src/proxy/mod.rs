//! A TCP proxy that breaks on purpose: between a function and its database, for one.
//!
//! It passes everything on until it is told a [`Fault`], at once or when certain bytes are sent
//! (`COMMIT`, say), so that a fault can be put at an exact moment. Open connections are struck as
//! well as new ones. What struck is counted: a test can tell that its fault has fired.

mod fault;
mod listen;
mod relay;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use runtime::OrWarn;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use fault::Fault;
use fault::{Mode, Shared, Trigger};

/// A running proxy. Dropping it cuts all connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    applied: watch::Receiver<u64>,
    tasks: JoinSet<io::Result<()>>,
}

impl Proxy {
    /// Starts on a free loopback port, passing everything on to `target`. Within a runtime.
    ///
    /// # Errors
    /// No port.
    pub fn start(target: SocketAddr) -> io::Result<Self> {
        let listener = listen::on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), listen::BACKLOG)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target,
            mode: watch::Sender::new(Mode::default()),
            trigger: Mutex::new(None),
            accepted: AtomicU64::new(0),
            struck: AtomicU64::new(0),
        });
        let (applied, watcher) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(listen::serve(listener, Arc::clone(&shared), applied));
        Ok(Self {
            address,
            shared,
            applied: watcher,
            tasks,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the fault. When this returns, new connections meet the new one.
    ///
    /// # Errors
    /// The port, closed meanwhile, is not to be had again.
    pub async fn set(&mut self, fault: Fault) -> io::Result<()> {
        let change = self.shared.set(fault);
        let applied = self.applied.wait_for(|applied| *applied >= change).await;
        applied.map(drop).map_err(io::Error::other)
    }

    /// Changes the fault at the moment when a client sends `bytes`, before they are passed on.
    pub fn set_when_sent(&self, bytes: impl Into<Vec<u8>>, fault: Fault) {
        let bytes = bytes.into();
        let trigger = Some(Trigger { bytes, fault });
        *self
            .shared
            .trigger
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = trigger;
    }

    /// The fault in force.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.shared.mode.borrow().fault
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// How many times a fault has struck: a connection reset or cut, bytes held, dropped or
    /// dripped. A connection that was refused or never made is the client's to count.
    #[must_use]
    pub fn struck(&self) -> u64 {
        self.shared.struck.load(Ordering::SeqCst)
    }

    /// Ends all connections and lets the port go.
    pub async fn stop(mut self) {
        self.tasks.abort_all();
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Err(cut) if cut.is_cancelled() => {}
                ended => drop(
                    ended
                        .map_err(io::Error::other)
                        .flatten()
                        .or_warn("run the proxy"),
                ),
            }
        }
    }
}

#[cfg(test)]
mod tests;
