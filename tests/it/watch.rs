//! `run --watch`: the schedule goes on, what comes later is worked off, Ctrl-C ends it in order.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use runtime::clock;
use serde_json::Value;
use tests::Folder;
use tests::process::{descendants, processes, signal};

/// The schedule's period is a minute, as deployed; a page that comes later waits for one.
const SEEN_WITHIN: Duration = Duration::from_secs(90);

fn gleaner(folder: &Folder, arguments: &[&str]) -> Command {
    folder.command(env!("CARGO_BIN_EXE_gleaner-under-test"), arguments)
}

fn done(folder: &Folder) -> u64 {
    let asked = gleaner(folder, &["status", "--json"]).output();
    let asked = asked.expect("status").stdout;
    let Ok(status) = serde_json::from_slice::<Value>(&asked) else {
        return 0; // there is no database yet
    };
    let counts = status["states"].as_array().expect("states");
    let done = counts.iter().find(|it| it["state"] == "done");
    done.and_then(|it| it["articles"].as_u64()).unwrap_or(0)
}

/// Asks only once the run has its database: `status` starts one that nobody else has up.
fn wait_until_done(folder: &Folder, articles: u64) {
    let until = clock::now() + SEEN_WITHIN;
    while !folder.path().join(".gleaner/site-port").exists() {
        assert!(clock::now() < until, "the run has no site");
        std::thread::sleep(Duration::from_millis(20));
    }
    while done(folder) < articles {
        assert!(clock::now() < until, "{} of {articles} done", done(folder));
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_watching_run_takes_up_what_is_added_later_and_ends_in_order_at_ctrl_c() {
    let folder = Folder::new();
    let output = PathBuf::from(folder.path()).join("told.jsonl");
    let mut run = gleaner(&folder, &["run", "--watch", "--json"])
        .stdout(std::fs::File::create(&output).expect("a file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("a run");
    wait_until_done(&folder, 10);
    assert!(run.try_wait().expect("a state").is_none(), "it goes on");

    let port = std::fs::read_to_string(folder.path().join(".gleaner/site-port")).expect("a port");
    let page = site::PAGES.first().expect("a page").path;
    let later = format!("http://127.0.0.1:{}{page}?later", port.trim());
    let added = gleaner(&folder, &["add", &later]).output().expect("add");
    assert!(added.status.success(), "{added:?}");
    wait_until_done(&folder, 11);

    let below = descendants(&processes(), run.id());
    assert!(below.len() >= 3, "Postgres and two functions: {below:?}");
    assert!(signal(run.id(), "INT"));
    let ended = run.wait().expect("its end");

    let told = std::fs::read_to_string(&output).expect("its output");
    assert_eq!(
        ended.code(),
        Some(130),
        "as a shell tells of Ctrl-C: {told}"
    );
    let last = told.lines().last().expect("a line");
    let summary: Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(summary["states"]["done"], 11, "{summary}");
    let alive = processes();
    let left = below.iter().filter(|one| alive.contains(one));
    assert_eq!(left.count(), 0, "left behind");
}
