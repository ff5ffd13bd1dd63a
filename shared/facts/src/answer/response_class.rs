//! The decision table, first half: what a response means. Status, headers and body in, one class
//! out; no IO, no waiting.

use std::time::Duration;

use runtime::config::Dialect;
use serde_json::Value;

use crate::answer::error_words::Words;
use crate::answer::excerpt;
use crate::answer::reply::{self, Reply};
use crate::ask::request_form::Feature;
use crate::dialect::{
    self,
    envelope::{Envelope, Finish, Tokens},
};
use crate::error::{ConfigProblem, Excerpt, FactsError, Flaw, KeySent};

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

/// Whom it came from, and what had been sent.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) endpoint: &'a str,
    pub(crate) model: &'a str,
    pub(crate) sent: KeySent,
    /// The key; it is in no excerpt.
    pub(crate) key: &'a str,
    /// The prompt's part that holds the page; its words are in no excerpt.
    pub(crate) prompt: &'a str,
}

/// What it means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ResponseClass {
    /// An answer to keep.
    Answer(Answer),
    /// The endpoint does not take this form of the request.
    Refuses {
        /// What it does not take.
        feature: Feature,
        /// The failure, when there is no other form.
        otherwise: FactsError,
    },
    /// A failure; whether to go on is decided elsewhere.
    Failure(FactsError),
}

/// An answer to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    /// It was cut: the reply is its complete beginning.
    pub(crate) cut: bool,
    /// What ended it on its way, if that was not its limit.
    pub(crate) interrupted: Option<FactsError>,
    /// It repeated itself without end, and none of its quotes is in the text.
    pub(crate) is_made_up: bool,
    pub(crate) model: Option<String>,
}

/// What an answer means, and the tokens it reports (failed answers report some too).
pub(crate) fn classify_response(
    response: &Response<'_>,
    from: Origin<'_>,
) -> (ResponseClass, Option<Tokens>) {
    let text = std::str::from_utf8(response.body);
    let envelope = text.ok().and_then(reply::json).map(first_of_list);
    let envelope = envelope.filter(Value::is_object);
    let tokens = envelope
        .as_ref()
        .and_then(|body| dialect::tokens(from.dialect, body));
    if !(200..300).contains(&response.status) {
        return (classify_error(response, envelope.as_ref(), from), tokens);
    }
    let invalid = |flaw| ResponseClass::Failure(from.invalid(flaw));
    let class = match (&envelope, text) {
        (_, Err(_)) => invalid(Flaw::NotUtf8),
        (None, Ok(_)) if Words::of(response.body, None).tells_a_failure() => {
            classify_error(response, None, from)
        }
        (None, Ok(_)) => invalid(Flaw::NotJson),
        (Some(envelope), Ok(_)) if has_error(envelope) => {
            classify_error(response, Some(envelope), from)
        }
        (Some(envelope), Ok(_)) => match dialect::envelope(from.dialect, envelope) {
            Ok(said) => classify_envelope(said, from).unwrap_or_else(invalid),
            Err(_) if tells_a_failure(envelope) => classify_error(response, Some(envelope), from),
            Err(flaw) => invalid(flaw),
        },
    };
    (class, tokens)
}

/// Some endpoints send their errors in a list of one.
fn first_of_list(value: Value) -> Value {
    match value {
        Value::Array(mut list) if list.len() == 1 => list.pop().unwrap_or_default(),
        other => other,
    }
}

/// An error beside or inside the choice, whatever the status.
fn has_error(envelope: &Value) -> bool {
    let errors = ["/error", "/choices/0/error"];
    let mut errors = errors.iter().filter_map(|place| envelope.pointer(place));
    let is_one = |error: &Value| match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    };
    errors.any(is_one) || envelope.get("type").is_some_and(|kind| kind == "error")
}

/// No answer in it, and the fields that frameworks and gateways put their errors in.
fn tells_a_failure(envelope: &Value) -> bool {
    let names = ["detail", "message", "msg", "errors", "error_description"];
    let told = names.iter().filter_map(|name| envelope.get(name));
    let mut told = told.filter(|value| !value.is_null());
    told.next().is_some() || envelope.get("success").is_some_and(|it| it == false)
}

