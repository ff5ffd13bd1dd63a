//! Breakers: one row a route, one probe at a time, strikes before a slow route counts as out.

use std::time::Duration;

use domain::ErrorClass;
use store::{AttemptFailure, Claim, Gates, OpenRun, RouteHealth, RouteState, Text};

use crate::harness::{World, budget};
use crate::scenery::{BODY, IDENTITY, add, attempt, claim, failure};

const MINUTE: Duration = Duration::from_secs(60);

fn out(key: &str, class: ErrorClass, strikes: i32) -> RouteHealth {
    RouteHealth {
        key: key.to_owned(),
        state: RouteState::Out {
            class,
            open_for: MINUTE,
            strikes,
        },
    }
}

fn up(key: &str) -> RouteHealth {
    RouteHealth {
        key: key.to_owned(),
        state: RouteState::Up,
    }
}

/// Snoozes an article with what its run has learnt of the routes.
async fn note(world: &World, routes: &[RouteHealth]) {
    let id = add(world, &format!("https://example.org/{}", fresh())).await;
    let claim = claim(world, id).await;
    let attempt = attempt();
    let snooze = AttemptFailure {
        routes,
        wait: MINUTE,
        ..failure(ErrorClass::LlmServer, &attempt)
    };
    world
        .store
        .snooze(&budget(), &claim, &snooze)
        .await
        .expect("snooze");
}

fn fresh() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

async fn claims(world: &World, count: usize) -> Vec<Claim> {
    let mut claims = Vec::new();
    for _ in 0..count {
        let id = add(world, &format!("https://example.org/{}", fresh())).await;
        claims.push(claim(world, id).await);
    }
    claims
}

async fn open(world: &World, claim: &Claim, keys: &[&str]) -> OpenRun {
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let gates = Gates {
        breakers: &keys,
        blocking: &[ErrorClass::LlmAuth],
        stop: None,
    };
    // A text of its own: the same one would wait for the other.
    let body = format!("{BODY} Article {}.", claim.article);
    let text = Text::new(&body, "1");
    let opened = world
        .store
        .open_run(&budget(), claim, &text, &IDENTITY, &gates)
        .await;
    opened.expect("open")
}

/// The routes that may be asked, and those that are probes; empty when none may.
fn usable(opened: OpenRun) -> (Vec<String>, Vec<String>) {
    match opened {
        OpenRun::Open(run) => (run.usable, run.probes),
        OpenRun::BreakerOpen { .. } => (Vec::new(), Vec::new()),
        other => panic!("{other:?}"),
    }
}

async fn time_passes(world: &World) {
    world
        .execute("UPDATE llm_breakers SET open_until = now()")
        .await;
}

#[tokio::test]
async fn an_open_breaker_lets_one_probe_through_and_an_answer_closes_it() {
    let world = World::migrated().await;
    note(&world, &[out("a", ErrorClass::LlmServer, 1)]).await;
    let claims = claims(&world, 6).await;
    for claim in &claims {
        assert_eq!(
            claim.breakers[0].key, "a",
            "known before the page is fetched"
        );
        let opened = open(&world, claim, &["a"]).await;
        let OpenRun::BreakerOpen { until_in, class } = opened else {
            panic!("{opened:?}")
        };
        assert!(until_in > Duration::from_secs(50) && until_in <= MINUTE);
        assert_eq!(class, ErrorClass::LlmServer);
    }

    time_passes(&world).await;
    let mut probes = 0;
    for claim in &claims {
        match open(&world, claim, &["a"]).await {
            OpenRun::Open(run) => {
                assert_eq!(run.probes, ["a"]);
                probes += 1;
            }
            OpenRun::BreakerOpen { until_in, .. } => assert!(until_in <= Duration::from_secs(10)),
            other => panic!("{other:?}"),
        }
    }

    assert_eq!(probes, 1, "one call while the endpoint may be out");
    note(&world, &[up("a")]).await;
    assert_eq!(world.text("SELECT count(*) FROM llm_breakers").await, "0");
    world.assert_sound().await;
}

#[tokio::test]
async fn the_second_route_is_asked_while_the_first_is_out_and_is_not_closed_for_it() {
    let world = World::migrated().await;
    note(&world, &[out("a", ErrorClass::LlmServer, 1), up("b")]).await;
    let claims = claims(&world, 3).await;

    let first = usable(open(&world, &claims[0], &["a", "b"]).await);
    note(&world, &[up("b")]).await;
    time_passes(&world).await;
    let probing = usable(open(&world, &claims[1], &["a", "b"]).await);
    let waiting = usable(open(&world, &claims[2], &["a", "b"]).await);

    let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    assert_eq!(first, (names(&["b"]), vec![]));
    assert_eq!(probing, (names(&["a", "b"]), names(&["a"])));
    assert_eq!(waiting, (names(&["b"]), vec![]), "one probe at a time");
}

