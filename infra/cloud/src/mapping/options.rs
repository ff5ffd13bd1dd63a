//! How a mapping is set.

use std::time::Duration;

use super::event::QueueIdentity;

/// A mapping's settings, named as in the template. The batching window is 0, and
/// `ReportBatchItemFailures` is always on.
#[derive(Clone, Debug)]
pub struct MappingOptions {
    /// The queue as the records name it.
    pub queue: QueueIdentity,
    /// Messages an invocation, 1 to 10.
    pub batch_size: u8,
    /// Invocations at once.
    pub maximum_concurrency: usize,
    /// Pollers. One receives up to ten messages at a time; a second hides its round trips.
    pub pollers: usize,
    /// How long a receive waits on an empty queue, 20 s at most.
    pub wait: Duration,
}

impl MappingOptions {
    /// Batch size 1, two pollers, the longest poll.
    #[must_use]
    pub const fn new(queue: QueueIdentity, maximum_concurrency: usize) -> Self {
        Self {
            queue,
            batch_size: 1,
            maximum_concurrency,
            pollers: 2,
            wait: Duration::from_secs(20),
        }
    }
}