/// The status that an error names inside, where HTTP's says that all is well.
fn inner_status(envelope: &Value) -> Option<u16> {
    let places = [
        "/error/code",
        "/error/status",
        "/choices/0/error/code",
        "/status",
        "/statusCode",
        "/code",
    ];
    let mut found = places.iter().filter_map(|place| {
        let value = envelope.pointer(place)?;
        let from_text = || value.as_str()?.parse().ok();
        let code = value.as_u64().or_else(from_text)?;
        u16::try_from(code).ok()
    });
    found.find(|status| (400..600).contains(status))
}

fn classify_envelope(said: Envelope, from: Origin<'_>) -> Result<ResponseClass, Flaw> {
    let endpoint = || from.endpoint.to_owned();
    let failure = match said.finish {
        Finish::Filtered => Some(FactsError::Filtered {
            endpoint: endpoint(),
            said: Excerpt::default(),
        }),
        Finish::Refused => Some(FactsError::Refused {
            endpoint: endpoint(),
        }),
        Finish::ContextFull => Some(FactsError::TooLong {
            endpoint: endpoint(),
        }),
        Finish::Failed => Some(FactsError::Server {
            endpoint: endpoint(),
            status: 200,
            retry_after: None,
            said: Excerpt::new("the answer was broken off".to_owned()),
        }),
        Finish::Done | Finish::Cut | Finish::Unknown(_) => None,
    };
    if let Some(failure) = failure {
        return Ok(ResponseClass::Failure(failure));
    }
    let cut = said.finish == Finish::Cut;
    if let Finish::Unknown(reason) = &said.finish {
        tracing::info!(reason = ?reason, "the LLM gave no finish reason that is known; its answer is judged by its content");
    }
    let (reply, cut) = match (said.text, said.reasoning) {
        (Some(text), _) => read(&text, cut)?,
        (None, _) if cut => (Reply::default(), true),
        // Some servers put the whole answer there; an empty list among thoughts says nothing.
        (None, Some(thought)) => match reply::whole(&thought) {
            Ok(reply) if reply.returned > 0 => (reply, false),
            _ => return Err(Flaw::OnlyReasoning),
        },
        (None, None) => return Err(Flaw::NoText),
    };
    let is_known = !matches!(said.finish, Finish::Unknown(Some(_)));
    if reply.returned == 0 && !cut && !is_known {
        return Err(Flaw::DoubtfulEmpty);
    }
    Ok(ResponseClass::Answer(Answer {
        reply,
        cut,
        interrupted: None,
        is_made_up: false,
        model: said.model,
    }))
}

/// The reply, and whether it is cut. A limit that was reached exactly at the end leaves a whole answer, but
/// an empty one could be the beginning of any.
fn read(text: &str, cut: bool) -> Result<(Reply, bool), Flaw> {
    match reply::whole(text) {
        Ok(reply) => {
            let is_beginning = cut && reply.returned == 0;
            Ok((reply, is_beginning))
        }
        Err(_) if cut => Ok((reply::prefix(text), true)),
        Err(flaw) => Err(flaw),
    }
}

/// What an error means: first what it is, then whether another form of the request may help.
fn classify_error(
    response: &Response<'_>,
    envelope: Option<&Value>,
    from: Origin<'_>,
) -> ResponseClass {
    let words = Words::of(response.body, envelope);
    let is_told_as_well = (200..300).contains(&response.status);
    let inner = envelope.and_then(inner_status).filter(|_| is_told_as_well);
    let error = ErrorResponse {
        status: inner.unwrap_or(response.status),
        retry_after: response
            .retry_after
            .or_else(|| envelope.and_then(crate::http::retry_after::in_body)),
        said: excerpt::of(response.body, envelope, from.key, from.prompt),
        words: &words,
    };
    if words.bad_generation() {
        let wrote = envelope.and_then(|body| body.pointer("/error/failed_generation")?.as_str());
        return match wrote.map(reply::whole) {
            Some(Ok(reply)) if reply.returned > 0 => ResponseClass::Answer(Answer {
                interrupted: None,
                is_made_up: false,
                reply,
                cut: false,
                model: None,
            }),
            _ => ResponseClass::Failure(from.invalid(Flaw::OwnCheck)),
        };
    }
    let feature = error.refused_feature();
    let otherwise = error.failure(from);
    match feature {
        Some(feature) => ResponseClass::Refuses { feature, otherwise },
        None => ResponseClass::Failure(otherwise),
    }
}

