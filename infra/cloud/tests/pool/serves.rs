//! What a function is given, and what becomes of its answers.

use std::collections::BTreeSet;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use cloud::lambda::{Breach, InvocationResult};
use runtime::clock;
use serde_json::json;
use tokio::net::TcpListener;

use crate::{PATIENCE, World, answer, child, greet};

#[tokio::test]
async fn a_warm_process_is_used_again_and_never_twice_at_once() {
    let world = World::new("serves", 4);

    let first = world.invoke(json!({"do": "tell"})).await;
    let second = world.invoke(json!({"do": "tell"})).await;

    assert_eq!(answer(&first)["pid"], answer(&second)["pid"]);
    assert_eq!((first.cold, second.cold), (true, false));
    assert_ne!(first.request_id, second.request_id);
    assert_eq!(world.told(), ["started", "success", "success"]);
}

/// What Lambda sets.
const LAMBDAS: [&str; 17] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "LANG",
    "PATH",
    "TZ",
    "_HANDLER",
];

#[tokio::test]
async fn a_process_is_told_its_true_deadline_its_arn_and_nothing_of_the_runners_environment() {
    let world = World::new("serves", 1);
    let before = clock::wall() + PATIENCE;

    let told = answer(&world.invoke(json!({"do": "tell"})).await);

    let after = clock::wall() + PATIENCE;
    let head = told["head"].as_str().unwrap();
    let millis = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let deadline: u128 = child::header(head, "lambda-runtime-deadline-ms")
        .parse()
        .unwrap();
    assert!(
        (millis(before)..=millis(after)).contains(&deadline),
        "{deadline}"
    );
    assert_eq!(
        child::header(head, "lambda-runtime-invoked-function-arn"),
        "arn:aws:lambda:eu-west-1:123456789012:function:article"
    );
    assert!(child::header(head, "lambda-runtime-trace-id").starts_with("root=1-"));
    let names = told["names"].as_array().unwrap().iter();
    let foreign: Vec<&str> = names
        .map(|name| name.as_str().unwrap())
        // What macOS puts into every process.
        .filter(|name| !LAMBDAS.contains(name) && *name != "__CF_USER_TEXT_ENCODING")
        .collect();
    assert_eq!(foreign, ["MANNER"]);
}

#[tokio::test]
async fn answers_out_of_turn_are_refused_and_named() {
    let world = World::new("serves", 1);

    let twice = world.invoke(json!({"do": "answer-twice"})).await;
    let another = world.invoke(json!({"do": "answer-another"})).await;

    assert_eq!(answer(&twice), "first");
    assert_eq!(answer(&another), json!([400, 403]));
    let breaches = [
        Breach::AnsweredTwice,
        Breach::UnknownRequest,
        Breach::AnsweredTwice,
    ];
    let told = world.told();
    for breach in breaches {
        assert!(told.contains(&format!("{breach:?}")), "{told:?}");
    }
}

#[tokio::test]
async fn a_function_on_the_usual_runtime_is_served_warm_through_error_and_panic() {
    let world = World::new("keeps-the-rules", 1);

    let first = answer(&world.invoke(json!({})).await);
    let refused = world.invoke(json!({"fail": "error"})).await;
    let panicked = world.invoke(json!({"fail": "on purpose"})).await;
    let last = world.invoke(json!({})).await;

    for (failed, word) in [(&refused, "refused"), (&panicked, "on purpose")] {
        let InvocationResult::FunctionError(report) = &failed.result else {
            panic!("{failed:?}");
        };
        assert!(String::from_utf8_lossy(report).contains(word), "{report:?}");
    }
    assert_eq!(answer(&last)["pid"], first["pid"]);
    assert_eq!(answer(&last)["request_id"], json!(last.request_id));
    let left = first["left_ms"].as_u64().unwrap();
    assert!(
        left > 0 && u128::from(left) <= PATIENCE.as_millis(),
        "{left}"
    );
}

#[tokio::test]
async fn an_answer_over_the_limit_is_a_function_error_and_one_at_the_limit_is_not() {
    const LIMIT: u64 = 6 * 1024 * 1024;
    let world = World::new("serves", 1);

    let at = world
        .invoke(json!({"do": "answer-at-length", "bytes": LIMIT}))
        .await;
    let over = world
        .invoke(json!({"do": "answer-at-length", "bytes": LIMIT + 1}))
        .await;

    assert!(matches!(&at.result, InvocationResult::Success(body) if body.len() as u64 == LIMIT));
    let InvocationResult::FunctionError(report) = &over.result else {
        panic!("{}", over.result.as_str());
    };
    assert!(String::from_utf8_lossy(report).contains("Function.ResponseSizeTooLarge"));
}

#[tokio::test]
async fn as_many_processes_run_at_once_as_there_are_slots_and_no_more() {
    let world = World::new("serves", 2);
    let home = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = home.local_addr().unwrap().to_string();
    let call = || world.invoke(json!({"do": "call-home", "address": address}));

    let ends = async { tokio::join!(call(), call(), call()) };
    // Both must be there before either may answer. A third process would have been started at
    // once, and would show as a third process id.
    let meets = async {
        let first = greet(&home).await;
        let second = greet(&home).await;
        drop((first, second));
        drop(greet(&home).await);
    };
    let (ends, ()) = tokio::time::timeout(PATIENCE, Box::pin(async { tokio::join!(ends, meets) }))
        .await
        .expect("the three invocations end");

    let pids = [&ends.0, &ends.1, &ends.2].map(|end| answer(end).as_u64().unwrap());
    let distinct: BTreeSet<u64> = pids.into_iter().collect();
    assert_eq!(distinct.len(), 2, "{pids:?}");
}

#[tokio::test]
async fn no_line_is_lost_when_a_process_aborts() {
    let world = World::new("serves", 1);

    let printed = world.invoke(json!({"do": "print", "lines": 10_000})).await;

    assert!(
        matches!(printed.result, InvocationResult::Exited(_)),
        "{printed:?}"
    );
    let log = fs::read_to_string(world.directory.path().join("log")).unwrap();
    let lines = log.lines().filter(|line| line.starts_with("line ")).count();
    assert_eq!(lines, 10_000);
}
