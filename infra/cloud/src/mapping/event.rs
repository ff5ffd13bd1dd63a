//! The event that Lambda makes of received messages.

use std::collections::HashMap;

use bytes::Bytes;
use queue::Received;
use serde::Serialize;

/// Where messages come from, as every record says it.
#[derive(Clone, Debug)]
pub struct QueueIdentity {
    /// The queue's ARN.
    pub arn: String,
    /// The queue's region.
    pub region: String,
}

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "Records")]
    records: Vec<Record<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    message_id: &'a str,
    receipt_handle: &'a str,
    body: Option<&'a str>,
    attributes: &'a HashMap<String, String>,
    message_attributes: NoAttributes,
    md5_of_body: Option<&'a str>,
    event_source: &'static str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
    aws_region: &'a str,
}

/// Our messages carry none; the key is there all the same.
#[derive(Serialize)]
struct NoAttributes {}

/// The payload of one invocation.
///
/// # Errors
/// Never in practice: texts and maps of texts have a JSON form.
pub fn payload(messages: &[Received], queue: &QueueIdentity) -> Result<Bytes, serde_json::Error> {
    let records = messages.iter().map(|message| Record {
        message_id: &message.message_id,
        receipt_handle: &message.receipt_handle,
        body: message.body.as_deref(),
        attributes: &message.attributes,
        message_attributes: NoAttributes {},
        md5_of_body: message.md5_of_body.as_deref(),
        event_source: "aws:sqs",
        event_source_arn: &queue.arn,
        aws_region: &queue.region,
    });
    let event = Event {
        records: records.collect(),
    };
    serde_json::to_vec(&event).map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::sqs::SqsEvent;
    use serde_json::json;

    use super::*;

    fn message() -> Received {
        Received {
            message_id: "059f36b4-87a3-44ab-83d2-661975830a7d".to_owned(),
            receipt_handle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a".to_owned(),
            body: Some(r#"{"v":1,"article_id":42}"#.to_owned()),
            md5_of_body: Some("e4e68fb7bd0e697a0ae8f1bb342846b3".to_owned()),
            attributes: [("ApproximateReceiveCount".to_owned(), "1".to_owned())].into(),
        }
    }

    fn queue() -> QueueIdentity {
        QueueIdentity {
            arn: "arn:aws:sqs:eu-west-1:123456789012:articles".to_owned(),
            region: "eu-west-1".to_owned(),
        }
    }

    #[test]
    fn a_record_carries_lambdas_keys_and_no_other() {
        let payload = payload(&[message()], &queue()).unwrap();

        let event: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(
            event,
            json!({"Records": [{
                "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": "{\"v\":1,\"article_id\":42}",
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:articles",
                "awsRegion": "eu-west-1",
            }]})
        );
    }

    #[test]
    fn the_event_reads_as_the_type_that_rust_functions_use() {
        let payload = payload(&[message(), message()], &queue()).unwrap();

        let event: SqsEvent = serde_json::from_slice(&payload).unwrap();

        assert_eq!(event.records.len(), 2);
        assert_eq!(event.records[1].body, message().body);
        assert_eq!(event.records[1].attributes["ApproximateReceiveCount"], "1");
    }
}
