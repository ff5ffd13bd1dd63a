//! SIGKILL of the runner, of a function process and of Postgres, each in the middle of a run, at
//! random moments. After another run every article is final and true, and nothing is left behind.
//!
//! One round each by default; `GLEANER_KILLS=20` makes it twenty.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runtime::clock;
use serde_json::Value;
use tests::Folder;
use tests::process::{descendants, processes, signal};

/// What is killed.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Runner,
    Function,
    Postgres,
}

/// A run of ten pages with this pause before each of the model's answers takes a few seconds.
const MODEL_DELAY: &str = "400ms";

/// A run that hangs fails the test.
const RUN_MAX: Duration = Duration::from_secs(60);

fn rounds() -> u32 {
    let environment = runtime::config::Environment::of_process();
    environment
        .get("GLEANER_KILLS")
        .and_then(|number| number.parse().ok())
        .unwrap_or(1)
}

#[test]
fn a_run_whose_runner_was_killed_is_completed_by_the_next() {
    for round in 0..rounds() {
        kill_in_mid_run(Victim::Runner, round);
    }
}

#[test]
fn a_run_whose_function_process_was_killed_completes_by_itself() {
    for round in 0..rounds() {
        kill_in_mid_run(Victim::Function, round);
    }
}

#[test]
fn a_run_whose_postgres_was_killed_is_completed_by_the_next() {
    for round in 0..rounds() {
        kill_in_mid_run(Victim::Postgres, round);
    }
}

fn kill_in_mid_run(victim: Victim, round: u32) {
    let folder = Folder::new();
    let mut run = gleaner(&folder, &["run", "--delay", MODEL_DELAY])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a run");

    wait_for_work(&mut run);
    std::thread::sleep(moment(round));
    let server = server_of(run.id()).expect("a server in mid-run");
    let pid = match victim {
        Victim::Runner => Some(run.id()),
        Victim::Function => functions(run.id()).first().copied(),
        Victim::Postgres => Some(server.pid),
    };
    let killed =
        run.try_wait().expect("a state").is_none() && pid.is_some_and(|pid| signal(pid, "KILL"));
    assert!(
        killed,
        "{victim:?} in round {round}: nobody was killed in mid-run"
    );
    let first = wait(&mut run);

    let again = gleaner(&folder, &["run", "--json"])
        .output()
        .expect("another run");
    let told = String::from_utf8_lossy(&again.stdout);
    assert!(
        again.status.success(),
        "{victim:?} in round {round}: {first:?}, then {told}"
    );
    let summary: Value = told
        .lines()
        .last()
        .map(serde_json::from_str)
        .expect("a line")
        .expect("JSON");
    assert_eq!(
        summary["states"]["done"], 10,
        "{victim:?} in round {round}: {summary}"
    );
    let doctor = gleaner(&folder, &["doctor"]).output().expect("doctor");
    assert!(
        doctor.status.success(),
        "{}",
        String::from_utf8_lossy(&doctor.stdout)
    );
    assert_eq!(
        survivors(folder.path(), &server.data),
        Vec::<u32>::new(),
        "{victim:?}: left behind"
    );
}

fn gleaner(folder: &Folder, arguments: &[&str]) -> Command {
    folder.command(env!("CARGO_BIN_EXE_gleaner-under-test"), arguments)
}

/// Waits until a function process has been given work.
fn wait_for_work(run: &mut Child) {
    let until = clock::now() + RUN_MAX;
    while functions(run.id()).is_empty() {
        assert!(clock::now() < until, "no function process appeared");
        assert!(
            run.try_wait().expect("a state").is_none(),
            "the run ended before it was killed"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Somewhere within the run's work, another moment each round.
fn moment(round: u32) -> Duration {
    let nanos = clock::wall()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock")
        .subsec_nanos();
    Duration::from_millis(u64::from(nanos.wrapping_add(round * 7_919)) % 600)
}

/// Processes of a run's article function.
fn functions(run: u32) -> Vec<u32> {
    let below = descendants(&processes(), run);
    let ours = below
        .iter()
        .filter(|it| it.arguments.contains("function article"));
    ours.map(|it| it.pid).collect()
}

/// A database server and where its data is. As root that is not below the run's own folder.
struct Server {
    pid: u32,
    data: String,
}

/// The server that descends from the run: the oldest process with its data directory.
fn server_of(run: u32) -> Option<Server> {
    let below = descendants(&processes(), run);
    let servers = below
        .iter()
        .filter(|it| it.arguments.contains("postgres -D "));
    let ours = servers.min_by_key(|it| it.pid)?;
    let data = ours.arguments.split(" -D ").nth(1)?.split(' ').next()?;
    Some(Server {
        pid: ours.pid,
        data: data.to_owned(),
    })
}

/// Everything of the run in `folder` that is still alive.
fn survivors(folder: &Path, data: &str) -> Vec<u32> {
    let until = clock::now() + Duration::from_secs(10);
    loop {
        let left = processes()
            .into_iter()
            .filter(|it| it.cwd.starts_with(folder) || it.arguments.contains(data));
        let left: Vec<u32> = left.map(|it| it.pid).collect();
        if left.is_empty() || clock::now() > until {
            return left;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn wait(run: &mut Child) -> std::process::ExitStatus {
    let until = clock::now() + RUN_MAX;
    loop {
        if let Some(status) = run.try_wait().expect("a state") {
            return status;
        }
        assert!(clock::now() < until, "the run did not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}
