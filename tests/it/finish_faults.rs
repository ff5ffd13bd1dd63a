//! A fault of the finish alone: the outcome is recorded as soon as it can be, the answer that was
//! paid for is kept, and nothing is asked again.

use std::time::Duration;

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
