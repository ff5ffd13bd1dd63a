//! An answer that comes in pieces, put together to the envelope that it would have been in one: what is
//! decided about an answer is decided in one place.

use runtime::config::Dialect;
use serde_json::{Map, Value, json};

use super::runaway::is_runaway;

/// A repetition is looked for once in so many bytes.
const LOOK_EVERY_BYTES: usize = 512;

/// What has come so far.
#[derive(Debug)]
pub(crate) struct Stream {
    dialect: Dialect,
    text: String,
    reasoning: String,
    refusal: String,
    arguments: String,
    finish: Option<String>,
    model: Option<String>,
    usage: Map<String, Value>,
    error: Option<Value>,
    /// An event that was a whole envelope.
    whole: Option<Vec<u8>>,
    is_done: bool,
    pieces: u32,
    looked_at: usize,
    is_runaway: bool,
}

impl Stream {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            text: String::new(),
            reasoning: String::new(),
            refusal: String::new(),
            arguments: String::new(),
            finish: None,
            model: None,
            usage: Map::new(),
            error: None,
            whole: None,
            is_done: false,
            pieces: 0,
            looked_at: 0,
            is_runaway: false,
        }
    }

    /// Takes the data of one event.
    pub(crate) fn event(&mut self, data: &[u8]) {
        if data.trim_ascii() == b"[DONE]" {
            self.is_done = true;
            return;
        }
        let Ok(event) = serde_json::from_slice::<Value>(data) else {
            // judged like any other body that is no JSON, unless sound events came
            self.whole.get_or_insert_with(|| data.to_vec());
            return;
        };
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            self.error = Some(error.clone());
            return;
        }
        let before = self.pieces;
        match self.dialect {
            Dialect::OpenAi => self.openai(&event, data),
            Dialect::Anthropic => self.anthropic(&event, data),
        }
        if self.pieces > before && self.written().len() >= self.looked_at + LOOK_EVERY_BYTES {
            self.looked_at = self.written().len();
            self.is_runaway |= is_runaway(self.written());
        }
    }

    fn openai(&mut self, event: &Value, data: &[u8]) {
        self.note_model(event);
        self.note_usage(event.get("usage"));
        let Some(choice) = event.pointer("/choices/0") else {
            return;
        };
        if choice.get("message").is_some() {
            self.whole = Some(data.to_vec());
            self.is_done = true;
            return;
        }
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.finish = Some(reason.to_owned());
        }
        let Some(delta) = choice.get("delta") else {
            return;
        };
        let piece = |name: &str| delta.get(name).and_then(Value::as_str).unwrap_or("");
        self.text.push_str(piece("content"));
        self.refusal.push_str(piece("refusal"));
        let reasoning = [piece("reasoning_content"), piece("reasoning")];
        // some send both names with the same words
        let reasoning = reasoning.into_iter().find(|text| !text.is_empty());
        self.reasoning.push_str(reasoning.unwrap_or(""));
        let arguments = delta.pointer("/tool_calls/0/function/arguments");
        let arguments = arguments.and_then(Value::as_str).unwrap_or("");
        self.arguments.push_str(arguments);
        let said = [piece("content"), piece("refusal"), arguments];
        let is_piece = reasoning.is_some() || said.iter().any(|text| !text.is_empty());
        self.pieces += u32::from(is_piece);
    }

    fn anthropic(&mut self, event: &Value, data: &[u8]) {
        let text = |path: &str| event.pointer(path).and_then(Value::as_str).unwrap_or("");
        match text("/type") {
            "message" => {
                self.whole = Some(data.to_vec());
                self.is_done = true;
            }
            "message_start" => {
                let message = event.get("message").unwrap_or(&Value::Null);
                self.note_model(message);
                self.note_usage(message.get("usage"));
            }
            "content_block_start" => {
                self.text.push_str(text("/content_block/text"));
                self.reasoning.push_str(text("/content_block/thinking"));
            }
            "content_block_delta" => {
                self.text.push_str(text("/delta/text"));
                self.reasoning.push_str(text("/delta/thinking"));
                self.arguments.push_str(text("/delta/partial_json"));
                self.pieces += 1;
            }
            "message_delta" => {
                if let Some(reason) = event.pointer("/delta/stop_reason").and_then(Value::as_str) {
                    self.finish = Some(reason.to_owned());
                }
                self.note_usage(event.get("usage"));
            }
            "message_stop" => self.is_done = true,
            _ => {}
        }
    }

    fn note_model(&mut self, holder: &Value) {
        if let Some(model) = holder.get("model").and_then(Value::as_str) {
            self.model = Some(model.to_owned());
        }
    }

    /// Later numbers replace earlier ones: they are sums.
    fn note_usage(&mut self, usage: Option<&Value>) {
        let fields = usage.and_then(Value::as_object).into_iter().flatten();
        for (name, value) in fields.filter(|(_, value)| !value.is_null()) {
            self.usage.insert(name.clone(), value.clone());
        }
    }

    fn written(&self) -> &str {
        [&self.text, &self.arguments, &self.reasoning]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or(&self.text)
    }

    /// Pieces of text so far, about a token each.
    pub(crate) const fn pieces(&self) -> u32 {
        self.pieces
    }

    /// Bytes of text so far.
    pub(crate) const fn bytes(&self) -> usize {
        self.text.len() + self.reasoning.len() + self.refusal.len() + self.arguments.len()
    }

    /// It says the same over and over.
    pub(crate) const fn is_runaway(&self) -> bool {
        self.is_runaway
    }

    /// The end was said; what the connection does then no longer matters.
    pub(crate) const fn is_done(&self) -> bool {
        self.is_done
    }

    /// Whether the end was said in any way.
    pub(crate) const fn is_ended(&self) -> bool {
        self.is_done || self.finish.is_some() || self.error.is_some()
    }

    /// The envelope of the answer. One that was cut on its way says so like one that reached its limit.
    pub(crate) fn envelope(self, cut: bool) -> Vec<u8> {
        if let Some(whole) = self.whole
            && self.pieces == 0
        {
            return whole;
        }
        let error = self.error.filter(|_| self.pieces == 0);
        // an error in the middle leaves a beginning
        let cut = cut || (error.is_none() && self.finish.is_none() && !self.is_done);
        let cut_word = match self.dialect {
            Dialect::OpenAi => "length",
            Dialect::Anthropic => "max_tokens",
        };
        let finish = if cut {
            Some(cut_word.to_owned())
        } else {
            self.finish
        };
        let mut envelope = match self.dialect {
            Dialect::OpenAi => {
                let mut message = json!({"role": "assistant", "content": self.text});
                for (name, text) in [
                    ("reasoning_content", self.reasoning),
                    ("refusal", self.refusal),
                ] {
                    if !text.is_empty() {
                        message[name] = text.into();
                    }
                }
                if !self.arguments.is_empty() {
                    let call =
                        json!({"type": "function", "function": {"arguments": self.arguments}});
                    message["tool_calls"] = json!([call]);
                }
                json!({"choices": [{"index": 0, "finish_reason": finish, "message": message}]})
            }
            Dialect::Anthropic => {
                let mut content = Vec::new();
                if !self.reasoning.is_empty() {
                    content.push(json!({"type": "thinking", "thinking": self.reasoning}));
                }
                if !self.arguments.is_empty() {
                    let input: Value = serde_json::from_str(&self.arguments).unwrap_or(Value::Null);
                    content.push(json!({"type": "tool_use", "input": input}));
                }
                if !self.text.is_empty() || content.is_empty() {
                    content.push(json!({"type": "text", "text": self.text}));
                }
                json!({"type": "message", "content": content, "stop_reason": finish})
            }
        };
        if let Some(error) = error {
            envelope = json!({ "error": error });
        }
        envelope["model"] = self.model.map_or(Value::Null, Value::String);
        if !self.usage.is_empty() {
            envelope["usage"] = Value::Object(self.usage);
        }
        envelope.to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assembled(dialect: Dialect, events: &[&str], cut: bool) -> Value {
        let mut stream = Stream::new(dialect);
        for event in events {
            stream.event(event.as_bytes());
        }
        serde_json::from_slice(&stream.envelope(cut)).expect("an envelope")
    }

    #[test]
    fn openai_pieces_make_the_envelope_they_were_cut_from() {
        let envelope = assembled(
            Dialect::OpenAi,
            &[
                r#"{"model":"m","choices":[{"delta":{"role":"assistant","content":null}}]}"#,
                r#"{"choices":[{"delta":{"reasoning_content":"hm"}}]}"#,
                r#"{"choices":[{"delta":{"content":"{\"fa"}}]}"#,
                r#"{"choices":[{"delta":{"content":"cts\":[]}"},"finish_reason":"stop"}]}"#,
                r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#,
                "[DONE]",
            ],
            false,
        );

        let expected = json!({"model": "m", "usage": {"prompt_tokens": 7, "completion_tokens": 3},
            "choices": [{"index": 0, "finish_reason": "stop", "message":
                {"role": "assistant", "content": "{\"facts\":[]}", "reasoning_content": "hm"}}]});
        assert_eq!(envelope, expected);
    }

    #[test]
    fn anthropic_pieces_too_and_their_usage_is_joined() {
        let envelope = assembled(
            Dialect::Anthropic,
            &[
                r#"{"type":"message_start","message":{"model":"m","usage":{"input_tokens":7,"output_tokens":1}}}"#,
                r#"{"type":"content_block_start","content_block":{"type":"text","text":""}}"#,
                r#"{"type":"ping"}"#,
                r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"{}"}}"#,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}"#,
                r#"{"type":"message_stop"}"#,
            ],
            false,
        );

        let expected = json!({"type": "message", "model": "m", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": "{}"}], "usage": {"input_tokens": 7, "output_tokens": 3}});
        assert_eq!(envelope, expected);
    }

    #[test]
    fn an_end_that_was_not_said_is_a_cut_and_never_a_finished_answer() {
        let piece = r#"{"choices":[{"delta":{"content":"{\"facts\":[]}"}}]}"#;
        for (events, cut) in [(vec![piece], false), (vec![piece, "[DONE]"], true)] {
            let envelope = assembled(Dialect::OpenAi, &events, cut);

            assert_eq!(envelope["choices"][0]["finish_reason"], "length");
        }
    }

    #[test]
    fn an_error_before_any_text_is_that_error_and_later_leaves_a_beginning() {
        let (error, piece) = (
            r#"{"error":{"message":"overloaded"}}"#,
            r#"{"choices":[{"delta":{"content":"{"}}]}"#,
        );

        let early = assembled(Dialect::OpenAi, &[error], false);
        let late = assembled(Dialect::OpenAi, &[piece, error], false);

        assert_eq!(early["error"]["message"], "overloaded");
        assert_eq!(late["choices"][0]["finish_reason"], "length");
    }
}
