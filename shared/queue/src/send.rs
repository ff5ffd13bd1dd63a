//! Sends article ids in batches of ten and accounts for every single one of them.
//!
//! A batch that the queue answers with 200 may still hold refused entries; and after a batch that
//! brought no answer nothing more is sent. Both end up in the report, never in a log line alone.

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::{ArticleId, Budget, Step, WorkMessage};
use futures_util::StreamExt as _;
use runtime::within;

use crate::{Queue, QueueError};

/// The service's own bound.
const BATCH_MAX: usize = 10;

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
    /// The queue's code, or `not_sent`.
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

    /// Sends one batch; gives the entries that the queue refused.
    async fn send_batch(
        &self,
        budget: &Budget,
        ids: &[ArticleId],
    ) -> Result<Vec<Refused>, QueueError> {
        const ACTION: &str = "send a batch to";
        let entries = ids.iter().enumerate().map(|(index, id)| {
            SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(WorkMessage::new(*id).to_body())
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>();
        let entries = entries.map_err(|e| QueueError::Request {
            action: ACTION,
            source: e.into(),
        })?;
        let request = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send();
        let answer = within(Step::Send, budget, request).await;
        let answer = answer.map_err(|source| QueueError::TimedOut {
            action: ACTION,
            source,
        })?;
        let answer = answer.map_err(|error| QueueError::of_sdk(ACTION, error))?;
        let refused = answer.failed().iter().filter_map(|entry| {
            let id = ids.get(entry.id().parse::<usize>().ok()?)?;
            let (code, sender_fault) = (entry.code().to_owned(), entry.sender_fault());
            Some(Refused {
                id: *id,
                code,
                sender_fault,
            })
        });
        Ok(refused.collect())
    }
}
