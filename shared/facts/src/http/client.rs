//! One HTTP client a process, and one call of it: bytes out, bytes in, within a budget.
//!
//! Follows no redirect (a key never travels through one) and asks for no compression (answers are
//! a few kilobytes); one that comes compressed all the same is inflated under the cap.

use std::io::Read as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::limits::LLM_REPLY_BYTES_MAX;
use domain::{Budget, Step};
use flate2::read::MultiGzDecoder;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use runtime::config::{Dialect, Llm};
use runtime::tls::{Tls, Trust};
use runtime::{Chain, clock, within};
use url::Url;

use crate::dialect::stream::Stream;
use crate::error::{Flaw, Stage, TransportError};
use crate::http::connect::Dialler;
use crate::http::sse::Events;

/// An event stream wraps each token of an answer in some 250 bytes.
const STREAM_BYTES_MAX: usize = 16 * LLM_REPLY_BYTES_MAX;

/// A kept connection older than this may have died while the process was frozen.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// Connections kept to one endpoint: chunks side by side, and a few for other routes.
const IDLE_CONNECTIONS_MAX: usize = 8;

/// The client; cloning shares its connections.
pub(crate) type Client = legacy::Client<Dialler, Full<Bytes>>;

/// What came back.
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Why it is the beginning of an answer only.
    pub(crate) cut: Option<Cut>,
    /// How it came, when it came in pieces.
    pub(crate) flow: Option<Flow>,
}

/// What ended an answer before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The time was over, and pieces were still coming.
    Deadline,
    /// No piece came for so long.
    Stall(Duration),
    /// The connection broke.
    Broken(TransportError),
    /// It said the same over and over.
    Runaway,
}

/// How an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    /// From the request to the first piece.
    pub(crate) first: Duration,
    /// From the first piece to the last.
    pub(crate) rest: Duration,
    /// Pieces, about a token each.
    pub(crate) pieces: u32,
}

/// How long an answer may keep one waiting, besides the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    /// For its first piece.
    pub(crate) first: Duration,
    /// Between two pieces.
    pub(crate) stall: Duration,
}

/// Why nothing usable came back.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The connection failed or broke.
    Broken(TransportError),
    /// Time ran out; how long it had.
    Slow(Duration),
    /// The body is longer than the cap, or does not decompress.
    Flawed { status: u16, flaw: Flaw },
}

/// Builds the client. No network.
pub(crate) fn build(config: &Llm) -> Client {
    let tls = Tls::new(Trust::also(config.ca_file.clone()));
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .build(Dialler::new(tls))
}

/// Posts JSON and reads the answer, in one piece or as an event stream of `dialect`.
pub(crate) async fn post(
    client: &Client,
    url: &Url,
    mut headers: HeaderMap,
    body: Vec<u8>,
    dialect: Dialect,
    patience: Patience,
    budget: &Budget,
) -> Result<Received, CallError> {
    let started = clock::now();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let first = budget.capped(patience.first, started);
    let sending = response(client, url, headers, body.into());
    let slow = |_timed_out| CallError::Slow(clock::now() - started);
    let response = within(Step::Llm, &first, sending).await.map_err(slow)??;
    if is_event_stream(response.headers()) {
        return stream(response, dialect, started, patience, budget).await;
    }
    let received = within(Step::Llm, budget, read(response)).await;
    received.map_err(slow)?
}

/// Posts one request and waits for the head of its answer.
async fn response(
    client: &Client,
    url: &Url,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response<Incoming>, CallError> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url
        .as_str()
        .parse()
        .map_err(|error| broken(Stage::Connect, &error))?;
    *request.headers_mut() = headers;
    let agent = concat!("gleaner/", env!("CARGO_PKG_VERSION"));
    let fixed = request.headers_mut();
    fixed.insert(USER_AGENT, HeaderValue::from_static(agent));
    fixed.insert(
        ACCEPT,
        HeaderValue::from_static("application/json, text/event-stream"),
    );
    client.request(request).await.map_err(|error| {
        let stage = if error.is_connect() {
            Stage::Connect
        } else {
            Stage::Request
        };
        broken(stage, &error)
    })
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    // what comes compressed is read as a whole
    kind.is_some_and(|kind| kind.starts_with(b"text/event-stream"))
        && headers.get(CONTENT_ENCODING).is_none()
}

