//! The limits of one fetch. Production takes them from `domain::limits`; tests shrink them.

use std::time::Duration;

use domain::limits;

/// What one fetch may take at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Resolving one host.
    pub dns: Duration,
    /// TCP and TLS to one host, all its addresses together.
    pub connect: Duration,
    /// Everything: every hop, headers and body.
    pub total: Duration,
    /// The body after decompression, and also as it comes over the wire.
    pub body_bytes_max: usize,
    /// Redirects and refreshes followed.
    pub redirects_max: u8,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            dns: limits::DNS_CAP,
            connect: limits::CONNECT_CAP,
            total: limits::FETCH_CAP,
            body_bytes_max: limits::BODY_BYTES_MAX,
            redirects_max: limits::REDIRECTS_MAX,
        }
    }
}
