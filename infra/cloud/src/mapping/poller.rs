//! One poller: takes free slots, receives no more than they can hold, invokes, judges.

use std::sync::Arc;
use std::time::Duration;

use queue::{QueueError, Receipt, Received};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::observer::{MappingEvent, MappingObserver};
use super::options::MappingOptions;
use super::source::Source;
use super::{batch_result, event};
use crate::lambda::Target;

/// SQS gives at most ten messages a request.
const RECEIVE_MAX: u8 = 10;

/// First wait after a receive that failed; it doubles up to [`RETRY_WAIT_MAX`].
const RETRY_WAIT: Duration = Duration::from_millis(100);
const RETRY_WAIT_MAX: Duration = Duration::from_secs(5);

/// What the pollers of a mapping share.
pub(super) struct Shared<S, T> {
    pub(super) options: MappingOptions,
    pub(super) source: Arc<S>,
    pub(super) target: T,
    pub(super) slots: Arc<Semaphore>,
    pub(super) done: mpsc::Sender<Receipt>,
    pub(super) observer: MappingObserver,
    pub(super) stop: CancellationToken,
    pub(super) kill: CancellationToken,
}

/// Polls until the mapping stops, then waits for what it has in flight, until it is told to kill.
pub(super) async fn poll<S: Source, T: Target>(shared: Arc<Shared<S, T>>) {
    let mut invocations = JoinSet::new();
    let mut failures = 0;
    loop {
        let turn = tokio::select! {
            biased;
            () = shared.stop.cancelled() => break,
            turn = receive(&shared) => turn,
        };
        match turn {
            Ok((slots, messages)) => {
                failures = 0;
                start(&shared, &mut invocations, slots, messages).await;
            }
            Err(error) => {
                failures += 1;
                let in_a_row = failures;
                (shared.observer)(&MappingEvent::ReceiveFailed { error, in_a_row });
                back_off(&shared.stop, failures).await;
            }
        }
        while let Some(ended) = invocations.try_join_next() {
            report_panic(ended);
        }
    }
    drain(invocations, &shared.kill).await;
}

type Slots = Vec<OwnedSemaphorePermit>;

/// Waits for free slots, then for messages that fit into them.
async fn receive<S: Source, T>(
    shared: &Shared<S, T>,
) -> Result<(Slots, Vec<Received>), QueueError> {
    let batch_size = shared.options.batch_size;
    let slots = take_slots(
        &shared.slots,
        usize::from((RECEIVE_MAX / batch_size).max(1)),
    )
    .await;
    let fits = u8::try_from(slots.len()).unwrap_or(RECEIVE_MAX);
    let max = fits.saturating_mul(batch_size).min(RECEIVE_MAX);
    let messages = shared.source.receive(max, shared.options.wait).await?;
    Ok((slots, messages))
}

/// One slot, and as many more as are free, up to `most`. None if the mapping's slots are closed.
async fn take_slots(slots: &Arc<Semaphore>, most: usize) -> Slots {
    let mut taken = Vec::with_capacity(most);
    taken.extend(Arc::clone(slots).acquire_owned().await);
    while taken.len() < most {
        match Arc::clone(slots).try_acquire_owned() {
            Ok(slot) => taken.push(slot),
            Err(_none_free) => break,
        }
    }
    taken
}

/// Starts an invocation for each batch; slots that are left over are free again.
async fn start<S: Source, T: Target>(
    shared: &Arc<Shared<S, T>>,
    invocations: &mut JoinSet<()>,
    mut slots: Slots,
    messages: Vec<Received>,
) {
    let mut messages = messages.into_iter();
    loop {
        let size = usize::from(shared.options.batch_size);
        let batch: Vec<Received> = messages.by_ref().take(size).collect();
        if batch.is_empty() {
            return;
        }
        // A queue that gives more than it was asked for waits for further slots.
        let slot = match slots.pop() {
            Some(slot) => slot,
            None => match Arc::clone(&shared.slots).acquire_owned().await {
                Ok(slot) => slot,
                Err(_closed) => return,
            },
        };
        invocations.spawn(work(Arc::clone(shared), slot, batch));
    }
}

/// One batch: invoke, judge, hand what is done to the deleter.
async fn work<S: Source, T: Target>(
    shared: Arc<Shared<S, T>>,
    slot: OwnedSemaphorePermit,
    batch: Vec<Received>,
) {
    let payload = match event::payload(&batch, &shared.options.queue) {
        Ok(payload) => payload,
        Err(error) => {
            // The batch stays on the queue and comes back.
            tracing::error!(error = %error, "could not write an event");
            return;
        }
    };
    let invocation = shared.target.invoke(payload).await;
    drop(slot);
    let ids: Vec<&str> = batch
        .iter()
        .map(|message| message.message_id.as_str())
        .collect();
    let batch_result = batch_result(&invocation.result, &ids);
    (shared.observer)(&MappingEvent::Finished {
        invocation: &invocation,
        batch: &batch,
        batch_result: &batch_result,
    });
    for message in batch
        .into_iter()
        .filter(|message| batch_result.deletes(&message.message_id))
    {
        let receipt = Receipt {
            message_id: message.message_id,
            receipt_handle: message.receipt_handle,
        };
        if shared.done.send(receipt).await.is_err() {
            tracing::error!("the deleter has ended; a finished message will come again");
        }
    }
}

async fn back_off(stop: &CancellationToken, failures: u32) {
    let wait = RETRY_WAIT * 2_u32.pow(failures.clamp(1, 10) - 1);
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(wait.min(RETRY_WAIT_MAX)) => {}
    }
}

async fn drain(mut invocations: JoinSet<()>, kill: &CancellationToken) {
    loop {
        tokio::select! {
            ended = invocations.join_next() => match ended {
                Some(ended) => report_panic(ended),
                None => return,
            },
            // Dropping an invocation kills its process.
            () = kill.cancelled() => return invocations.shutdown().await,
        }
    }
}

fn report_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(error = %error, "an invocation's task panicked");
    }
}
