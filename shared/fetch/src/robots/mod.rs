//! robots.txt: read through the fetcher's guard and caps, judged by RFC 9309.
//!
//! A server that fails or is silent has said nothing, and nothing of it is fetched; one that answers
//! that there is no such file has no rules. Whoever keeps the text for a day parses it again with
//! [`RobotsRules::parse`], which asks nobody.

mod pattern;
mod rules;

use bytes::Bytes;
use domain::Budget;
use runtime::clock;

use crate::body::{self, Wanted};
use crate::error::FetchError;
use crate::fetcher::Fetcher;
use crate::journey::Journey;
use crate::reason::BadUrl;

pub use rules::RobotsRules;

/// By which robots.txt names this crawler, in any case: `User-agent: Gleaner`.
pub const PRODUCT_TOKEN: &str = "gleaner";

/// What is read of a file; RFC 9309 asks for this much at least, and rules behind it do not count.
pub const ROBOTS_BYTES_MAX: usize = 500 * 1024;

/// What a host answered for its robots.txt.
#[derive(Debug)]
pub enum RobotsTxt {
    /// The file, or its first [`ROBOTS_BYTES_MAX`].
    Found(Bytes),
    /// There is none (4xx, or redirects that lead nowhere): everything may be fetched.
    Unavailable {
        /// The status, if one said so.
        status: Option<u16>,
    },
    /// The server failed or did not answer: nothing may be fetched until it does.
    Unreachable(FetchError),
}

impl RobotsTxt {
    /// The word to keep beside the text.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::Unavailable { .. } => "unavailable",
            Self::Unreachable(_) => "unreachable",
        }
    }

    /// The rules that hold for Gleaner.
    #[must_use]
    pub fn rules(&self) -> RobotsRules {
        match self {
            Self::Found(text) => RobotsRules::parse(text, PRODUCT_TOKEN),
            Self::Unavailable { .. } => RobotsRules::allow_all(),
            Self::Unreachable(_) => RobotsRules::deny_all(),
        }
    }
}

impl Fetcher {
    /// Reads the robots.txt of the host of `url`.
    ///
    /// # Errors
    /// Where the host is none that may be asked at all, or the fetcher cannot be set up. What a server
    /// does is an answer, see [`RobotsTxt`].
    pub async fn robots_txt(&self, url: &str, budget: &Budget) -> Result<RobotsTxt, FetchError> {
        let budget = budget.capped(self.caps.total, clock::now());
        let page = self.start(url)?.url;
        let file = page
            .join("/robots.txt")
            .map_err(|error| FetchError::BadUrl(BadUrl::Syntax(error)))?;
        let mut journey = Journey::new(self.start(file.as_str())?);
        match self.read_robots(&mut journey, &budget).await {
            Ok(text) => Ok(RobotsTxt::Found(text)),
            Err(error) => judge(error),
        }
    }

    async fn read_robots(
        &self,
        journey: &mut Journey,
        budget: &Budget,
    ) -> Result<Bytes, FetchError> {
        let (exchange, _) = self.arrive(journey, None, budget).await?;
        let wanted = Wanted::Beginning(ROBOTS_BYTES_MAX);
        body::read(&journey.target, exchange, wanted, budget).await
    }
}

/// What a failure to read the file means.
fn judge(error: FetchError) -> Result<RobotsTxt, FetchError> {
    Ok(match error {
        error @ (FetchError::Setup(_)
        | FetchError::BadUrl(_)
        | FetchError::Denied { hop: 0, .. }) => return Err(error),
        // The article's own host passed; its file was moved to where nobody goes.
        FetchError::Denied { .. } | FetchError::BadRedirect { .. } => {
            RobotsTxt::Unavailable { status: None }
        }
        FetchError::HttpDenied { status, .. }
        | FetchError::HttpGone { status, .. }
        | FetchError::HttpRejected { status, .. }
        | FetchError::HttpThrottled { status, .. } => RobotsTxt::Unavailable {
            status: Some(status),
        },
        error @ (FetchError::DnsNotFound { .. }
        | FetchError::DnsTimeout { .. }
        | FetchError::DnsFailed { .. }
        | FetchError::ConnectFailed { .. }
        | FetchError::ConnectTimeout { .. }
        | FetchError::TlsInvalid { .. }
        | FetchError::Timeout { .. }
        | FetchError::Reset { .. }
        | FetchError::BodyTruncated { .. }
        | FetchError::BodyCorrupt { .. }
        | FetchError::TooLarge { .. }
        | FetchError::NotHtml { .. }
        | FetchError::HttpServer { .. }) => RobotsTxt::Unreachable(error),
    })
}
