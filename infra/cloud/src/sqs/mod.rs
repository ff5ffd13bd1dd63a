//! SQS in process: a queue and its dead-letter queue behind the real protocol on loopback.
//!
//! The engine is `rustack`'s; `checks.rs` refuses what it lets pass and SQS does not; [`QueueFaults`]
//! make the queue misbehave on command. Messages live in
//! memory and end with it: Postgres knows what is due.

mod checks;
mod faults;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::Service;
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use rustack_sqs_model::error::SqsError;
use rustack_sqs_model::input::CreateQueueInput;
use thiserror::Error;
use url::Url;

use crate::lambda::ACCOUNT;
use crate::serve::Server;
use checks::Checked;
use faults::Faulty;

pub use faults::{QueueFault, QueueFaults, QueueRequest};

/// The queue and its dead letters, named as in the template.
#[derive(Clone, Debug)]
pub struct SqsOptions {
    /// The queue's name; the dead-letter queue is called after it.
    pub queue: String,
    /// A received message is hidden for this long.
    pub visibility: Duration,
    /// A message received this often goes to the dead-letter queue.
    pub max_receive_count: u32,
    /// The region in ARNs.
    pub region: String,
    /// Where it listens: loopback, or the gateway of a container network.
    pub ip: IpAddr,
}

impl Default for SqsOptions {
    fn default() -> Self {
        Self {
            queue: "articles".to_owned(),
            visibility: Duration::from_secs(720),
            max_receive_count: 5,
            region: "eu-west-1".to_owned(),
            ip: Ipv4Addr::LOCALHOST.into(),
        }
    }
}

/// Why the queue could not be started.
#[derive(Debug, Error)]
pub enum SqsStartError {
    /// No port there.
    #[error("listen for the queue")]
    Listen(#[source] std::io::Error),
    /// The engine refused a queue.
    #[error("create queue {name}: {code:?}: {message}")]
    Create {
        /// The queue.
        name: String,
        /// The engine's code.
        code: rustack_sqs_model::error::SqsErrorCode,
        /// The engine's words.
        message: String,
    },
    /// The endpoint's address is not a URL.
    #[error("name the queue's endpoint")]
    Endpoint(#[source] url::ParseError),
}

/// The running queue.
#[derive(Debug)]
pub struct LocalSqs {
    /// What goes into `AWS_ENDPOINT_URL_SQS`.
    pub endpoint: Url,
    /// The queue's URL.
    pub queue_url: String,
    /// The queue's ARN.
    pub queue_arn: String,
    /// The dead-letter queue's URL.
    pub dead_letter_url: String,
    /// Makes the queue misbehave.
    pub faults: QueueFaults,
    engine: Arc<RustackSqs>,
    server: Server,
}

impl LocalSqs {
    /// Starts the endpoint and creates both queues.
    ///
    /// # Errors
    /// When there is no port, or a name or number is out of SQS's range.
    pub async fn start(options: &SqsOptions) -> Result<Self, SqsStartError> {
        let (listener, address) = Server::listen(options.ip)
            .await
            .map_err(SqsStartError::Listen)?;
        let endpoint = Url::parse(&format!("http://{address}")).map_err(SqsStartError::Endpoint)?;
        let engine = Arc::new(RustackSqs::new(SqsConfig {
            skip_signature_validation: true,
            default_region: options.region.clone(),
            account_id: ACCOUNT.to_owned(),
            host: address.ip().to_string(),
            port: address.port(),
        }));
        let dead_letters = format!("{}-dead-letters", options.queue);
        let fourteen_days = ("MessageRetentionPeriod", "1209600".to_owned());
        let dead_letter_url = create(&engine, &dead_letters, [fourteen_days]).await?;
        let arn = |name: &str| format!("arn:aws:sqs:{}:{ACCOUNT}:{name}", options.region);
        let redrive = serde_json::json!({
            "deadLetterTargetArn": arn(&dead_letters),
            "maxReceiveCount": options.max_receive_count,
        });
        let attributes = [
            (
                "VisibilityTimeout",
                options.visibility.as_secs().to_string(),
            ),
            ("RedrivePolicy", redrive.to_string()),
        ];
        let queue_url = create(&engine, &options.queue, attributes).await?;
        let faults = QueueFaults::default();
        let checked = Checked::new(RustackSqsHandler::new(Arc::clone(&engine)));
        let handler = Faulty::new(checked, faults.clone());
        let http = SqsHttpConfig {
            region: options.region.clone(),
            ..SqsHttpConfig::default()
        };
        let service = SqsHttpService::new(Arc::new(handler), http);
        let service = hyper::service::service_fn(move |request| service.call(request));
        Ok(Self {
            server: Server::start(listener, address, service),
            endpoint,
            queue_url,
            queue_arn: arn(&options.queue),
            dead_letter_url,
            faults,
            engine,
        })
    }

    /// Closes the endpoint and ends the engine. What was on the queues is gone.
    pub async fn stop(self) {
        self.server.stop().await;
        self.engine.shutdown_all().await;
    }
}

async fn create<const N: usize>(
    engine: &RustackSqs,
    name: &str,
    attributes: [(&str, String); N],
) -> Result<String, SqsStartError> {
    let fault = |error: SqsError| SqsStartError::Create {
        name: name.to_owned(),
        code: error.code,
        message: error.message,
    };
    let attributes = attributes.map(|(key, value)| (key.to_owned(), value));
    let input = CreateQueueInput {
        queue_name: name.to_owned(),
        attributes: HashMap::from(attributes),
        ..CreateQueueInput::default()
    };
    let created = engine.create_queue(input).await.map_err(fault)?;
    created
        .queue_url
        .ok_or_else(|| fault(SqsError::internal_error("it has no URL")))
}
