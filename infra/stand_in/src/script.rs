//! Which fault and when: `fault=503;times=2;retry_after=1, fault=drip;ms=5`.
//!
//! Faults are separated by commas. A request gets the first that has times left and whose conditions
//! it meets; when there is none, it gets a sound reply.

use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::fault::Fault;
use super::request::ChatRequest;

/// The form in which a wait is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// `retry-after: 2` (`retry_after=2`; any text is sent as it stands).
    Plain(String),
    /// `retry-after-ms: 300` (`retry_after=ms:300`).
    Milliseconds(u64),
    /// `retry-after: Tue, …`, so many seconds from now (`retry_after=date:3`).
    Date(u64),
    /// `x-ratelimit-reset-requests: 6m0s` with 0 remaining (`retry_after=reset:6m0s`).
    Reset(String),
    /// `error.details[].retryDelay` in the body (`retry_after=google:27s`).
    Google(String),
}

/// One fault of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedFault {
    /// The fault.
    pub fault: Fault,
    /// How often; `None` is always.
    pub times: Option<u32>,
    /// Only for requests whose prompt holds this.
    pub contains: Option<String>,
    /// The wait that is asked for.
    pub retry_after: Option<RetryAfter>,
    /// Milliseconds of a delay, or between two bytes of a drip.
    pub pause: Duration,
    /// Sentences that `context_length` still takes.
    pub sentences: usize,
    /// The key that `wrong_key` takes.
    pub key: String,
}

impl ScriptedFault {
    /// A fault that comes once.
    #[must_use]
    pub const fn once(fault: Fault) -> Self {
        Self {
            fault,
            times: Some(1),
            contains: None,
            retry_after: None,
            pause: Duration::from_millis(10),
            sentences: 0,
            key: String::new(),
        }
    }

    fn is_met_by(&self, request: &ChatRequest, prompt: &str, key: Option<&str>) -> bool {
        let has_words = self
            .contains
            .as_ref()
            .is_none_or(|words| prompt.contains(words));
        has_words
            && match self.fault {
                Fault::NoJsonSchema => request.form.schema,
                Fault::NoStream
                | Fault::SseStall
                | Fault::SseCut
                | Fault::SseError
                | Fault::SseSlow
                | Fault::SseKeepAlive
                | Fault::SseNoUsage
                | Fault::SseRunaway => request.form.stream,
                Fault::NoStreamOptions => request.form.stream_usage,
                Fault::NoMaxItems => request.form.bounds,
                Fault::NoJsonMode => request.form.schema || request.form.json_object,
                Fault::NoMaxCompletionTokens => request.form.max_completion_tokens,
                Fault::NoMaxTokens => request.form.max_completion_tokens || request.form.max_tokens,
                Fault::NoTemperature => request.form.temperature,
                Fault::ContextLength => request.sentences_asked > self.sentences,
                Fault::WrongKey => key != Some(self.key.as_str()),
                _ => true,
            }
    }
}

/// A part of a script cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("read {part:?} of the script: {problem}")]
pub struct BadScript {
    /// The part.
    pub part: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Faults in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    faults: Vec<ScriptedFault>,
}

impl Script {
    /// A script of these.
    #[must_use]
    pub const fn of(faults: Vec<ScriptedFault>) -> Self {
        Self { faults }
    }

    /// Takes the fault that a request gets, and one of its times.
    pub(super) fn take(
        &mut self,
        request: &ChatRequest,
        prompt: &str,
        key: Option<&str>,
    ) -> Option<ScriptedFault> {
        let mut faults = self.faults.iter_mut();
        let scripted = faults.find(|scripted| {
            scripted.times != Some(0) && scripted.is_met_by(request, prompt, key)
        })?;
        if let Some(times) = &mut scripted.times {
            *times -= 1;
        }
        Some(scripted.clone())
    }
}

impl FromStr for Script {
    type Err = BadScript;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        Ok(Self {
            faults: parts.map(parse_fault).collect::<Result<_, _>>()?,
        })
    }
}

fn parse_fault(text: &str) -> Result<ScriptedFault, BadScript> {
    let bad = |problem: String| BadScript {
        part: text.to_owned(),
        problem,
    };
    let mut scripted = ScriptedFault::once(Fault::Pass);
    let mut named = false;
    for part in text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (name, value) = part.split_once('=').unwrap_or(("fault", part));
        let number = || {
            value
                .parse::<u32>()
                .map_err(|_not_a_number| bad(format!("{name} is no number")))
        };
        match name {
            "fault" => {
                scripted.fault = value.parse().map_err(|error| bad(format!("{error}")))?;
                named = true;
            }
            "times" if value == "always" => scripted.times = None,
            "times" => scripted.times = Some(number()?),
            "ms" => scripted.pause = Duration::from_millis(number()?.into()),
            "contains" => scripted.contains = Some(value.to_owned()),
            "sentences" => scripted.sentences = number()? as usize,
            "key" => value.clone_into(&mut scripted.key),
            "retry_after" => {
                let form = parse_retry_after(value);
                scripted.retry_after =
                    Some(form.ok_or_else(|| bad(format!("{name} has no number")))?);
            }
            other => return Err(bad(format!("{other:?} is no setting"))),
        }
    }
    if named {
        Ok(scripted)
    } else {
        Err(bad("it names no fault".to_owned()))
    }
}

fn parse_retry_after(value: &str) -> Option<RetryAfter> {
    Some(match value.split_once(':') {
        Some(("ms", number)) => RetryAfter::Milliseconds(number.parse().ok()?),
        Some(("date", number)) => RetryAfter::Date(number.parse().ok()?),
        Some(("reset", span)) => RetryAfter::Reset(span.to_owned()),
        Some(("google", span)) => RetryAfter::Google(span.to_owned()),
        _ => RetryAfter::Plain(value.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_with_its_settings() {
        let script: Script = "503;times=2;retry_after=ms:300, fault=drip;ms=5;times=always"
            .parse()
            .expect("a sound script");

        assert_eq!(script.faults.len(), 2);
        assert_eq!(script.faults[0].fault, Fault::Unavailable);
        assert_eq!(script.faults[0].times, Some(2));
        assert_eq!(
            script.faults[0].retry_after,
            Some(RetryAfter::Milliseconds(300))
        );
        assert_eq!(
            (script.faults[1].times, script.faults[1].pause.as_millis()),
            (None, 5)
        );
    }

    #[test]
    fn a_typing_error_is_named() {
        for text in [
            "fault=50",
            "times=2",
            "503;tims=1",
            "503;times=x",
            "503;retry_after=ms:x",
        ] {
            assert!(text.parse::<Script>().is_err(), "{text}");
        }
    }

    #[test]
    fn faults_are_used_up_in_order_and_then_all_is_well() {
        let mut script: Script = "503;times=2, 429".parse().expect("a sound script");
        let request = ChatRequest::default();

        let given: Vec<_> = (0..4)
            .map(|_| {
                script
                    .take(&request, "", None)
                    .map(|scripted| scripted.fault)
            })
            .collect();

        let expected = [
            Some(Fault::Unavailable),
            Some(Fault::Unavailable),
            Some(Fault::RateLimit),
            None,
        ];
        assert_eq!(given, expected);
    }
}
