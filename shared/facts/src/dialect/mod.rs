//! Two ways to put the same question and to read the answer's envelope.

mod anthropic;
pub(crate) mod envelope;
mod form;
mod openai;
mod other_shapes;
mod runaway;
pub(crate) mod stream;

use runtime::config::{Dialect, KeyHeader};
use serde_json::Value;
use url::Url;

use self::envelope::{Envelope, Said, Tokens};
use crate::ask::request_form::RequestForm;
use crate::error::Flaw;

/// The request's body; `answer_tokens` is the answer's limit, which a form may lower.
///
/// # Errors
/// Never: texts and numbers always serialise.
pub(crate) fn body(
    dialect: Dialect,
    model: &str,
    user: &str,
    form: RequestForm,
    answer_tokens: u32,
) -> serde_json::Result<Vec<u8>> {
    match dialect {
        Dialect::OpenAi => serde_json::to_vec(&openai::body(model, user, form, answer_tokens)),
        Dialect::Anthropic => {
            serde_json::to_vec(&anthropic::body(model, user, form, answer_tokens))
        }
    }
}

/// Reads the envelope of an answer: of the dialect, or of another shape that servers are known to send.
pub(crate) fn envelope(dialect: Dialect, envelope: &Value) -> Result<Envelope, Flaw> {
    let envelope = other_shapes::unwrapped(envelope);
    let openai = || openai::said(envelope);
    let anthropic = || anthropic::said(envelope);
    let has_text = |said: &Said| said.text.is_some();
    let (own, other) = match dialect {
        Dialect::OpenAi => (openai(), anthropic().ok().filter(has_text)),
        Dialect::Anthropic => (anthropic(), openai().ok().filter(has_text)),
    };
    let said = own.or_else(|flaw| {
        let others = other;
        others.or_else(|| other_shapes::said(envelope)).ok_or(flaw)
    })?;
    let model = envelope.get("model").and_then(Value::as_str);
    Ok(Envelope {
        finish: said.finish(),
        text: said.text,
        reasoning: said.reasoning,
        model: model.map(str::to_owned),
    })
}

/// Reads the usage that an envelope reports; `None` when it reports none that can be read.
pub(crate) fn tokens(dialect: Dialect, envelope: &Value) -> Option<Tokens> {
    let envelope = other_shapes::unwrapped(envelope);
    let Some(usage) = envelope.get("usage").filter(|usage| usage.is_object()) else {
        return other_shapes::tokens(envelope);
    };
    match dialect {
        Dialect::OpenAi => openai::tokens(usage),
        Dialect::Anthropic => anthropic::tokens(usage),
    }
}

/// Where a route's calls go: the base URL and the dialect's path.
pub(crate) fn address(dialect: Dialect, base: &Url) -> Url {
    // Some give the whole address.
    let path = base.path().trim_end_matches('/');
    if path.ends_with("/chat/completions") || path.ends_with("/v1/messages") {
        let mut whole = base.clone();
        whole.set_path(path);
        return whole;
    }
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

/// The header that carries the key, unless another is set.
pub(crate) fn key_header(dialect: Dialect, base: &Url) -> KeyHeader {
    let host = base.host_str().unwrap_or("");
    match dialect {
        Dialect::Anthropic => KeyHeader::XApiKey,
        Dialect::OpenAi if host.ends_with(".azure.com") => KeyHeader::ApiKey,
        Dialect::OpenAi => KeyHeader::Authorization,
    }
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
                Dialect::OpenAi,
                "https://a.test/v1/chat/completions/",
                "https://a.test/v1/chat/completions",
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
