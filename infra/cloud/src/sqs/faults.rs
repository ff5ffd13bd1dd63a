//! A queue that misbehaves on command: what SQS, or the way to it, does on a bad day.
//!
//! Each fault is used up by the next request of its kind, in the order in which they were set.

use std::collections::VecDeque;
use std::future::{self, Future};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use rustack_sqs_http::dispatch::SqsHandler;
use rustack_sqs_model::error::SqsError;
use rustack_sqs_model::operations::SqsOperation;
use serde_json::{Value, json};

use super::checks::{Answer, answer, merge, parse, text};

/// The requests of Gleaner that a fault can hit, single ones and batches alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueRequest {
    /// Sending.
    Send,
    /// Receiving.
    Receive,
    /// Deleting.
    Delete,
    /// Asking for the depth.
    Depth,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueFault {
    /// Status 500, and nothing was done.
    InternalError,
    /// Status 400 with the code of a throttled request, and nothing was done.
    Throttled,
    /// No answer, ever.
    Hang,
    /// It is done, but the answer is a 500.
    LostAnswer,
    /// A batch's first `count` entries are refused, the others are done.
    RefusedEntries {
        /// How many.
        count: usize,
        /// Whether the queue blames the request.
        sender_fault: bool,
    },
}

#[derive(Debug, Default)]
struct State {
    next: VecDeque<(QueueRequest, QueueFault)>,
    fired: usize,
}

/// The faults that are set; clones share them.
#[derive(Clone, Debug, Default)]
pub struct QueueFaults {
    state: Arc<Mutex<State>>,
}

impl QueueFaults {
    fn state(&self) -> MutexGuard<'_, State> {
        // A list and a count are whole after each change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next request of this kind meets this fault.
    pub fn set(&self, request: QueueRequest, fault: QueueFault) {
        self.state().next.push_back((request, fault));
    }

    /// How many faults have met a request: a test shows by it that its fault was real.
    #[must_use]
    pub fn fired(&self) -> usize {
        self.state().fired
    }

    fn take(&self, op: SqsOperation) -> Option<QueueFault> {
        let request = kind(op)?;
        let mut state = self.state();
        let at = state.next.iter().position(|(of, _)| *of == request)?;
        let (_, fault) = state.next.remove(at)?;
        state.fired += 1;
        Some(fault)
    }
}

fn kind(op: SqsOperation) -> Option<QueueRequest> {
    match op {
        SqsOperation::SendMessage | SqsOperation::SendMessageBatch => Some(QueueRequest::Send),
        SqsOperation::ReceiveMessage => Some(QueueRequest::Receive),
        SqsOperation::DeleteMessage | SqsOperation::DeleteMessageBatch => {
            Some(QueueRequest::Delete)
        }
        SqsOperation::GetQueueAttributes => Some(QueueRequest::Depth),
        _ => None,
    }
}

/// A queue behind its faults.
#[derive(Debug)]
pub(super) struct Faulty<H> {
    queue: Arc<H>,
    faults: QueueFaults,
}

impl<H> Faulty<H> {
    pub(super) fn new(queue: H, faults: QueueFaults) -> Self {
        Self {
            queue: Arc::new(queue),
            faults,
        }
    }
}

impl<H: SqsHandler> SqsHandler for Faulty<H> {
    fn handle_operation(
        &self,
        op: SqsOperation,
        body: Bytes,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
        let Some(fault) = self.faults.take(op) else {
            return self.queue.handle_operation(op, body);
        };
        let queue = Arc::clone(&self.queue);
        Box::pin(async move {
            match fault {
                QueueFault::InternalError => Err(internal_error()),
                QueueFault::Throttled => Ok(throttled()),
                QueueFault::Hang => future::pending().await,
                QueueFault::LostAnswer => {
                    queue.handle_operation(op, body).await?;
                    Err(internal_error())
                }
                QueueFault::RefusedEntries {
                    count,
                    sender_fault,
                } => refuse_entries(&*queue, op, body, count, sender_fault).await,
            }
        })
    }
}

fn internal_error() -> SqsError {
    SqsError::internal_error("a fault that was set")
}

fn throttled() -> http::Response<rustack_sqs_http::body::SqsResponseBody> {
    let body = json!({
        "__type": "com.amazonaws.sqs#RequestThrottled",
        "message": "The request was denied due to request throttling.",
    });
    let mut response = answer(&body);
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

async fn refuse_entries<H: SqsHandler>(
    queue: &H,
    op: SqsOperation,
    body: Bytes,
    count: usize,
    sender_fault: bool,
) -> Answer {
    let mut request = parse(&body)?;
    let Some(Value::Array(mut entries)) = request.remove("Entries") else {
        return Err(internal_error());
    };
    let others = entries.split_off(count.min(entries.len()));
    let code = if sender_fault {
        "InvalidMessageContents"
    } else {
        "InternalError"
    };
    let refused = entries.iter().map(|entry| {
        json!({"Id": text(entry, "Id"), "SenderFault": sender_fault, "Code": code, "Message": code})
    });
    let refused: Vec<Value> = refused.collect();
    if others.is_empty() {
        return Ok(answer(&json!({"Successful": [], "Failed": refused})));
    }
    request.insert("Entries".to_owned(), Value::Array(others));
    let reduced = Bytes::from(Value::Object(request).to_string());
    merge(queue.handle_operation(op, reduced).await?, refused).await
}
