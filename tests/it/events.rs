//! The events that `sam local invoke` is given, fed to the functions: what each must answer.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bytes::Bytes;
use cloud::lambda::InvocationResult;
use serde_json::Value;
use tests::{World, pages};

use crate::path::{failures, options};

/// What an event is answered with.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// A batch response that names these messages, by the end of their ids.
    Failed(&'static [&'static str]),
    /// The invocation fails as a whole, with this type.
    Error(&'static str),
}

/// Every event of the article function, in an order in which one may follow the other.
const ARTICLE: &[(&str, Answer)] = &[
    ("sqs-one", Answer::Failed(&[])),
    ("sqs-ten", Answer::Failed(&[])),
    ("sqs-duplicate", Answer::Failed(&[])),
    ("sqs-empty", Answer::Failed(&[])),
    ("sqs-unknown-id", Answer::Failed(&[])),
    ("sqs-negative-id", Answer::Failed(&[])),
    ("sqs-received-six-times", Answer::Failed(&[])),
    ("sqs-bad-json", Answer::Failed(&["01"])),
    ("sqs-null-body", Answer::Failed(&["01"])),
    ("sqs-wrong-version", Answer::Failed(&["01"])),
    ("sqs-sns-wrapped", Answer::Failed(&["01"])),
    ("sqs-huge-id", Answer::Failed(&["01"])),
    ("sqs-one-bad-among-three", Answer::Failed(&["02"])),
    // its work is recorded, so nothing has to be named
    ("sqs-no-message-id", Answer::Failed(&[])),
    // a whole other event
    ("schedule", Answer::Error("EventError::NotSqs")),
];

/// Every event of the scheduler function.
const SCHEDULER: &[&str] = &["schedule", "schedule-default"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("events")
}

fn event(name: &str) -> Bytes {
    let path = folder().join(format!("{name}.json"));
    std::fs::read(&path).expect("an event").into()
}

#[tokio::test]
async fn each_event_of_the_article_function_is_answered_as_the_table_says() {
    let world = World::start(options()).await;
    world.add(&pages::publish(&world.site, 10)).await;

    for (name, answer) in ARTICLE {
        let result = world.article.invoke(event(name)).await.result;
        match answer {
            Answer::Failed(expected) => {
                let failed = failures(&result);
                let ends: Vec<&str> = failed.iter().filter_map(|id| id.get(34..)).collect();
                assert_eq!(ends, *expected, "{name}: {result:?}");
            }
            Answer::Error(kind) => {
                let said = format!("{result:?}");
                assert!(said.contains(kind), "{name}: {said}");
            }
        }
    }

    let done = "SELECT count(*) FROM article_work WHERE state = 'done'";
    let attempts = "SELECT count(*) FROM article_attempts";
    assert_eq!(world.text(done).await, "10", "every article is done");
    assert_eq!(world.text(attempts).await, "10", "and was worked on once");
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn each_event_of_the_scheduler_function_makes_a_pass() {
    let world = World::start(options()).await;
    let urls = pages::publish(&world.site, 3 * SCHEDULER.len());
    for (name, urls) in SCHEDULER.iter().zip(urls.chunks(3)) {
        world.add(urls).await;

        let result = world.scheduler.invoke(event(name)).await.result;

        let InvocationResult::Success(body) = result else {
            panic!("{name}: {result:?}")
        };
        let summary: Value = serde_json::from_slice(&body).expect("a summary");
        assert_eq!(summary["sent"], 3, "{name}: {summary}");
    }
    world.assert_sound().await;
    world.stop().await;
}

#[test]
fn no_event_is_left_out_of_the_tables() {
    let files = std::fs::read_dir(folder()).expect("the events");
    let there: BTreeSet<String> = files
        .map(|file| file.expect("a file").path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    let named = ARTICLE.iter().map(|(name, _)| *name);
    let named: BTreeSet<String> = named
        .chain(SCHEDULER.iter().copied())
        .map(str::to_owned)
        .collect();

    assert_eq!(there, named);
}
