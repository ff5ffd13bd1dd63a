//! The event source mapping: polls the queue, invokes the function, deletes what is done.
//!
//! It never receives more than the function has free slots for, never deletes what the function did
//! not report as done, and does nothing at all about a failure: the queue brings the message back.

mod batch_result;
mod deleter;
mod event;
mod observer;
mod options;
mod poller;
mod source;

use std::sync::Arc;
use std::time::Duration;

use domain::{Budget, Step};
use runtime::{OrWarn, clock, within};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use batch_result::{BatchResult, FailedBatch, batch_result};
pub use event::{QueueIdentity, payload};
pub use observer::{MappingEvent, MappingObserver, log_events};
pub use options::MappingOptions;
pub use source::Source;

use crate::lambda::Target;
use poller::Shared;

/// Finished messages that wait for the deleter; a full line makes the invocations' tasks wait.
const DELETE_BACKLOG_MAX: usize = 1_000;

/// At the end the deleter may finish what it has; a queue that is gone must not hold the stop up.
const DELETE_DRAIN: Duration = Duration::from_secs(5);

/// Killed invocations see their processes off within this.
const KILL_CAP: Duration = Duration::from_secs(10);

/// A running mapping.
#[derive(Debug)]
pub struct EventSourceMapping {
    stop: CancellationToken,
    kill: CancellationToken,
    pollers: JoinSet<()>,
    deleter: JoinSet<()>,
}

impl EventSourceMapping {
    /// Starts polling.
    #[must_use]
    pub fn start<S: Source, T: Target>(
        options: MappingOptions,
        source: S,
        target: T,
        observer: MappingObserver,
    ) -> Self {
        let options = MappingOptions {
            batch_size: options.batch_size.clamp(1, 10),
            maximum_concurrency: options.maximum_concurrency.clamp(1, Semaphore::MAX_PERMITS),
            ..options
        };
        let (stop, kill) = (CancellationToken::new(), CancellationToken::new());
        let (done, to_delete) = mpsc::channel(DELETE_BACKLOG_MAX);
        let source = Arc::new(source);
        let mut deleter = JoinSet::new();
        deleter.spawn(deleter::delete_all(
            Arc::clone(&source),
            to_delete,
            Arc::clone(&observer),
        ));
        let count = options.pollers.max(1);
        let shared = Arc::new(Shared {
            slots: Arc::new(Semaphore::new(options.maximum_concurrency)),
            options,
            source,
            target,
            done,
            observer,
            stop: stop.clone(),
            kill: kill.clone(),
        });
        let mut pollers = JoinSet::new();
        for _ in 0..count {
            pollers.spawn(poller::poll(Arc::clone(&shared)));
        }
        Self {
            stop,
            kill,
            pollers,
            deleter,
        }
    }

    /// Receives no more, lets the invocations in flight end for `drain` at most, then kills them;
    /// what is done is deleted.
    pub async fn stop(mut self, drain: Duration) {
        self.stop.cancel();
        if !all_joined(&mut self.pollers, drain).await {
            self.kill.cancel();
            if !all_joined(&mut self.pollers, KILL_CAP).await {
                tracing::error!("killed invocations did not end");
            }
        }
        if !all_joined(&mut self.deleter, DELETE_DRAIN).await {
            tracing::warn!("finished messages were not deleted in time; they will come again");
        }
    }
}

/// Waits until all tasks have ended, for `limit` at most.
async fn all_joined(tasks: &mut JoinSet<()>, limit: Duration) -> bool {
    let budget = Budget::starting(clock::now(), limit);
    let joined = within(Step::Idle, &budget, async {
        while let Some(ended) = tasks.join_next().await {
            ended.or_warn("end a task of the mapping in order");
        }
    });
    joined.await.is_ok()
}

#[cfg(test)]
mod tests;
