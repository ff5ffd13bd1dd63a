//! Connections to an endpoint: DNS, TCP and TLS within one cap. No proxy: the environment decides
//! nothing.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use domain::{Budget, Step, limits};
use http::Uri;
use hyper_tls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use runtime::tls::Tls;
use runtime::{clock, within};
use tokio::net::TcpStream;
use tokio_native_tls::TlsConnector;
use tower_service::Service;

/// Whatever went wrong on the way to a connection.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Dials endpoints.
#[derive(Clone)]
pub(crate) struct Dialler {
    http: HttpConnector,
    tls: Arc<Tls>,
}

impl Dialler {
    pub(crate) fn new(tls: Tls) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false); // https comes through here too
        http.set_nodelay(true);
        Self {
            http,
            tls: Arc::new(tls),
        }
    }
}

impl Service<Uri> for Dialler {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.http.poll_ready(context).map_err(BoxError::from)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        // The one that was polled ready is the one that is called.
        let fresh = self.http.clone();
        let mut http = std::mem::replace(&mut self.http, fresh);
        let tls = Arc::clone(&self.tls);
        Box::pin(async move {
            let dialling = async {
                if uri.scheme_str() == Some("https") {
                    let mut https =
                        HttpsConnector::from((http, TlsConnector::from(tls.connector()?)));
                    https.call(uri).await
                } else {
                    Ok(MaybeHttpsStream::Http(http.call(uri).await?))
                }
            };
            let budget = Budget::starting(clock::now(), limits::CONNECT_CAP);
            within(Step::Llm, &budget, dialling).await?
        })
    }
}
