//! Anthropic Messages. Its `OpenAI` layer ignores the schema, hence its own dialect.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::envelope::{ANSWER_TOKENS_FEW, Said, Tokens, arguments, count, joined_text};
use super::form::{schema, system};
use crate::ask::request_form::{Format, Limit, RequestForm, Streaming};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
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

pub(super) fn body<'a>(
    model: &'a str,
    user: &'a str,
    form: RequestForm,
    answer_tokens: u32,
) -> Body<'a> {
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
            Limit::MaxCompletionTokens | Limit::MaxTokens | Limit::Unset => answer_tokens,
            Limit::FewTokens => answer_tokens.min(ANSWER_TOKENS_FEW),
        },
        temperature: form.temperature.then_some(0),
        stream: (form.streaming != Streaming::Off).then_some(true),
    }
}

/// The text stands in the text blocks, or in the input of a tool.
pub(super) fn said(envelope: &Value) -> Result<Said, Flaw> {
    let content = envelope.get("content").ok_or(Flaw::NoChoice)?;
    let blocks = || content.as_array().into_iter().flatten();
    let called = || blocks().find_map(|block| arguments(block.get("input")?));
    let thought = blocks().find_map(|block| joined_text(block.get("thinking")?));
    let reason = envelope.get("stop_reason").and_then(Value::as_str);
    Ok(Said {
        text: joined_text(content).or_else(called),
        reasoning: thought,
        reason: reason.map(str::to_owned),
        refused: false,
    })
}

/// Here the cached tokens are not part of the input tokens; thinking is part of the output tokens
/// and not told apart. `None`: what the endpoint reports cannot be read, or cannot be true.
pub(super) fn tokens(usage: &Value) -> Option<Tokens> {
    let input = count(usage, &["/input_tokens", "/prompt_tokens"])?;
    let output = count(usage, &["/output_tokens", "/completion_tokens"])?;
    let cached = count(usage, &["/cache_read_input_tokens"]).unwrap_or(0);
    let written = count(usage, &["/cache_creation_input_tokens"]).unwrap_or(0);
    let input = input + cached + written;
    (input > 0).then_some(Tokens {
        input,
        cached,
        written,
        output,
        reasoning: 0,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dialect::envelope::Finish;

    #[test]
    fn the_static_part_is_marked_for_the_provider_s_cache() {
        let form = RequestForm {
            format: Format::Schema,
            limit: Limit::MaxTokens,
            temperature: true,
            bounds: false,
            streaming: Streaming::WithUsage,
        };

        let body = serde_json::to_value(body("m", "u", form, 1_234)).expect("it serialises");

        assert_eq!(body["system"][0]["cache_control"]["type"], "ephemeral");
        let schema = &body["output_config"]["format"]["schema"];
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["properties"]["facts"]["maxItems"], Value::Null);
        assert_eq!(body["max_tokens"], 1_234);
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
            said(&envelope).map(|it| it.finish()),
            Ok(Finish::ContextFull)
        );
    }
}
