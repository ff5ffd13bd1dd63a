//! The ways in which a process does not start.

use std::time::Duration;

use cloud::lambda::{InvocationResult, StartError};
use serde_json::json;

use crate::World;

#[tokio::test]
async fn a_function_that_cannot_start_says_why_and_is_not_started_in_a_loop() {
    for (manner, starts) in [("dies-at-init", 1), ("reports-at-init", 1)] {
        let world = World::new(manner, 1);

        let invocation = world.invoke(json!({"do": "tell"})).await;

        match (manner, invocation.result) {
            ("dies-at-init", InvocationResult::NotStarted(StartError::Exited(status))) => {
                assert_eq!(status.code(), Some(7));
            }
            ("reports-at-init", InvocationResult::NotStarted(StartError::InitError(report))) => {
                assert!(String::from_utf8_lossy(&report).contains("no key"));
            }
            (_, other) => panic!("{manner}: {other:?}"),
        }
        let failed = world
            .told()
            .iter()
            .filter(|told| told.starts_with("start failed"))
            .count();
        assert_eq!(failed, starts, "{manner}");
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_an_error_at_once() {
    let world = World::with("serves", 1, |spec| {
        spec.program = "/nonexistent/bootstrap".into();
    });

    let invocation = world.invoke(json!({"do": "tell"})).await;

    let InvocationResult::NotStarted(error @ StartError::Spawn { .. }) = invocation.result else {
        panic!("{invocation:?}");
    };
    assert_eq!(error.to_string(), "run /nonexistent/bootstrap");
    assert_eq!(world.told(), ["start failed, again: false", "not_started"]);
}

#[tokio::test]
async fn a_process_that_never_asks_for_work_is_killed_and_tried_again_three_times_at_most() {
    let world = World::with("silent-at-init", 1, |spec| {
        spec.init_limit = Duration::from_millis(200);
    });

    let invocation = world.invoke(json!({"do": "tell"})).await;

    let InvocationResult::NotStarted(StartError::TimedOut(limit)) = invocation.result else {
        panic!("{invocation:?}");
    };
    assert_eq!(limit, Duration::from_millis(200));
    assert_eq!(
        world.told(),
        [
            "start failed, again: true",
            "start failed, again: true",
            "start failed, again: false",
            "not_started"
        ]
    );
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_an_error_at_once() {
    let world = World::with("serves", 1, |spec| spec.log = "/nonexistent/log".into());

    let invocation = world.invoke(json!({"do": "tell"})).await;

    let InvocationResult::NotStarted(error @ StartError::Log { .. }) = invocation.result else {
        panic!("{invocation:?}");
    };
    assert_eq!(error.to_string(), "open log file /nonexistent/log");
}
