//! What people read, while articles are in every state.

use std::time::Duration;

use domain::{ErrorClass, RejectedFact, RunRecord, RunStatus};
use store::{AttemptFailure, Finish, Recorded, RunResult};

use crate::harness::{World, budget};
use crate::scenery::{add, attempt, claim, done, fact, failure, finish, open, record};

#[tokio::test]
async fn every_report_tells_of_every_state() {
    let world = World::migrated().await;
    let store = &world.store;
    let finished = done(&world, "https://example.org/done").await;
    let waiting = add(&world, "https://example.org/retry").await;
    let account = attempt();
    let late = AttemptFailure {
        wait: Duration::from_secs(600),
        ..failure(ErrorClass::HttpServer, &account)
    };
    let held = claim(&world, waiting).await;
    store.retry(&budget(), &held, &late).await.expect("retry");
    let running = add(&world, "https://example.org/running").await;
    claim(&world, running).await;
    world
        .execute("INSERT INTO articles (url) VALUES (NULL)")
        .await;

    let status = store.status(&budget()).await.expect("status");
    let counts: Vec<_> = status
        .iter()
        .map(|it| (it.state.as_str(), it.articles))
        .collect();
    let next = store
        .next_due(&budget())
        .await
        .expect("next")
        .expect("something waits");
    let in_flight = store.in_flight(&budget()).await.expect("in flight");
    let progress = store.progress(&budget()).await.expect("progress");
    let all = store
        .summaries(&budget(), None, 10)
        .await
        .expect("summaries");
    let one = store
        .summaries(&budget(), Some(&[finished]), 10)
        .await
        .expect("summaries");
    let classes = store.failures_by_class(&budget()).await.expect("classes");

    assert_eq!(
        counts,
        [
            ("new", 0),
            ("queued", 0),
            ("running", 1),
            ("retry", 1),
            ("done", 1),
            ("failed", 1)
        ]
    );
    assert!(
        next > Duration::from_secs(50) && next <= Duration::from_secs(60),
        "the lease: {next:?}"
    );
    assert_eq!((in_flight.len(), in_flight[0].article), (1, running));
    assert_eq!(in_flight[0].request_id, "r-1");
    assert!(in_flight[0].lease_left > Duration::from_secs(50));
    assert_eq!((progress.running, progress.later, progress.due), (1, 1, 0));
    assert_eq!(all.len(), 4);
    assert_eq!(
        (one.len(), one[0].outcome.as_deref(), one[0].facts_count),
        (1, Some("ok"), Some(1))
    );
    assert_eq!(one[0].steps, [("fetch".to_owned(), 12.0)]);
    assert!(one[0].took_ms.is_some());
    let classes: Vec<_> = classes
        .iter()
        .map(|it| (it.class.as_str(), it.state.as_str()))
        .collect();
    assert_eq!(classes, [("bad_url", "failed"), ("http_server", "retry")]);
    world.assert_sound().await;
}

#[tokio::test]
async fn what_is_given_back_is_due_at_once() {
    let world = World::migrated().await;
    let store = &world.store;
    for n in 0..3 {
        add(&world, &format!("https://example.org/{n}")).await;
    }
    let due = store
        .due(&budget(), 10, Duration::from_secs(900))
        .await
        .expect("due");
    claim(&world, due.queued[0]).await;

    let given = store
        .give_back(&budget(), &due.queued[..2])
        .await
        .expect("give back");
    let again = store
        .due(&budget(), 10, Duration::from_secs(900))
        .await
        .expect("due");

    assert_eq!(given, 1, "the claimed one is not given back");
    assert_eq!(again.queued, [due.queued[1]]);
}

#[tokio::test]
async fn an_outage_of_days_leaves_the_newest_attempts_and_no_counted_one() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let attempt = attempt();
    for _ in 0..30 {
        let held = claim(&world, id).await;
        let outage = failure(ErrorClass::LlmUnreachable, &attempt);
        world
            .store
            .snooze(&budget(), &held, &outage)
            .await
            .expect("snooze");
    }

    let attempts = world.store.attempts(&budget(), id).await.expect("attempts");
    let row = world
        .text("SELECT state || attempt || fence FROM article_work")
        .await;

    assert_eq!(attempts.len(), 21);
    assert_eq!(attempts.last().map(|it| it.fence.get()), Some(30));
    assert_eq!(row, "retry030");
    world.assert_sound().await;
}

#[tokio::test]
async fn rejected_facts_stay_with_their_run_few_and_short() {
    let world = World::migrated().await;
    let article = add(&world, "https://example.org/a").await;
    let claim = claim(&world, article).await;
    let run = open(&world, &claim).await;
    let rejected = |n: usize| RejectedFact {
        claim: format!("claim {n}\0"),
        quote: "word ".repeat(400),
    };
    let record = RunRecord {
        facts_ungrounded: 30,
        rejected: (0..30).map(rejected).collect(),
        ..record(RunStatus::Ok, 1)
    };
    let finish = Finish {
        result: RunResult::Fresh {
            run: run.id,
            record: &record,
            facts: &[fact()],
        },
        attempt: &attempt(),
        routes: &[],
    };

    let recorded = world.store.finish(&budget(), &claim, &finish).await;

    assert_eq!(recorded.expect("finish"), Recorded::Yes);
    let kept = world
        .text(
            "SELECT concat_ws(' ', jsonb_array_length(rejected), rejected -> 0 ->> 'claim',
                    max(char_length(it ->> 'quote')))
               FROM extractions, jsonb_array_elements(rejected) AS it GROUP BY rejected",
        )
        .await;
    assert_eq!(kept, "20 claim 0\u{fffd} 500");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_finished_run_carries_the_transaction_that_finished_it() {
    let world = World::migrated().await;
    let article = add(&world, "https://example.org/a").await;
    let claim = claim(&world, article).await;
    let run = open(&world, &claim).await;
    let before = world.text("SELECT finished_xid FROM extractions").await;
    let mark = world.text("SELECT pg_current_xact_id()::text").await;

    finish(&world.store, &claim, &run).await.expect("finish");

    assert_eq!(before, "NULL");
    let later = format!(
        "SELECT finished_xid > '{mark}'::xid8 AND finished_xid < pg_current_xact_id() FROM extractions"
    );
    assert_eq!(world.text(&later).await, "t");
}
