//! A secret out of AWS's hands: through the Parameters and Secrets extension, which serves on this
//! machine beside the function. So no AWS SDK is needed here.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use domain::{Budget, Step};
use http::{HeaderMap, HeaderValue, Method};
use runtime::config::{Secret, StoredSecret};
use runtime::within_cap;
use serde_json::Value;
use url::Url;

use crate::error::SecretError;
use crate::http::client::{self, CallError, Client};

/// The extension answers from its cache, or asks AWS: a few hundred milliseconds.
const READ_CAP: Duration = Duration::from_secs(3);

/// Gives a reading its time.
pub(crate) async fn in_time<T>(
    budget: &Budget,
    reading: impl Future<Output = Result<T, SecretError>>,
) -> Result<T, SecretError> {
    match within_cap(Step::Llm, READ_CAP, budget, reading).await {
        Ok(read) => read,
        Err(timed_out) => Err(SecretError::Unreachable(timed_out.to_string())),
    }
}

/// Reads a secret; a name that begins with `/` is a parameter of the Parameter Store.
pub(crate) async fn read(client: &Client, stored: &StoredSecret) -> Result<Secret, SecretError> {
    let url = address(stored)?;
    let token = stored.token.as_ref().map_or("", Secret::expose);
    let mut token = HeaderValue::from_str(token).map_err(|_invalid| SecretError::NotAKey)?;
    token.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert("x-aws-parameters-secrets-token", token);
    let received = client::send(client, Method::GET, &url, headers, Bytes::new()).await;
    let received = received.map_err(|error| match error {
        CallError::Broken(source) => SecretError::Unreachable(source.to_string()),
        CallError::Slow(_) | CallError::Flawed { .. } => SecretError::NotAKey,
    })?;
    if received.status != 200 {
        return Err(SecretError::Refused(received.status));
    }
    key_in(&received.body).ok_or(SecretError::NotAKey)
}

fn address(stored: &StoredSecret) -> Result<Url, SecretError> {
    let base = format!("http://127.0.0.1:{}", stored.port);
    let name = stored.name.as_str();
    let url = if name.starts_with('/') {
        let query = [("name", name), ("withDecryption", "true")];
        Url::parse_with_params(&format!("{base}/systemsmanager/parameters/get"), &query)
    } else {
        Url::parse_with_params(&format!("{base}/secretsmanager/get"), &[("secretId", name)])
    };
    url.map_err(|error| SecretError::Unreachable(error.to_string()))
}

fn key_in(body: &[u8]) -> Option<Secret> {
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
    fn both_stores_answers_are_read_and_others_are_no_key() {
        let key = |body: &str| key_in(body.as_bytes()).map(|key| key.expose().to_owned());

        assert_eq!(
            key(r#"{"Name":"n","SecretString":" k1 "}"#),
            Some("k1".to_owned())
        );
        assert_eq!(
            key(r#"{"Parameter":{"Value":"k2"}}"#),
            Some("k2".to_owned())
        );
        for body in ["", "{}", r#"{"SecretString":""}"#, r#"{"SecretString":5}"#] {
            assert_eq!(key(body), None, "{body}");
        }
    }
}
