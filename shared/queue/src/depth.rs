//! How much is on the queue.

use aws_sdk_sqs::types::QueueAttributeName::{
    ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed,
    ApproximateNumberOfMessagesNotVisible,
};
use domain::{Budget, Step};

use crate::batch::Request;
use crate::{Queue, QueueError};

const DEPTH: Request = Request {
    action: "ask the depth of",
    step: Step::QueueDepth,
};

/// The queue's own, approximate, counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Messages that wait.
    pub visible: u64,
    /// Messages that a consumer holds.
    pub in_flight: u64,
    /// Messages that are not visible yet.
    pub delayed: u64,
}

impl Depth {
    /// Everything that is on the queue.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

impl Queue {
    /// Asks the queue how much it holds.
    ///
    /// # Errors
    /// When the queue does not answer in time, or refuses.
    pub async fn depth(&self, budget: &Budget) -> Result<Depth, QueueError> {
        let asking = self
            .client
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(ApproximateNumberOfMessages)
            .attribute_names(ApproximateNumberOfMessagesNotVisible)
            .attribute_names(ApproximateNumberOfMessagesDelayed)
            .send();
        let answer = DEPTH.answer(budget, asking).await?;
        let count = |name| {
            let text = answer.attributes().and_then(|all| all.get(&name));
            text.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        Ok(Depth {
            visible: count(ApproximateNumberOfMessages),
            in_flight: count(ApproximateNumberOfMessagesNotVisible),
            delayed: count(ApproximateNumberOfMessagesDelayed),
        })
    }
}
