//! A batch of records in, a partial-batch response out.
//!
//! A record whose outcome is recorded is done, whatever the outcome. One whose outcome could not be
//! recorded, or whose body is no work, is named as failed; the others are not touched by it.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_lambda_events::sqs::SqsBatchResponse;
use domain::ArticleId;
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::{Chain, Scope, clock, deadline_from_context};
use serde_json::Value;
use thiserror::Error;
use tokio::task::JoinSet;

use crate::invocation::Invocation;
use crate::process::process;
use crate::services::Services;
use crate::sqs_record::{SqsRecord, records};

/// Why an event as a whole fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EventError {
    /// It is no SQS event.
    #[error("read the event: it has no Records; this function takes SQS events")]
    NotSqs,
    /// A record failed and the event gives it no id to be named by.
    #[error("name a failed record: it has no messageId, so the whole batch fails")]
    Nameless,
}

impl From<EventError> for Diagnostic {
    fn from(error: EventError) -> Self {
        let error_type = match error {
            EventError::NotSqs => "EventError::NotSqs",
            EventError::Nameless => "EventError::Nameless",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}

/// Serves one invocation.
///
/// # Errors
/// When the event is no SQS event, or a record without an id failed.
pub async fn handle(
    services: &Arc<Services>,
    event: LambdaEvent<Value>,
) -> Result<SqsBatchResponse, EventError> {
    let (now, context) = (clock::now(), &event.context);
    let otherwise = services.function.time_default;
    let deadline = deadline_from_context(context.deadline, now, clock::wall(), otherwise);
    let invocation = Invocation::begin(&context.request_id, deadline, now);
    let scope = Scope::invocation(&context.request_id, deadline);
    Box::pin(scope.run(serve(services, &event.payload, invocation))).await
}

async fn serve(
    services: &Arc<Services>,
    event: &Value,
    invocation: Invocation,
) -> Result<SqsBatchResponse, EventError> {
    let Some(records) = records(event) else {
        tracing::error!(error = %EventError::NotSqs, "the event is not for this function");
        return Err(EventError::NotSqs);
    };
    let failed = work_off(services, &records, &invocation).await;
    named(&records, &failed)
}

/// The response that names what failed. Each id once: a batch may hold a message twice.
fn named(records: &[SqsRecord], failed: &BTreeSet<usize>) -> Result<SqsBatchResponse, EventError> {
    let failed = failed.iter().filter_map(|index| records.get(*index));
    let ids: Option<BTreeSet<&str>> = failed.map(|record| record.message_id.as_deref()).collect();
    let mut response = SqsBatchResponse::default();
    for id in ids.ok_or(EventError::Nameless)? {
        response.add_failure(id);
    }
    Ok(response)
}

/// Works on all records at once; gives the indexes of those whose outcome is not recorded, in order.
async fn work_off(
    services: &Arc<Services>,
    records: &[SqsRecord],
    invocation: &Invocation,
) -> BTreeSet<usize> {
    let mut failed: BTreeSet<usize> = (0..records.len()).collect();
    let mut tasks: JoinSet<Option<usize>> = JoinSet::new();
    for (index, record) in records.iter().enumerate() {
        match &record.work {
            Err(error) => {
                tracing::error!(message_id = record.message_id, %error, "the message is no work");
            }
            Ok(article) => {
                let (services, invocation) = (Arc::clone(services), invocation.clone());
                let article = *article;
                let work = async move {
                    is_recorded(&services, article, &invocation)
                        .await
                        .then_some(index)
                };
                // a scope does not follow into a task by itself
                let scope = Scope::current().map(|scope| scope.article(article));
                tasks.spawn(in_scope(scope, work));
            }
        }
    }
    // Ends: a task ends with its budget, which `within` enforces at every await of it.
    while let Some(ended) = tasks.join_next().await {
        // one that panicked outside of its attempt has told its record to nobody: it stays failed
        if let Ok(Some(recorded)) = ended {
            failed.remove(&recorded);
        }
    }
    failed
}

async fn in_scope<F: Future>(scope: Option<Scope>, work: F) -> F::Output {
    match scope {
        Some(scope) => scope.run(work).await,
        None => work.await,
    }
}

/// Works on an article; whether its outcome stands in the database.
async fn is_recorded(services: &Services, article: ArticleId, invocation: &Invocation) -> bool {
    match process(services, article, invocation).await {
        Ok(_outcome) => true,
        Err(error) => {
            let reason = error.reason().as_str();
            let error = Chain(&error).to_string();
            tracing::error!(
                article_id = article.get(),
                reason,
                error,
                "the outcome could not be recorded"
            );
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_that_stands_twice_in_a_batch_is_named_once() {
        let event = json!({"Records": [
            {"messageId": "a", "body": "no work"},
            {"messageId": "b", "body": "no work"},
            {"messageId": "a", "body": "no work"},
        ]});
        let records = records(&event).expect("records");

        let response = named(&records, &BTreeSet::from([0, 1, 2])).expect("all have ids");

        let ids: Vec<&str> = response
            .batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.as_str())
            .collect();
        assert_eq!(ids, ["a", "b"]);
    }
}
