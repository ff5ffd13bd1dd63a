//! One record of a batch: its identity, and the work its body names, each judged alone.

use domain::{ArticleId, BadMessage, WorkMessage};
use serde_json::Value;

/// A record as it stands in the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqsRecord {
    /// What names the record in the response; `None` when the event does not say.
    pub message_id: Option<String>,
    /// The article, or what is wrong with the body.
    pub work: Result<ArticleId, BadMessage>,
}

/// Reads the records of an SQS event. `None` when the event is of another kind.
#[must_use]
pub fn records(event: &Value) -> Option<Vec<SqsRecord>> {
    event
        .get("Records")?
        .as_array()
        .map(|records| records.iter().map(record).collect())
}

fn record(value: &Value) -> SqsRecord {
    let text = |name| value.get(name).and_then(Value::as_str);
    SqsRecord {
        message_id: text("messageId")
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
        work: WorkMessage::from_body(text("body")).map(WorkMessage::article_id),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_bad_body_spoils_only_itself() {
        let event = json!({"Records": [
            {"messageId": "a", "body": "{\"v\":1,\"article_id\":7}"},
            {"messageId": "b", "body": null},
            {"messageId": "", "body": 5},
            "not even an object",
        ]});

        let read = records(&event).unwrap();

        assert_eq!(read[0].work, Ok(ArticleId::new(7)));
        assert_eq!(read[1].work, Err(BadMessage::Absent));
        assert_eq!(read[1].message_id.as_deref(), Some("b"));
        assert_eq!(
            (read[2].message_id.as_ref(), read[3].message_id.as_ref()),
            (None, None)
        );
    }

    #[test]
    fn an_event_of_another_kind_is_told_apart_from_an_empty_batch() {
        assert_eq!(records(&json!({"source": "aws.scheduler"})), None);
        assert_eq!(records(&json!({"Records": []})), Some(Vec::new()));
    }
}
