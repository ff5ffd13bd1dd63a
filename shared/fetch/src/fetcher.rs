//! The front door: one URL in, one page or one error out. Follows redirects itself, so that the
//! guard sees every hop.

use std::net::SocketAddr;

use domain::{Budget, Step};
use http::{HeaderValue, header};
use runtime::tls::{Tls, Trust};
use runtime::{clock, config};
use url::Url;

use crate::answer::{self, Answer};
use crate::body;
use crate::caps::Caps;
use crate::dial::Dialer;
use crate::error::FetchError;
use crate::exchange::Exchange;
use crate::guard::{Guard, Peer, Rejection, Target};
use crate::page::{FetchTimings, Page};
use crate::reason::{BadRedirect, SetupError};
use crate::resolver::Resolver;

/// Fetches pages. One for each process; it keeps no connection between two fetches, since one that
/// idles while the process is frozen is dead when it thaws.
pub struct Fetcher {
    guard: Guard,
    resolver: Resolver,
    pub(crate) dialer: Dialer,
    user_agent: HeaderValue,
    caps: Caps,
}

impl Fetcher {
    /// A fetcher with production's limits. Does no IO: resolver and TLS are set up when the first
    /// URL needs them.
    ///
    /// # Errors
    /// [`FetchError::Setup`] if the contact does not fit into a header.
    pub fn new(config: &config::Fetch) -> Result<Self, FetchError> {
        Self::with_caps(config, Caps::default())
    }

    /// A fetcher with limits of its own.
    ///
    /// # Errors
    /// As [`Fetcher::new`].
    pub fn with_caps(config: &config::Fetch, caps: Caps) -> Result<Self, FetchError> {
        Ok(Self {
            guard: Guard::new(config.allow_addrs.clone()),
            resolver: Resolver::new(config.dns, caps.dns),
            dialer: Dialer::new(Tls::new(Trust::also(config.ca_file.clone()))),
            user_agent: user_agent(config.contact.as_deref()).map_err(FetchError::Setup)?,
            caps,
        })
    }

    /// Fetches a page.
    ///
    /// # Errors
    /// Whatever keeps the page from coming whole, within the budget and the caps.
    pub async fn fetch(&self, url: &str, budget: &Budget) -> Result<Page, FetchError> {
        let budget = budget.capped(self.caps.total, clock::now());
        let first = self
            .guard
            .judge_text(url)
            .map_err(|rejection| match rejection {
                Rejection::Bad(why) => FetchError::BadUrl(why),
                Rejection::Denied(why) => FetchError::Denied {
                    hop: 0,
                    step: Step::Fetch,
                    why,
                },
            })?;
        let mut journey = Journey::new(first);
        loop {
            let exchange = self.ask(&mut journey, &budget).await?;
            let host = journey.target.host();
            match answer::judge(&host, &exchange.head, clock::wall())? {
                Answer::Page => return self.read(journey, exchange, &budget).await,
                Answer::Moved(location) => self.follow(&mut journey, location.as_deref())?,
            }
        }
    }

    /// Resolves, connects and asks for the current hop's headers.
    async fn ask(&self, journey: &mut Journey, budget: &Budget) -> Result<Exchange, FetchError> {
        let started = clock::now();
        let addresses = self.addresses(journey, budget).await?;
        let resolved = clock::now();
        let connecting = budget.capped(self.caps.connect, resolved);
        let connection = self
            .dialer
            .dial(&journey.target, &addresses, &connecting)
            .await?;
        let connected = clock::now();
        let exchange =
            Exchange::start(&journey.target, &self.user_agent, connection, budget).await?;
        journey.timings.dns += resolved - started;
        journey.timings.connect += connected - resolved;
        journey.timings.headers += clock::now() - connected;
        Ok(exchange)
    }

    /// The judged addresses of the current hop; these and no others are dialled.
    async fn addresses(
        &self,
        journey: &Journey,
        budget: &Budget,
    ) -> Result<Vec<SocketAddr>, FetchError> {
        let port = journey.target.port;
        match &journey.target.peer {
            Peer::Literal(ip) => Ok(vec![SocketAddr::new(*ip, port)]),
            Peer::Name(name) => {
                let answers = self.resolver.resolve(name, budget).await?;
                Guard::judge_answers(&answers).map_err(|why| FetchError::Denied {
                    hop: journey.hop,
                    step: Step::Dns,
                    why,
                })?;
                Ok(answers
                    .into_iter()
                    .map(|ip| SocketAddr::new(ip, port))
                    .collect())
            }
        }
    }

    async fn read(
        &self,
        journey: Journey,
        exchange: Exchange,
        budget: &Budget,
    ) -> Result<Page, FetchError> {
        let started = clock::now();
        let status = exchange.head.status.as_u16();
        let content_type = answer::text(&exchange.head.headers, &header::CONTENT_TYPE);
        let body = body::read(&journey.target, exchange, self.caps.body_bytes_max, budget).await?;
        let timings = FetchTimings {
            body: clock::now() - started,
            ..journey.timings
        };
        Ok(Page {
            final_url: journey.target.url,
            status,
            content_type,
            body,
            redirects: journey.hop,
            downgraded: journey.downgraded,
            timings,
        })
    }

    /// Moves the journey to where a redirect points, if that is somewhere to go.
    fn follow(&self, journey: &mut Journey, location: Option<&str>) -> Result<(), FetchError> {
        let hop = journey.hop + 1;
        let bad = |why| FetchError::BadRedirect { hop, why };
        if hop > self.caps.redirects_max {
            return Err(bad(BadRedirect::TooMany));
        }
        let location = location.ok_or_else(|| bad(BadRedirect::NoLocation))?;
        let next = journey.target.url.join(location);
        let next = next.map_err(|error| bad(BadRedirect::Target(error.into())))?;
        let next = self
            .guard
            .judge(next)
            .map_err(|rejection| match rejection {
                Rejection::Bad(why) => bad(BadRedirect::Target(why)),
                Rejection::Denied(why) => FetchError::Denied {
                    hop,
                    step: Step::Fetch,
                    why,
                },
            })?;
        if journey.target.url == next.url || journey.visited.contains(&next.url) {
            return Err(bad(BadRedirect::Loop));
        }
        journey.move_to(next);
        Ok(())
    }
}

/// Where a fetch is, and where it has been.
struct Journey {
    target: Target,
    visited: Vec<Url>,
    hop: u8,
    downgraded: bool,
    timings: FetchTimings,
}

impl Journey {
    fn new(target: Target) -> Self {
        Self {
            target,
            visited: Vec::new(),
            hop: 0,
            downgraded: false,
            timings: FetchTimings::default(),
        }
    }

    /// From https to http is allowed, as an article's own URL may be http too, and no credentials
    /// travel; but it does not go unseen.
    fn move_to(&mut self, next: Target) {
        self.downgraded |= self.target.tls && !next.tls;
        self.hop += 1;
        let left = std::mem::replace(&mut self.target, next);
        self.visited.push(left.url);
    }
}

/// Says who asks, and whom to complain to.
fn user_agent(contact: Option<&str>) -> Result<HeaderValue, SetupError> {
    let product = concat!("Gleaner/", env!("CARGO_PKG_VERSION"));
    let text = match contact {
        Some(contact) => format!("{product} (+{contact})"),
        None => product.to_owned(),
    };
    HeaderValue::from_str(&text).map_err(|_not_a_header| SetupError::Contact(text))
}
