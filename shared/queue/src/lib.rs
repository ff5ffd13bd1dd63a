//! The queue: sends article ids, asks for the depth; the local cloud also receives and deletes.
//!
//! The only crate with the AWS SDK. It speaks over the one TLS stack of the system, is configured
//! from [`runtime::config::Sqs`] alone, and never looks for credentials or a region anywhere else.

mod batch;
mod connector;
mod depth;
mod error;
mod receive;
mod send;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use runtime::config::Sqs;

pub use depth::Depth;
pub use error::QueueError;
pub use receive::{Receipt, Received};
pub use send::{Refused, SendReport};

/// Tries per request, the first included; beyond that the caller's own retry is the better one.
const TRIES_MAX: u32 = 2;

/// One queue, ready to use. Makes no connection before the first request.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// Prepares the client for the queue of `settings`; no network.
    #[must_use]
    pub fn new(settings: &Sqs) -> Self {
        let keys = &settings.keys;
        let credentials = Credentials::new(
            &keys.access_key_id,
            keys.secret_access_key.expose(),
            keys.session_token
                .as_ref()
                .map(|token| token.expose().to_owned()),
            None,
            "environment",
        );
        let mut config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES_MAX))
            .http_client(connector::client());
        if let Some(endpoint) = &settings.endpoint {
            config = config.endpoint_url(endpoint.as_str());
        }
        Self {
            client: Client::from_conf(config.build()),
            url: settings.queue_url.clone(),
        }
    }

    /// The queue's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
