//! One request and its answer over one connection, which nobody else uses before or after.
//!
//! The connection is driven by whoever waits for headers or body, in the same task: there is no
//! background task to lose, and dropping the exchange closes the socket.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use domain::{Budget, Step};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Request, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use runtime::within;

use crate::dial::Connection;
use crate::error::FetchError;
use crate::guard::Target;
use crate::reason::{BadUrl, Part};
use crate::wire::{Transport, WireLog};

/// Status line and headers of one answer. Servers themselves rarely take or send more than 16 KiB.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Header lines of one answer; large sites send around sixty.
const HEAD_LINES_MAX: usize = 256;

/// What hyper reads at once while a body streams in.
const BUFFER_BYTES_MAX: usize = 256 * 1024;

/// Everything up to and with the final headers, interim answers included. The read that brings the
/// headers may bring a buffer full of body as well.
const ALL_HEADS_BYTES_MAX: usize = HEAD_BYTES_MAX + BUFFER_BYTES_MAX;

/// What the client accepts. Some servers refuse whoever does not take everything, or names no
/// language; `*` asks for none in particular, so that a page comes in its own.
const ACCEPT: HeaderValue =
    HeaderValue::from_static("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
const ACCEPT_LANGUAGE: HeaderValue = HeaderValue::from_static("*");
const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("gzip, br");
const CLOSE: HeaderValue = HeaderValue::from_static("close");

type Http = http1::Connection<TokioIo<Box<dyn Transport>>, Empty<Bytes>>;

/// An answer whose body has yet to be read.
pub(crate) struct HttpExchange {
    pub(crate) head: Parts,
    body: Incoming,
    http: Driver,
    log: Arc<WireLog>,
}

impl HttpExchange {
    /// Sends the request and waits for the final headers.
    pub(crate) async fn start(
        target: &Target,
        headers: HeaderMap,
        connection: Connection,
        budget: &Budget,
    ) -> Result<Self, FetchError> {
        let request = request(target, headers)?;
        let Connection { transport, log } = connection;
        log.allow(ALL_HEADS_BYTES_MAX as u64);
        let asked = within(Step::Headers, budget, async {
            let (mut sender, http) = settings().handshake(TokioIo::new(transport)).await?;
            let mut http = Driver(Some(http));
            let response = http.alongside(sender.send_request(request)).await?;
            Ok((response, http))
        });
        match asked.await {
            Ok(Ok((response, http))) => {
                let (head, body) = response.into_parts();
                Ok(Self {
                    head,
                    body,
                    http,
                    log,
                })
            }
            Ok(Err(error)) => Err(broken_head(target.host(), &log, error)),
            Err(source) => Err(FetchError::Timeout {
                host: target.host(),
                source,
            }),
        }
    }

    /// Lets the body in: framing included it may take twice what is accepted of it.
    pub(crate) fn admit_body(&self, bytes_max: usize) {
        self.log
            .allow(2 * bytes_max as u64 + BUFFER_BYTES_MAX as u64);
    }

    /// The next piece of the body; `None` at its announced end.
    pub(crate) async fn next_piece(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        while let Some(frame) = self.http.alongside(self.body.frame()).await {
            // Trailers are dropped: nothing in them matters to a page.
            if let Ok(piece) = frame?.into_data() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    /// What happened on the wire.
    pub(crate) fn log(&self) -> &WireLog {
        &self.log
    }
}

fn settings() -> http1::Builder {
    let mut settings = http1::Builder::new();
    settings
        .max_header_size(HEAD_BYTES_MAX)
        .max_headers(HEAD_LINES_MAX)
        .max_buf_size(BUFFER_BYTES_MAX)
        // Such lines are common on old sites, and dropping one changes nothing about framing.
        .ignore_invalid_headers_in_responses(true)
        .title_case_headers(true);
    settings
}

/// The request for a target; `headers` are what the caller adds to what every request has.
fn request(target: &Target, headers: HeaderMap) -> Result<Request<Empty<Bytes>>, FetchError> {
    let path = &target.url[url::Position::BeforePath..];
    let unspeakable = |_: http::Error| FetchError::BadUrl(BadUrl::Unspeakable);
    let mut request = Request::get(path)
        .header(header::HOST, target.authority())
        .body(Empty::new())
        .map_err(unspeakable)?;
    let sent = request.headers_mut();
    sent.extend(headers);
    sent.insert(header::ACCEPT, ACCEPT);
    sent.insert(header::ACCEPT_LANGUAGE, ACCEPT_LANGUAGE);
    sent.insert(header::ACCEPT_ENCODING, ACCEPT_ENCODING);
    sent.insert(header::CONNECTION, CLOSE);
    Ok(request)
}

fn broken_head(host: String, log: &WireLog, error: hyper::Error) -> FetchError {
    if error.is_parse_too_large() || log.was_flooded() {
        return FetchError::TooLarge {
            host,
            part: Part::Headers,
            bytes_max: HEAD_BYTES_MAX,
        };
    }
    FetchError::Reset {
        host,
        step: Step::Headers,
        source: Box::new(error),
    }
}

/// Moves bytes between socket and request or body, until the connection has ended.
struct Driver(Option<Http>);

impl Driver {
    /// Waits for `work`, which the connection feeds. The connection's own error is the one that
    /// `work` ends with.
    async fn alongside<F: Future>(&mut self, work: F) -> F::Output {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(output) = work.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            let Some(http) = &mut self.0 else {
                return Poll::Pending;
            };
            if pin!(http).poll(cx).is_ready() {
                self.0 = None;
            }
            // What the connection has just brought is there already: no need to be woken for it.
            work.as_mut().poll(cx)
        })
        .await
    }
}
