//! Leads dialled addresses to servers on loopback, and remembers them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// Where the addresses of a test's internet really are. Without a canary addresses are dialled as
/// they are.
#[derive(Default)]
pub(crate) struct Detour {
    pub(super) ways: HashMap<SocketAddr, SocketAddr>,
    pub(super) canary: Option<SocketAddr>,
    dialled: Mutex<Vec<SocketAddr>>,
}

impl Detour {
    pub(crate) fn lead(&self, address: SocketAddr) -> SocketAddr {
        let mut dialled = self.dialled.lock().unwrap_or_else(PoisonError::into_inner);
        dialled.push(address);
        let way = self.ways.get(&address).copied();
        way.or(self.canary).unwrap_or(address)
    }

    /// Every address the fetcher opened a socket to.
    pub(super) fn dialled(&self) -> Vec<SocketAddr> {
        let dialled = self.dialled.lock().unwrap_or_else(PoisonError::into_inner);
        dialled.clone()
    }
}
