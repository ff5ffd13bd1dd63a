//! What both dialects say about an answer: its text, why it ended, what it used.

use serde_json::Value;

/// Tokens an answer may have. Sixty facts need some 6,000; the rest is room for reasoning.
pub(super) const ANSWER_TOKENS_MAX: u32 = 16_000;

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
    /// No reason, or one that is not known here.
    Unknown(Option<String>),
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
    pub(crate) finish: Finish,
    pub(crate) model: Option<String>,
}

/// A text that may be a string or a list of `{"type":"text","text":…}`.
pub(super) fn joined_text(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
            let joined: String = texts.collect();
            (!joined.is_empty()).then_some(joined)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

pub(super) fn number(usage: &Value, path: &str) -> i64 {
    let value = usage.pointer(path).and_then(Value::as_i64);
    value.unwrap_or(0).max(0)
}
