//! Chunks, reuse, cost, budget: what is paid for, and what is not paid for again.

use std::time::Duration;

use domain::{BudgetLevel, DailyLimits, ErrorClass, MicroUsd, RunStatus, Usage};
use serde_json::json;
use store::{
    AttemptFailure, Gates, OpenRun, Recorded, Reprocess, RunIdentityRow, StoredChunk, Text,
};

use crate::harness::{World, budget};
use crate::scenery::{BODY, IDENTITY, add, attempt, claim, done, failure, finish, open, record};

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
        let retry = AttemptFailure {
            run: Some((run.id, Some(&failed))),
            ..failure(ErrorClass::LlmTimeout, &attempt)
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
    assert_eq!(claim.errors_before, [ErrorClass::LlmTimeout; 2]);
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
    let retry = failure(ErrorClass::LlmTimeout, &attempt);
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
        .open_run(
            &budget(),
            &second,
            &Text::new(BODY, "1"),
            &other,
            &Gates::default(),
        )
        .await
        .expect("open");

    let OpenRun::Open(run) = opened else {
        panic!("{opened:?}")
    };
    assert_eq!(run.chunks, []);
    assert_eq!(world.text("SELECT count(*) FROM lost_runs").await, "1");
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
        .open_run(&budget(), &unpriced, &text, &IDENTITY, &Gates::default())
        .await;
    let Ok(OpenRun::Open(run)) = opened else {
        panic!("{opened:?}")
    };
    let mut failed = record(RunStatus::Failed, 0);
    failed.usage.cost_micro_usd = None;
    failed.routes[0].known_micro_usd = 0;
    failed.routes[0].calls_unpriced = 1;
    let attempt = attempt();
    let retry = AttemptFailure {
        run: Some((run.id, Some(&failed))),
        ..failure(ErrorClass::LlmInvalid, &attempt)
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
        (
            days[0].calls,
            days[0].cost_micro_usd,
            days[0].calls_unpriced
        ),
        (2, Some(55), 1)
    );
    assert_eq!((days[0].runs, days[0].runs_failed), (2, 1));
    assert_eq!((spent.known, spent.calls_unpriced), (MicroUsd::new(55), 1));
}

#[tokio::test]
async fn each_model_of_a_chain_has_its_own_row_and_a_deleted_article_gives_no_money_back() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let claim = claim(&world, id).await;
    let run = open(&world, &claim).await;
    let mut record = record(RunStatus::Empty, 0);
    let mut second = record.routes[0].clone();
    second.model = "second".to_owned();
    record.routes[0].known_micro_usd = 0;
    record.routes[0].calls_unpriced = 1;
    record.routes.push(second);
    let attempt = attempt();
    let finish = store::Finish {
        result: store::RunResult::Fresh {
            run: run.id,
            record: &record,
            facts: &[],
        },
        attempt: &attempt,
        routes: &[],
    };
    let recorded = world.store.finish(&budget(), &claim, &finish).await;
    assert_eq!(recorded.expect("finish"), store::Recorded::Yes);

    world.execute("DELETE FROM articles").await;

    let days = world.store.cost_by_day(&budget(), 1).await.expect("cost");
    let told: Vec<_> = days
        .iter()
        .map(|day| (day.model.as_str(), day.cost_micro_usd, day.calls_unpriced))
        .collect();
    assert_eq!(told, [("m", None, 1), ("second", Some(55), 0)]);
}

