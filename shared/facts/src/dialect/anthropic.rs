//! Anthropic Messages. Its `OpenAI` layer ignores the schema, hence its own dialect.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::envelope::{ANSWER_TOKENS_FEW, ANSWER_TOKENS_MAX, Finish, Tokens, joined_text, number};
use super::form::{schema, system};
use crate::ask::request_form::{Format, Limit, RequestForm};
use crate::error::Flaw;

/// The fields stand in the order in which they are sent.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    model: &'a str,
    system: [Block<'a>; 1],
    messages: [Message<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig>,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<u8>,
}

/// A text that the provider is to cache.
#[derive(Serialize)]
struct Block<'a> {
    r#type: &'static str,
    text: &'a str,
    cache_control: Kind,
}

#[derive(Serialize)]
struct Kind {
    r#type: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct OutputConfig {
    format: OutputFormat,
}

#[derive(Serialize)]
struct OutputFormat {
    r#type: &'static str,
    schema: Option<&'static RawValue>,
}

pub(super) fn body<'a>(model: &'a str, user: &'a str, form: RequestForm) -> Body<'a> {
    let output_config = || OutputConfig {
        format: OutputFormat {
            r#type: "json_schema",
            schema: schema(form).map(|schema| schema.inner.as_ref()),
        },
    };
    Body {
        model,
        system: [Block {
            r#type: "text",
            text: system(form),
            cache_control: Kind {
                r#type: "ephemeral",
            },
        }],
        messages: [Message {
            role: "user",
            content: user,
        }],
        output_config: (form.format == Format::Schema).then(output_config),
        max_tokens: match form.limit {
            Limit::MaxCompletionTokens | Limit::MaxTokens | Limit::Unset => ANSWER_TOKENS_MAX,
            Limit::FewTokens => ANSWER_TOKENS_FEW,
        },
        temperature: form.temperature.then_some(0),
    }
}

pub(super) fn text_and_end(envelope: &Value) -> Result<(Option<String>, Finish), Flaw> {
    let content = envelope.get("content").ok_or(Flaw::NoChoice)?;
    let reason = envelope.get("stop_reason").and_then(Value::as_str);
    let finish = match reason {
        Some("end_turn" | "stop_sequence") => Finish::Done,
        Some("max_tokens") => Finish::Cut,
        Some("model_context_window_exceeded") => Finish::ContextFull,
        Some("refusal") => Finish::Refused,
        other => Finish::Unknown(other.map(str::to_owned)),
    };
    Ok((joined_text(content), finish))
}

/// Here the cached tokens are not part of the input tokens; thinking is part of the output tokens
/// and not told apart.
pub(super) fn tokens(usage: &Value) -> Option<Tokens> {
    usage
        .get("input_tokens")
        .or_else(|| usage.get("output_tokens"))?;
    let cached = number(usage, "/cache_read_input_tokens");
    let written = number(usage, "/cache_creation_input_tokens");
    Some(Tokens {
        input: number(usage, "/input_tokens") + cached + written,
        cached,
        written,
        output: number(usage, "/output_tokens"),
        reasoning: 0,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_static_part_is_marked_for_the_provider_s_cache() {
        let form = RequestForm {
            format: Format::Schema,
            limit: Limit::MaxTokens,
            temperature: true,
            bounds: false,
        };

        let body = serde_json::to_value(body("m", "u", form)).expect("it serialises");

        assert_eq!(body["system"][0]["cache_control"]["type"], "ephemeral");
        let schema = &body["output_config"]["format"]["schema"];
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["properties"]["facts"]["maxItems"], Value::Null);
        assert_eq!(body["max_tokens"], ANSWER_TOKENS_MAX);
    }

    #[test]
    fn cached_tokens_count_as_input() {
        let usage = json!({"input_tokens": 10, "cache_read_input_tokens": 900,
            "cache_creation_input_tokens": 50, "output_tokens": 7});

        let expected = Tokens {
            input: 960,
            cached: 900,
            written: 50,
            output: 7,
            reasoning: 0,
        };
        assert_eq!(tokens(&usage), Some(expected));
    }

    #[test]
    fn a_full_context_is_not_taken_for_a_finished_answer() {
        let envelope = json!({"content": [{"type": "text", "text": "{"}],
            "stop_reason": "model_context_window_exceeded"});

        assert_eq!(
            text_and_end(&envelope).map(|(_, finish)| finish),
            Ok(Finish::ContextFull)
        );
    }
}
