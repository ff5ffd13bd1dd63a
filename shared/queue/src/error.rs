//! What can go wrong between us and the queue.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use runtime::TimedOut;
use thiserror::Error;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A request to the queue that brought no usable answer.
#[derive(Debug, Error)]
pub enum QueueError {
    /// The budget ended first. Whether the request took effect is not known.
    #[error("{action} the queue")]
    TimedOut {
        /// What was tried.
        action: &'static str,
        /// The step and its times.
        #[source]
        source: TimedOut,
    },
    /// No answer: the endpoint cannot be reached, or the connection broke.
    #[error("{action} the queue: no answer")]
    Unreachable {
        /// What was tried.
        action: &'static str,
        /// What the transport says.
        #[source]
        source: Source,
    },
    /// The queue answered with an error.
    #[error("{action} the queue: it answered {status} {code}")]
    Refused {
        /// What was tried.
        action: &'static str,
        /// HTTP status.
        status: u16,
        /// The service's error code, such as `QueueDoesNotExist`.
        code: String,
    },
    /// The answer is not to the batch that was sent.
    #[error(
        "{action} the queue: it answered for entry {entry:?}, once too often in a batch of {size}"
    )]
    Answer {
        /// What was tried.
        action: &'static str,
        /// The entry as the queue names it.
        entry: String,
        /// Entries of the batch, named from 0 on.
        size: usize,
    },
    /// The request could not be built.
    #[error("{action} the queue: the request cannot be built")]
    Request {
        /// What was tried.
        action: &'static str,
        /// What the SDK says.
        #[source]
        source: Source,
    },
}

impl QueueError {
    /// Sorts an error of the SDK.
    pub(crate) fn of_sdk<E>(action: &'static str, error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(context) => Self::Refused {
                action,
                status: context.raw().status().as_u16(),
                code: context.err().code().unwrap_or("without a code").to_owned(),
            },
            SdkError::ConstructionFailure(_) => Self::Request {
                action,
                source: error.into(),
            },
            other => Self::Unreachable {
                action,
                source: other.into(),
            },
        }
    }
}
