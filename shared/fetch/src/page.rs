//! What a fetch gives.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

/// A page that came whole.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where the last redirect led, without fragment.
    pub final_url: Url,
    /// 200 or 203; every other status is an error.
    pub status: u16,
    /// The Content-Type header as sent; it may name the charset.
    pub content_type: Option<String>,
    /// The body, decompressed; its bytes are otherwise untouched.
    pub body: Bytes,
    /// How many redirects were followed.
    pub redirects: u8,
    /// Whether a redirect led from https to http on the way.
    pub downgraded: bool,
    /// Where the time went.
    pub timings: FetchTimings,
}

/// Time per step, all hops together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FetchTimings {
    /// Resolving hosts.
    pub dns: Duration,
    /// TCP and TLS.
    pub connect: Duration,
    /// Sending the request and waiting for the headers.
    pub headers: Duration,
    /// Reading the body.
    pub body: Duration,
}
