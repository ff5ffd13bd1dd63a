//! Values that Postgres refuses, and results that break a rule.

use domain::{ErrorClass, Fact, Span};
use store::{Recorded, StoreError, Text};

use crate::harness::{World, budget};
use crate::scenery::{add, attempt, claim, fact, failure, finish_with, open};

#[tokio::test]
async fn nul_in_any_text_is_replaced_and_spans_stay_true() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a\0b").await;
    let claim = claim(&world, id).await;
    let body = "The \0dam was opened. \u{1f30a}";
    let text = Text::new(body, "1");
    let identity = crate::scenery::IDENTITY;
    let opened = world
        .store
        .open_run(
            &budget(),
            &claim,
            &text,
            &identity,
            &store::Gates::default(),
        )
        .await;
    let store::OpenRun::Open(run) = opened.expect("open") else {
        panic!("not open")
    };
    let poisoned = Fact {
        claim: "a\0".to_owned(),
        speaker: Some("\0".to_owned()),
        entities: vec!["e\0".to_owned()],
        quote: "\0dam".to_owned(),
        span: Span { start: 4, end: 8 },
        ..fact()
    };

    let recorded = finish_with(&world.store, &claim, &run, &[poisoned]).await;

    assert_eq!(recorded.expect("finish"), Recorded::Yes);
    let stored = world.store.facts(&budget(), id).await.expect("facts");
    assert_eq!(stored[0].fact.quote, "\u{fffd}dam");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_result_that_breaks_a_rule_is_rejected_whole() {
    let bad_span = Fact {
        span: Span { start: 0, end: 5 },
        ..fact()
    };
    let twice = vec![fact(), fact()];
    for (facts, object) in [
        (vec![bad_span], "span_fits_quote"),
        (twice, "facts_extraction_id_fact_key_key"),
    ] {
        let world = World::migrated().await;
        let id = add(&world, "https://example.org/a").await;
        let claim = claim(&world, id).await;
        let run = open(&world, &claim).await;

        let refused = finish_with(&world.store, &claim, &run, &facts).await;

        let Err(StoreError::Rejected { source }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(source.object.as_deref(), Some(object));
        assert!(
            !source.to_string().contains("dam"),
            "no page text: {source}"
        );
        let left =
            "SELECT (SELECT count(*) FROM facts) || e.status || w.state || (a.processed_at IS NULL)
                    FROM extractions e, article_work w, articles a";
        assert_eq!(world.text(left).await, "0startedrunningtrue");

        let attempt = attempt();
        let failing = failure(ErrorClass::DbRejected, &attempt);
        let failed = world.store.fail(&budget(), &claim, &failing).await;
        assert_eq!(failed.expect("fail"), Recorded::Yes);
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn poison_that_reaches_the_server_is_rejected_for_good() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let claim = claim(&world, id).await;
    let run = open(&world, &claim).await;
    let chunk = store::StoredChunk {
        index: 0,
        start: 0,
        end: 1,
        reply: serde_json::json!({"a\0b": ["\0"]}),
        usage: domain::Usage::default(),
    };

    let saved = world.store.save_chunk(&budget(), run.id, &chunk).await;
    let missing_run = finish_with(
        &world.store,
        &store::Claim {
            fence: domain::Fence::new(claim.fence.get()),
            ..claim.clone()
        },
        &store::Run {
            id: store::RunId::new(run.id.get() + 1),
            ..run.clone()
        },
        &[fact()],
    )
    .await;

    assert!(
        saved.is_ok(),
        "the key and the value are cleaned: {saved:?}"
    );
    assert!(
        matches!(missing_run, Err(StoreError::Misuse { .. })),
        "{missing_run:?}"
    );
}

#[tokio::test]
async fn a_failed_run_and_a_wrong_count_never_finish_an_article() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let claim = claim(&world, id).await;
    let run = open(&world, &claim).await;
    let attempt = attempt();
    for (status, kept) in [
        (domain::RunStatus::Failed, 0),
        (domain::RunStatus::Ok, 2),
        (domain::RunStatus::Empty, 1),
    ] {
        let record = crate::scenery::record(status, kept);
        let finish = store::Finish {
            result: store::RunResult::Fresh {
                run: run.id,
                record: &record,
                facts: &[],
            },
            attempt: &attempt,
            routes: &[],
        };

        let refused = world.store.finish(&budget(), &claim, &finish).await;

        assert!(
            matches!(refused, Err(StoreError::Misuse { .. })),
            "{status:?}: {refused:?}"
        );
    }
    assert_eq!(
        world.text("SELECT processed_at FROM articles").await,
        "NULL"
    );
}
