//! Reads a secret through Lambda's Parameters and Secrets extension, which serves on this machine
//! beside the function. So no AWS SDK is needed for it. Nothing is kept here: who uses a secret keeps
//! it, and reads it again when it is refused.

use std::future::{Future as _, poll_fn};
use std::net::Ipv4Addr;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use domain::{Budget, Step};
use http::header::{HOST, HeaderValue};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use thiserror::Error;
use tokio::net::TcpStream;
use url::Url;

use crate::config::{Secret, StoredSecret};
use crate::within_cap;

/// The extension answers from its cache, or asks AWS: a few hundred milliseconds.
const READ_CAP: Duration = Duration::from_secs(3);

/// A secret of AWS's has at most 64 KiB; escaped, twice that.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Why a secret cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// The extension does not answer.
    #[error("ask the secrets extension: {0}")]
    Unreachable(String),
    /// The extension refuses.
    #[error("ask the secrets extension: status {0}")]
    Refused(u16),
    /// What it gives is no text.
    #[error("read the secret: it holds no text that can be used")]
    NoText,
}

/// Reads a secret's text, for `step` and within the budget.
///
/// # Errors
/// [`SecretError`]; none of them repeats what was read.
pub async fn read_secret(
    stored: &StoredSecret,
    step: Step,
    budget: &Budget,
) -> Result<Secret, SecretError> {
    match within_cap(step, READ_CAP, budget, exchange(stored)).await {
        Ok(read) => read,
        Err(timed_out) => Err(SecretError::Unreachable(timed_out.to_string())),
    }
}

async fn exchange(stored: &StoredSecret) -> Result<Secret, SecretError> {
    let broken = |error: &dyn std::error::Error| SecretError::Unreachable(error.to_string());
    let request = request(stored)?;
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, stored.port)).await;
    let stream = TokioIo::new(stream.map_err(|error| broken(&error))?);
    let (mut sender, connection) = http1::handshake(stream)
        .await
        .map_err(|error| broken(&error))?;
    let answering = async {
        let sent: Result<Response<Incoming>, hyper::Error> = sender.send_request(request).await;
        let (head, body) = sent.map_err(|error| broken(&error))?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| SecretError::Unreachable(error.to_string()))?;
        Ok((head.status.as_u16(), body.to_bytes()))
    };
    // The connection moves the bytes; it is polled beside the request and ends with it.
    let (mut connection, mut answering) = (pin!(connection), pin!(answering));
    let mut is_open = true;
    let (status, body) = poll_fn(|context| {
        if is_open && connection.as_mut().poll(context).is_ready() {
            is_open = false;
        }
        match answering.as_mut().poll(context) {
            Poll::Pending if is_open => {
                connection
                    .as_mut()
                    .poll(context)
                    .map(|_ended| ())
                    .map(|()| {
                        is_open = false;
                        Err(SecretError::Unreachable("it hung up".to_owned()))
                    })
            }
            other => other,
        }
    })
    .await?;
    if status != 200 {
        return Err(SecretError::Refused(status));
    }
    text_in(&body).ok_or(SecretError::NoText)
}

fn request(stored: &StoredSecret) -> Result<Request<Empty<Bytes>>, SecretError> {
    let token = stored.token.as_ref().map_or("", Secret::expose);
    let mut token = HeaderValue::from_str(token).map_err(|_invalid| SecretError::NoText)?;
    token.set_sensitive(true);
    let request = Request::get(path(stored)?)
        .header(HOST, "localhost")
        .header("x-aws-parameters-secrets-token", token)
        .body(Empty::new());
    request.map_err(|error| SecretError::Unreachable(error.to_string()))
}

/// Path and query; a name that begins with `/` is a parameter.
fn path(stored: &StoredSecret) -> Result<String, SecretError> {
    let base = "http://localhost";
    let name = stored.name.as_str();
    let url = if name.starts_with('/') {
        let query = [("name", name), ("withDecryption", "true")];
        Url::parse_with_params(&format!("{base}/systemsmanager/parameters/get"), &query)
    } else {
        Url::parse_with_params(&format!("{base}/secretsmanager/get"), &[("secretId", name)])
    };
    let url = url.map_err(|error| SecretError::Unreachable(error.to_string()))?;
    Ok(format!(
        "{}?{}",
        url.path(),
        url.query().unwrap_or_default()
    ))
}

fn text_in(body: &[u8]) -> Option<Secret> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let text = answer
        .get("SecretString")
        .or_else(|| answer.pointer("/Parameter/Value"))?;
    let text = text.as_str()?.trim();
    (!text.is_empty()).then(|| Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_stores_answers_are_read_and_others_are_no_text() {
        let text = |body: &str| text_in(body.as_bytes()).map(|text| text.expose().to_owned());

        assert_eq!(
            text(r#"{"Name":"n","SecretString":" k1 "}"#),
            Some("k1".to_owned())
        );
        assert_eq!(
            text(r#"{"Parameter":{"Value":"k2"}}"#),
            Some("k2".to_owned())
        );
        for body in ["", "{}", r#"{"SecretString":""}"#, r#"{"SecretString":5}"#] {
            assert_eq!(text(body), None, "{body}");
        }
    }
}
