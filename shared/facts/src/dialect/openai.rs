//! `OpenAI` Chat Completions, and what the many compatible servers make of it.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::envelope::{ANSWER_TOKENS_FEW, ANSWER_TOKENS_MAX, Finish, Tokens, joined_text, number};
use super::form::{schema, system};
use crate::ask::request_form::{Format, Limit, RequestForm};
use crate::ask::schema::Schema;
use crate::error::Flaw;

/// The fields stand in the order in which they are sent.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<u8>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct ResponseFormat {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    json_schema: Option<&'static RawValue>,
}

pub(super) fn body<'a>(model: &'a str, user: &'a str, form: RequestForm) -> Body<'a> {
    let message = |role, content| Message { role, content };
    let format = |r#type, schema: Option<&'static Schema>| ResponseFormat {
        r#type,
        json_schema: schema.map(|schema| schema.named.as_ref()),
    };
    let max_tokens = match form.limit {
        Limit::MaxTokens => Some(ANSWER_TOKENS_MAX),
        Limit::FewTokens => Some(ANSWER_TOKENS_FEW),
        Limit::MaxCompletionTokens | Limit::Unset => None,
    };
    let is_newer = form.limit == Limit::MaxCompletionTokens;
    Body {
        model,
        messages: [message("system", system(form)), message("user", user)],
        response_format: match form.format {
            Format::Schema => Some(format("json_schema", schema(form))),
            Format::JsonObject => Some(format("json_object", None)),
            Format::Plain => None,
        },
        max_completion_tokens: is_newer.then_some(ANSWER_TOKENS_MAX),
        max_tokens,
        temperature: form.temperature.then_some(0),
    }
}

pub(super) fn text_and_end(envelope: &Value) -> Result<(Option<String>, Finish), Flaw> {
    let choice = envelope.pointer("/choices/0").ok_or(Flaw::NoChoice)?;
    let message = choice.get("message").ok_or(Flaw::NoChoice)?;
    let refusal = message.get("refusal").and_then(Value::as_str);
    let reason = choice.get("finish_reason").and_then(Value::as_str);
    let finish = match reason {
        _ if refusal.is_some_and(|text| !text.is_empty()) => Finish::Refused,
        Some("stop" | "eos" | "end_turn") => Finish::Done,
        Some("length" | "max_tokens" | "model_length") => Finish::Cut,
        Some("content_filter" | "safety") => Finish::Filtered,
        Some("refusal") => Finish::Refused,
        other => Finish::Unknown(other.map(str::to_owned)),
    };
    Ok((message.get("content").and_then(joined_text), finish))
}

pub(super) fn tokens(usage: &Value) -> Option<Tokens> {
    usage
        .get("prompt_tokens")
        .or_else(|| usage.get("completion_tokens"))?;
    let input = number(usage, "/prompt_tokens");
    let cached = number(usage, "/prompt_tokens_details/cached_tokens");
    let reasoning = number(usage, "/completion_tokens_details/reasoning_tokens");
    // Some (Gemini, xAI) leave reasoning out of the answer's tokens and have it in the total alone:
    // it is billed as output all the same.
    let rest = number(usage, "/total_tokens") - input;
    Some(Tokens {
        input,
        cached: cached.max(number(usage, "/prompt_cache_hit_tokens")), // DeepSeek's word
        written: number(usage, "/prompt_tokens_details/cache_write_tokens"),
        output: number(usage, "/completion_tokens").max(rest),
        reasoning,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_rung_asks_in_its_own_form() {
        let form = |format, limit, temperature| RequestForm {
            format,
            limit,
            temperature,
            bounds: true,
        };
        let body = |form| serde_json::to_value(body("m", "u", form)).expect("it serialises");

        let top = body(form(Format::Schema, Limit::MaxCompletionTokens, true));
        let low = body(form(Format::Plain, Limit::Unset, false));

        assert_eq!(top["response_format"]["json_schema"]["strict"], true);
        assert_eq!(top["max_completion_tokens"], ANSWER_TOKENS_MAX);
        assert_eq!(low.as_object().map(serde_json::Map::len), Some(2), "{low}");
        assert!(
            low["messages"][0]["content"]
                .as_str()
                .is_some_and(|text| text.contains("JSON Schema"))
        );
    }

    #[test]
    fn cached_input_is_a_part_of_the_input_and_reasoning_a_part_of_the_output() {
        let usage = json!({"prompt_tokens": 1_000, "completion_tokens": 300, "total_tokens": 1_300,
            "prompt_tokens_details": {"cached_tokens": 896, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 256}});

        let expected = Tokens {
            input: 1_000,
            cached: 896,
            written: 0,
            output: 300,
            reasoning: 256,
        };
        assert_eq!(tokens(&usage), Some(expected));
        assert_eq!(
            tokens(&json!({"prompt_tokens": 10, "prompt_cache_hit_tokens": 8})).map(|it| it.cached),
            Some(8)
        );
    }

    #[test]
    fn reasoning_that_only_the_total_counts_is_output() {
        let usage = json!({"prompt_tokens": 21, "completion_tokens": 0, "total_tokens": 81,
            "completion_tokens_details": {"reasoning_tokens": 60}});

        let told = tokens(&usage).expect("usage");

        assert_eq!((told.output, told.reasoning), (60, 60));
    }

    #[test]
    fn usage_that_makes_no_sense_never_becomes_a_credit() {
        let usage = json!({"prompt_tokens": -5, "completion_tokens": 7, "total_tokens": 1,
            "prompt_tokens_details": null});

        let told = tokens(&usage).expect("usage");

        assert_eq!((told.input, told.cached, told.output), (0, 0, 7));
        assert_eq!(tokens(&json!({})), None);
    }

    #[test]
    fn refusals_and_stops_are_told_apart() {
        let finish =
            |choice: Value| text_and_end(&json!({"choices": [choice]})).map(|(_, finish)| finish);

        assert_eq!(
            finish(json!({"message": {"refusal": "no"}, "finish_reason": "stop"})),
            Ok(Finish::Refused)
        );
        assert_eq!(
            finish(json!({"message": {"content": ""}, "finish_reason": "length"})),
            Ok(Finish::Cut)
        );
        assert_eq!(
            finish(json!({"message": {"content": ""}})),
            Ok(Finish::Unknown(None))
        );
        assert_eq!(text_and_end(&json!({"choices": []})), Err(Flaw::NoChoice));
    }
}
