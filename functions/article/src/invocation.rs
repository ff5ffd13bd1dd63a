//! One invocation: what all records of its batch share, and how its time is split between the
//! steps. The usual caps hold; where the limit is short they are scaled down.

use std::time::{Duration, Instant};

use domain::{Budget, limits};

/// What all records of an invocation share.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// Lambda's id of it.
    pub(crate) request_id: String,
    /// Everything up to the outcome's being recorded; the response leaves after it.
    pub(crate) budget: Budget,
    /// What of that each step may use.
    pub(crate) split: TimeSplit,
}

impl Invocation {
    /// The invocation `request_id`, which has to be over at `deadline`.
    pub(crate) fn begin(request_id: &str, deadline: Instant, now: Instant) -> Self {
        let split = TimeSplit::of(deadline - now);
        Self {
            request_id: request_id.to_owned(),
            budget: Budget::until(deadline).less(split.response, now),
            split,
        }
    }
}

/// The caps and reserves of one invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeSplit {
    /// Kept back at the very end: the response has to leave.
    pub(crate) response: Duration,
    /// Kept back for recording the outcome.
    pub(crate) finish: Duration,
    /// For the claim.
    pub(crate) claim: Duration,
    /// For the page.
    pub(crate) fetch: Duration,
    /// For the extraction.
    pub(crate) extract: Duration,
    /// Below this the LLM is not asked.
    pub(crate) llm_min: Duration,
}

impl TimeSplit {
    /// The split of an invocation with `limit` to go.
    pub(crate) fn of(limit: Duration) -> Self {
        Self {
            response: limits::RESPONSE_RESERVE.min(limit / 8),
            finish: limits::FINISH_RESERVE.min(limit / 6),
            claim: limits::CLAIM_CAP.min(limit / 6),
            fetch: limits::FETCH_CAP.min(limit / 3),
            extract: limits::EXTRACT_CAP.min(limit / 8),
            llm_min: limits::LLM_CALL_MIN.min(limit / 12),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_fits_into_every_limit_of_lambda() {
        for seconds in [1, 3, 10, 30, 60, 120, 900] {
            let limit = Duration::from_secs(seconds);
            let s = TimeSplit::of(limit);
            let sum = s.response + s.finish + s.claim + s.fetch + s.extract + s.llm_min;

            assert!(sum <= limit, "{seconds} s: {sum:?}");
        }
    }

    #[test]
    fn the_usual_limit_leaves_every_cap_whole() {
        let split = TimeSplit::of(limits::INVOCATION_DEFAULT);

        assert_eq!(split.fetch, limits::FETCH_CAP);
        assert_eq!(split.finish, limits::FINISH_RESERVE);
        assert_eq!(split.response, limits::RESPONSE_RESERVE);
    }
}
