//! The decision table, second half: whether a failure is worth another call, and how long to wait.

use std::time::Duration;

use domain::limits;

use crate::error::{FactsError, NextModel, Repeat};

/// Waits and allowances. The defaults are what production uses; tests shrink them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// A call is not started with less than this left.
    pub call_min: Duration,
    /// First wait after an inner failure of the endpoint; doubles.
    pub wait_base: Duration,
    /// No wait inside an invocation is longer: beyond it the row waits in the database for nothing.
    pub wait_max: Duration,
    /// Chunks asked at once.
    pub width: usize,
    /// An answer of an endpoint elsewhere begins within this; one on this machine or in this network
    /// may take all the time there is.
    pub first_token: Duration,
    /// No answer pauses for longer.
    pub stall: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            call_min: limits::LLM_CALL_MIN,
            wait_base: Duration::from_millis(500),
            wait_max: Duration::from_secs(15),
            width: 4,
            // reasoning shows nothing for long
            first_token: Duration::from_secs(60),
            stall: Duration::from_secs(20),
        }
    }
}

/// What one chunk may still spend on one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Fresh connections.
    pub(crate) reconnects: u32,
    /// Repeats after an inner failure or a rate limit.
    pub(crate) repeats: u32,
    /// Clean repeats after an invalid answer.
    pub(crate) clean_repeats: u32,
    /// Readings of the key.
    pub(crate) key_readings: u32,
}

impl Allowance {
    /// What the decision table grants.
    pub(crate) const fn granted() -> Self {
        Self {
            reconnects: 1,
            repeats: 2,
            clean_repeats: 1,
            key_readings: 1,
        }
    }
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The same call again after a wait.
    Again(Duration),
    /// Read the key again; if it has changed, call again.
    ReadKey,
    /// Nothing more on this route.
    GiveUp,
}

/// Decides, and takes what it grants from the allowance. `left` is what remains of the budget,
/// `draw` a number from 0 to 1 that spreads the waits.
pub(crate) fn next(
    failure: &FactsError,
    allowance: &mut Allowance,
    pace: &Pace,
    left: Duration,
    draw: f64,
) -> Next {
    let again = |count: &mut u32, wait: Duration| {
        let fits = wait <= pace.wait_max && left >= wait + pace.call_min;
        if *count == 0 || !fits {
            return Next::GiveUp;
        }
        *count -= 1;
        Next::Again(wait)
    };
    match failure.traits().repeat {
        Repeat::Reconnect => again(&mut allowance.reconnects, Duration::ZERO),
        Repeat::AfterWait => {
            let done = 2_u32.saturating_sub(allowance.repeats);
            let own = spread(pace.wait_base * 2_u32.pow(done), draw);
            let asked = failure.retry_after();
            again(
                &mut allowance.repeats,
                asked.map_or(own, |asked| asked.max(own)),
            )
        }
        Repeat::Clean => again(&mut allowance.clean_repeats, Duration::ZERO),
        Repeat::WithFreshKey if allowance.key_readings > 0 => {
            allowance.key_readings -= 1;
            Next::ReadKey
        }
        Repeat::WithFreshKey | Repeat::Never => Next::GiveUp,
    }
}

/// ± 25 %; `draw` is from 0 to 1.
fn spread(wait: Duration, draw: f64) -> Duration {
    wait.mul_f64(0.75 + 0.5 * draw.clamp(0.0, 1.0))
}

/// Whether the next model of the chain may be asked after this failure.
pub(crate) const fn may_pass_on(failure: &FactsError, other_host: bool) -> bool {
    match failure.traits().next_model {
        NextModel::Any => true,
        NextModel::OtherHost => other_host,
        NextModel::No => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Duration = Duration::from_mins(1);

    fn endpoint() -> String {
        "https://llm.test".to_owned()
    }

    fn server(retry_after: Option<u64>) -> FactsError {
        FactsError::Server {
            endpoint: endpoint(),
            status: 503,
            retry_after: retry_after.map(Duration::from_secs),
            said: crate::error::Excerpt::default(),
        }
    }

    fn waits(failure: &FactsError, left: Duration) -> Vec<Duration> {
        let mut allowance = Allowance::granted();
        let mut waits = Vec::new();
        while let Next::Again(wait) = next(failure, &mut allowance, &Pace::default(), left, 0.5) {
            waits.push(wait);
            assert!(waits.len() < 10, "no bound");
        }
        waits
    }

    #[test]
    fn inner_failures_are_repeated_twice_with_growing_waits() {
        let ms = Duration::from_millis;

        assert_eq!(waits(&server(None), LEFT), [ms(500), ms(1_000)]);
        assert_eq!(waits(&server(Some(7)), LEFT), [ms(7_000), ms(7_000)]);
    }

    #[test]
    fn a_wait_that_does_not_fit_is_handed_back() {
        assert!(waits(&server(Some(7)), Duration::from_secs(9)).is_empty());
        assert!(waits(&server(Some(3_600)), LEFT).is_empty());
        assert!(waits(&server(None), Duration::from_secs(3)).is_empty());
    }

    #[test]
    fn neither_quota_nor_a_time_out_nor_a_refusal_is_repeated() {
        let endpoint = endpoint;
        for failure in [
            FactsError::Quota {
                endpoint: endpoint(),
                status: 429,
                said: crate::error::Excerpt::default(),
            },
            FactsError::Slow {
                endpoint: endpoint(),
                waited: LEFT,
            },
            FactsError::Refused {
                endpoint: endpoint(),
            },
            FactsError::Filtered {
                endpoint: endpoint(),
                said: crate::error::Excerpt::default(),
            },
            FactsError::TooLong {
                endpoint: endpoint(),
            },
        ] {
            assert!(waits(&failure, LEFT).is_empty(), "{failure}");
        }
    }

    #[test]
    fn only_another_account_is_asked_after_quota() {
        let quota = FactsError::Quota {
            endpoint: endpoint(),
            status: 429,
            said: crate::error::Excerpt::default(),
        };

        assert!(may_pass_on(&quota, true) && !may_pass_on(&quota, false));
        assert!(!may_pass_on(
            &FactsError::Auth {
                endpoint: endpoint(),
                status: 401,
                sent: crate::error::KeySent::None,
                said: crate::error::Excerpt::default(),
            },
            true
        ));
    }
}
