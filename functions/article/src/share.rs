//! How an invocation's time is shared out: the usual caps, scaled down where the limit is short.

use std::time::{Duration, Instant};

use domain::{Budget, limits};

/// The caps and reserves of one invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
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

impl Shares {
    /// The shares of an invocation with `limit` to go.
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

    /// Everything up to the outcome's being recorded.
    pub(crate) fn whole(&self, deadline: Instant, now: Instant) -> Budget {
        Budget::until(deadline).less(self.response, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_fits_into_every_limit_of_lambda() {
        for seconds in [1, 3, 10, 30, 60, 120, 900] {
            let limit = Duration::from_secs(seconds);
            let s = Shares::of(limit);
            let sum = s.response + s.finish + s.claim + s.fetch + s.extract + s.llm_min;

            assert!(sum <= limit, "{seconds} s: {sum:?}");
        }
    }

    #[test]
    fn the_usual_limit_leaves_every_cap_whole() {
        let shares = Shares::of(limits::INVOCATION_DEFAULT);

        assert_eq!(shares.fetch, limits::FETCH_CAP);
        assert_eq!(shares.finish, limits::FINISH_RESERVE);
        assert_eq!(shares.response, limits::RESPONSE_RESERVE);
    }
}
