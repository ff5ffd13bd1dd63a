//! The path of an article through the verbs.

use std::time::Duration;

use domain::{ErrorClass, RunStatus};
use store::{AttemptFailure, Finish, OpenRun, Recorded, RunResult, StoredStatus, Text};

use crate::harness::{World, budget};
use crate::scenery::{BODY, IDENTITY, add, attempt, claim, fact, failure, open, record};

#[tokio::test]
async fn an_article_goes_from_added_to_done_with_its_facts() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;

    let due = world
        .store
        .due(&budget(), 10, Duration::from_secs(900))
        .await
        .expect("due");
    let claim = claim(&world, id).await;
    let run = open(&world, &claim).await;
    let record = record(RunStatus::Ok, 1);
    let finish = Finish {
        result: RunResult::Fresh {
            run: run.id,
            record: &record,
            facts: &[fact()],
        },
        attempt: &attempt(),
        routes: &[],
    };
    let recorded = world
        .store
        .finish(&budget(), &claim, &finish)
        .await
        .expect("finish");

    assert_eq!(due.queued, [id]);
    assert_eq!((claim.attempt, claim.fence.get()), (1, 1));
    assert_eq!(recorded, Recorded::Yes);
    let stored = world.store.facts(&budget(), id).await.expect("facts");
    assert_eq!(
        stored.iter().map(|it| &it.fact).collect::<Vec<_>>(),
        [&fact()]
    );
    assert_eq!(
        world
            .text("SELECT processed_at IS NOT NULL FROM articles")
            .await,
        "t"
    );
    let attempts = world.store.attempts(&budget(), id).await.expect("attempts");
    assert_eq!(attempts[0].outcome.as_deref(), Some("ok"));
    assert_eq!(attempts[0].steps, [("fetch".to_owned(), 12.0)]);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_same_text_is_paid_for_once() {
    let world = World::migrated().await;
    let first = add(&world, "https://example.org/a").await;
    let second = add(&world, "https://example.org/b").await;
    let claim_one = claim(&world, first).await;
    let run = open(&world, &claim_one).await;
    let record = record(RunStatus::Ok, 1);
    let finish = Finish {
        result: RunResult::Fresh {
            run: run.id,
            record: &record,
            facts: &[fact()],
        },
        attempt: &attempt(),
        routes: &[],
    };
    world
        .store
        .finish(&budget(), &claim_one, &finish)
        .await
        .expect("finish");

    let claim_two = claim(&world, second).await;
    let text = Text::new(BODY, "1");
    let opened = world
        .store
        .open_run(
            &budget(),
            &claim_two,
            &text,
            &IDENTITY,
            &store::Gates::default(),
        )
        .await
        .expect("open");
    let OpenRun::Reuse(stored) = opened else {
        panic!("{opened:?}")
    };
    let finish = Finish {
        result: RunResult::Reused(stored),
        attempt: &attempt(),
        routes: &[],
    };
    let recorded = world
        .store
        .finish(&budget(), &claim_two, &finish)
        .await
        .expect("finish");

    assert_eq!((stored.status, stored.facts), (StoredStatus::Ok, 1));
    assert_eq!(recorded, Recorded::Yes);
    let facts = world.store.facts(&budget(), second).await.expect("facts");
    assert_eq!(facts[0].fact, fact());
    assert_eq!(
        world.text("SELECT sum(calls) FROM llm_cost_by_day").await,
        "1"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_failure_never_sets_processed_at() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let record = record(RunStatus::Failed, 0);
    let attempt = attempt();

    for (verb, state, attempts) in [
        ("snooze", "retry", "0"),
        ("retry", "retry", "1"),
        ("fail", "failed", "2"),
    ] {
        let claim = claim(&world, id).await;
        let run = open(&world, &claim).await;
        let failure = AttemptFailure {
            class: ErrorClass::LlmServer,
            message: "ask the model",
            wait: Duration::ZERO,
            run: Some((run.id, Some(&record))),
            attempt: &attempt,
            routes: &[],
        };
        let recorded = match verb {
            "snooze" => world.store.snooze(&budget(), &claim, &failure).await,
            "retry" => world.store.retry(&budget(), &claim, &failure).await,
            _ => world.store.fail(&budget(), &claim, &failure).await,
        };

        assert_eq!(recorded.expect(verb), Recorded::Yes);
        assert_eq!(world.text("SELECT state FROM article_work").await, state);
        assert_eq!(
            world.text("SELECT attempt FROM article_work").await,
            attempts
        );
        assert_eq!(
            world.text("SELECT processed_at FROM articles").await,
            "NULL"
        );
        world.assert_sound().await;
    }
    assert_eq!(
        world
            .text("SELECT sum(cost_micro_usd) FROM llm_cost_by_day")
            .await,
        "165"
    );
}

#[tokio::test]
async fn an_attempt_names_its_run_even_when_the_account_is_lost() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let claim = claim(&world, id).await;
    let run = open(&world, &claim).await;
    let attempt = attempt();
    let panicked = AttemptFailure {
        run: Some((run.id, None)),
        ..failure(ErrorClass::Panic, &attempt)
    };

    let recorded = world.store.retry(&budget(), &claim, &panicked).await;

    assert_eq!(recorded.expect("retry"), Recorded::Yes);
    let named = "SELECT extraction_id FROM article_attempts WHERE error_class = 'panic'";
    assert_eq!(world.text(named).await, run.id.get().to_string());
    world.assert_sound().await;
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let world = World::empty().await;

    let first = world.store.migrate(&budget()).await.expect("first");
    let second = world.store.migrate(&budget()).await.expect("second");

    assert!(first.applied.len() > 5);
    assert!(second.applied.is_empty());
}
