//! `OpenAI` Chat Completions, and what the many compatible servers make of it.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::envelope::{ANSWER_TOKENS_FEW, Finish, Said, Tokens, arguments, count, joined_text};
use super::form::{schema, system};
use crate::ask::request_form::{Format, Limit, RequestForm, Streaming};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
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

pub(super) fn body<'a>(
    model: &'a str,
    user: &'a str,
    form: RequestForm,
    answer_tokens: u32,
) -> Body<'a> {
    let message = |role, content| Message { role, content };
    let format = |r#type, schema: Option<&'static Schema>| ResponseFormat {
        r#type,
        json_schema: schema.map(|schema| schema.named.as_ref()),
    };
    let max_tokens = match form.limit {
        Limit::MaxTokens => Some(answer_tokens),
        Limit::FewTokens => Some(answer_tokens.min(ANSWER_TOKENS_FEW)),
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
        max_completion_tokens: is_newer.then_some(answer_tokens),
        max_tokens,
        temperature: form.temperature.then_some(0),
        stream: (form.streaming != Streaming::Off).then_some(true),
        stream_options: (form.streaming == Streaming::WithUsage).then_some(StreamOptions {
            include_usage: true,
        }),
    }
}

/// The text stands in `content`, or where compatible servers put it: the arguments of a call, the
/// `text` of the older API.
pub(super) fn said(envelope: &Value) -> Result<Said, Flaw> {
    let choice = envelope.pointer("/choices/0").ok_or(Flaw::NoChoice)?;
    let in_message = |path: &str| choice.get("message")?.pointer(path);
    let places = ["message", "text", "delta"];
    if places.iter().all(|name| choice.get(name).is_none()) {
        return Err(Flaw::NoChoice);
    }
    let text = in_message("/content").and_then(joined_text);
    let called = || {
        let first = in_message("/tool_calls/0/function/arguments");
        arguments(first.or_else(|| in_message("/function_call/arguments"))?)
    };
    let parsed = || {
        let content = in_message("/content").and_then(arguments);
        content.or_else(|| arguments(in_message("/parsed")?))
    };
    let older = || {
        let places = ["/text", "/message", "/delta/content"];
        let mut texts = places
            .iter()
            .filter_map(|place| joined_text(choice.pointer(place)?));
        texts.next()
    };
    let refusal = in_message("/refusal").and_then(joined_text);
    let reasoning = in_message("/reasoning_content").or_else(|| in_message("/reasoning"));
    let word = |name: &str| choice.get(name).and_then(Value::as_str);
    // A router's own word may hide that the provider's filter stopped the answer.
    let native = word("native_finish_reason");
    let is_filtered = Finish::of(native) == Finish::Filtered;
    let reason = if is_filtered {
        native
    } else {
        word("finish_reason")
    };
    Ok(Said {
        text: text.or_else(called).or_else(parsed).or_else(older),
        reasoning: reasoning.and_then(joined_text),
        reason: reason.map(str::to_owned),
        refused: refusal.is_some(),
    })
}

/// `None`: what the endpoint reports cannot be read, or cannot be true: no prompt has 0 tokens.
pub(super) fn tokens(usage: &Value) -> Option<Tokens> {
    let input = count(usage, &["/prompt_tokens", "/input_tokens"])?;
    let output = count(usage, &["/completion_tokens", "/output_tokens"])?;
    let part = |names: &[&str]| count(usage, names).unwrap_or(0);
    // Some (Gemini, xAI) leave reasoning out of the answer's tokens and have it in the total alone:
    // it is billed as output all the same.
    let rest = part(&["/total_tokens"]) - input;
    (input > 0).then(|| Tokens {
        input,
        cached: part(&[
            "/prompt_tokens_details/cached_tokens",
            "/prompt_cache_hit_tokens", // DeepSeek's word
        ]),
        written: part(&["/prompt_tokens_details/cache_write_tokens"]),
        output: output.max(rest),
        reasoning: part(&["/completion_tokens_details/reasoning_tokens"]),
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
            streaming: Streaming::Off,
        };
        let body = |form| serde_json::to_value(body("m", "u", form, 1_234)).expect("it serialises");

        let top = body(form(Format::Schema, Limit::MaxCompletionTokens, true));
        let low = body(form(Format::Plain, Limit::Unset, false));

        assert_eq!(top["response_format"]["json_schema"]["strict"], true);
        assert_eq!(top["max_completion_tokens"], 1_234);
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
            tokens(
                &json!({"prompt_tokens": 10, "completion_tokens": 1, "prompt_cache_hit_tokens": 8})
            )
            .map(|it| it.cached),
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
    fn usage_that_makes_no_sense_is_unknown_and_never_nothing() {
        for usage in [
            json!({"prompt_tokens": -5, "completion_tokens": 7}),
            json!({"prompt_tokens": 5, "completion_tokens": "many"}),
            json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
            json!({"total_tokens": 9}),
            json!({}),
        ] {
            assert_eq!(tokens(&usage), None, "{usage}");
        }
        let odd =
            json!({"input_tokens": "900", "output_tokens": 200.0, "prompt_tokens_details": null});
        let odd = tokens(&odd).map(|it| (it.input, it.cached, it.output));
        assert_eq!(odd, Some((900, 0, 200)));
    }

    #[test]
    fn refusals_and_stops_are_told_apart() {
        let finish = |choice: Value| said(&json!({"choices": [choice]})).map(|it| it.finish());

        assert_eq!(
            finish(json!({"message": {"refusal": "no"}, "finish_reason": "stop"})),
            Ok(Finish::Refused)
        );
        assert_eq!(
            finish(json!({"message": {"content": ""}, "finish_reason": "length"})),
            Ok(Finish::Cut)
        );
        assert_eq!(
            finish(
                json!({"message": {"content": ""}, "finish_reason": "stop", "native_finish_reason": "RECITATION"})
            ),
            Ok(Finish::Filtered)
        );
        assert_eq!(
            finish(json!({"message": {"content": ""}})),
            Ok(Finish::Unknown(None))
        );
        assert_eq!(said(&json!({"choices": []})), Err(Flaw::NoChoice));
    }

    #[test]
    fn a_text_is_found_in_the_places_where_servers_put_it() {
        let text = |choice: Value| said(&json!({"choices": [choice]})).map(|it| it.text);

        for choice in [
            json!({"message": {"content": "a"}}),
            json!({"message": {"content": [{"type": "reasoning", "text": "x"}, {"type": "text", "text": "a"}]}}),
            json!({"message": {"content": null, "tool_calls": [{"function": {"arguments": "a"}}]}}),
            json!({"message": {"function_call": {"arguments": "a"}}}),
            json!({"text": "a"}),
            json!({"message": "a"}),
        ] {
            assert_eq!(text(choice.clone()), Ok(Some("a".to_owned())), "{choice}");
        }
        let object = json!({"message": {"content": {"facts": []}}});
        assert_eq!(text(object), Ok(Some("{\"facts\":[]}".to_owned())));
        let thought = json!({"message": {"content": " ", "reasoning_content": "b"}});
        let thought = said(&json!({"choices": [thought]})).expect("a choice");
        assert_eq!(
            (thought.text, thought.reasoning.as_deref()),
            (None, Some("b"))
        );
    }
}
