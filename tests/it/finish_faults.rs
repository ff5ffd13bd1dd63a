//! A fault of the finish alone: the outcome is recorded as soon as it can be, the answer that was
//! paid for is kept, and nothing is asked again.

use std::time::Duration;

use domain::ErrorClass;
use tests::{Options, World, client, pages};
use tokio::task::JoinSet;

use crate::path::{event, failures, options};

/// State, class and counted attempts of the one article.
const STATE: &str = "SELECT concat_ws(' ', w.state, w.error_class, w.attempt) FROM article_work w";

#[tokio::test]
async fn a_row_that_its_users_hold_for_seconds_is_finished_when_they_let_go() {
    let world = World::start(options()).await;
    let ids = world.add(&pages::publish(&world.site, 1)).await;
    let held = Duration::from_secs(9);
    let users = client(&world.database_url).await;
    users
        .batch_execute("BEGIN; SELECT * FROM articles FOR UPDATE")
        .await
        .expect("a lock");
    let mut letting_go = JoinSet::new();
    letting_go.spawn(async move {
        tokio::time::sleep(held).await;
        users.batch_execute("COMMIT").await.expect("it is over");
    });

    let answer = world.invoke(&event(&ids)).await;
    letting_go
        .join_next()
        .await
        .expect("a task")
        .expect("it ran");

    assert_eq!(failures(&answer), Vec::<String>::new());
    assert_eq!(world.text(STATE).await, "done 1");
    assert_eq!(world.model.requests(), 1);
    let log = world.log("article");
    assert!(log.contains("an outcome is recorded again"), "{log}");
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn what_the_database_has_no_room_for_is_given_back_with_its_paid_answer() {
    let mut world = World::start(Options {
        time_limit: Duration::from_secs(12),
        ..options()
    })
    .await;
    let ids = world.add(&pages::publish(&world.site, 1)).await;
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
                'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100'', MESSAGE = ''no space''; END'; \
                CREATE TRIGGER full_disk BEFORE INSERT ON facts EXECUTE FUNCTION full_disk()";
    world.client.batch_execute(full).await.expect("a trigger");

    let answer = world.invoke(&event(&ids)).await;

    assert_eq!(failures(&answer), Vec::<String>::new());
    assert_eq!(world.text(STATE).await, "retry db_unavailable 0");
    let kept = "SELECT count(*) FROM llm_chunks";
    assert_eq!(world.text(kept).await, "1");

    let over = "DROP TRIGGER full_disk ON facts; UPDATE article_work SET due_at = now()";
    world.client.batch_execute(over).await.expect("room");
    world.settle().await;

    assert_eq!(world.text(STATE).await, "done 1");
    assert_eq!(world.model.requests(), 1, "nothing is asked twice");
    world.assert_sound().await;
    world.stop().await;
}

const FROZEN: &str = "
    CREATE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'articles are frozen' USING ERRCODE = TG_ARGV[0]; END $$;";

async fn freeze(world: &World, code: &str) {
    let sql = format!(
        "CREATE TRIGGER frozen BEFORE UPDATE ON articles
             FOR EACH ROW EXECUTE FUNCTION frozen('{code}')"
    );
    world.client.batch_execute(&sql).await.expect("a trigger");
}

async fn thaw(world: &World) {
    let sql = "DROP TRIGGER frozen ON articles;
               UPDATE article_work SET due_at = now() WHERE state = 'retry'";
    world.client.batch_execute(sql).await.expect("no trigger");
}

#[tokio::test]
async fn what_the_database_refuses_at_the_end_is_said_and_paid_for_once() {
    let mut world = World::start(Options {
        time_limit: Duration::from_secs(12),
        ..options()
    })
    .await;
    world
        .client
        .batch_execute(FROZEN)
        .await
        .expect("a function");
    world.add(&pages::publish(&world.site, 3)).await;

    for (code, state) in [
        ("P0001", "failed db_rejected"),
        ("42804", "retry setup"),
        ("53100", "retry db_unavailable"),
        ("XX000", "retry db_unavailable"),
    ] {
        freeze(&world, code).await;
        let due = "UPDATE article_work SET state = 'new', due_at = now() WHERE state <> 'done'";
        world.client.batch_execute(due).await.expect("due");
        world.settle().await;

        let ends = "SELECT string_agg(DISTINCT state || ' ' || error_class, ',') FROM article_work";
        assert_eq!(world.text(ends).await, state, "{code}");
        let said = format!("SELECT count(*) FROM article_work WHERE error LIKE '%{code}%'");
        assert_eq!(world.text(&said).await, "3", "{code} is not named");
        thaw(&world).await;
    }
    world
        .store
        .retry_class(&tests::world::budget(), ErrorClass::DbRejected)
        .await
        .expect("retry");
    let due = "UPDATE article_work SET state = 'new', due_at = now() WHERE state <> 'done'";
    world.client.batch_execute(due).await.expect("due");
    world.settle().await;

    let done = "SELECT count(*) FROM article_work WHERE state = 'done' AND outcome = 'ok'";
    assert_eq!(world.text(done).await, "3");
    assert_eq!(world.model.requests(), 3, "one call an article in all");
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn a_users_open_transaction_on_an_article_costs_no_attempt_and_no_second_call() {
    let mut world = World::start(Options {
        time_limit: Duration::from_secs(8),
        ..options()
    })
    .await;
    let ids = world.add(&pages::publish(&world.site, 1)).await;
    let holding = format!(
        "BEGIN; UPDATE articles SET title = 'held' WHERE id = {}",
        ids[0]
    );
    world.client.batch_execute(&holding).await.expect("a lock");

    for _lease in 0..2 {
        // on a connection of its own: the world's holds the lock
        let due = world.store.retry_ids(&tests::world::budget(), &ids).await;
        due.expect("due");
        world.settle().await;
    }
    let held = world.summaries().await.remove(0);
    world.client.batch_execute("COMMIT").await.expect("commit");
    world
        .store
        .retry_ids(&tests::world::budget(), &ids)
        .await
        .expect("due");
    world.settle().await;

    assert_eq!(
        (held.state.as_str(), held.attempt),
        ("retry", 0),
        "given back: {held:?}"
    );
    let ended = world.summaries().await.remove(0);
    assert_eq!(ended.state, "done", "{ended:?}");
    assert_eq!(world.model.requests(), 1);
    world.assert_sound().await;
    world.stop().await;
}
