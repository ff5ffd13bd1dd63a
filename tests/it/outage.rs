//! The model is out: nobody fails, nothing is burnt, hardly anybody asks, and work goes on when it
//! is back. Time is passed on in the database, not waited for.

use std::net::Ipv4Addr;

use stand_in::{MODEL, StandIn};
use tests::{Options, World, pages};

use crate::path::options;

/// Waits are over, breakers are due for a probe.
async fn time_passes(world: &World) {
    let passing = "UPDATE article_work SET due_at = now() WHERE state = 'retry'; \
                   UPDATE llm_breakers SET open_until = now() WHERE open_until IS NOT NULL";
    world
        .client
        .batch_execute(passing)
        .await
        .expect("time passes");
}

async fn count(world: &World, what: &str) -> u64 {
    let sql = format!("SELECT count(*) FROM article_work WHERE {what}");
    world.text(&sql).await.parse().expect("a number")
}

#[tokio::test]
async fn an_outage_with_a_backlog_fails_nobody_burns_nothing_and_ends_when_it_ends() {
    const BACKLOG: u64 = 300;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut world = World::start(Options {
        concurrency: 3,
        article_env: vec![pair("GLEANER_LLM_TIME_S", "4")],
        ..options()
    })
    .await;
    world.add(&pages::publish(&world.site, 300)).await;

    let mut probes = Vec::new();
    for (script, class) in [
        ("stall_headers;times=always", "llm_timeout"),
        ("503;retry_after=60;times=always", "llm_server"),
        ("429;retry_after=60;times=always", "llm_throttled"),
    ] {
        world.model.set_script(script.parse().expect("a script"));
        time_passes(&world).await;
        world.settle().await;
        probes.push(world.model.requests());

        let breaker = world
            .text("SELECT error_class FROM llm_breakers WHERE open_until > now()")
            .await;
        assert_eq!(breaker, class, "it is known to be out");
        assert_eq!(
            count(&world, "state = 'retry' AND attempt = 0").await,
            BACKLOG,
            "{script}"
        );
    }
    world.model.set_script("".parse().expect("an empty script"));
    time_passes(&world).await;
    world.settle().await;
    let closed = world.text("SELECT count(*) FROM llm_breakers").await;
    let resumed = count(&world, "state = 'done'").await;
    time_passes(&world).await;
    world.settle().await;

    // three strikes, and what was under way beside them; then one probe an interval
    assert!(probes[0] >= 3 && probes[0] <= 3 + 2, "{probes:?}");
    assert_eq!(probes[1..], [1, 1], "one probe an interval");
    assert_eq!(closed, "0", "the first answer closes the breaker");
    assert!(resumed > 0, "the first interval after the end works");
    assert_eq!(
        count(&world, "state = 'done'").await,
        BACKLOG,
        "the second one finishes"
    );
    assert_eq!(
        count(&world, "attempt > 1").await,
        0,
        "no attempt was burnt"
    );
    assert!(!world.log("article").contains("could not be recorded"));
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn a_broken_first_model_is_left_alone_while_the_second_answers_and_asked_again_when_it_is_back()
 {
    let any = (Ipv4Addr::LOCALHOST, 0).into();
    let broken = stand_in::Options {
        script: "503;retry_after=60;times=always".parse().expect("a script"),
        ..stand_in::Options::default()
    };
    let first = StandIn::start(any, broken).await.expect("a port");
    let second = StandIn::start(any, stand_in::Options::default())
        .await
        .expect("a port");
    let chain = format!(
        "{MODEL}@{}, {MODEL}@{}",
        first.base_url(),
        second.base_url()
    );
    let mut world = World::start(Options {
        article_env: vec![("LLM_MODELS".to_owned(), chain)],
        ..options()
    })
    .await;
    world.add(&pages::publish(&world.site, 100)).await;

    world.settle().await;
    let (to_first, to_second) = (first.requests(), second.requests());
    let done = count(&world, "outcome = 'ok'").await;
    let keys = world
        .text("SELECT string_agg(breaker_key, ' ') FROM llm_breakers")
        .await;
    first.set_script("".parse().expect("an empty script"));
    time_passes(&world).await;
    let more = pages::publish(&world.site, 110);
    world.add(&more[100..]).await;
    world.settle().await;

    assert_eq!(done, 100);
    assert!(
        (1..=2).contains(&to_first),
        "a call a worker at most: {to_first}"
    );
    assert_eq!(to_second, 100);
    let origin = first.base_url().replace("/v1", "");
    assert_eq!(keys, format!("{MODEL}@{origin}"), "only the first is out");
    assert!(
        first.requests() >= 8,
        "it is asked first again: {}",
        first.requests()
    );
    assert_eq!(world.text("SELECT count(*) FROM llm_breakers").await, "0");
    let costs = "SELECT count(DISTINCT endpoint) FROM llm_cost_by_day";
    assert_eq!(
        world.text(costs).await,
        "2",
        "each endpoint's calls under its own name"
    );
    world.assert_sound().await;
    world.stop().await;
    first.stop().await;
    second.stop().await;
}
