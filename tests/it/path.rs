//! The path of an article, through real processes.

use cloud::lambda::InvocationResult;
use domain::ArticleId;
use serde_json::{Value, json};
use tests::{Options, World, pages};

/// The usual world, with the command as its functions' program.
pub(crate) fn options() -> Options {
    Options::new(env!("CARGO_BIN_EXE_gleaner-under-test"))
}

/// An SQS event with one record for each article.
pub(crate) fn event(ids: &[ArticleId]) -> Value {
    let record = |(index, id): (usize, &ArticleId)| json!({ "messageId": format!("m{index}"), "body": format!(r#"{{"v":1,"article_id":{id}}}"#) });
    json!({ "Records": ids.iter().enumerate().map(record).collect::<Vec<_>>() })
}

/// The ids that a response names as failed.
pub(crate) fn failures(result: &InvocationResult) -> Vec<String> {
    let InvocationResult::Success(body) = result else {
        panic!("{result:?}")
    };
    let response: Value = serde_json::from_slice(body).expect("JSON");
    let list = response["batchItemFailures"].as_array().expect("a list");
    list.iter()
        .map(|item| item["itemIdentifier"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn every_page_that_is_due_ends_with_facts_whose_words_stand_in_its_text() {
    let mut world = World::start(options()).await;
    let urls = pages::publish(&world.site, 10);
    world.add(&urls).await;

    world.settle().await;

    for article in world.summaries().await {
        assert_eq!(article.outcome.as_deref(), Some("ok"), "{article:?}");
        assert!(article.facts_count > Some(0), "{article:?}");
    }
    assert_eq!(
        world
            .text("SELECT count(*) FROM articles WHERE processed_at IS NULL")
            .await,
        "0"
    );
    assert!(world.model.requests() >= 10);
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn ten_deliveries_of_one_message_make_one_set_of_facts_and_one_call() {
    let options = Options {
        batch_size: 10,
        ..options()
    };
    let world = World::start(options).await;
    let ids = world.add(&pages::publish(&world.site, 1)).await;

    let ten = vec![ids[0]; 10];
    let first = world.invoke(&event(&ten)).await;
    let again = world.invoke(&event(&ids)).await;

    assert_eq!((failures(&first), failures(&again)), (vec![], vec![]));
    assert_eq!(world.model.requests(), 1);
    assert_eq!(
        world.text("SELECT count(*) FROM article_attempts").await,
        "1"
    );
    assert_eq!(
        world.text("SELECT count(*) > 0 FROM current_facts").await,
        "t"
    );
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn a_body_that_is_no_work_fails_alone() {
    let world = World::start(options()).await;
    let ids = world.add(&pages::publish(&world.site, 1)).await;
    let mut batch = event(&ids);
    let records = batch["Records"].as_array_mut().expect("records");
    records.push(json!({ "messageId": "bad", "body": "not json" }));
    records.push(json!({ "messageId": "none", "body": null }));

    let result = world.invoke(&batch).await;

    assert_eq!(failures(&result), ["bad", "none"]);
    assert_eq!(world.summaries().await[0].outcome.as_deref(), Some("ok"));
    assert!(world.log("article").contains("the message is no work"));
    world.stop().await;
}

#[tokio::test]
async fn an_article_that_nobody_knows_is_acknowledged() {
    let world = World::start(options()).await;

    let result = world
        .invoke(&event(&[ArticleId::new(i64::MAX), ArticleId::new(-1)]))
        .await;

    assert_eq!(failures(&result), Vec::<String>::new());
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn a_second_pass_sends_nothing_and_says_so() {
    let mut world = World::start(options()).await;
    world.add(&pages::publish(&world.site, 3)).await;
    world.settle().await;

    let summary = world.schedule().await;

    assert_eq!((&summary["due"], &summary["sent"]), (&json!(0), &json!(0)));
    let log = world.log("scheduler");
    assert!(
        log.lines()
            .last()
            .is_some_and(|line| line.contains("scheduler pass")),
        "{log}"
    );
    world.stop().await;
}
