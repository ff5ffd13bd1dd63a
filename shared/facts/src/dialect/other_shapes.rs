//! Envelopes of neither dialect that servers send all the same: wrapped in one more object, or in the
//! form of their own API.

use serde_json::Value;

use super::envelope::{Said, Tokens, count, joined_text};

/// Names under which gateways put the envelope.
const WRAPPERS: [&str; 5] = ["data", "result", "response", "output", "body"];

/// What marks an envelope of either dialect.
const MARKS: [&str; 2] = ["choices", "content"];

/// The envelope inside one more object.
pub(super) fn unwrapped(envelope: &Value) -> &Value {
    let is_one = |value: &Value| MARKS.iter().any(|mark| value.get(mark).is_some());
    if is_one(envelope) {
        return envelope;
    }
    let mut inner = WRAPPERS.iter().filter_map(|name| envelope.get(name));
    inner.find(|value| is_one(value)).unwrap_or(envelope)
}

/// Where the text and the reason of its end stand in the servers' own APIs.
const SHAPES: [(&str, &str); 6] = [
    ("/message/content", "/done_reason"),          // Ollama's chat
    ("/response", "/done_reason"),                 // Ollama's generate
    ("/result/response", "/result/finish_reason"), // Workers AI
    ("/candidates/0/content/parts", "/candidates/0/finishReason"), // Gemini
    ("/output/message/content", "/stopReason"),    // Bedrock's Converse
    ("/generated_text", "/finish_reason"),         // text generation servers
];

/// An answer in one of them.
pub(super) fn said(envelope: &Value) -> Option<Said> {
    let texts = SHAPES.iter().filter_map(|(text, reason)| {
        let text = joined_text(envelope.pointer(text)?)?;
        let reason = envelope.pointer(reason).and_then(Value::as_str);
        Some((text, reason.map(str::to_owned)))
    });
    let (text, reason) = texts.chain(responses(envelope)).next()?;
    Some(Said {
        text: Some(text),
        reason,
        ..Said::default()
    })
}

/// `OpenAI`'s Responses: a list of items, one of which is the message.
fn responses(envelope: &Value) -> Option<(String, Option<String>)> {
    let items = envelope.get("output")?.as_array()?;
    let is_message = |item: &&Value| item.get("type").and_then(Value::as_str) == Some("message");
    let mut messages = items.iter().filter(is_message);
    let text = joined_text(messages.next()?.get("content")?)?;
    let status = envelope.get("status").and_then(Value::as_str);
    Some((text, status.map(str::to_owned)))
}

/// The counts of Ollama's own API.
pub(super) fn tokens(envelope: &Value) -> Option<Tokens> {
    let input = count(envelope, &["/prompt_eval_count"]).filter(|input| *input > 0)?;
    Some(Tokens {
        input,
        output: count(envelope, &["/eval_count"])?,
        ..Tokens::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_text_is_found_in_each_shape() {
        for envelope in [
            json!({"message": {"content": "a"}, "done": true, "done_reason": "stop"}),
            json!({"response": "a", "done_reason": "stop"}),
            json!({"result": {"response": "a"}, "success": true}),
            json!({"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}]}),
            json!({"output": [{"type": "reasoning"}, {"type": "message", "content": [{"type": "output_text", "text": "a"}]}]}),
        ] {
            let text = said(&envelope).and_then(|it| it.text);
            assert_eq!(text.as_deref(), Some("a"), "{envelope}");
        }
        assert_eq!(said(&json!({"detail": "Model is loading"})), None);
    }

    #[test]
    fn one_more_object_around_an_envelope_is_opened_and_no_two() {
        let inner = json!({"choices": [1]});

        assert_eq!(*unwrapped(&json!({"code": 0, "data": inner})), inner);
        let twice = json!({"data": {"data": inner}});
        assert_eq!(*unwrapped(&twice), twice);
    }
}
