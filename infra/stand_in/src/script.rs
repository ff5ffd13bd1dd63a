//! What to play and when: `fault=503;times=2;retry_after=1, fault=drip;ms=5`.
//!
//! Acts are separated by commas. A request plays the first act that has times left and whose
//! conditions it meets; when there is none, it gets a sound reply.

use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::fault::Fault;
use super::heard::Heard;

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

/// One act of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What is played.
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

impl Act {
    /// A fault that is played once.
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

    fn is_met_by(&self, heard: &Heard, prompt: &str, key: Option<&str>) -> bool {
        let has_words = self
            .contains
            .as_ref()
            .is_none_or(|words| prompt.contains(words));
        has_words
            && match self.fault {
                Fault::NoJsonSchema => heard.form.schema,
                Fault::NoJsonMode => heard.form.schema || heard.form.json_object,
                Fault::NoMaxCompletionTokens => heard.form.max_completion_tokens,
                Fault::NoMaxTokens => heard.form.max_completion_tokens || heard.form.max_tokens,
                Fault::NoTemperature => heard.form.temperature,
                Fault::ContextLength => heard.sentences_asked > self.sentences,
                Fault::WrongKey => key != Some(self.key.as_str()),
                _ => true,
            }
    }
}

/// A script is no script.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("read act {act:?}: {problem}")]
pub struct BadScript {
    /// The act.
    pub act: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Acts in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    acts: Vec<Act>,
}

impl Script {
    /// A script of acts.
    #[must_use]
    pub const fn of(acts: Vec<Act>) -> Self {
        Self { acts }
    }

    /// Takes the act that a request meets, and one of its times.
    pub(super) fn take(&mut self, heard: &Heard, prompt: &str, key: Option<&str>) -> Option<Act> {
        let mut acts = self.acts.iter_mut();
        let act = acts.find(|act| act.times != Some(0) && act.is_met_by(heard, prompt, key))?;
        if let Some(times) = &mut act.times {
            *times -= 1;
        }
        Some(act.clone())
    }
}

impl FromStr for Script {
    type Err = BadScript;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let acts = text.split(',').map(str::trim).filter(|act| !act.is_empty());
        Ok(Self {
            acts: acts.map(parse_act).collect::<Result<_, _>>()?,
        })
    }
}

fn parse_act(text: &str) -> Result<Act, BadScript> {
    let bad = |problem: String| BadScript {
        act: text.to_owned(),
        problem,
    };
    let mut act = Act::once(Fault::Pass);
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
                act.fault = value.parse().map_err(|error| bad(format!("{error}")))?;
                named = true;
            }
            "times" if value == "always" => act.times = None,
            "times" => act.times = Some(number()?),
            "ms" => act.pause = Duration::from_millis(number()?.into()),
            "contains" => act.contains = Some(value.to_owned()),
            "sentences" => act.sentences = number()? as usize,
            "key" => value.clone_into(&mut act.key),
            "retry_after" => {
                let form = parse_retry_after(value);
                act.retry_after = Some(form.ok_or_else(|| bad(format!("{name} has no number")))?);
            }
            other => return Err(bad(format!("{other:?} is no setting"))),
        }
    }
    if named {
        Ok(act)
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

        assert_eq!(script.acts.len(), 2);
        assert_eq!(script.acts[0].fault, Fault::Unavailable);
        assert_eq!(script.acts[0].times, Some(2));
        assert_eq!(
            script.acts[0].retry_after,
            Some(RetryAfter::Milliseconds(300))
        );
        assert_eq!(
            (script.acts[1].times, script.acts[1].pause.as_millis()),
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
    fn acts_are_used_up_in_order_and_then_all_is_well() {
        let mut script: Script = "503;times=2, 429".parse().expect("a sound script");
        let heard = Heard::default();

        let played: Vec<_> = (0..4)
            .map(|_| script.take(&heard, "", None).map(|act| act.fault))
            .collect();

        let expected = [
            Some(Fault::Unavailable),
            Some(Fault::Unavailable),
            Some(Fault::RateLimit),
            None,
        ];
        assert_eq!(played, expected);
    }
}
