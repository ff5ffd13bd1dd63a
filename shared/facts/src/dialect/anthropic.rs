//! Anthropic Messages. Its `OpenAI` layer ignores the schema, hence its own dialect.

use serde_json::{Map, Value, json};

use super::envelope::{ANSWER_TOKENS_FEW, ANSWER_TOKENS_MAX, Finish, Tokens, joined_text, number};
use crate::ask::prompt::STATIC;
use crate::ask::request_form::{Format, Limit, RequestForm};
use crate::error::Flaw;

pub(super) fn body(model: &str, user: &str, form: RequestForm) -> Value {
    let system = match form.format {
        Format::Schema => STATIC.system,
        Format::JsonObject | Format::Plain => &STATIC.system_with_schema,
    };
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    let cached = json!([{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]);
    body.insert("system".to_owned(), cached);
    body.insert(
        "messages".to_owned(),
        json!([{"role": "user", "content": user}]),
    );
    if form.format == Format::Schema {
        let schema = STATIC.schema.get("schema");
        let config = json!({"format": {"type": "json_schema", "schema": schema}});
        body.insert("output_config".to_owned(), config);
    }
    let limit = match form.limit {
        Limit::MaxCompletionTokens | Limit::MaxTokens | Limit::Unset => ANSWER_TOKENS_MAX,
        Limit::FewTokens => ANSWER_TOKENS_FEW,
    };
    body.insert("max_tokens".to_owned(), limit.into());
    if form.temperature {
        body.insert("temperature".to_owned(), 0.into());
    }
    Value::Object(body)
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
    use super::*;

    #[test]
    fn the_static_part_is_marked_for_the_provider_s_cache() {
        let form = RequestForm {
            format: Format::Schema,
            limit: Limit::MaxTokens,
            temperature: true,
        };

        let body = body("m", "u", form);

        assert_eq!(body["system"][0]["cache_control"]["type"], "ephemeral");
        assert_eq!(
            body["output_config"]["format"]["schema"],
            STATIC.schema["schema"]
        );
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
