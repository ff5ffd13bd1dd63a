//! The same replies as event streams, and what can go wrong with one.

use std::time::Duration;

use faulty_http::{Act, Request};
use serde_json::{Value, json};

use super::fault::Fault;
use super::options::MODEL;
use super::reply::{self, Envelope, typed};
use super::rules::Picked;
use super::script::ScriptedFault;

/// Bytes of text in one event.
const PIECE_BYTES: usize = 48;

/// Repetitions of a runaway answer: more than any reader should take.
const REPETITIONS: usize = 30;

/// What a request that asks for a stream gets; `None` for faults that come in one piece.
pub(super) fn acts(
    scripted: Option<&ScriptedFault>,
    picked: &[Picked],
    envelope: Envelope,
    request: &Request,
) -> Option<Vec<Act>> {
    let fault = scripted.map(|scripted| scripted.fault);
    let pause = scripted.map_or(Duration::ZERO, |scripted| scripted.pause);
    let text = match fault {
        Some(Fault::SseRunaway) => runaway(picked),
        _ => reply::content(picked),
    };
    let (begin, pieces, end) = events(envelope, &text);
    let half = || {
        let mut events = vec![begin.clone()];
        events.extend(pieces.iter().take(pieces.len() / 2).cloned());
        events.concat()
    };
    let all = |between: &str, end: &[String]| {
        let mut body = begin.clone();
        for piece in &pieces {
            body.push_str(piece);
            body.push_str(between);
        }
        body + &end.concat()
    };
    let whole = |body: String| typed(200, "text/event-stream", body).sound(request);
    let broken = |body: String, after: Act| {
        let head = typed(200, "text/event-stream", String::new()).head(false);
        vec![Act::Send(head), Act::Send(body.into()), after]
    };
    Some(match fault {
        None | Some(Fault::Pass) => whole(all("", &end)),
        Some(Fault::SseKeepAlive) => {
            whole(format!(": waiting\n\n{}", all(": alive\r\n\r\n", &end)))
        }
        Some(Fault::SseNoUsage) => {
            let without = end.iter().filter(|event| !event.contains("usage")).cloned();
            whole(all("", &without.collect::<Vec<_>>()))
        }
        Some(Fault::SseRunaway) => broken(all("", &[]), Act::Hang),
        Some(Fault::SseStall) => broken(half(), Act::Hang),
        Some(Fault::SseCut) => broken(half(), Act::Wait(Duration::from_millis(1))),
        Some(Fault::SseError) => {
            let error = envelope.error("overloaded_error", None, None, "Overloaded");
            whole(half() + &format!("data: {error}\n\n"))
        }
        Some(Fault::SseSlow) => {
            let head = typed(200, "text/event-stream", String::new()).head(false);
            let mut acts = vec![Act::Send(head), Act::Send(begin.into())];
            for event in pieces.into_iter().chain(end) {
                acts.extend([Act::Send(event.into()), Act::Wait(pause)]);
            }
            acts
        }
        Some(_) => return None,
    })
}

/// The events before the text, of the text, and after it.
fn events(envelope: Envelope, text: &str) -> (String, Vec<String>, Vec<String>) {
    let whole = envelope.with_text(text);
    let usage = whole.get("usage").cloned().unwrap_or(Value::Null);
    let event = |value: Value| format!("data: {value}\n\n");
    let named = |name: &str, value: Value| format!("event: {name}\ndata: {value}\n\n");
    if envelope.form.anthropic {
        let start = json!({"type": "message_start", "message": {"type": "message", "role": "assistant", "model": MODEL,
            "content": [], "usage": {"input_tokens": usage["input_tokens"], "output_tokens": 1}}});
        let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
        let begin = named("message_start", start) + &named("content_block_start", block);
        let piece = |text: &str| {
            let delta = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
            named("content_block_delta", delta)
        };
        let end = vec![
            named(
                "content_block_stop",
                json!({"type": "content_block_stop", "index": 0}),
            ),
            named(
                "message_delta",
                json!({"type": "message_delta", "delta": {"stop_reason": envelope.stop()},
                "usage": {"output_tokens": usage["output_tokens"]}}),
            ),
            named("message_stop", json!({"type": "message_stop"})),
        ];
        return (begin, pieces(text).map(piece).collect(), end);
    }
    let chunk = |delta: Value, finish: Value| {
        event(json!({"object": "chat.completion.chunk", "model": MODEL,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}))
    };
    let begin = chunk(json!({"role": "assistant", "content": null}), Value::Null);
    let piece = |text: &str| chunk(json!({ "content": text }), Value::Null);
    let mut end = vec![chunk(json!({}), json!(envelope.stop()))];
    if envelope.form.stream_usage {
        end.push(event(json!({"object": "chat.completion.chunk", "model": MODEL, "choices": [], "usage": usage})));
    }
    end.push("data: [DONE]\n\n".to_owned());
    (begin, pieces(text).map(piece).collect(), end)
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut end = PIECE_BYTES.min(rest.len());
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let (piece, tail) = rest
            .split_at_checked(end)
            .filter(|(piece, _)| !piece.is_empty())?;
        rest = tail;
        Some(piece)
    })
}

/// All but the last fact, and then the second of them over and over.
fn runaway(picked: &[Picked]) -> String {
    let text = reply::content(picked.get(..2).unwrap_or(picked));
    let begun = text.strip_suffix("]}").unwrap_or(&text);
    let last = begun.rfind("{\"sentence\"").and_then(|at| begun.get(at..));
    let again = format!("{},", last.unwrap_or(""));
    format!("{begun},{}", again.repeat(REPETITIONS))
}
