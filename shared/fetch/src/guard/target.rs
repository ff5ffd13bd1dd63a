//! What the guard says of a URL: whom to dial, or why not.

use std::net::IpAddr;

use url::Url;

use crate::reason::{BadUrl, Denial};

/// What is wrong with a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// It cannot be read as a URL of a page.
    Bad(BadUrl),
    /// It can, and points where Gleaner never goes.
    Denied(Denial),
}

impl From<BadUrl> for Rejection {
    fn from(why: BadUrl) -> Self {
        Self::Bad(why)
    }
}

impl From<Denial> for Rejection {
    fn from(why: Denial) -> Self {
        Self::Denied(why)
    }
}

/// One hop that the guard let pass. A name's answers still have to be judged.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The URL, without fragment.
    pub(crate) url: Url,
    /// Whom to dial.
    pub(crate) peer: Peer,
    /// The port to dial.
    pub(crate) port: u16,
    /// Whether TLS is spoken.
    pub(crate) tls: bool,
}

/// The host of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// An address literal, already judged.
    Literal(IpAddr),
    /// A name: lower case, no trailing dot, at least two labels.
    Name(String),
}

impl Target {
    /// The host as certificates spell it.
    pub(crate) fn host(&self) -> String {
        match &self.peer {
            Peer::Literal(ip) => ip.to_string(),
            Peer::Name(name) => name.clone(),
        }
    }

    /// The value of the Host header.
    pub(crate) fn authority(&self) -> String {
        let host = match &self.peer {
            Peer::Literal(IpAddr::V6(ip)) => format!("[{ip}]"),
            Peer::Literal(IpAddr::V4(ip)) => ip.to_string(),
            Peer::Name(name) => name.clone(),
        };
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }
}
