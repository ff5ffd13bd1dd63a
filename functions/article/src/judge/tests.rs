//! The judge, error by error.

use std::net::{IpAddr, Ipv4Addr};

use super::*;

const FRESH: History = History {
    attempt: 1,
    snoozes: 0,
    snoozed_class: None,
    is_probe: false,
    last_class: None,
};

fn judged(error: &AttemptError, history: History) -> Outcome {
    judge(error, history, Jitter::new(0.5))
}

fn no_text(kind: PageKind) -> AttemptError {
    let reason = extract::EmptyReason::NoArticle;
    AttemptError::NoText { kind, reason }
}

fn denied() -> AttemptError {
    AttemptError::Fetch(FetchError::HttpDenied {
        host: "example.com".to_owned(),
        status: 403,
    })
}

#[test]
fn a_refused_page_is_looked_at_once_more_the_next_day() {
    let again = History {
        attempt: 2,
        last_class: Some(ErrorClass::HttpDenied),
        ..FRESH
    };
    let class = ErrorClass::HttpDenied;

    assert_eq!(
        judged(&denied(), FRESH),
        Outcome::Retry {
            class,
            wait: NEXT_DAY
        }
    );
    assert_eq!(judged(&denied(), again), Outcome::Failed { class });
}

#[test]
fn a_page_that_says_come_back_is_looked_at_again_and_the_attempt_counts() {
    for (kind, wait) in [
        (PageKind::Challenge, NEXT_DAY),
        (PageKind::GeoBlock, NEXT_DAY),
        (PageKind::Maintenance, RETRY_WAIT_MAX),
        (PageKind::ErrorPage, Duration::from_secs(30)),
    ] {
        let outcome = judged(&no_text(kind), FRESH);

        assert!(
            matches!(outcome, Outcome::Retry { .. }),
            "{kind:?}: {outcome:?}"
        );
        assert_eq!(outcome.wait(), wait, "{kind:?}");
    }
}

#[test]
fn an_outage_of_the_model_burns_no_attempt() {
    let endpoint = || "http://127.0.0.1:1".to_owned();
    for error in [
        FactsError::Server {
            endpoint: endpoint(),
            status: 503,
            retry_after: None,
            said: facts::Excerpt::default(),
        },
        FactsError::Throttled {
            endpoint: endpoint(),
            status: 429,
            retry_after: None,
            said: facts::Excerpt::default(),
        },
        FactsError::Quota {
            endpoint: endpoint(),
            status: 429,
            said: facts::Excerpt::default(),
        },
        FactsError::Slow {
            endpoint: endpoint(),
            waited: OUTAGE_WAIT,
        },
    ] {
        let outcome = judged(&AttemptError::Facts(error.clone()), FRESH);

        assert!(
            matches!(outcome, Outcome::Snooze { .. }),
            "{error}: {outcome:?}"
        );
    }
}

#[test]
fn tries_that_fail_without_end_become_counted_attempts() {
    let class = ErrorClass::LlmServer;
    let endless = History {
        snoozes: SNOOZES_MAX,
        snoozed_class: Some(class),
        ..FRESH
    };
    let other = History {
        snoozed_class: Some(ErrorClass::LlmThrottled),
        ..endless
    };
    let out = AttemptError::Facts(FactsError::Server {
        endpoint: String::new(),
        status: 503,
        retry_after: None,
        said: facts::Excerpt::default(),
    });

    assert!(matches!(judged(&out, FRESH), Outcome::Snooze { .. }));
    assert!(matches!(judged(&out, other), Outcome::Snooze { .. }));
    assert!(matches!(judged(&out, endless), Outcome::Retry { .. }));
}

#[test]
fn an_article_that_was_not_even_tried_never_loses_an_attempt() {
    let wait = OUTAGE_WAIT;
    let class = ErrorClass::LlmServer;
    let money = domain::MicroUsd::new(1);
    for error in [
        AttemptError::BreakerOpen { class, wait },
        AttemptError::BudgetSpent {
            spent: money,
            stop: money,
            wait,
        },
    ] {
        let (class, _) = sort(&error);
        let endless = History {
            snoozes: i32::MAX,
            snoozed_class: Some(class),
            ..FRESH
        };

        assert!(
            matches!(judged(&error, endless), Outcome::Snooze { .. }),
            "{error}"
        );
    }
}

#[test]
fn an_article_that_is_always_too_slow_counts_unless_the_model_is_out_for_all() {
    let slow = AttemptError::Facts(FactsError::Slow {
        endpoint: String::new(),
        waited: OUTAGE_WAIT,
    });
    let often = History {
        snoozes: TIMEOUTS_MAX,
        snoozed_class: Some(ErrorClass::LlmTimeout),
        ..FRESH
    };
    let probing = History {
        is_probe: true,
        ..often
    };

    assert!(matches!(judged(&slow, often), Outcome::Retry { .. }));
    assert!(matches!(judged(&slow, probing), Outcome::Snooze { .. }));
}

#[test]
fn one_time_out_is_a_strike_and_a_failure_of_the_account_is_everybody_s() {
    let endpoint = String::new;
    let slow = health(
        &FactsError::Slow {
            endpoint: endpoint(),
            waited: OUTAGE_WAIT,
        },
        None,
    );
    let quota = health(
        &FactsError::Quota {
            endpoint: endpoint(),
            status: 402,
            said: facts::Excerpt::default(),
        },
        None,
    );
    let refused = health(
        &FactsError::Refused {
            endpoint: endpoint(),
        },
        None,
    );

    assert!(matches!(
        slow,
        Health::Out {
            strikes: TIMEOUT_STRIKES,
            whole_account: false,
            ..
        }
    ));
    assert!(matches!(
        quota,
        Health::Out {
            strikes: 1,
            whole_account: true,
            ..
        }
    ));
    assert_eq!(refused, Health::Unknown);
}

#[test]
fn a_wait_that_the_model_asks_for_is_kept_within_an_hour() {
    let error = FactsError::Throttled {
        endpoint: String::new(),
        status: 429,
        retry_after: Some(Duration::from_secs(1_000_000)),
        said: facts::Excerpt::default(),
    };

    let outcome = judged(&AttemptError::Facts(error), FRESH);

    assert_eq!(
        outcome,
        Outcome::Snooze {
            class: ErrorClass::LlmThrottled,
            wait: RETRY_WAIT_MAX
        }
    );
}

#[test]
fn what_cannot_work_again_is_final() {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let errors = [
        no_text(PageKind::Index),
        no_text(PageKind::NotFound),
        no_text(PageKind::Login),
        no_text(PageKind::ConsentWall),
        no_text(PageKind::Parked),
        AttemptError::Fetch(FetchError::HttpGone {
            host: String::new(),
            status: 404,
        }),
        AttemptError::Fetch(FetchError::Denied {
            hop: 0,
            step: domain::Step::Dns,
            why: fetch::Denial::Address {
                ip: loopback,
                range: "loopback",
            },
        }),
    ];
    for error in errors {
        assert!(
            matches!(judged(&error, FRESH), Outcome::Failed { .. }),
            "{error}"
        );
    }
}