#[tokio::test]
async fn a_spent_budget_opens_no_run_and_a_reusable_one_is_still_free() {
    let world = World::migrated().await;
    done(&world, "https://example.org/a").await;
    let limits = |stop| DailyLimits {
        warn: Some(MicroUsd::new(50)),
        stop: Some(MicroUsd::new(stop)),
    };
    let id = add(&world, "https://example.org/b").await;
    let claim = claim(&world, id).await;
    let gates = |stop| Gates {
        stop: Some(MicroUsd::new(stop)),
        ..Gates::default()
    };
    let other = Text::new("Another text.", "1");

    let spent = world
        .store
        .tell_limits(&budget(), limits(55))
        .await
        .expect("spent");
    let held = world
        .store
        .open_run(&budget(), &claim, &other, &IDENTITY, &gates(55))
        .await;
    let free = world
        .store
        .open_run(
            &budget(),
            &claim,
            &Text::new(BODY, "1"),
            &IDENTITY,
            &gates(55),
        )
        .await;
    let room = world
        .store
        .open_run(&budget(), &claim, &other, &IDENTITY, &gates(56))
        .await;

    assert_eq!(spent.level(), BudgetLevel::Spent);
    let Ok(OpenRun::BudgetSpent { spent, until_in }) = held else {
        panic!("{held:?}")
    };
    assert_eq!(spent, MicroUsd::new(55));
    assert!(until_in <= Duration::from_secs(86_400), "{until_in:?}");
    assert!(matches!(free, Ok(OpenRun::Reuse(_))), "{free:?}");
    assert!(matches!(room, Ok(OpenRun::Open(_))), "{room:?}");
    let seen = world.store.spent_today(&budget()).await.expect("spent");
    assert_eq!(seen.limits, limits(55), "kept for whoever looks");
    world
        .store
        .tell_limits(&budget(), DailyLimits::default())
        .await
        .expect("spent");
    let seen = world.store.spent_today(&budget()).await.expect("spent");
    assert_eq!(seen.level(), BudgetLevel::Unlimited);
}

#[tokio::test]
async fn yesterdays_money_is_not_todays_and_a_lost_run_makes_the_day_blind() {
    let world = World::migrated().await;
    done(&world, "https://example.org/a").await;
    world.execute("UPDATE llm_ledger SET day = day - 1").await;
    let id = add(&world, "https://example.org/b").await;
    let lost = claim(&world, id).await;
    let text = Text::new("Another text.", "1");
    world
        .store
        .open_run(&budget(), &lost, &text, &IDENTITY, &Gates::default())
        .await
        .expect("open");
    let limits = DailyLimits {
        warn: None,
        stop: Some(MicroUsd::new(1)),
    };

    let at_work = world
        .store
        .tell_limits(&budget(), limits)
        .await
        .expect("spent");
    world
        .execute("UPDATE article_work SET lease_until = now() - interval '1 s', due_at = now() - interval '1 s' WHERE state = 'running'")
        .await;
    let after = world
        .store
        .tell_limits(&budget(), limits)
        .await
        .expect("spent");

    assert_eq!(
        (at_work.known, at_work.level()),
        (MicroUsd::new(0), BudgetLevel::Within)
    );
    assert_eq!((after.runs_lost, after.level()), (1, BudgetLevel::Blind));
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
        .open_run(
            &budget(),
            &again,
            &Text::new(BODY, "1"),
            &other,
            &Gates::default(),
        )
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
        let failing = failure(*class, &attempt);
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

#[tokio::test]
async fn a_text_that_was_paid_for_twice_is_found_once_that_is_certain() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let lost = claim(&world, id).await;
    open(&world, &lost).await;
    // its worker is gone, and what it paid for with it
    world
        .execute("UPDATE article_work SET lease_until = now(), due_at = now()")
        .await;
    let again = claim(&world, id).await;
    let run = open(&world, &again).await;
    let before = world.store.look_through(&budget()).await.expect("a look");
    let recorded = finish(&world.store, &again, &run).await;
    assert_eq!(recorded.expect("finish"), Recorded::Yes);

    let found = world.store.look_through(&budget()).await.expect("a look");

    assert_eq!(before.paid_again, [], "one may still be at work");
    let paid: Vec<_> = found
        .paid_again
        .iter()
        .map(|it| (it.article, it.runs))
        .collect();
    assert_eq!(paid, [(id, 2)]);
    assert_eq!(found.violations, []);
}
