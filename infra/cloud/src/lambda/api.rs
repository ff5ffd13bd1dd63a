//! The Runtime API of one process: four addresses over its [`Exchange`].
//!
//! Each process has a listener of its own, so that one left over from an earlier life cannot answer
//! for its successor, and `AWS_LAMBDA_RUNTIME_API` is a plain host and port as in Lambda.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::exchange::{Answer, Delivery, Exchange};
use super::{Breach, PoolEvent, PoolObserver};

/// Lambda's limit for a response.
pub(super) const RESPONSE_BYTES_MAX: usize = 6 * 1024 * 1024;

/// The version that every address begins with.
const ROOT: &str = "/2018-06-01/runtime";

/// Serves one process.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) exchange: Arc<Exchange>,
    pub(super) function: Arc<str>,
    pub(super) observer: PoolObserver,
}

/// What a process can call.
enum Call<'a> {
    Next,
    Response(&'a str),
    Error(&'a str),
    InitError,
}

fn route<'a>(method: &Method, path: &'a str) -> Option<Call<'a>> {
    let path = path.strip_prefix(ROOT)?;
    match (method, path) {
        (&Method::GET, "/invocation/next") => return Some(Call::Next),
        (&Method::POST, "/init/error") => return Some(Call::InitError),
        _ => {}
    }
    let rest = path
        .strip_prefix("/invocation/")
        .filter(|_| method == Method::POST)?;
    match rest.split_once('/')? {
        (id, "response") => Some(Call::Response(id)),
        (id, "error") => Some(Call::Error(id)),
        _ => None,
    }
}

impl Api {
    /// Serves one request.
    pub(super) async fn call(
        self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (parts, body) = request.into_parts();
        let done = match route(&parts.method, parts.uri.path()) {
            None => Err(Breach::UnknownAddress),
            Some(Call::Next) => return Ok(delivered(&self.exchange.next().await)),
            Some(Call::Response(id)) => self.take(id, body, Answer::Response).await,
            Some(Call::Error(id)) => self.take(id, body, Answer::Error).await,
            Some(Call::InitError) => match read(body).await {
                Ok(Some(report)) => self.exchange.init_failed(report),
                Ok(None) => self.exchange.init_failed(Bytes::from_static(TOO_LARGE)),
                Err(breach) => Err(breach),
            },
        };
        Ok(match done {
            Ok(()) => json(StatusCode::ACCEPTED, r#"{"status":"OK"}"#),
            Err(breach) => {
                (self.observer)(&self.function, &PoolEvent::Breach(breach));
                refusal(breach)
            }
        })
    }

    async fn take(
        &self,
        request_id: &str,
        body: Incoming,
        kind: fn(Bytes) -> Answer,
    ) -> Result<(), Breach> {
        let answer = match read(body).await? {
            Some(body) => kind(body),
            None => Answer::Error(Bytes::from_static(TOO_LARGE)),
        };
        self.exchange.answer(request_id, answer)
    }
}

/// What an invocation ends with whose response is over the limit.
const TOO_LARGE: &[u8] = br#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291456 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#;

/// The body, or nothing if it is over the limit.
async fn read(body: Incoming) -> Result<Option<Bytes>, Breach> {
    match Limited::new(body, RESPONSE_BYTES_MAX).collect().await {
        Ok(collected) => Ok(Some(collected.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Ok(None),
        Err(_broken) => Err(Breach::BrokenAnswer),
    }
}

fn delivered(delivery: &Delivery) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(delivery.payload.clone()));
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("lambda-runtime-aws-request-id", &delivery.request_id),
        (
            "lambda-runtime-deadline-ms",
            &delivery.deadline_ms.to_string(),
        ),
        ("lambda-runtime-invoked-function-arn", &delivery.arn),
        ("lambda-runtime-trace-id", &delivery.trace_id),
    ] {
        match HeaderValue::from_str(value) {
            Ok(value) => {
                headers.insert(name, value);
            }
            Err(error) => tracing::error!(name, error = %error, "could not write a header"),
        }
    }
    response
}

fn refusal(breach: Breach) -> Response<Full<Bytes>> {
    match breach {
        Breach::AnsweredTwice | Breach::LateInitError => {
            refuse(StatusCode::FORBIDDEN, "InvalidStateTransition")
        }
        Breach::UnknownRequest => refuse(StatusCode::BAD_REQUEST, "InvalidRequestID"),
        Breach::UnknownAddress => refuse(StatusCode::NOT_FOUND, "UnknownAddress"),
        Breach::BrokenAnswer => refuse(StatusCode::BAD_REQUEST, "InvalidRequest"),
    }
}

fn refuse(status: StatusCode, kind: &str) -> Response<Full<Bytes>> {
    json(
        status,
        &format!(r#"{{"errorMessage":"{kind}","errorType":"{kind}"}}"#),
    )
}

fn json(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(text.as_bytes())));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert("content-type", kind);
    response
}
