//! Deletes what is done, in batches that form by themselves: while one request is under way, what
//! comes meanwhile waits for the next.

use std::sync::Arc;
use std::time::Duration;

use queue::{QueueError, Receipt};
use tokio::sync::mpsc;

use super::observer::{MappingEvent, MappingObserver};
use super::source::Source;

/// SQS takes at most ten entries a request.
const DELETE_MAX: usize = 10;

/// Tries for a batch. After that the messages come again and find their work done.
const TRIES_MAX: u32 = 3;

/// First wait between tries; it doubles.
const RETRY_WAIT: Duration = Duration::from_millis(100);

/// Deletes until every sender is gone.
pub(super) async fn delete_all<S: Source>(
    source: Arc<S>,
    mut done: mpsc::Receiver<Receipt>,
    observer: MappingObserver,
) {
    let mut batch = Vec::with_capacity(DELETE_MAX);
    while done.recv_many(&mut batch, DELETE_MAX).await > 0 {
        match delete(&*source, &batch).await {
            Ok(refused) if refused.is_empty() => {}
            Ok(refused) => observer(&MappingEvent::NotDeleted {
                message_ids: refused,
                error: None,
            }),
            Err(error) => observer(&MappingEvent::NotDeleted {
                message_ids: batch
                    .iter()
                    .map(|receipt| receipt.message_id.clone())
                    .collect(),
                error: Some(error),
            }),
        }
        batch.clear();
    }
}

async fn delete<S: Source>(source: &S, batch: &[Receipt]) -> Result<Vec<String>, QueueError> {
    let mut tried = 0;
    loop {
        tried += 1;
        match source.delete(batch).await {
            Ok(refused) => return Ok(refused),
            Err(error) if tried == TRIES_MAX => return Err(error),
            Err(_again) => tokio::time::sleep(RETRY_WAIT * 2_u32.pow(tried - 1)).await,
        }
    }
}
