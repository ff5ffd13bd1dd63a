//! The front door: one URL in, one page or one error out. Follows redirects itself, so that the
//! guard sees every hop.

use std::net::SocketAddr;

use domain::{Budget, Step};
use http::header::{COOKIE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use runtime::tls::{Tls, Trust};
use runtime::{clock, config};

use crate::answer::{self, Answer};
use crate::body::{self, Wanted};
use crate::caps::Caps;
use crate::dial::Dialer;
use crate::error::FetchError;
use crate::guard::{Guard, Peer, Rejection, Target};
use crate::head_tags::head_tags;
use crate::http_exchange::HttpExchange;
use crate::journey::Journey;
use crate::page::{Fetched, Page, Validators};
use crate::reason::{BadRedirect, Denial, SetupError};
use crate::refresh::{Refresh, refresh_of};
use crate::reservations::Reservations;
use crate::resolver::Resolver;

/// Fetches pages. One for each process; it keeps no connection between two fetches, since one that
/// idles while the process is frozen is dead when it thaws.
pub struct Fetcher {
    guard: Guard,
    resolver: Resolver,
    pub(crate) dialer: Dialer,
    user_agent: HeaderValue,
    pub(crate) caps: Caps,
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
        match self.fetch_if_changed(url, None, budget).await? {
            Fetched::Page(page) => Ok(page),
            Fetched::NotModified { final_url } => Err(FetchError::HttpRejected {
                host: final_url.host_str().unwrap_or_default().to_owned(),
                status: 304,
            }),
        }
    }

    /// Fetches a page unless its server says that it is still the one `known` came with.
    ///
    /// # Errors
    /// As [`Fetcher::fetch`].
    pub async fn fetch_if_changed(
        &self,
        url: &str,
        known: Option<&Validators>,
        budget: &Budget,
    ) -> Result<Fetched, FetchError> {
        let budget = budget.capped(self.caps.total, clock::now());
        let mut journey = Journey::new(self.start(url)?);
        loop {
            let (exchange, answer) = self.arrive(&mut journey, known, &budget).await?;
            if answer == Arrival::NotModified {
                return Ok(Fetched::NotModified {
                    final_url: journey.target.url,
                });
            }
            let (page, refresh) = self.read(&journey, exchange, &budget).await?;
            if !self.follow_refresh(&mut journey, refresh)? {
                return Ok(Fetched::Page(page));
            }
        }
    }

    /// Judges where a journey begins.
    pub(crate) fn start(&self, url: &str) -> Result<Target, FetchError> {
        self.guard
            .judge_text(url)
            .map_err(|rejection| match rejection {
                Rejection::Bad(why) => FetchError::BadUrl(why),
                Rejection::Denied(why) => denied(0, why),
            })
    }

    /// Asks, and follows redirects, until there is an answer to read.
    pub(crate) async fn arrive(
        &self,
        journey: &mut Journey,
        known: Option<&Validators>,
        budget: &Budget,
    ) -> Result<(HttpExchange, Arrival), FetchError> {
        loop {
            let exchange = self.ask(journey, known, budget).await?;
            journey
                .cookies
                .keep(&journey.target, &exchange.head.headers);
            let host = journey.target.host();
            match answer::judge(&host, &exchange.head, clock::wall())? {
                Answer::Page => return Ok((exchange, Arrival::Page)),
                Answer::NotModified => return Ok((exchange, Arrival::NotModified)),
                Answer::Moved(location) => self.follow(journey, location.as_deref())?,
            }
        }
    }

    /// Resolves, connects and asks for the current hop's headers.
    async fn ask(
        &self,
        journey: &Journey,
        known: Option<&Validators>,
        budget: &Budget,
    ) -> Result<HttpExchange, FetchError> {
        let addresses = self.addresses(journey, budget).await?;
        let connecting = budget.capped(self.caps.connect, clock::now());
        let connection = self
            .dialer
            .dial(&journey.target, &addresses, &connecting)
            .await?;
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, self.user_agent.clone());
        if let Some(cookies) = journey.cookies.header_for(&journey.target) {
            headers.insert(COOKIE, cookies);
        }
        // A validator means nothing to another URL than its own.
        let own = known.filter(|known| known.url == journey.target.url.as_str());
        if let Some(known) = own {
            add_conditions(&mut headers, known);
        }
        HttpExchange::start(&journey.target, headers, connection, budget).await
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

    /// Reads a page, and where it sends its reader.
    async fn read(
        &self,
        journey: &Journey,
        exchange: HttpExchange,
        budget: &Budget,
    ) -> Result<(Page, Option<Refresh>), FetchError> {
        let target = &journey.target;
        let headers = exchange.head.headers.clone();
        let status = exchange.head.status.as_u16();
        let wanted = Wanted::Html(self.caps.body_bytes_max);
        let body = body::read(target, exchange, wanted, budget).await?;
        let tags = head_tags(&body);
        let text = |name: &HeaderName| answer::text(&headers, name);
        let page = Page {
            final_url: target.url.clone(),
            status,
            content_type: text(&header::CONTENT_TYPE),
            validators: Validators {
                url: target.url.as_str().to_owned(),
                etag: text(&ETAG),
                last_modified: text(&LAST_MODIFIED),
            },
            reservations: Reservations::of_page(&headers, &tags),
            body,
        };
        Ok((page, refresh_of(&headers, &tags)))
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
                Rejection::Denied(why) => denied(hop, why),
            })?;
        if journey.has_asked(&next.url) {
            return Err(bad(BadRedirect::Loop));
        }
        journey.move_to(next);
        Ok(())
    }

    /// Moves the journey to where a page sends its reader. A page that sends to where the journey has
    /// been is the page.
    fn follow_refresh(
        &self,
        journey: &mut Journey,
        refresh: Option<Refresh>,
    ) -> Result<bool, FetchError> {
        let Some(Refresh(target)) = refresh else {
            return Ok(false);
        };
        // Without a target it is the page itself, which is worth it if there is a new cookie.
        let location = target.unwrap_or_else(|| journey.target.url.as_str().to_owned());
        match self.follow(journey, Some(&location)) {
            Ok(()) => Ok(true),
            Err(FetchError::BadRedirect {
                why: BadRedirect::Loop,
                ..
            }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// What a journey arrived at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// An answer with a body.
    Page,
    /// The word that nothing has changed.
    NotModified,
}

const fn denied(hop: u8, why: Denial) -> FetchError {
    FetchError::Denied {
        hop,
        step: Step::Fetch,
        why,
    }
}

/// Asks for the page only if it is another than the one that is known. What a header cannot carry
/// is not asked with: the page comes then.
fn add_conditions(headers: &mut HeaderMap, known: &Validators) {
    let conditions = [
        (IF_NONE_MATCH, &known.etag),
        (IF_MODIFIED_SINCE, &known.last_modified),
    ];
    for (name, value) in conditions {
        let value = value
            .as_ref()
            .map(|value| HeaderValue::from_bytes(value.as_bytes()));
        if let Some(Ok(value)) = value {
            headers.insert(name, value);
        }
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
