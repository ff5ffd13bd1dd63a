//! What the users do to their own table, at any moment.

use std::time::Duration;

use store::{ClaimRequest, Claimed, Recorded};

use crate::harness::{World, budget};
use crate::scenery::{add, claim, done, finish, open_own};

const STATES: &str = "SELECT string_agg(state || ':' || coalesce(outcome, error_class, ''), ' '
                      ORDER BY article_id) FROM article_work";

#[tokio::test]
async fn rows_without_a_url_are_visible_failures_at_once() {
    let world = World::migrated().await;

    world
        .execute(
            "INSERT INTO articles (url) VALUES (NULL), (''), (E' \\t\\n'), ('https://example.org')",
        )
        .await;

    let states = world.text(STATES).await;
    assert_eq!(states, "failed:bad_url failed:bad_url failed:bad_url new:");
    let due = world.store.due(&budget(), 10, Duration::from_secs(9)).await;
    assert_eq!(due.expect("due").queued.len(), 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn taking_processed_at_back_makes_the_row_due_and_keeps_its_facts_in_sight() {
    let world = World::migrated().await;
    let id = done(&world, "https://example.org/a").await;

    world
        .execute("UPDATE articles SET processed_at = NULL")
        .await;

    assert_eq!(world.text(STATES).await, "new:");
    world.assert_sound().await;
    assert_eq!(
        world.store.facts(&budget(), id).await.expect("facts").len(),
        1
    );
    let claim = claim(&world, id).await;
    assert_eq!((claim.attempt, claim.fence.get()), (1, 3));
    assert_eq!(
        world.store.facts(&budget(), id).await.expect("facts").len(),
        1
    );
}

#[tokio::test]
async fn another_url_is_another_page_and_starts_over() {
    let world = World::migrated().await;
    let id = done(&world, "https://example.org/a").await;

    world
        .execute("UPDATE articles SET url = 'https://example.org/b'")
        .await;

    assert_eq!(world.text(STATES).await, "new:");
    assert_eq!(
        world.text("SELECT processed_at FROM articles").await,
        "NULL"
    );
    let facts = world.store.facts(&budget(), id).await.expect("facts");
    assert_eq!(facts, [], "they are of the page before");
    world.assert_sound().await;
    assert_eq!(claim(&world, id).await.url, "https://example.org/b");
}

#[tokio::test]
async fn a_change_under_a_worker_fences_it_out() {
    for change in [
        "UPDATE articles SET url = 'https://example.org/b'",
        "UPDATE articles SET url = NULL",
        "UPDATE articles SET processed_at = now()",
        "DELETE FROM articles",
    ] {
        let world = World::migrated().await;
        let id = add(&world, "https://example.org/a").await;
        let claim = claim(&world, id).await;
        let run = open_own(&world, &claim).await;

        world.execute(change).await;
        let recorded = finish(&world.store, &claim, &run).await.expect("finish");

        assert_eq!(recorded, Recorded::LeaseLost, "{change}");
        assert_eq!(world.text("SELECT count(*) FROM facts").await, "0");
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn a_deleted_article_is_unknown_and_leaves_nothing() {
    let world = World::migrated().await;
    let id = done(&world, "https://example.org/a").await;

    world.execute("DELETE FROM articles").await;

    let request = ClaimRequest {
        article: id,
        lease: Duration::from_secs(1),
        request_id: "r",
    };
    let claimed = world.store.claim(&budget(), request).await.expect("claim");
    assert_eq!(claimed, Claimed::Unknown);
    for table in ["article_work", "article_attempts", "extractions", "facts"] {
        let count = world.text(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(count, "0", "{table}");
    }
}

#[tokio::test]
async fn rows_that_came_round_the_triggers_are_seen_and_repaired() {
    let world = World::migrated().await;
    done(&world, "https://example.org/a").await;
    world
        .execute(
            "SET session_replication_role = replica;
             INSERT INTO articles (id, url, processed_at) VALUES
                 (-5, 'https://example.org/old', NULL), (1000, 'https://example.org/x', NULL),
                 (1001, NULL, NULL), (1002, 'https://example.org/y', now());
             UPDATE articles SET processed_at = NULL WHERE url = 'https://example.org/a';
             SET session_replication_role = origin;",
        )
        .await;
    let seen = world.store.violations(&budget()).await.expect("violations");

    let first = world.store.reconcile(&budget()).await.expect("reconcile");
    let second = world.store.reconcile(&budget()).await.expect("reconcile");

    assert_eq!(seen.len(), 5, "{seen:?}");
    assert_eq!((first.repaired, second.repaired), (5, 0));
    assert_eq!(
        world.text(STATES).await,
        "new: new: new: failed:bad_url done:adopted"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn the_users_and_a_finish_never_wait_for_each_other_in_a_ring() {
    let world = World::migrated().await;
    let mut claims = Vec::new();
    for n in 0..40 {
        let id = add(&world, &format!("https://example.org/{n}")).await;
        let claim = claim(&world, id).await;
        let run = open_own(&world, &claim).await;
        claims.push((claim, run));
    }

    let mut written = 0;
    for (claim, run) in &claims {
        let sql = format!(
            "UPDATE articles SET url = url || '?' WHERE id = {}",
            claim.article
        );
        let (finished, changed) = tokio::join!(
            finish(&world.store, claim, run),
            world.client.batch_execute(&sql)
        );
        changed.expect("the users never see a deadlock");
        written += usize::from(finished.expect("finish") == Recorded::Yes);
    }

    assert!(written > 0, "some finishes came first");
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(world.text(deadlocks).await, "0");
    world.assert_sound().await;
}