/// An error, taken apart.
struct ErrorResponse<'w> {
    status: u16,
    retry_after: Option<Duration>,
    said: Excerpt,
    words: &'w Words,
}

impl ErrorResponse<'_> {
    /// What another form of the request would leave out.
    fn refused_feature(&self) -> Option<Feature> {
        let words = self.words;
        if matches!(self.status, 400 | 402 | 413 | 422 | 429) && words.answer_limit() {
            return Some(Feature::Limit);
        }
        if words.quota() || words.filtered() || words.too_long() {
            return None;
        }
        match self.status {
            401 | 402 | 413 | 429 => None,
            400..=499 if words.bad_key() => None,
            400..=499 => words.feature(),
            500..=599 if words.no_schema() => Some(Feature::Format),
            _ => None,
        }
    }

    /// What it is, by its words and its status. Words come first where they say more.
    fn failure(self, from: Origin<'_>) -> FactsError {
        let Self {
            status,
            retry_after,
            said,
            words,
        } = self;
        let endpoint = from.endpoint.to_owned();
        let is_refusal = (400..500).contains(&status);
        let says_little = is_refusal || status < 300;
        let problem = |problem| from.config(status, problem, said.clone());
        let auth = || FactsError::Auth {
            endpoint: from.endpoint.to_owned(),
            status,
            sent: from.sent,
            said: said.clone(),
        };
        if status == 402 || words.quota() {
            return FactsError::Quota {
                endpoint,
                status,
                said,
            };
        }
        if status == 429 || (says_little && words.throttled() && status != 413) {
            return FactsError::Throttled {
                endpoint,
                status,
                retry_after,
                said,
            };
        }
        if status == 413 || words.too_long() {
            return FactsError::TooLong { endpoint };
        }
        if status == 451 || (says_little && status != 401 && words.filtered()) {
            return FactsError::Filtered { endpoint, said };
        }
        let server = |said| FactsError::Server {
            endpoint: from.endpoint.to_owned(),
            status,
            retry_after,
            said,
        };
        match status {
            _ if TRANSIENT.contains(&status) || status >= 500 => {
                if words.unknown_path() && status == 500 {
                    return problem(ConfigProblem::UnknownPath);
                }
                server(said)
            }
            401 => auth(),
            300..=399 => problem(ConfigProblem::Redirected),
            400..=499 if words.is_html && status != 404 => problem(ConfigProblem::Walled),
            404 | 405 | 410 if words.unknown_model() => problem(ConfigProblem::UnknownModel),
            404 | 405 | 410 => problem(ConfigProblem::UnknownPath),
            _ if says_little && words.unknown_path() => problem(ConfigProblem::UnknownPath),
            _ if says_little && words.busy() => server(said),
            _ if says_little && words.unknown_model() => problem(ConfigProblem::UnknownModel),
            403 if words.is_empty() || words.bad_account() => auth(),
            400..=499 if words.bad_key() => auth(),
            400..=499 => FactsError::Rejected {
                endpoint,
                model: from.model.to_owned(),
                status,
                said,
            },
            // An error that names neither status nor reason: not the article's.
            _ => server(said),
        }
    }
}

impl Origin<'_> {
    pub(crate) fn invalid(self, flaw: Flaw) -> FactsError {
        FactsError::Invalid {
            endpoint: self.endpoint.to_owned(),
            flaw,
        }
    }

    pub(crate) fn config(self, status: u16, problem: ConfigProblem, said: Excerpt) -> FactsError {
        FactsError::Config {
            endpoint: self.endpoint.to_owned(),
            model: self.model.to_owned(),
            status,
            problem,
            said,
        }
    }
}

#[cfg(test)]
mod tests;
