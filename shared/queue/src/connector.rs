//! Carries the SDK's requests over reqwest, so that a function has one TLS stack and no second one
//! with its own start-up checks.
//!
//! The SDK's own connect and read limits do not reach through here: the client below sets its own,
//! and every call stands under a budget.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use runtime::tls::Trust;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// TCP and TLS to the queue; an endpoint in the same region answers within milliseconds.
const CONNECT_CAP: Duration = Duration::from_secs(3);

/// A whole request. Long polling may wait 20 s by itself.
const REQUEST_CAP: Duration = Duration::from_secs(25);

/// A kept connection is dropped before a frozen sandbox could have lost it unnoticed.
const IDLE_CAP: Duration = Duration::from_secs(5);

/// The SDK's view of the connector.
pub(crate) fn client() -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector::default());
    http_client_fn(move |_settings, _components| connector.clone())
}

/// Builds its client at the first request: reading the certificate bundle would slow every start.
#[derive(Clone, Debug, Default)]
struct Connector {
    client: Arc<OnceLock<reqwest::Client>>,
}

impl Connector {
    fn client(&self) -> Result<reqwest::Client, BoxError> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_CAP)
            .timeout(REQUEST_CAP)
            .pool_idle_timeout(IDLE_CAP)
            .tls_backend_preconfigured(Trust::System.connector()?)
            .build()?;
        Ok(self.client.get_or_init(|| client).clone())
    }

    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request: http::Request<SdkBody> = request.try_into_http1x().map_err(user)?;
        let (parts, body) = request.into_parts();
        let Some(body) = body.bytes().map(<[u8]>::to_vec) else {
            return Err(user("send a streaming body: the queue has none"));
        };
        let client = self.client().map_err(user)?;
        let outgoing = client
            .request(parts.method, parts.uri.to_string())
            .headers(parts.headers)
            .body(body)
            .send();
        let incoming = outgoing.await.map_err(network)?;
        let (status, headers) = (incoming.status(), incoming.headers().clone());
        let bytes = incoming.bytes().await.map_err(network)?;
        let mut response = http::Response::new(SdkBody::from(bytes));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().carry(request))
    }
}

/// A request that cannot be built will not be built the next time either.
fn user(error: impl Into<BoxError>) -> ConnectorError {
    ConnectorError::user(error.into())
}

/// A failure on the wire, told apart so that the SDK knows what may be tried again.
fn network(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
