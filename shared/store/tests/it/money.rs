//! Chunks, breaker, reuse, cost: what is paid for, and what is not paid for again.

use std::time::Duration;

use domain::{ErrorClass, RunStatus, Usage};
use serde_json::json;
use store::{
    BreakerTrip, OpenRun, Reprocess, RunIdentityRow, Setback, StoredChunk, Text, breaker_key,
};

use crate::harness::{World, budget};
use crate::scenery::{BODY, IDENTITY, add, attempt, claim, done, finish, open, record, setback};

fn chunk(index: i32) -> StoredChunk {
    StoredChunk {
        index,
        start: 0,
        end: 10,
        reply: json!({"facts": [index]}),
        usage: Usage::default(),
    }
}

#[tokio::test]
async fn a_retry_gets_the_chunks_that_were_finished_and_success_clears_them() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let attempt = attempt();
    let failed = record(RunStatus::Failed, 0);
    for saved in [2, 0] {
        let claim = claim(&world, id).await;
        let run = open(&world, &claim).await;
        world
            .store
            .save_chunk(&budget(), run.id, &chunk(saved))
            .await
            .expect("save");
        let retry = Setback {
            run: Some((run.id, &failed)),
            ..setback(ErrorClass::LlmTimeout, &attempt)
        };
        world
            .store
            .retry(&budget(), &claim, &retry)
            .await
            .expect("retry");
    }

    let claim = claim(&world, id).await;
    let run = open(&world, &claim).await;

    assert_eq!(run.chunks, [chunk(0), chunk(2)]);
    assert_eq!(claim.errors_before, ["llm_timeout", "llm_timeout"]);
    finish(&world.store, &claim, &run).await.expect("finish");
    assert_eq!(world.text("SELECT count(*) FROM llm_chunks").await, "0");
    world.assert_sound().await;
}

#[tokio::test]
async fn chunks_of_another_prompt_are_not_taken() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let first = claim(&world, id).await;
    let run = open(&world, &first).await;
    world
        .store
        .save_chunk(&budget(), run.id, &chunk(0))
        .await
        .expect("save");
    let attempt = attempt();
    let retry = setback(ErrorClass::LlmTimeout, &attempt);
    world
        .store
        .retry(&budget(), &first, &retry)
        .await
        .expect("retry");

    let second = claim(&world, id).await;
    let other = RunIdentityRow {
        prompt_version: "2.0.0",
        ..IDENTITY
    };
    let opened = world
        .store
        .open_run(&budget(), &second, &Text::new(BODY, "1"), &other)
        .await
        .expect("open");

    let OpenRun::Open(run) = opened else {
        panic!("{opened:?}")
    };
    assert_eq!(run.chunks, []);
    assert_eq!(world.text("SELECT count(*) FROM lost_runs").await, "1");
}

