//! Sends article ids in batches of ten and accounts for every single one of them.
//!
//! Sent is what the queue says it took. A batch that it answers with 200 may still hold refused
//! entries, and after one that brought no answer, or another's, nothing more is sent. All of it ends
//! up in the report, never in a log line alone.

use aws_sdk_sqs::types::{SendMessageBatchRequestEntry, SendMessageBatchResultEntry};
use domain::{ArticleId, Budget, Step, WorkMessage};
use futures_util::StreamExt as _;

use crate::batch::{BATCH_MAX, Request};
use crate::{Queue, QueueError};

const SEND: Request = Request {
    action: "send a batch to",
    step: Step::Send,
};

/// Batches under way at once: enough to hide a round trip, few enough to stop soon.
const BATCHES_AT_ONCE: usize = 4;

/// What became of the ids.
#[derive(Debug, Default)]
pub struct SendReport {
    /// Ids the queue took.
    pub sent: Vec<ArticleId>,
    /// Ids it did not take, or that were never sent.
    pub refused: Vec<Refused>,
    /// What ended the sending early.
    pub stopped: Option<QueueError>,
}

/// An id that is not on the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The article.
    pub id: ArticleId,
    /// The queue's code; `not_confirmed` when it says nothing of the entry, `not_sent` when it was not
    /// asked.
    pub code: String,
    /// Whether the queue blames the request.
    pub sender_fault: bool,
}

impl Queue {
    /// Sends one message for each id. Never fails as a whole: the report accounts for every id.
    pub async fn send(&self, budget: &Budget, ids: &[ArticleId]) -> SendReport {
        let mut report = SendReport::default();
        let batches = ids
            .chunks(BATCH_MAX)
            .map(|batch| async move { (batch, self.send_batch(budget, batch).await) });
        let mut answers = futures_util::stream::iter(batches).buffered(BATCHES_AT_ONCE);
        let mut accounted = 0;
        while let Some((batch, answer)) = answers.next().await {
            match answer {
                Ok(refused) => {
                    let is_sent = |id: &&ArticleId| !refused.iter().any(|entry| entry.id == **id);
                    report.sent.extend(batch.iter().filter(is_sent));
                    report.refused.extend(refused);
                    accounted += batch.len();
                }
                Err(error) => {
                    report.stopped = Some(error);
                    break;
                }
            }
        }
        report
            .refused
            .extend(ids.iter().skip(accounted).map(|id| Refused {
                id: *id,
                code: "not_sent".to_owned(),
                sender_fault: false,
            }));
        report
    }

    /// Sends one batch; gives the entries that are not on the queue.
    async fn send_batch(
        &self,
        budget: &Budget,
        ids: &[ArticleId],
    ) -> Result<Vec<Refused>, QueueError> {
        let entries = SEND.entries(ids, |name, id| {
            SendMessageBatchRequestEntry::builder()
                .id(name)
                .message_body(WorkMessage::new(*id).to_body())
                .build()
        })?;
        let sending = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send();
        let answer = SEND.answer(budget, sending).await?;
        let done = answer
            .successful()
            .iter()
            .map(SendMessageBatchResultEntry::id);
        let done: Vec<&str> = done.collect();
        let not_done = SEND.not_done(ids.len(), &done, answer.failed())?;
        let refused = not_done.into_iter().filter_map(|entry| {
            Some(Refused {
                id: *ids.get(entry.place)?,
                code: entry.code,
                sender_fault: entry.sender_fault,
            })
        });
        Ok(refused.collect())
    }
}