/// Reads an event stream to the end of its answer. What has come when it is cut is kept.
async fn stream(
    response: Response<Incoming>,
    dialect: Dialect,
    started: Instant,
    patience: Patience,
    budget: &Budget,
) -> Result<Received, CallError> {
    let (head, mut body) = response.into_parts();
    let status = head.status.as_u16();
    let mut events = Events::default();
    let mut answer = Stream::new(dialect);
    let mut raw_bytes = 0;
    let (mut first, mut last) = (None, started);
    let stall = patience.stall.min(budget.remaining(started) / 4);
    let cut = loop {
        if answer.is_done() {
            break None;
        }
        if answer.is_runaway() {
            break Some(Cut::Runaway);
        }
        let (since, limit) = match first {
            None => (started, patience.first),
            Some(_) => (last, stall),
        };
        let until = Budget::starting(since, limit);
        let wait = budget.capped(until.remaining(clock::now()), clock::now());
        let Ok(frame) = within(Step::Llm, &wait, body.frame()).await else {
            let now = clock::now();
            if first.is_none() {
                return Err(CallError::Slow(now - started));
            }
            let is_over = budget.remaining(now).is_zero() && now - last < stall;
            break Some(if is_over {
                Cut::Deadline
            } else {
                Cut::Stall(now - last)
            });
        };
        let frame = match frame {
            None => break None,
            Some(Ok(frame)) => frame,
            Some(Err(error)) => {
                let CallError::Broken(error) = broken(Stage::Body, &error) else {
                    break None;
                };
                if first.is_none() && !answer.is_ended() {
                    return Err(CallError::Broken(error));
                }
                break Some(Cut::Broken(error));
            }
        };
        let Some(data) = frame.data_ref() else {
            continue;
        };
        raw_bytes += data.len();
        let before = answer.pieces();
        events.push(data, &mut |event| answer.event(event));
        if raw_bytes > STREAM_BYTES_MAX || answer.bytes() > LLM_REPLY_BYTES_MAX {
            let flaw = Flaw::TooLarge;
            return Err(CallError::Flawed { status, flaw });
        }
        if answer.pieces() > before {
            last = clock::now();
            first.get_or_insert(last);
        }
    };
    events.finish(&mut |event| answer.event(event));
    let cut = match cut {
        // it had all been said
        Some(Cut::Broken(_) | Cut::Stall(_) | Cut::Deadline) if answer.is_ended() => None,
        None if !answer.is_ended() && answer.pieces() > 0 => Some(Cut::Broken(TransportError {
            stage: Stage::Body,
            detail: "the stream ended before the answer did".to_owned(),
        })),
        other => other,
    };
    let flow = first.map(|first| Flow {
        first: first - started,
        rest: last - first,
        pieces: answer.pieces(),
    });
    Ok(Received {
        status,
        headers: head.headers,
        body: answer.envelope(cut.is_some()).into(),
        cut,
        flow,
    })
}

/// Reads a body up to the cap, before and after decompression.
async fn read(response: Response<Incoming>) -> Result<Received, CallError> {
    let (head, mut body) = response.into_parts();
    let status = head.status.as_u16();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(Stage::Body, &error))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if bytes.len() + data.len() > LLM_REPLY_BYTES_MAX {
            let flaw = Flaw::TooLarge;
            return Err(CallError::Flawed { status, flaw });
        }
        bytes.extend_from_slice(data);
    }
    let plain = decoded(&head.headers, bytes).map_err(|flaw| CallError::Flawed { status, flaw })?;
    Ok(Received {
        status,
        headers: head.headers,
        body: plain.into(),
        cut: None,
        flow: None,
    })
}

fn decoded(headers: &HeaderMap, bytes: Vec<u8>) -> Result<Vec<u8>, Flaw> {
    match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity" | b"") => Ok(bytes),
        Some(b"gzip" | b"x-gzip") => inflated(&bytes),
        Some(_) => Err(Flaw::Encoding),
    }
}

fn inflated(bytes: &[u8]) -> Result<Vec<u8>, Flaw> {
    let mut plain = Vec::new();
    let most = u64::try_from(LLM_REPLY_BYTES_MAX).unwrap_or(u64::MAX);
    let mut capped = MultiGzDecoder::new(bytes).take(most + 1);
    capped
        .read_to_end(&mut plain)
        .map_err(|_corrupt| Flaw::Encoding)?;
    if plain.len() > LLM_REPLY_BYTES_MAX {
        Err(Flaw::TooLarge)
    } else {
        Ok(plain)
    }
}

fn broken(stage: Stage, error: &(dyn std::error::Error + 'static)) -> CallError {
    CallError::Broken(TransportError {
        stage,
        detail: Chain(error).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_bomb_is_cut_at_the_cap_and_nonsense_is_named() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer
            .write_all(&vec![b' '; 8 * 1024 * 1024])
            .expect("a Vec takes it");
        let bomb = packer.finish().expect("a Vec takes it");

        assert!(bomb.len() < LLM_REPLY_BYTES_MAX / 10);
        assert_eq!(inflated(&bomb), Err(Flaw::TooLarge));
        assert_eq!(inflated(b"{\"facts\":[]}"), Err(Flaw::Encoding));
    }
}
