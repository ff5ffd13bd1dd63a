//! `OpenAI` Chat Completions, and what the many compatible servers make of it.

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
    body.insert(
        "messages".to_owned(),
        json!([{"role": "system", "content": system}, {"role": "user", "content": user}]),
    );
    match form.format {
        Format::Schema => {
            let format = json!({"type": "json_schema", "json_schema": STATIC.schema});
            body.insert("response_format".to_owned(), format);
        }
        Format::JsonObject => {
            body.insert("response_format".to_owned(), json!({"type": "json_object"}));
        }
        Format::Plain => {}
    }
    match form.limit {
        Limit::MaxCompletionTokens => {
            body.insert("max_completion_tokens".to_owned(), ANSWER_TOKENS_MAX.into());
        }
        Limit::MaxTokens => {
            body.insert("max_tokens".to_owned(), ANSWER_TOKENS_MAX.into());
        }
        Limit::FewTokens => {
            body.insert("max_tokens".to_owned(), ANSWER_TOKENS_FEW.into());
        }
        Limit::Unset => {}
    }
    if form.temperature {
        body.insert("temperature".to_owned(), 0.into());
    }
    Value::Object(body)
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
    use super::*;

    #[test]
    fn each_rung_asks_in_its_own_form() {
        let form = |format, limit, temperature| RequestForm {
            format,
            limit,
            temperature,
        };

        let top = body(
            "m",
            "u",
            form(Format::Schema, Limit::MaxCompletionTokens, true),
        );
        let low = body("m", "u", form(Format::Plain, Limit::Unset, false));

        assert_eq!(top["response_format"]["json_schema"], STATIC.schema);
        assert_eq!(top["max_completion_tokens"], ANSWER_TOKENS_MAX);
        assert_eq!(low.as_object().map(Map::len), Some(2), "{low}");
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
