//! The decision table, first half: what a response means. Status, headers and body in, one class
//! out; no IO, no waiting.

use std::time::Duration;

use runtime::config::Dialect;
use serde_json::Value;

use crate::answer::error_words::Words;
use crate::answer::reply::{self, Reply};
use crate::ask::request_form::Feature;
use crate::dialect::{
    self,
    envelope::{Envelope, Finish, Tokens},
};
use crate::error::{ConfigProblem, FactsError, Flaw};

/// Statuses that mean "not now".
const TRANSIENT: [u16; 13] = [
    408, 409, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529, 425,
];

/// An answer as it came.
pub(crate) struct Response<'a> {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: &'a [u8],
}

/// Whom it came from.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) endpoint: &'a str,
    pub(crate) model: &'a str,
}

/// What it means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ResponseClass {
    /// An answer to keep.
    Answer(Answer),
    /// The endpoint does not take this form of the request.
    Refuses(Feature),
    /// A failure; whether to go on is decided elsewhere.
    Failure(FactsError),
}

/// An answer to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    /// It was cut: the reply is its complete beginning.
    pub(crate) cut: bool,
    pub(crate) model: Option<String>,
}

/// What an answer means, and the tokens it reports (failed answers report some too).
pub(crate) fn classify_response(
    response: &Response<'_>,
    from: Origin<'_>,
) -> (ResponseClass, Option<Tokens>) {
    if response.status == 200 {
        return classify_200(response, from);
    }
    let envelope = std::str::from_utf8(response.body)
        .ok()
        .and_then(reply::json);
    let tokens = envelope
        .as_ref()
        .and_then(|body| dialect::tokens(from.dialect, body));
    (classify_error(response, envelope.as_ref(), from), tokens)
}

fn classify_200(response: &Response<'_>, from: Origin<'_>) -> (ResponseClass, Option<Tokens>) {
    let invalid = |flaw| ResponseClass::Failure(from.invalid(flaw));
    let Ok(text) = std::str::from_utf8(response.body) else {
        return (invalid(Flaw::NotUtf8), None);
    };
    let Some(envelope) = reply::json(text).filter(Value::is_object) else {
        return (invalid(Flaw::NotJson), None);
    };
    let tokens = dialect::tokens(from.dialect, &envelope);
    if envelope.get("error").is_some_and(|error| !error.is_null()) {
        return (classify_inner_error(response, &envelope, from), tokens);
    }
    let class = dialect::envelope(from.dialect, &envelope).map_or_else(invalid, |said| {
        classify_envelope(said, from).unwrap_or_else(invalid)
    });
    (class, tokens)
}

/// An error under status 200 that names its own status is that error; any other is invalid.
fn classify_inner_error(
    response: &Response<'_>,
    envelope: &Value,
    from: Origin<'_>,
) -> ResponseClass {
    let code = envelope
        .pointer("/error/code")
        .or_else(|| envelope.pointer("/error/status"));
    let status = code
        .and_then(Value::as_u64)
        .and_then(|code| u16::try_from(code).ok())
        .filter(|status| (400..600).contains(status));
    match status {
        Some(status) => {
            let inner = Response {
                status,
                ..*response
            };
            classify_error(&inner, Some(envelope), from)
        }
        None => ResponseClass::Failure(from.invalid(Flaw::ErrorInside)),
    }
}

fn classify_envelope(said: Envelope, from: Origin<'_>) -> Result<ResponseClass, Flaw> {
    let endpoint = || from.endpoint.to_owned();
    let failure = match said.finish {
        Finish::Filtered => Some(FactsError::Filtered {
            endpoint: endpoint(),
        }),
        Finish::Refused => Some(FactsError::Refused {
            endpoint: endpoint(),
        }),
        Finish::ContextFull => Some(FactsError::TooLong {
            endpoint: endpoint(),
        }),
        Finish::Done | Finish::Cut | Finish::Unknown(_) => None,
    };
    if let Some(failure) = failure {
        return Ok(ResponseClass::Failure(failure));
    }
    let cut = said.finish == Finish::Cut;
    let text = match said.text {
        Some(text) => text,
        None if cut => String::new(),
        None => return Err(Flaw::NoText),
    };
    if let Finish::Unknown(reason) = &said.finish {
        tracing::info!(reason = ?reason, "the LLM gave no finish reason that is known; its answer is judged by its content");
    }
    // A limit that was reached exactly at the end leaves a whole answer.
    let whole = reply::whole(&text);
    let (reply, cut) = match (whole, cut) {
        (Ok(reply), _) => (reply, false),
        (Err(_), true) => (reply::prefix(&text), true),
        (Err(flaw), false) => return Err(flaw),
    };
    Ok(ResponseClass::Answer(Answer {
        reply,
        cut,
        model: said.model,
    }))
}

fn classify_error(
    response: &Response<'_>,
    envelope: Option<&Value>,
    from: Origin<'_>,
) -> ResponseClass {
    let endpoint = from.endpoint.to_owned();
    let status = response.status;
    let words = Words::of(response.body, envelope);
    let retry_after = response
        .retry_after
        .or_else(|| envelope.and_then(crate::http::retry_after::in_body));
    ResponseClass::Failure(match status {
        402 => FactsError::Quota { endpoint, status },
        401 | 403 | 429 if words.quota() => FactsError::Quota { endpoint, status },
        429 => FactsError::Throttled {
            endpoint,
            status,
            retry_after,
        },
        401 | 403 => FactsError::Auth { endpoint, status },
        404 | 410 => from.config(status, ConfigProblem::UnknownModel),
        413 => FactsError::TooLong { endpoint },
        _ if TRANSIENT.contains(&status) || status >= 500 => FactsError::Server {
            endpoint,
            status,
            retry_after,
        },
        300..=399 => from.config(status, ConfigProblem::Redirected),
        400..=499 => return classify_rejection(&words, status, from),
        _ => from.invalid(Flaw::NotJson),
    })
}

/// 400, 422 and their like: everything that is wrong with the request.
fn classify_rejection(words: &Words, status: u16, from: Origin<'_>) -> ResponseClass {
    let endpoint = from.endpoint.to_owned();
    if words.quota() {
        return ResponseClass::Failure(FactsError::Quota { endpoint, status });
    }
    if words.too_long() {
        return ResponseClass::Failure(FactsError::TooLong { endpoint });
    }
    if words.filtered() {
        return ResponseClass::Failure(FactsError::Filtered { endpoint });
    }
    if words.bad_generation() {
        return ResponseClass::Failure(from.invalid(Flaw::NotSchema));
    }
    if let Some(feature) = words.feature() {
        return ResponseClass::Refuses(feature);
    }
    ResponseClass::Failure(if words.bad_key() {
        FactsError::Auth { endpoint, status }
    } else if words.unknown_model() {
        from.config(status, ConfigProblem::UnknownModel)
    } else {
        from.config(status, ConfigProblem::Rejected)
    })
}

impl Origin<'_> {
    pub(crate) fn invalid(self, flaw: Flaw) -> FactsError {
        FactsError::Invalid {
            endpoint: self.endpoint.to_owned(),
            flaw,
        }
    }

    pub(crate) fn config(self, status: u16, problem: ConfigProblem) -> FactsError {
        FactsError::Config {
            endpoint: self.endpoint.to_owned(),
            model: self.model.to_owned(),
            status,
            problem,
        }
    }
}

#[cfg(test)]
mod tests;
