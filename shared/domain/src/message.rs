//! The queue message: a small versioned JSON body that names one article.
//!
//! A body is read as a string and judged alone, so that one bad body never spoils its batch.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::ArticleId;

/// The version this build writes and reads.
const VERSION: u64 = 1;

/// What travels through the queue: `{"v":1,"article_id":42}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkMessage {
    /// The version of the body's shape.
    v: u64,
    /// The article that is due.
    article_id: ArticleId,
}

/// Why a message body is not work.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadMessage {
    /// The body was missing or null.
    #[error("read message body: it is absent")]
    Absent,
    /// The body was not a JSON object.
    #[error("read message body: it is not a JSON object")]
    NotJson,
    /// The body is an SNS envelope: raw message delivery is off on the subscription.
    #[error("read message body: it is an SNS envelope; turn raw message delivery on")]
    SnsEnvelope,
    /// The body is an event of `EventBridge`: a rule sends it whole.
    #[error(
        "read message body: it is an EventBridge event; let the rule's input transformer send its detail"
    )]
    EventBridgeEnvelope,
    /// The body carries another version, or none.
    #[error("read message body: version {found} is not {VERSION}")]
    Version {
        /// The version as found, `none` when there is none.
        found: String,
    },
    /// The body's `article_id` is missing or is not a 64-bit integer.
    #[error("read message body: article_id is not a 64-bit integer")]
    Id,
}

impl WorkMessage {
    /// A message for one article.
    #[must_use]
    pub const fn new(article_id: ArticleId) -> Self {
        Self {
            v: VERSION,
            article_id,
        }
    }

    /// The article the message names.
    #[must_use]
    pub const fn article_id(self) -> ArticleId {
        self.article_id
    }

    /// The body as sent.
    #[must_use]
    pub fn to_body(self) -> String {
        format!(r#"{{"v":{},"article_id":{}}}"#, self.v, self.article_id)
    }

    /// Reads a body as received.
    ///
    /// # Errors
    /// Names what is wrong with the body; the text of the body is not repeated.
    pub fn from_body(body: Option<&str>) -> Result<Self, BadMessage> {
        let text = body.ok_or(BadMessage::Absent)?;
        let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(text) else {
            return Err(BadMessage::NotJson);
        };
        if fields.contains_key("TopicArn") && fields.contains_key("Message") {
            return Err(BadMessage::SnsEnvelope);
        }
        if fields.contains_key("detail-type") && fields.contains_key("detail") {
            return Err(BadMessage::EventBridgeEnvelope);
        }
        match fields.get("v") {
            Some(version) if version.as_u64() == Some(VERSION) => {}
            Some(other) => {
                return Err(BadMessage::Version {
                    found: shorten(other),
                });
            }
            None => {
                return Err(BadMessage::Version {
                    found: "none".to_owned(),
                });
            }
        }
        let id = fields
            .get("article_id")
            .and_then(Value::as_i64)
            .ok_or(BadMessage::Id)?;
        Ok(Self::new(ArticleId::new(id)))
    }
}

/// A stranger's value, short enough for a log line.
fn shorten(value: &Value) -> String {
    value.to_string().chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_body_survives_the_round_trip() {
        for id in [i64::MIN, -1, 0, 42, i64::MAX] {
            let message = WorkMessage::new(ArticleId::new(id));

            assert_eq!(
                WorkMessage::from_body(Some(&message.to_body())),
                Ok(message)
            );
        }
    }

    #[test]
    fn each_bad_body_is_named() {
        let version = |found: &str| BadMessage::Version {
            found: found.to_owned(),
        };
        for (body, expected) in [
            (None, BadMessage::Absent),
            (Some(""), BadMessage::NotJson),
            (Some("null"), BadMessage::NotJson),
            (Some("[1]"), BadMessage::NotJson),
            (Some(r#"{"article_id":1}"#), version("none")),
            (Some(r#"{"v":2,"article_id":1}"#), version("2")),
            (Some(r#"{"v":1}"#), BadMessage::Id),
            (Some(r#"{"v":1,"article_id":"1"}"#), BadMessage::Id),
            (
                Some(r#"{"v":1,"article_id":92233720368547758070}"#),
                BadMessage::Id,
            ),
            (
                Some(r#"{"TopicArn":"a","Message":"{}"}"#),
                BadMessage::SnsEnvelope,
            ),
            (
                Some(r#"{"version":"0","detail-type":"t","detail":{"v":1,"article_id":1}}"#),
                BadMessage::EventBridgeEnvelope,
            ),
        ] {
            assert_eq!(WorkMessage::from_body(body), Err(expected), "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in ".*") {
            let judged = WorkMessage::from_body(Some(&body));

            prop_assert!(judged.is_err() || body.contains("article_id"));
        }
    }
}
