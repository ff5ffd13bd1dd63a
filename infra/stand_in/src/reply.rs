//! Sound replies: facts as JSON, in the envelope of either dialect.

use bytes::Bytes;
use faulty_http::Response;
use serde::Serialize;
use serde_json::{Value, json};

use super::options::{LABEL, MODEL};
use super::request::Form;
use super::rules::Picked;

/// A response with JSON in it.
pub(super) fn json(status: u16, body: impl Into<Bytes>) -> Response {
    typed(status, "application/json", body)
}

/// A response with anything in it.
pub(super) fn typed(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response {
    let response = Response::new(status).header("content-type", content_type);
    response.header("x-stand-in", LABEL).body(body)
}

/// What an envelope says besides the text.
#[derive(Clone, Copy)]
pub(super) struct Envelope {
    pub(super) form: Form,
    pub(super) prompt_bytes: usize,
}

#[derive(Serialize)]
struct Facts<'f> {
    facts: Vec<Item<'f>>,
}

#[derive(Serialize)]
struct Item<'f> {
    sentence: usize,
    quote: &'f str,
    claim: &'f str,
    kind: &'f str,
    certainty: &'f str,
    speaker: Option<&'f str>,
    when: Option<&'f str>,
    r#where: Option<&'f str>,
    entities: &'f [String],
}

/// The text of a sound reply.
pub(super) fn content(picked: &[Picked]) -> String {
    let items = picked.iter().map(|fact| Item {
        sentence: fact.sentence,
        quote: &fact.quote,
        claim: &fact.claim,
        kind: fact.kind,
        certainty: fact.certainty,
        speaker: fact.speaker.as_deref(),
        when: fact.when.as_deref(),
        r#where: fact.place.as_deref(),
        entities: &fact.entities,
    });
    let facts = Facts {
        facts: items.collect(),
    };
    // Strings and numbers always serialise.
    serde_json::to_string(&facts).unwrap_or_else(|_| "{}".to_owned())
}

impl Envelope {
    /// A finished answer with this text.
    pub(super) fn with_text(self, text: &str) -> Value {
        self.ended(&json!(text), self.stop())
    }

    /// The reason of an answer that is whole.
    pub(super) const fn stop(self) -> &'static str {
        if self.form.anthropic {
            "end_turn"
        } else {
            "stop"
        }
    }

    /// The reason of an answer that was cut.
    pub(super) const fn cut(self) -> &'static str {
        if self.form.anthropic {
            "max_tokens"
        } else {
            "length"
        }
    }

    /// An answer with any content and any reason.
    pub(super) fn ended(self, content: &Value, reason: &str) -> Value {
        let input = self.prompt_bytes / 4 + 1;
        let output = content.as_str().map_or(0, str::len) / 4 + 1;
        if self.form.anthropic {
            let content = match content {
                Value::Null => json!([]),
                text => json!([{"type": "text", "text": text}]),
            };
            return json!({"id": "msg_stand_in", "type": "message", "role": "assistant", "model": MODEL,
                "content": content, "stop_reason": reason, "stop_sequence": null, "stand_in": LABEL,
                "usage": {"input_tokens": input, "output_tokens": output}});
        }
        json!({"id": "chatcmpl-stand-in", "object": "chat.completion", "created": 0, "model": MODEL,
            "system_fingerprint": LABEL,
            "choices": [{"index": 0, "finish_reason": reason,
                "message": {"role": "assistant", "content": content, "refusal": null}}],
            "usage": {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output}})
    }

    /// An error's body.
    pub(super) fn error(
        self,
        kind: &str,
        code: Option<&str>,
        param: Option<&str>,
        message: &str,
    ) -> Value {
        if self.form.anthropic {
            return json!({"type": "error", "error": {"type": kind, "message": message}});
        }
        json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
    }
}
