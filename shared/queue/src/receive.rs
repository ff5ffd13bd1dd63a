//! Receives and deletes: what Lambda's event source mapping does in the cloud, and the local
//! mapping does on one machine. The functions themselves never receive.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, DeleteMessageBatchResultEntry, MessageSystemAttributeName,
};
use domain::{Budget, Step};

use crate::batch::Request;
use crate::{Queue, QueueError};

const RECEIVE: Request = Request {
    action: "receive from",
    step: Step::Receive,
};

const DELETE: Request = Request {
    action: "delete from",
    step: Step::Delete,
};

/// A message as received; its shape follows the service's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Id the queue gave it.
    pub message_id: String,
    /// What deletes this reception.
    pub receipt_handle: String,
    /// The body.
    pub body: Option<String>,
    /// Digest of the body as the queue computed it.
    pub md5_of_body: Option<String>,
    /// System attributes, such as `ApproximateReceiveCount`.
    pub attributes: HashMap<String, String>,
}

/// What names a received message to the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Id the queue gave it.
    pub message_id: String,
    /// What deletes this reception.
    pub receipt_handle: String,
}

impl Queue {
    /// Waits up to `wait` (at most 20 s) for up to `max` (at most 10) messages.
    ///
    /// # Errors
    /// When the queue does not answer in time, or refuses.
    pub async fn receive(
        &self,
        budget: &Budget,
        max: u8,
        wait: Duration,
    ) -> Result<Vec<Received>, QueueError> {
        let receiving = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::from(max.clamp(1, 10)))
            .wait_time_seconds(i32::try_from(wait.as_secs().min(20)).unwrap_or(20))
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send();
        let answer = RECEIVE.answer(budget, receiving).await?;
        Ok(answer
            .messages
            .unwrap_or_default()
            .into_iter()
            .map(received)
            .collect())
    }

    /// Deletes received messages, at most ten; gives the ids of those that the queue does not say are
    /// deleted.
    ///
    /// # Errors
    /// When the queue does not answer in time, or refuses the request as a whole.
    pub async fn delete(
        &self,
        budget: &Budget,
        receipts: &[Receipt],
    ) -> Result<Vec<String>, QueueError> {
        let entries = DELETE.entries(receipts, |name, receipt| {
            DeleteMessageBatchRequestEntry::builder()
                .id(name)
                .receipt_handle(&receipt.receipt_handle)
                .build()
        })?;
        let deleting = self
            .client
            .delete_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send();
        let answer = DELETE.answer(budget, deleting).await?;
        let done = answer
            .successful()
            .iter()
            .map(DeleteMessageBatchResultEntry::id);
        let done: Vec<&str> = done.collect();
        let not_done = DELETE.not_done(receipts.len(), &done, answer.failed())?;
        let kept = not_done.into_iter().filter_map(|entry| {
            let receipt = receipts.get(entry.place)?;
            Some(receipt.message_id.clone())
        });
        Ok(kept.collect())
    }
}

/// The service's message in our shape.
fn received(message: aws_sdk_sqs::types::Message) -> Received {
    let attributes = message.attributes.unwrap_or_default().into_iter();
    Received {
        message_id: message.message_id.unwrap_or_default(),
        receipt_handle: message.receipt_handle.unwrap_or_default(),
        body: message.body,
        md5_of_body: message.md5_of_body,
        attributes: attributes
            .map(|(name, value)| (name.as_str().to_owned(), value))
            .collect(),
    }
}
