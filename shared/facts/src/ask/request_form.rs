//! What an endpoint can take: schema, plain JSON mode or neither; which name the answer's limit
//! has; whether a temperature may be set. Learnt from refusals and remembered while warm.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use runtime::config::Dialect;

/// How the shape of the answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A JSON Schema that the endpoint enforces (it may not).
    Schema,
    /// JSON mode; the schema stands in the prompt.
    JsonObject,
    /// The prompt alone.
    Plain,
}

/// How the length of the answer is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The name of today.
    MaxCompletionTokens,
    /// The older name, and the only one of many compatible servers.
    MaxTokens,
    /// The older name with half the number: some models allow no more.
    FewTokens,
    /// The endpoint's own limit.
    Unset,
}

/// Whether the answer comes in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Streaming {
    /// It does, and usage is asked for.
    WithUsage,
    /// It does; the endpoint does not take the option.
    Bare,
    /// It comes as a whole.
    Off,
}

/// One form of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestForm {
    pub(crate) format: Format,
    pub(crate) limit: Limit,
    pub(crate) temperature: bool,
    /// The schema bounds its lists.
    pub(crate) bounds: bool,
    pub(crate) streaming: Streaming,
}

/// What a refusal names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Format,
    Limit,
    Temperature,
    Bounds,
    /// Usage in the stream.
    StreamUsage,
    Streaming,
}

/// Refusals that one call takes at most: two formats, three limits, one temperature,
/// one set of bounds, two ways of streaming.
pub(crate) const STEPS_MAX: u32 = 9;

impl RequestForm {
    const fn top(dialect: Dialect) -> Self {
        Self {
            format: Format::Schema,
            limit: match dialect {
                Dialect::OpenAi => Limit::MaxCompletionTokens,
                Dialect::Anthropic => Limit::MaxTokens,
            },
            temperature: true,
            // Anthropic's own endpoint refuses the keyword.
            bounds: matches!(dialect, Dialect::OpenAi),
            streaming: Streaming::WithUsage,
        }
    }

    /// The next form after `feature` was refused; `None` when there is no other.
    const fn without(self, feature: Feature, dialect: Dialect) -> Option<Self> {
        let mut next = self;
        match (feature, dialect) {
            (Feature::Format, Dialect::OpenAi) => match self.format {
                Format::Schema => next.format = Format::JsonObject,
                Format::JsonObject => next.format = Format::Plain,
                Format::Plain => return None,
            },
            (Feature::Format, Dialect::Anthropic) => match self.format {
                Format::Schema | Format::JsonObject => next.format = Format::Plain,
                Format::Plain => return None,
            },
            (Feature::Limit, Dialect::OpenAi) => match self.limit {
                Limit::MaxCompletionTokens => next.limit = Limit::MaxTokens,
                Limit::MaxTokens => next.limit = Limit::FewTokens,
                Limit::FewTokens => next.limit = Limit::Unset,
                Limit::Unset => return None,
            },
            (Feature::Limit, Dialect::Anthropic) => match self.limit {
                Limit::MaxTokens => next.limit = Limit::FewTokens,
                // This dialect cannot do without a limit.
                Limit::MaxCompletionTokens | Limit::FewTokens | Limit::Unset => return None,
            },
            (Feature::Temperature, _) => {
                if !self.temperature {
                    return None;
                }
                next.temperature = false;
            }
            (Feature::Bounds, _) => {
                if !self.bounds {
                    return None;
                }
                next.bounds = false;
            }
            (Feature::StreamUsage, Dialect::OpenAi)
                if matches!(self.streaming, Streaming::WithUsage) =>
            {
                next.streaming = Streaming::Bare;
            }
            (Feature::StreamUsage | Feature::Streaming, _) => match self.streaming {
                Streaming::WithUsage | Streaming::Bare => next.streaming = Streaming::Off,
                Streaming::Off => return None,
            },
        }
        Some(next)
    }
}

/// The form that worked last at one (endpoint, model).
#[derive(Debug)]
pub(crate) struct Ladder {
    dialect: Dialect,
    form: Mutex<RequestForm>,
    /// Answers that came empty, or that the endpoint's own check of the format refused.
    unusable: AtomicU32,
}

impl Ladder {
    pub(crate) const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            form: Mutex::new(RequestForm::top(dialect)),
            unusable: AtomicU32::new(0),
        }
    }

    pub(crate) fn form(&self) -> RequestForm {
        *self.form.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the format brought nothing. One may be the moment's; from the second on, each leads one
    /// format down. `true`: there is another form to try.
    pub(crate) fn note_unusable(&self, form: RequestForm) -> bool {
        let before = self.unusable.fetch_add(1, Ordering::Relaxed);
        before > 0 && self.step(form, Feature::Format)
    }

    /// Steps down from `refused`. Chunks run side by side: if another has stepped already, its
    /// form is tried first. `false`: there is no other form.
    pub(crate) fn step(&self, refused: RequestForm, feature: Feature) -> bool {
        let mut form = self.form.lock().unwrap_or_else(PoisonError::into_inner);
        if *form != refused {
            return true;
        }
        let Some(next) = form.without(feature, self.dialect) else {
            return false;
        };
        *form = next;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_leads_one_rung_down_and_the_last_to_an_end() {
        for (dialect, feature, steps) in [
            (Dialect::OpenAi, Feature::Format, 2),
            (Dialect::OpenAi, Feature::Limit, 3),
            (Dialect::OpenAi, Feature::Temperature, 1),
            (Dialect::OpenAi, Feature::Bounds, 1),
            (Dialect::OpenAi, Feature::StreamUsage, 2),
            (Dialect::OpenAi, Feature::Streaming, 1),
            (Dialect::Anthropic, Feature::Streaming, 1),
            (Dialect::Anthropic, Feature::Format, 1),
            (Dialect::Anthropic, Feature::Limit, 1),
            (Dialect::Anthropic, Feature::Temperature, 1),
            (Dialect::Anthropic, Feature::Bounds, 0),
        ] {
            let ladder = Ladder::new(dialect);

            let taken = (0..10)
                .take_while(|_| ladder.step(ladder.form(), feature))
                .count();

            assert_eq!(taken, steps, "{dialect:?} {feature:?}");
        }
    }

    #[test]
    fn the_second_unusable_answer_leads_down_and_the_lowest_format_is_the_last() {
        let ladder = Ladder::new(Dialect::OpenAi);
        let led: Vec<bool> = (0..4)
            .map(|_| ladder.note_unusable(ladder.form()))
            .collect();

        assert_eq!(led, [false, true, true, false]);
        assert_eq!(ladder.form().format, Format::Plain);
    }

    #[test]
    fn chunks_that_are_refused_together_step_once() {
        let ladder = Ladder::new(Dialect::OpenAi);
        let top = ladder.form();

        assert!(ladder.step(top, Feature::Format) && ladder.step(top, Feature::Format));

        assert_eq!(ladder.form().format, Format::JsonObject);
    }
}