#[tokio::test]
async fn no_probe_is_spent_on_a_route_behind_one_that_is_up() {
    let world = World::migrated().await;
    note(&world, &[out("b", ErrorClass::LlmServer, 1)]).await;
    time_passes(&world).await;
    let claims = claims(&world, 1).await;

    let (usable, probes) = usable(open(&world, &claims[0], &["a", "b"]).await);

    assert_eq!((usable, probes), (vec!["a".to_owned()], vec![]));
    let waits = "SELECT open_until <= now() FROM llm_breakers";
    assert_eq!(world.text(waits).await, "t", "its probe is still to be had");
}

#[tokio::test]
async fn a_broken_first_route_is_not_gone_round() {
    let world = World::migrated().await;
    note(&world, &[out("a", ErrorClass::LlmAuth, 1)]).await;
    let claims = claims(&world, 1).await;

    let opened = open(&world, &claims[0], &["a", "b"]).await;

    assert!(
        matches!(
            &opened,
            OpenRun::BreakerOpen {
                class: ErrorClass::LlmAuth,
                ..
            }
        ),
        "{opened:?}"
    );
}

#[tokio::test]
async fn time_outs_open_after_three_in_a_row_and_an_answer_between_them_starts_over() {
    let world = World::migrated().await;
    let slow = [out("a", ErrorClass::LlmTimeout, 3)];
    let claims = claims(&world, 5).await;
    let may_ask = async |nth: usize| {
        !usable(open(&world, &claims[nth], &["a"]).await)
            .0
            .is_empty()
    };

    note(&world, &slow).await;
    note(&world, &slow).await;
    let after_two = may_ask(0).await;
    note(&world, &[up("a")]).await;
    note(&world, &slow).await;
    note(&world, &slow).await;
    let after_two_more = may_ask(1).await;
    note(&world, &slow).await;
    let after_three = may_ask(2).await;
    time_passes(&world).await;
    let probe = may_ask(3).await;
    note(&world, &slow).await;
    let after_the_probe = may_ask(4).await;

    assert!(after_two && after_two_more && !after_three);
    assert!(probe && !after_the_probe, "one more opens what was open");
}

#[tokio::test]
async fn strikes_that_are_far_apart_do_not_add_up() {
    let world = World::migrated().await;
    let slow = [out("a", ErrorClass::LlmTimeout, 3)];
    let claims = claims(&world, 1).await;
    for _ in 0..4 {
        note(&world, &slow).await;
        world
            .execute("UPDATE llm_breakers SET last_failure = now() - interval '1 hour'")
            .await;
    }

    let (usable, _) = usable(open(&world, &claims[0], &["a"]).await);

    assert_eq!(usable, ["a"]);
}

#[tokio::test]
async fn snoozes_are_counted_by_what_was_tried_and_not_by_what_was_waited_for() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/counted").await;
    let attempt = attempt();
    for class in [
        ErrorClass::LlmTimeout,
        ErrorClass::LlmBreakerOpen,
        ErrorClass::LlmTimeout,
        ErrorClass::LlmBudget,
        ErrorClass::TextAtWork,
    ] {
        let claim = claim(&world, id).await;
        let snooze = failure(class, &attempt);
        world
            .store
            .snooze(&budget(), &claim, &snooze)
            .await
            .expect("snooze");
    }

    let counted = claim(&world, id).await;

    assert_eq!(
        (counted.snoozes, counted.snoozed_class, counted.attempt),
        (2, Some(ErrorClass::LlmTimeout), 1)
    );
}

#[tokio::test]
async fn a_breaker_of_a_route_that_nobody_asks_is_forgotten_after_a_day() {
    let world = World::migrated().await;
    for (key, class, strikes) in [
        ("gone", ErrorClass::LlmServer, 1),
        ("slow once", ErrorClass::LlmTimeout, 3),
        ("asked lately", ErrorClass::LlmServer, 1),
        ("still open", ErrorClass::LlmQuota, 1),
    ] {
        note(&world, &[out(key, class, strikes)]).await;
    }
    world
        .execute(
            "UPDATE llm_breakers SET last_failure = now() - interval '25 hours' WHERE breaker_key <> 'asked lately';
             UPDATE llm_breakers SET open_until = now() - interval '23 hours' WHERE breaker_key IN ('gone', 'asked lately');
             UPDATE llm_breakers SET open_until = now() + interval '1 hour' WHERE breaker_key = 'still open'",
        )
        .await;
    let left = "SELECT string_agg(breaker_key, ', ' ORDER BY breaker_key) FROM llm_breakers";
    let before = world.text("SELECT count(*) FROM llm_breakers").await;

    world.store.reconcile(&budget()).await.expect("reconcile");

    assert_eq!(before, "4");
    assert_eq!(world.text(left).await, "asked lately, still open");
}
