//! Lambda's rules for the answer to a batch: which messages are done, which come back.
//!
//! A pure table. A failed message is left alone; its visibility time-out brings it back.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::lambda::InvocationResult;

/// What becomes of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchResult {
    /// Every message is deleted.
    Done,
    /// Every message but these is deleted.
    Partly(BTreeSet<String>),
    /// No message is deleted.
    Failed(FailedBatch),
}

/// Why a batch failed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedBatch {
    /// The invocation did not end in a response.
    Invocation(&'static str),
    /// The response is not JSON.
    BadJson,
    /// The response, or its list, has another shape.
    BadShape,
    /// An entry has no `itemIdentifier`.
    BadKey,
    /// An `itemIdentifier` is null or empty.
    EmptyIdentifier,
    /// An `itemIdentifier` names no message of the batch.
    UnknownIdentifier,
}

impl FailedBatch {
    /// The reason in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invocation(result) => result,
            Self::BadJson => "the response is not JSON",
            Self::BadShape => "the response has another shape",
            Self::BadKey => "a batch item failure has no itemIdentifier",
            Self::EmptyIdentifier => "an itemIdentifier is null or empty",
            Self::UnknownIdentifier => "an itemIdentifier is not in the batch",
        }
    }
}

impl BatchResult {
    /// Whether a message is done.
    #[must_use]
    pub fn deletes(&self, message_id: &str) -> bool {
        match self {
            Self::Done => true,
            Self::Partly(failed) => !failed.contains(message_id),
            Self::Failed(_) => false,
        }
    }
}

/// Judges an invocation over the batch with these message ids, under `ReportBatchItemFailures`.
#[must_use]
pub fn batch_result(result: &InvocationResult, message_ids: &[&str]) -> BatchResult {
    match result {
        InvocationResult::Success(body) => match failures(body, message_ids) {
            Ok(failed) if failed.is_empty() => BatchResult::Done,
            Ok(failed) => BatchResult::Partly(failed),
            Err(why) => BatchResult::Failed(why),
        },
        InvocationResult::FunctionError(_)
        | InvocationResult::TimedOut
        | InvocationResult::Exited(_)
        | InvocationResult::Unanswered
        | InvocationResult::NotStarted(_)
        | InvocationResult::Stopped => {
            BatchResult::Failed(FailedBatch::Invocation(result.as_str()))
        }
    }
}

/// The ids that a response reports as failed.
fn failures(body: &[u8], message_ids: &[&str]) -> Result<BTreeSet<String>, FailedBatch> {
    let response: Value = serde_json::from_slice(body).map_err(|_error| FailedBatch::BadJson)?;
    let fields = match response {
        Value::Null => return Ok(BTreeSet::new()),
        Value::Object(fields) => fields,
        _ => return Err(FailedBatch::BadShape),
    };
    match fields.get("batchItemFailures") {
        None | Some(Value::Null) => Ok(BTreeSet::new()),
        Some(Value::Array(entries)) => entries
            .iter()
            .map(|entry| identifier(entry, message_ids))
            .collect(),
        Some(_) => Err(FailedBatch::BadShape),
    }
}

