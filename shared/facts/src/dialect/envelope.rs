//! What both dialects say about an answer: its text, why it ended, what it used.

use serde_json::Value;

/// Tokens an answer may have. Sixty facts need some 6,000; the rest is room for reasoning.
pub(crate) const ANSWER_TOKENS_MAX: u32 = 16_000;

/// What the smallest models of today still allow.
pub(super) const ANSWER_TOKENS_FEW: u32 = 4_096;

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// It was done.
    Done,
    /// The answer's limit.
    Cut,
    /// The context's limit.
    ContextFull,
    /// A content filter.
    Filtered,
    /// A refusal.
    Refused,
    /// The endpoint broke off.
    Failed,
    /// No reason, or one that is not known here.
    Unknown(Option<String>),
}

impl Finish {
    /// Reads the reason as any endpoint spells it.
    pub(crate) fn of(reason: Option<&str>) -> Self {
        let lower = reason.map(str::to_ascii_lowercase);
        match lower.as_deref() {
            Some(
                "stop" | "stop_sequence" | "end_turn" | "eos" | "eos_token" | "end" | "done"
                | "complete" | "completed" | "finished" | "finish_reason_stop" | "tool_calls"
                | "tool_use" | "function_call",
            ) => Self::Done,
            Some(
                "length"
                | "max_tokens"
                | "max_length"
                | "max_output_tokens"
                | "max_new_tokens"
                | "model_length"
                | "token_limit"
                | "incomplete"
                | "finish_reason_max_tokens",
            ) => Self::Cut,
            Some(
                "model_context_window_exceeded"
                | "context_window_exceeded"
                | "context_length_exceeded"
                | "context_length",
            ) => Self::ContextFull,
            Some(
                "content_filter"
                | "content_filtered"
                | "filtered"
                | "safety"
                | "recitation"
                | "blocklist"
                | "prohibited_content"
                | "spii"
                | "sensitive"
                | "moderation"
                | "guardrail_intervened"
                | "blocked",
            ) => Self::Filtered,
            Some("refusal" | "refused") => Self::Refused,
            Some(
                "error"
                | "failed"
                | "abort"
                | "aborted"
                | "cancelled"
                | "canceled"
                | "timeout"
                | "network_error"
                | "server_error"
                | "internal_error"
                | "insufficient_system_resource"
                | "malformed_function_call"
                | "load"
                | "unload",
            ) => Self::Failed,
            _ => Self::Unknown(reason.map(str::to_owned)),
        }
    }
}

/// Tokens as an answer reports them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// All of the prompt.
    pub(crate) input: i64,
    /// Of the prompt, what was read from the provider's cache.
    pub(crate) cached: i64,
    /// Of the prompt, what was written to the provider's cache.
    pub(crate) written: i64,
    /// All of the answer.
    pub(crate) output: i64,
    /// Of the answer, what was not shown.
    pub(crate) reasoning: i64,
}

/// An envelope, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) text: Option<String>,
    /// What was thought, where the endpoint tells it apart.
    pub(crate) reasoning: Option<String>,
    pub(crate) finish: Finish,
    pub(crate) model: Option<String>,
}

/// What an endpoint says, before its model is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: Option<String>,
    pub(super) reasoning: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) refused: bool,
}

impl Said {
    pub(super) fn finish(&self) -> Finish {
        if self.refused {
            Finish::Refused
        } else {
            Finish::of(self.reason.as_deref())
        }
    }
}

/// A text that may be a string or a list of `{"type":"text","text":…}`; a blank one is none.
pub(super) fn joined_text(content: &Value) -> Option<String> {
    let is_thought = |part: &Value| {
        let kind = part.get("type").and_then(Value::as_str).unwrap_or("");
        kind.contains("think") || kind.contains("reason")
    };
    let text = match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let parts = parts.iter().filter(|part| !is_thought(part));
            let texts = parts.filter_map(|part| {
                let text = part.get("text").unwrap_or(part);
                text.as_str()
            });
            texts.collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The arguments of a call, which are text or an object.
pub(super) fn arguments(value: &Value) -> Option<String> {
    match value {
        Value::String(_) => joined_text(value),
        Value::Object(fields) if !fields.is_empty() => Some(value.to_string()),
        _ => None,
    }
}

/// The first of `names` that is there. `None`: none is, or it is no count. A count may be a float or a
/// text.
pub(super) fn count(usage: &Value, names: &[&str]) -> Option<i64> {
    let value = names.iter().find_map(|name| usage.pointer(name))?;
    let from_text = || value.as_str().and_then(|text| text.trim().parse().ok());
    let number = value.as_f64().or_else(from_text)?;
    // Beyond this nobody has counted, and floats are exact below it.
    let is_count = (0.0..1e12).contains(&number);
    #[expect(clippy::cast_possible_truncation, reason = "checked just before")]
    is_count.then_some(number.round() as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reasons_are_read_in_any_spelling_and_others_are_kept() {
        assert_eq!(Finish::of(Some("SAFETY")), Finish::Filtered);
        assert_eq!(Finish::of(Some("Stop")), Finish::Done);
        assert_eq!(
            Finish::of(Some("because")),
            Finish::Unknown(Some("because".to_owned()))
        );
        assert_eq!(Finish::of(None), Finish::Unknown(None));
    }

    #[test]
    fn counts_are_read_as_numbers_and_texts_and_nonsense_is_unknown() {
        let read = |value: Value| count(&json!({ "n": value }), &["/x", "/n"]);

        assert_eq!(read(json!(900)), Some(900));
        assert_eq!(read(json!(900.0)), Some(900));
        assert_eq!(read(json!(" 900 ")), Some(900));
        for nonsense in [
            json!(null),
            json!("many"),
            json!(-5),
            json!(1e300),
            json!([1]),
        ] {
            assert_eq!(read(nonsense.clone()), None, "{nonsense}");
        }
    }
}
