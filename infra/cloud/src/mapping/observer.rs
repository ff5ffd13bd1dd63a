//! What a mapping reports, and to whom.

use std::sync::Arc;

use queue::{QueueError, Received};

use super::batch_result::BatchResult;
use crate::lambda::{Invocation, chain};

/// What a mapping tells while it runs.
#[derive(Debug)]
pub enum MappingEvent<'a> {
    /// A batch was judged; what it deletes is on its way to the deleter.
    Finished {
        /// The invocation.
        invocation: &'a Invocation,
        /// Its messages.
        batch: &'a [Received],
        /// What becomes of them.
        batch_result: &'a BatchResult,
    },
    /// A receive failed; it is tried again after a wait.
    ReceiveFailed {
        /// Why.
        error: QueueError,
        /// Failed receives in a row.
        in_a_row: u32,
    },
    /// Finished messages could not be deleted; they will come again.
    NotDeleted {
        /// The messages.
        message_ids: Vec<String>,
        /// Why; none if the queue refused just these.
        error: Option<QueueError>,
    },
}

/// Hears a mapping's events. It is called on the mapping's tasks and must not block.
pub type MappingObserver = Arc<dyn Fn(&MappingEvent<'_>) + Send + Sync>;

/// Logs what a person may have to know, and drops the rest.
#[must_use]
pub fn log_events() -> MappingObserver {
    Arc::new(|event| match event {
        MappingEvent::Finished {
            batch_result: BatchResult::Failed(why),
            invocation,
            ..
        } => {
            tracing::warn!(request_id = %invocation.request_id, reason = why.as_str(), "a batch failed");
        }
        MappingEvent::Finished { .. } => {}
        MappingEvent::ReceiveFailed { error, in_a_row } => {
            tracing::warn!(error = %chain(error), in_a_row, "could not receive");
        }
        MappingEvent::NotDeleted { message_ids, error } => {
            let error = error.as_ref().map(|error| chain(error));
            tracing::warn!(
                messages = message_ids.len(),
                error,
                "could not delete finished messages"
            );
        }
    })
}
