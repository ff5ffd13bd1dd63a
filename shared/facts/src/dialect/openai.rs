//! `OpenAI` Chat Completions, and what the many compatible servers make of it.

use serde_json::{Map, Value, json};

use super::{ANSWER_TOKENS_FEW, ANSWER_TOKENS_MAX, Finish, Said, Tokens, joined_text, number};
use crate::error::Flaw;
use crate::ladder::{Format, Limit, Rung};
use crate::prompt::STATIC;

pub(super) fn body(model: &str, user: &str, rung: Rung) -> Value {
    let system = match rung.format {
        Format::Schema => STATIC.system,
        Format::JsonObject | Format::Plain => &STATIC.system_with_schema,
    };
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    body.insert(
        "messages".to_owned(),
        json!([{"role": "system", "content": system}, {"role": "user", "content": user}]),
    );
    match rung.format {
        Format::Schema => {
            let format = json!({"type": "json_schema", "json_schema": STATIC.schema});
            body.insert("response_format".to_owned(), format);
        }
        Format::JsonObject => {
            body.insert("response_format".to_owned(), json!({"type": "json_object"}));
        }
        Format::Plain => {}
    }
    match rung.limit {
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
    if rung.temperature {
        body.insert("temperature".to_owned(), 0.into());
    }
    Value::Object(body)
}

pub(super) fn said(envelope: &Value) -> Result<Said, Flaw> {
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
    Ok(Said {
        text: message.get("content").and_then(joined_text),
        finish,
        model: envelope
            .get("model")
            .and_then(Value::as_str)
            .map(str::to_owned),
    })
}

pub(super) fn tokens(usage: &Value) -> Option<Tokens> {
    usage
        .get("prompt_tokens")
        .or_else(|| usage.get("completion_tokens"))?;
    Some(Tokens {
        input: number(usage, "/prompt_tokens"),
        cached: number(usage, "/prompt_tokens_details/cached_tokens"),
        output: number(usage, "/completion_tokens"),
        reasoning: number(usage, "/completion_tokens_details/reasoning_tokens"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rung_asks_in_its_own_form() {
        let rung = |format, limit, temperature| Rung {
            format,
            limit,
            temperature,
        };

        let top = body(
            "m",
            "u",
            rung(Format::Schema, Limit::MaxCompletionTokens, true),
        );
        let low = body("m", "u", rung(Format::Plain, Limit::Unset, false));

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
    fn refusals_and_stops_are_told_apart() {
        let finish = |choice: Value| said(&json!({"choices": [choice]})).map(|said| said.finish);

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
        assert_eq!(said(&json!({"choices": []})), Err(Flaw::NoChoice));
    }
}
