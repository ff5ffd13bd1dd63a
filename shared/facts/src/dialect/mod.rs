//! Two ways to put the same question and to read the answer's envelope.

mod anthropic;
mod openai;

use runtime::config::Dialect;
use serde_json::Value;
use url::Url;

use crate::error::Flaw;
use crate::ladder::Rung;

/// Tokens an answer may have. Sixty facts need some 6,000; the rest is room for reasoning.
const ANSWER_TOKENS_MAX: u32 = 16_000;

/// What the smallest models of today still allow.
const ANSWER_TOKENS_FEW: u32 = 4_096;

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
pub(crate) struct Said {
    pub(crate) text: Option<String>,
    pub(crate) finish: Finish,
    pub(crate) model: Option<String>,
}

/// The request's body.
pub(crate) fn body(dialect: Dialect, model: &str, user: &str, rung: Rung) -> Value {
    match dialect {
        Dialect::OpenAi => openai::body(model, user, rung),
        Dialect::Anthropic => anthropic::body(model, user, rung),
    }
}

/// Reads the envelope of a 200.
pub(crate) fn said(dialect: Dialect, envelope: &Value) -> Result<Said, Flaw> {
    let (text, finish) = match dialect {
        Dialect::OpenAi => openai::text_and_end(envelope)?,
        Dialect::Anthropic => anthropic::text_and_end(envelope)?,
    };
    let model = envelope.get("model").and_then(Value::as_str);
    Ok(Said {
        text,
        finish,
        model: model.map(str::to_owned),
    })
}

/// Reads the usage that an envelope reports; `None` when it reports none.
pub(crate) fn tokens(dialect: Dialect, envelope: &Value) -> Option<Tokens> {
    let usage = envelope.get("usage").filter(|usage| usage.is_object())?;
    match dialect {
        Dialect::OpenAi => openai::tokens(usage),
        Dialect::Anthropic => anthropic::tokens(usage),
    }
}

/// Where a route's calls go: the base URL and the dialect's path.
pub(crate) fn address(dialect: Dialect, base: &Url) -> Url {
    let tail = match dialect {
        Dialect::OpenAi => "chat/completions",
        Dialect::Anthropic if base.path().trim_end_matches('/').ends_with("/v1") => "messages",
        Dialect::Anthropic => "v1/messages",
    };
    let mut url = base.clone();
    let path = format!("{}/{tail}", base.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// The header that carries the key.
pub(crate) fn key_header(dialect: Dialect, base: &Url) -> KeyHeader {
    let host = base.host_str().unwrap_or("");
    match dialect {
        Dialect::Anthropic => KeyHeader::XApiKey,
        Dialect::OpenAi if host.ends_with(".azure.com") => KeyHeader::ApiKey,
        Dialect::OpenAi => KeyHeader::Bearer,
    }
}

/// Names of the header that carries the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyHeader {
    /// `authorization: Bearer …`
    Bearer,
    /// `x-api-key`
    XApiKey,
    /// `api-key`
    ApiKey,
}

/// A text that may be a string or a list of `{"type":"text","text":…}`.
fn joined_text(content: &Value) -> Option<String> {
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

fn number(usage: &Value, path: &str) -> i64 {
    let value = usage.pointer(path).and_then(Value::as_i64);
    value.unwrap_or(0).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_gets_the_dialect_s_path_once() {
        for (dialect, base, expected) in [
            (
                Dialect::OpenAi,
                "https://a.test/v1",
                "https://a.test/v1/chat/completions",
            ),
            (
                Dialect::OpenAi,
                "https://a.test/openai/v1/?k=1",
                "https://a.test/openai/v1/chat/completions?k=1",
            ),
            (
                Dialect::Anthropic,
                "https://a.test",
                "https://a.test/v1/messages",
            ),
            (
                Dialect::Anthropic,
                "https://a.test/v1/",
                "https://a.test/v1/messages",
            ),
        ] {
            let base = Url::parse(base).expect("a URL");

            assert_eq!(address(dialect, &base).as_str(), expected);
        }
    }
}
