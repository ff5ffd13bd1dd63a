//! What the mapping needs of a queue; a test scripts it.

use std::future::Future;
use std::time::Duration;

use domain::Budget;
use queue::{Queue, QueueError, Receipt, Received};
use runtime::clock;

/// Beyond the long poll itself, a receive has this long; the SDK's one retry is in it.
const RECEIVE_SLACK: Duration = Duration::from_secs(5);

/// A delete is small, and a message that is not deleted comes back.
const DELETE_CAP: Duration = Duration::from_secs(5);

/// A queue as its consumer sees it.
pub trait Source: Send + Sync + 'static {
    /// Waits up to `wait` for up to `max` messages.
    fn receive(
        &self,
        max: u8,
        wait: Duration,
    ) -> impl Future<Output = Result<Vec<Received>, QueueError>> + Send;

    /// Deletes at most ten; gives the message ids that it refused to delete.
    fn delete(
        &self,
        receipts: &[Receipt],
    ) -> impl Future<Output = Result<Vec<String>, QueueError>> + Send;
}

impl Source for Queue {
    async fn receive(&self, max: u8, wait: Duration) -> Result<Vec<Received>, QueueError> {
        let budget = Budget::starting(clock::now(), wait + RECEIVE_SLACK);
        Self::receive(self, &budget, max, wait).await
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<String>, QueueError> {
        let budget = Budget::starting(clock::now(), DELETE_CAP);
        Self::delete(self, &budget, receipts).await
    }
}
