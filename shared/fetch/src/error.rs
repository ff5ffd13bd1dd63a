//! Why a page did not come. A closed set: one variant per decision that somebody takes on it, with
//! the data for that decision. Messages name hosts, never paths or queries: those may hold tokens.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use domain::Step;
use hickory_resolver::net::NetError;
use runtime::TimedOut;
use thiserror::Error;

use crate::reason::{BadRedirect, BadUrl, Corrupt, Denial, NoAddress, Part, Phase, SetupError};

/// Why there is no page.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The fetcher itself cannot be set up.
    #[error("set up fetching")]
    Setup(#[source] SetupError),
    /// The URL is none that can be fetched.
    #[error("read the article's URL")]
    BadUrl(#[source] BadUrl),
    /// The URL, or a hop of it, points where Gleaner never goes.
    #[error("refuse {}", which(*hop))]
    Denied {
        /// 0 for the article's own URL, then counting redirects.
        hop: u8,
        /// `Fetch` if the URL was enough to see it, `Dns` if the answers showed it.
        step: Step,
        /// What was in the way.
        #[source]
        why: Denial,
    },
    /// A redirect cannot be followed.
    #[error("follow redirect {hop}")]
    BadRedirect {
        /// The redirect, counted from 1.
        hop: u8,
        /// What was in the way.
        #[source]
        why: BadRedirect,
    },
    /// The name does not exist, or has no address.
    #[error("resolve {host}")]
    DnsNotFound {
        /// The name.
        host: String,
        /// Which of the two.
        #[source]
        why: NoAddress,
    },
    /// The resolver did not answer in time.
    #[error("resolve {host}: timed out")]
    DnsTimeout {
        /// The name.
        host: String,
        /// The limit that fired.
        #[source]
        source: TimedOut,
    },
    /// The resolver answered with a failure, or cannot be reached.
    #[error("resolve {host}")]
    DnsFailed {
        /// The name.
        host: String,
        /// What it said.
        #[source]
        source: Box<NetError>,
    },
    /// No connection: refused, unreachable, or broken off during the TLS handshake.
    #[error("connect to {host} at {address}")]
    ConnectFailed {
        /// The host.
        host: String,
        /// The address tried last.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// TCP or TLS did not finish in time.
    #[error("connect to {host} at {address}: {phase} timed out")]
    ConnectTimeout {
        /// The host.
        host: String,
        /// The address tried last.
        address: SocketAddr,
        /// Which of the two.
        phase: Phase,
        /// The limit that fired.
        #[source]
        source: TimedOut,
    },
    /// The certificate does not hold, or the peer does not speak TLS.
    #[error("establish TLS with {host}")]
    TlsInvalid {
        /// The host.
        host: String,
        /// What the TLS library said.
        #[source]
        source: native_tls::Error,
    },
    /// Headers or body did not come in time.
    #[error("fetch from {host}: timed out")]
    Timeout {
        /// The host.
        host: String,
        /// The limit that fired; it names the step.
        #[source]
        source: TimedOut,
    },
    /// The connection broke, or did not speak HTTP.
    #[error("read {step} of {host}")]
    Reset {
        /// The host.
        host: String,
        /// Headers or body.
        step: Step,
        /// What the connection said.
        #[source]
        source: Box<hyper::Error>,
    },
    /// The body ended before its announced end.
    #[error("body of {host} truncated after {received_bytes} bytes")]
    BodyTruncated {
        /// The host.
        host: String,
        /// What came, before decompression.
        received_bytes: usize,
        /// What the connection said; none where only the decompressor missed the end.
        #[source]
        source: Option<Box<hyper::Error>>,
    },
    /// The body does not decompress.
    #[error("decompress body of {host}")]
    BodyCorrupt {
        /// The host.
        host: String,
        /// What is wrong.
        #[source]
        why: Corrupt,
    },
    /// The body, or the headers, pass their cap.
    #[error("{part} of {host} too large: more than {bytes_max} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// Which of the two.
        part: Part,
        /// The cap.
        bytes_max: usize,
    },
    /// The answer is no HTML.
    #[error("{host} sends {}, not HTML", content_type.as_deref().unwrap_or("an unnamed type"))]
    NotHtml {
        /// The host.
        host: String,
        /// What it says it is, without parameters.
        content_type: Option<String>,
    },
    /// 401 or 403.
    #[error("fetch from {host}: status {status}")]
    HttpDenied {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// 404 or 410.
    #[error("fetch from {host}: status {status}")]
    HttpGone {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// Another status that will not change by itself: 204, 304, 400, 451 …
    #[error("fetch from {host}: status {status}")]
    HttpRejected {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// 425 or 429.
    #[error("fetch from {host}: status {status}")]
    HttpThrottled {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// How long the server asks for; bounded.
        retry_after: Option<Duration>,
    },
    /// 408 or 5xx.
    #[error("fetch from {host}: status {status}")]
    HttpServer {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// How long the server asks for; bounded.
        retry_after: Option<Duration>,
    },
}

impl FetchError {
    /// The step that ended the fetch.
    #[must_use]
    pub const fn step(&self) -> Step {
        match self {
            Self::Setup(_) | Self::BadUrl(_) => Step::Fetch,
            Self::DnsNotFound { .. } | Self::DnsTimeout { .. } | Self::DnsFailed { .. } => {
                Step::Dns
            }
            Self::ConnectFailed { .. } | Self::ConnectTimeout { .. } | Self::TlsInvalid { .. } => {
                Step::Connect
            }
            Self::Timeout { source, .. } => source.step,
            Self::Denied { step, .. } | Self::Reset { step, .. } => *step,
            Self::TooLarge { part, .. } => part.step(),
            Self::BodyTruncated { .. } | Self::BodyCorrupt { .. } => Step::Body,
            Self::BadRedirect { .. }
            | Self::NotHtml { .. }
            | Self::HttpDenied { .. }
            | Self::HttpGone { .. }
            | Self::HttpRejected { .. }
            | Self::HttpThrottled { .. }
            | Self::HttpServer { .. } => Step::Headers,
        }
    }

    /// The HTTP status that ended the fetch, if one did.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        if let Self::HttpDenied { status, .. }
        | Self::HttpGone { status, .. }
        | Self::HttpRejected { status, .. }
        | Self::HttpThrottled { status, .. }
        | Self::HttpServer { status, .. } = self
        {
            return Some(*status);
        }
        None
    }

    /// How long the server asks to be left alone; bounded by `limits::RETRY_WAIT_MAX`.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        if let Self::HttpThrottled { retry_after, .. } | Self::HttpServer { retry_after, .. } = self
        {
            return *retry_after;
        }
        None
    }
}

/// What a hop is to the reader of a message.
fn which(hop: u8) -> String {
    match hop {
        0 => "the article's URL".to_owned(),
        redirect => format!("the target of redirect {redirect}"),
    }
}
