//! The faults, and what all connections of one proxy share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// What the proxy does to connections from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Passes everything on.
    #[default]
    None,
    /// The port is closed and open connections are reset, as when the server has crashed.
    Refuse,
    /// Connecting takes for ever, as behind a firewall that drops; open connections are silent.
    Unreachable,
    /// Connections are reset, new ones as soon as they are accepted.
    Reset,
    /// Connections are accepted and nothing is passed on in either direction.
    Blackhole,
    /// What the client sends arrives; no answer comes back. The server does its work.
    Mute,
    /// Answers come a byte at a time.
    Drip(Duration),
    /// Answers end in order after so many bytes more (for each connection).
    Cut(u64),
}

/// A fault that waits for its moment.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub(super) bytes: Vec<u8>,
    pub(super) fault: Fault,
}

/// The fault in force and how often it was changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mode {
    pub(super) fault: Fault,
    pub(super) change: u64,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) target: SocketAddr,
    pub(super) mode: watch::Sender<Mode>,
    pub(super) trigger: Mutex<Option<Trigger>>,
    pub(super) accepted: AtomicU64,
    pub(super) struck: AtomicU64,
}

impl Shared {
    pub(super) fn set(&self, fault: Fault) -> u64 {
        let mut change = 0;
        self.mode.send_modify(|mode| {
            mode.fault = fault;
            mode.change += 1;
            change = mode.change;
        });
        change
    }

    pub(super) fn strike(&self) {
        self.struck.fetch_add(1, Ordering::SeqCst);
    }

    /// Pulls the trigger if its bytes are in `sent` and end in the last `fresh` of them; it is
    /// pulled once.
    pub(super) fn watch_for_trigger(&self, sent: &[u8], fresh: usize) {
        let mut trigger = self.trigger.lock().unwrap_or_else(PoisonError::into_inner);
        let found = trigger.take_if(|trigger| {
            let length = trigger.bytes.len().max(1);
            let from = sent.len().saturating_sub(fresh + length - 1);
            let mut windows = sent.get(from..).unwrap_or(&[]).windows(length);
            windows.any(|window| window == trigger.bytes)
        });
        if let Some(trigger) = found {
            self.set(trigger.fault);
        }
    }
}
