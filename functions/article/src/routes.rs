//! Which routes of the chain may be asked, and what their failures say to the other invocations.

use std::time::Duration;

use domain::{ErrorClass, RouteUsage};
use facts::{RouteFailure, RouteName};
use store::{OpenBreaker, RouteHealth, RouteState, breaker_key};

use crate::attempt_error::AttemptError;
use crate::judge::{BLOCKING, Health, health};

/// Breaker keys of the routes, in the order in which they are asked.
pub(crate) fn keys(routes: impl Iterator<Item = RouteName>) -> Vec<String> {
    routes.map(|route| key(&route)).collect()
}

/// The breaker of a route.
pub(crate) fn key(route: &RouteName) -> String {
    breaker_key(&route.model, &route.endpoint)
}

/// Whether any route may be asked, as far as the open breakers tell: the walk goes on past a route
/// that is out, and ends at one that is broken.
pub(crate) fn check(keys: &[String], open: &[OpenBreaker]) -> Result<(), AttemptError> {
    let mut first = None;
    let mut wait = Duration::MAX;
    for key in keys {
        let Some(breaker) = open.iter().find(|breaker| breaker.key == *key) else {
            return Ok(());
        };
        let class = breaker.class;
        first.get_or_insert(class);
        wait = wait.min(breaker.until_in());
        if BLOCKING.contains(&class) {
            break;
        }
    }
    match first {
        Some(class) => Err(AttemptError::BreakerOpen { class, wait }),
        None => Ok(()),
    }
}

/// How each route was that a run has asked, or that shares the fate of one.
pub(crate) fn health_of_each(
    routes: impl Iterator<Item = RouteName>,
    asked: &[RouteUsage],
    failures: &[RouteFailure],
    class_before: Option<ErrorClass>,
) -> Vec<RouteHealth> {
    let told = routes.filter_map(|route| {
        let state = state(&route, asked, failures, class_before)?;
        let key = key(&route);
        Some(RouteHealth { key, state })
    });
    told.collect()
}

fn state(
    route: &RouteName,
    asked: &[RouteUsage],
    failures: &[RouteFailure],
    class_before: Option<ErrorClass>,
) -> Option<RouteState> {
    let is_it = |model: &str, endpoint: &str| route.model == model && route.endpoint == endpoint;
    let mut usages = asked.iter();
    let answered = usages.any(|usage| usage.answered && is_it(&usage.model, &usage.endpoint));
    let mut worst = None;
    for failure in failures.iter().filter(|it| it.endpoint == route.endpoint) {
        let Health::Out {
            class,
            open_for,
            strikes,
            whole_account,
        } = health(&failure.error, class_before)
        else {
            continue;
        };
        let concerns = whole_account || is_it(&failure.model, &failure.endpoint);
        // One answer of many chunks outweighs a failure, but not one of the account.
        if concerns && (whole_account || !answered) {
            worst = worst.max(Some((open_for, strikes, class)));
        }
    }
    match worst {
        Some((open_for, strikes, class)) => Some(RouteState::Out {
            class,
            open_for,
            strikes,
        }),
        None => answered.then_some(RouteState::Up),
    }
}

#[cfg(test)]
mod tests {
    use domain::Usage;
    use facts::FactsError;

    use super::*;

    fn route(model: &str, endpoint: &str) -> RouteName {
        RouteName {
            model: model.to_owned(),
            endpoint: endpoint.to_owned(),
        }
    }

    fn failure(route: &RouteName, error: FactsError) -> RouteFailure {
        RouteFailure {
            model: route.model.clone(),
            endpoint: route.endpoint.clone(),
            error,
        }
    }

    fn usage(route: &RouteName) -> RouteUsage {
        RouteUsage {
            model: route.model.clone(),
            endpoint: route.endpoint.clone(),
            answered: true,
            usage: Usage::default(),
            known_micro_usd: 0,
            calls_unpriced: 0,
        }
    }

    fn server(endpoint: &str) -> FactsError {
        FactsError::Server {
            endpoint: endpoint.to_owned(),
            status: 503,
            retry_after: None,
            said: facts::Excerpt::default(),
        }
    }

    #[test]
    fn the_first_that_fails_opens_and_the_second_that_answers_closes() {
        let (first, second) = (route("a", "x"), route("b", "y"));
        let chain = [first.clone(), second.clone()];

        let told = health_of_each(
            chain.into_iter(),
            &[usage(&second)],
            &[failure(&first, server("x"))],
            None,
        );

        assert_eq!(told[0].key, "a@x");
        assert!(
            matches!(
                told[0].state,
                RouteState::Out {
                    class: ErrorClass::LlmServer,
                    strikes: 1,
                    ..
                }
            ),
            "{told:?}"
        );
        assert_eq!(told[1].state, RouteState::Up);
    }

    #[test]
    fn spent_credit_is_the_account_s_and_a_full_server_the_model_s() {
        let (first, second) = (route("a", "x"), route("b", "x"));
        let chain = || [first.clone(), second.clone()].into_iter();
        let quota = FactsError::Quota {
            endpoint: "x".to_owned(),
            status: 429,
            said: facts::Excerpt::default(),
        };

        let account = health_of_each(chain(), &[], &[failure(&first, quota)], None);
        let model = health_of_each(chain(), &[], &[failure(&first, server("x"))], None);

        assert_eq!(
            (account.len(), model.len()),
            (2, 1),
            "{account:?} {model:?}"
        );
    }

    #[test]
    fn a_route_that_answered_another_chunk_is_not_out() {
        let only = route("a", "x");

        let told = health_of_each(
            std::iter::once(only.clone()),
            &[usage(&only)],
            &[failure(&only, server("x"))],
            None,
        );

        assert_eq!(told[0].state, RouteState::Up);
    }

    #[test]
    fn an_answer_that_is_no_good_shows_that_the_route_is_up_or_nothing() {
        let only = route("a", "x");
        let refused = FactsError::Refused {
            endpoint: "x".to_owned(),
        };

        let told = health_of_each(
            std::iter::once(only.clone()),
            &[usage(&only)],
            &[failure(&only, refused)],
            None,
        );

        assert_eq!(told[0].state, RouteState::Up);
    }

    #[test]
    fn an_unknown_refusal_counts_once_an_article_and_opens_nothing_alone() {
        let only = route("a", "x");
        let told = |class_before| {
            let rejected = FactsError::Rejected {
                endpoint: "x".to_owned(),
                model: "a".to_owned(),
                status: 400,
                said: facts::Excerpt::default(),
            };
            let failures = [failure(&only, rejected)];
            health_of_each(std::iter::once(only.clone()), &[], &failures, class_before)
        };

        assert!(matches!(
            told(None)[0].state,
            RouteState::Out { strikes: 2, .. }
        ));
        assert!(told(Some(ErrorClass::LlmConfig)).is_empty());
    }
}