fn identifier(entry: &Value, message_ids: &[&str]) -> Result<String, FailedBatch> {
    let fields = entry.as_object().ok_or(FailedBatch::BadShape)?;
    match fields.get("itemIdentifier").ok_or(FailedBatch::BadKey)? {
        Value::Null => Err(FailedBatch::EmptyIdentifier),
        Value::String(id) if id.is_empty() => Err(FailedBatch::EmptyIdentifier),
        Value::String(id) if message_ids.contains(&id.as_str()) => Ok(id.clone()),
        Value::String(_) => Err(FailedBatch::UnknownIdentifier),
        _ => Err(FailedBatch::BadShape),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use bytes::Bytes;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::lambda::StartError;

    const BATCH: [&str; 3] = ["a", "b", "c"];

    fn judged(response: &str) -> BatchResult {
        let result = InvocationResult::Success(Bytes::copy_from_slice(response.as_bytes()));
        batch_result(&result, &BATCH)
    }

    fn partly(ids: &[&str]) -> BatchResult {
        BatchResult::Partly(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn each_response_is_judged_as_lambda_judges_it() {
        use FailedBatch::{BadJson, BadKey, BadShape, EmptyIdentifier, UnknownIdentifier};
        let failed = BatchResult::Failed;
        for (response, expected) in [
            // the whole batch succeeded
            ("{}", BatchResult::Done),
            ("null", BatchResult::Done),
            (r#"{"batchItemFailures":[]}"#, BatchResult::Done),
            (r#"{"batchItemFailures":null}"#, BatchResult::Done),
            (r#"{"summary":"other keys only"}"#, BatchResult::Done),
            // a part of it
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#,
                partly(&["b"]),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}"#,
                partly(&["b"]),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"},{"itemIdentifier":"c"}]}"#,
                partly(&["a", "b", "c"]),
            ),
            // the whole batch failed
            ("", failed(BadJson)),
            ("done", failed(BadJson)),
            (r#"{"batchItemFailures":["#, failed(BadJson)),
            (r#""done""#, failed(BadShape)),
            ("[]", failed(BadShape)),
            (r#"{"batchItemFailures":"b"}"#, failed(BadShape)),
            (r#"{"batchItemFailures":["b"]}"#, failed(BadShape)),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":7}]}"#,
                failed(BadShape),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
                failed(EmptyIdentifier),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
                failed(EmptyIdentifier),
            ),
            (
                r#"{"batchItemFailures":[{"item_identifier":"b"}]}"#,
                failed(BadKey),
            ),
            (r#"{"batchItemFailures":[{}]}"#, failed(BadKey)),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"d"}]}"#,
                failed(UnknownIdentifier),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"d"}]}"#,
                failed(UnknownIdentifier),
            ),
        ] {
            assert_eq!(judged(response), expected, "{response}");
        }
    }

    #[test]
    fn an_invocation_without_a_response_fails_its_whole_batch() {
        for (result, name) in [
            (
                InvocationResult::FunctionError(Bytes::from_static(b"{}")),
                "function_error",
            ),
            (InvocationResult::TimedOut, "timed_out"),
            (InvocationResult::Exited(ExitStatus::from_raw(9)), "exited"),
            (InvocationResult::Unanswered, "unanswered"),
            (
                InvocationResult::NotStarted(StartError::Stopped),
                "not_started",
            ),
            (InvocationResult::Stopped, "stopped"),
        ] {
            let judged = batch_result(&result, &BATCH);

            assert_eq!(judged, BatchResult::Failed(FailedBatch::Invocation(name)));
        }
    }

    proptest! {
        #[test]
        fn a_reported_message_is_never_deleted_and_an_unreported_one_always_is(
            batch in proptest::collection::btree_set("[a-f0-9]{4}", 1..=10),
            marks in proptest::collection::vec(any::<bool>(), 10),
        ) {
            let ids: Vec<&str> = batch.iter().map(String::as_str).collect();
            let failed: Vec<&str> =
                ids.iter().zip(&marks).filter(|(_, mark)| **mark).map(|(id, _)| *id).collect();
            let entries: Vec<Value> =
                failed.iter().map(|id| json!({"itemIdentifier": id})).collect();
            let body = json!({"batchItemFailures": entries}).to_string();

            let batch_result = batch_result(&InvocationResult::Success(body.into()), &ids);

            for id in &ids {
                prop_assert_eq!(batch_result.deletes(id), !failed.contains(id));
            }
        }

        #[test]
        fn a_foreign_id_saves_the_whole_batch_from_deletion(
            batch in proptest::collection::btree_set("[a-f0-9]{4}", 1..=10),
            foreign in "[g-z]{0,4}",
            at in 0..10_usize,
        ) {
            let ids: Vec<&str> = batch.iter().map(String::as_str).collect();
            let mut named: Vec<&str> = ids.clone();
            named.insert(at.min(ids.len()), &foreign);
            let entries: Vec<Value> =
                named.iter().map(|id| json!({"itemIdentifier": id})).collect();
            let body = json!({"batchItemFailures": entries}).to_string();

            let batch_result = batch_result(&InvocationResult::Success(body.into()), &ids);

            for id in &ids {
                prop_assert!(!batch_result.deletes(id));
            }
        }

        #[test]
        fn no_response_makes_the_table_panic(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let judged = batch_result(&InvocationResult::Success(body.clone().into()), &BATCH);

            let is_json = serde_json::from_slice::<Value>(&body).is_ok();
            prop_assert!(is_json || judged == BatchResult::Failed(FailedBatch::BadJson));
        }
    }
}
