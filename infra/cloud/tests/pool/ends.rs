//! The ways in which a process ends, and what ends with it.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use cloud::lambda::{Drained, InvocationResult};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::{PATIENCE, World, answer, greet};

#[tokio::test]
async fn a_process_that_outlasts_its_time_is_killed_and_replaced() {
    let world = World::with("serves", 1, |spec| {
        spec.time_limit = Duration::from_millis(800);
    });
    let first = answer(&world.invoke(json!({"do": "tell"})).await)["pid"].clone();

    let hung = world.invoke(json!({"do": "hang"})).await;
    let next = world.invoke(json!({"do": "tell"})).await;

    assert!(
        matches!(hung.result, InvocationResult::TimedOut),
        "{hung:?}"
    );
    assert!(hung.duration >= Duration::from_millis(800) && hung.duration < PATIENCE / 2);
    assert!(next.cold);
    assert_ne!(answer(&next)["pid"], first);
}

#[tokio::test]
async fn each_way_to_end_without_an_answer_has_its_name_and_the_next_invocation_works() {
    let world = World::new("serves", 1);

    let exited = world.invoke(json!({"do": "exit"})).await;
    let aborted = world.invoke(json!({"do": "abort"})).await;
    let failed = world.invoke(json!({"do": "fail"})).await;
    let skipped = world.invoke(json!({"do": "skip"})).await;
    let told = world.invoke(json!({"do": "tell"})).await;

    assert!(matches!(exited.result, InvocationResult::Exited(status) if status.code() == Some(9)));
    assert!(
        matches!(aborted.result, InvocationResult::Exited(status) if status.signal() == Some(6))
    );
    assert!(
        matches!(&failed.result, InvocationResult::FunctionError(body) if body.starts_with(b"{"))
    );
    assert!(
        matches!(skipped.result, InvocationResult::Unanswered),
        "{skipped:?}"
    );
    assert_eq!(
        [aborted.cold, failed.cold, skipped.cold, told.cold],
        [true, true, false, false]
    );
    answer(&told);
}

#[tokio::test]
async fn an_answer_with_the_last_breath_counts_and_the_dead_process_is_not_used_again() {
    let world = World::new("serves", 1);

    let last = world.invoke(json!({"do": "answer-and-exit"})).await;
    let next = world.invoke(json!({"do": "tell"})).await;

    assert_eq!(answer(&last), "bye");
    assert!(next.cold);
    answer(&next);
}

#[tokio::test]
async fn a_warm_process_that_was_killed_is_replaced_without_a_failed_invocation() {
    let world = World::new("serves", 1);
    let first = answer(&world.invoke(json!({"do": "tell"})).await)["pid"].clone();
    let pid = i32::try_from(first.as_i64().unwrap()).unwrap();

    let killed = Pid::from_raw(pid).unwrap();
    kill_process(killed, Signal::KILL).unwrap();
    let dead = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(killed), dead).unwrap();
    let next = world.invoke(json!({"do": "tell"})).await;

    assert_ne!(answer(&next)["pid"], first);
    assert!(
        world.told().contains(&"warm lost".to_owned()),
        "{:?}",
        world.told()
    );
}

#[tokio::test]
async fn dropping_an_invocation_kills_its_process_and_frees_its_slot() {
    let world = World::new("serves", 1);
    let home = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = home.local_addr().unwrap().to_string();

    let mut caller = tokio::select! {
        ended = world.invoke(json!({"do": "call-home", "address": address})) => {
            panic!("it waits for an answer from home: {ended:?}")
        }
        caller = greet(&home) => caller,
    };
    let mut said = Vec::new();
    let read = caller.read_to_end(&mut said);
    tokio::time::timeout(PATIENCE, read)
        .await
        .expect("the process ends")
        .unwrap();
    let next = world.invoke(json!({"do": "tell"})).await;

    assert!(next.cold);
    answer(&next);
}

#[tokio::test]
async fn a_stop_waits_for_what_is_in_flight_and_kills_what_outlasts_it() {
    let world = World::new("serves", 1);
    let home = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = home.local_addr().unwrap().to_string();

    let cut = world.invoke(json!({"do": "call-home", "address": address}));
    let stops = async {
        // Its connection ends with the process: that it does shows that the process was killed.
        let (mut caller, _) = home.accept().await.unwrap();
        let drained = world.functions.stop(Duration::from_millis(50)).await;
        let mut said = Vec::new();
        caller.read_to_end(&mut said).await.unwrap();
        (drained, said)
    };
    let (cut, (drained, said)) = tokio::join!(cut, stops);

    assert_eq!(
        said, b"!",
        "the process ran, and its end closed the connection"
    );
    assert!(matches!(cut.result, InvocationResult::Stopped), "{cut:?}");
    assert_eq!(drained, Drained { killed: 1 });
    let late = world.invoke(json!({"do": "tell"})).await;
    assert!(matches!(late.result, InvocationResult::Stopped));
}

#[test]
fn a_process_whose_runner_was_killed_ends_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let home = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut runner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "runner_process", "--ignored", "--nocapture"])
        .env("HOME_ADDRESS", home.local_addr().unwrap().to_string())
        .env("CHILD_LOG", directory.path().join("log"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (mut function, _) = home.accept().unwrap();
    let mut sign = [0];
    function.read_exact(&mut sign).unwrap();
    function
        .write_all(b"still there")
        .expect("the function lives");

    runner.kill().unwrap();
    assert_eq!(runner.wait().unwrap().signal(), Some(9));

    function.set_read_timeout(Some(PATIENCE)).unwrap();
    let ended = function.read(&mut sign);
    assert!(
        matches!(ended, Ok(0)) || is_reset(&ended),
        "it lives on: {ended:?}"
    );
}

fn is_reset(ended: &std::io::Result<usize>) -> bool {
    matches!(ended, Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset)
}