#[tokio::test]
async fn an_open_breaker_lets_one_probe_through_and_a_success_closes_it() {
    let world = World::migrated().await;
    let attempt = attempt();
    let key = breaker_key(IDENTITY.model, IDENTITY.endpoint);
    let first = add(&world, "https://example.org/1").await;
    let tripping = claim(&world, first).await;
    open(&world, &tripping).await;
    let trip = Setback {
        breaker: Some(BreakerTrip {
            key: &key,
            open_for: Duration::from_secs(60),
        }),
        ..setback(ErrorClass::LlmServer, &attempt)
    };
    world
        .store
        .snooze(&budget(), &tripping, &trip)
        .await
        .expect("snooze");

    let mut claims = Vec::new();
    for n in 2..8 {
        let id = add(&world, &format!("https://example.org/{n}")).await;
        claims.push(claim(&world, id).await);
    }
    let text = Text::new(BODY, "1");
    for claim in &claims {
        assert_eq!(
            claim.breakers[0].key, key,
            "known before the page is fetched"
        );
        let opened = world
            .store
            .open_run(&budget(), claim, &text, &IDENTITY)
            .await;
        let Ok(OpenRun::BreakerOpen { until_in, class }) = opened else {
            panic!("{opened:?}")
        };
        assert!(until_in > Duration::from_secs(50) && until_in <= Duration::from_secs(60));
        assert_eq!(class, "llm_server");
    }

    world
        .execute("UPDATE llm_breakers SET open_until = now()")
        .await;
    let mut probes = Vec::new();
    for claim in &claims {
        let opened = world
            .store
            .open_run(&budget(), claim, &text, &IDENTITY)
            .await;
        match opened.expect("open") {
            OpenRun::Open(run) => probes.push((claim, run)),
            OpenRun::BreakerOpen { until_in, .. } => assert!(until_in <= Duration::from_secs(10)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(probes.len(), 1, "one call while the endpoint may be out");
    finish(&world.store, probes[0].0, &probes[0].1)
        .await
        .expect("finish");
    assert_eq!(world.text("SELECT count(*) FROM llm_breakers").await, "0");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_unknown_price_is_no_price_and_is_counted() {
    let world = World::migrated().await;
    done(&world, "https://example.org/a").await;
    let id = add(&world, "https://example.org/b").await;
    let unpriced = claim(&world, id).await;
    let text = Text::new("Another text.", "1");
    let opened = world
        .store
        .open_run(&budget(), &unpriced, &text, &IDENTITY)
        .await;
    let Ok(OpenRun::Open(run)) = opened else {
        panic!("{opened:?}")
    };
    let mut failed = record(RunStatus::Failed, 0);
    failed.usage.cost_micro_usd = None;
    let attempt = attempt();
    let retry = Setback {
        run: Some((run.id, &failed)),
        ..setback(ErrorClass::LlmInvalid, &attempt)
    };
    world
        .store
        .retry(&budget(), &unpriced, &retry)
        .await
        .expect("retry");

    let days = world.store.cost_by_day(&budget(), 1).await.expect("cost");
    let spent = world.store.spent_today(&budget()).await.expect("spent");

    assert_eq!(days.len(), 1);
    assert_eq!(
        (days[0].calls, days[0].cost_micro_usd, days[0].runs_unpriced),
        (2, Some(55), 1)
    );
    assert_eq!((days[0].runs, days[0].runs_failed), (2, 1));
    assert_eq!((spent.micro_usd, spent.runs_unpriced), (55, 1));
}

#[tokio::test]
async fn reprocessing_makes_due_what_fits_and_readers_see_no_gap() {
    let world = World::migrated().await;
    let id = done(&world, "https://example.org/a").await;
    let wrong = Reprocess {
        model: Some("other".to_owned()),
        ..Reprocess::default()
    };
    let right = Reprocess {
        prompt_version: Some(IDENTITY.prompt_version.to_owned()),
        status: Some(RunStatus::Ok),
        ..Reprocess::default()
    };

    let none = world
        .store
        .reprocess(&budget(), &wrong)
        .await
        .expect("reprocess");
    let one = world
        .store
        .reprocess(&budget(), &right)
        .await
        .expect("reprocess");

    assert_eq!((none, one), (0, 1));
    assert!(
        world
            .store
            .reprocess(&budget(), &Reprocess::default())
            .await
            .is_err()
    );
    let again = claim(&world, id).await;
    let other = RunIdentityRow {
        prompt_version: "2.0.0",
        ..IDENTITY
    };
    let opened = world
        .store
        .open_run(&budget(), &again, &Text::new(BODY, "1"), &other)
        .await;
    let Ok(OpenRun::Open(run)) = opened else {
        panic!("{opened:?}")
    };
    let before = world.store.facts(&budget(), id).await.expect("facts");
    finish(&world.store, &again, &run).await.expect("finish");
    let after = world.store.facts(&budget(), id).await.expect("facts");
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_eq!(after[0].prompt_version, "2.0.0");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_retry_by_class_starts_the_failed_over_and_leaves_the_rest() {
    let world = World::migrated().await;
    let attempt = attempt();
    for (n, class) in [
        ErrorClass::HttpGone,
        ErrorClass::HttpGone,
        ErrorClass::NoText,
    ]
    .iter()
    .enumerate()
    {
        let id = add(&world, &format!("https://example.org/{n}")).await;
        let claim = claim(&world, id).await;
        let failing = setback(*class, &attempt);
        world
            .store
            .fail(&budget(), &claim, &failing)
            .await
            .expect("fail");
    }
    world
        .execute("INSERT INTO articles (url) VALUES (NULL)")
        .await;

    let gone = world
        .store
        .retry_class(&budget(), ErrorClass::HttpGone)
        .await
        .expect("retry");
    let blank = world
        .store
        .retry_class(&budget(), ErrorClass::BadUrl)
        .await
        .expect("retry");

    assert_eq!((gone.len(), blank.len()), (2, 0));
    let claim = claim(&world, gone[0]).await;
    assert_eq!(
        (claim.attempt, claim.fence.get(), claim.errors_before.len()),
        (1, 2, 0)
    );
    let classes = world
        .store
        .failures_by_class(&budget())
        .await
        .expect("classes");
    let counts: Vec<_> = classes
        .iter()
        .map(|it| (it.class.as_str(), it.articles))
        .collect();
    assert_eq!(counts, [("bad_url", 1), ("no_text", 1)]);
}

#[tokio::test]
async fn a_dead_stacks_claims_are_released_at_once() {
    let world = World::migrated().await;
    let running = add(&world, "https://example.org/1").await;
    let zombie = claim(&world, running).await;
    let run = open(&world, &zombie).await;
    add(&world, "https://example.org/2").await;
    world
        .store
        .due(&budget(), 10, Duration::from_secs(900))
        .await
        .expect("due");

    let released = world
        .store
        .release_abandoned(&budget())
        .await
        .expect("release");
    let due = world
        .store
        .due(&budget(), 10, Duration::from_secs(900))
        .await
        .expect("due");

    assert_eq!(released, 2);
    assert_eq!((due.queued.len(), due.lost_workers), (2, 1));
    let late = finish(&world.store, &zombie, &run).await.expect("finish");
    assert_eq!(late, store::Recorded::LeaseLost);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_worker_that_vanishes_each_time_fails_its_article_after_five() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let mut lost = 0;
    for _ in 0..5 {
        claim(&world, id).await;
        world
            .store
            .release_abandoned(&budget())
            .await
            .expect("release");
        let due = world
            .store
            .due(&budget(), 10, Duration::from_secs(900))
            .await
            .expect("due");
        lost += due.lost_workers;
        world.assert_sound().await;
    }

    assert_eq!(lost, 5);
    let end = "SELECT state || error_class || attempt FROM article_work";
    assert_eq!(world.text(end).await, "failedlost_worker5");
    let attempts = world.store.attempts(&budget(), id).await.expect("attempts");
    assert!(
        attempts
            .iter()
            .all(|it| it.outcome.as_deref() == Some("lost"))
    );
    assert_eq!(attempts.len(), 5);
}
