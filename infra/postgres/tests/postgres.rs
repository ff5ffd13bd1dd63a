//! The Postgres supervisor against a real server.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use domain::{Budget, Step};
use postgres::{Postgres, PostgresError, PostgresOptions};
use runtime::config::Environment;
use runtime::{clock, within};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio_postgres::error::SqlState;
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// More than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn options(place: &tempfile::TempDir) -> PostgresOptions {
    let environment = Environment::of_process();
    PostgresOptions {
        durable: false,
        ..PostgresOptions::from_environment(&environment, place.path().join("it's data"))
    }
}

/// A folder that the server's user can reach also when we are root.
fn place() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("gleaner-postgres-test-")
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir_in("/var/tmp")
        .expect("a folder")
}

/// Runs `sql` and gives the first column of its last row.
async fn ask(url: &str, sql: &str) -> Result<Option<String>, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let work = async move { client.simple_query(sql).await };
    let messages = tokio::join!(work, connection).0?;
    Ok(messages.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}

async fn start(options: &PostgresOptions) -> Postgres {
    Postgres::start(options).await.expect("a start")
}

async fn stop(postgres: Postgres) {
    postgres.stop().await.expect("an ordered stop");
}

fn pid_of(data_dir: &Path) -> Pid {
    let text = fs::read_to_string(data_dir.join("cluster/postmaster.pid"));
    let text = text.expect("a pid file");
    let pid = text.lines().next().and_then(|pid| pid.parse().ok());
    pid.and_then(Pid::from_raw).expect("a pid")
}

/// Waits until no process has this id; gives how long that took.
async fn until_gone(pid: Pid) -> Duration {
    let started = clock::now();
    let gone = async {
        while test_kill_process(pid).is_ok() && !is_zombie(pid) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let gone = within(Step::Boot, &Budget::starting(started, PATIENCE), gone).await;
    gone.expect("the server ends");
    clock::now() - started
}

/// An ended process whose parent, here some container's first process, does not ask for it.
fn is_zombie(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    stat.is_ok_and(|stat| {
        stat.rsplit(')')
            .next()
            .is_some_and(|it| it.starts_with(" Z"))
    })
}

#[tokio::test]
async fn data_outlives_an_ordered_stop() {
    let place = place();
    let options = options(&place);

    let first = start(&options).await;
    first
        .ensure_database("it's \"new\"")
        .await
        .expect("a database");
    first
        .ensure_database("it's \"new\"")
        .await
        .expect("twice is once");
    first.ensure_database("gleaner").await.expect("a database");
    let url = first.url("gleaner");
    let made = ask(&url, "CREATE TABLE kept AS SELECT 'so it is' AS what").await;
    made.expect("a table");
    stop(first).await;
    let second = start(&options).await;

    let kept = ask(&second.url("gleaner"), "SELECT what FROM kept").await;
    assert_eq!(kept.expect("an answer").as_deref(), Some("so it is"));
    stop(second).await;
}

#[tokio::test]
async fn a_live_data_directory_is_refused_and_its_pid_named() {
    let place = place();
    let options = options(&place);
    let first = start(&options).await;

    let second = Postgres::start(&options).await.expect_err("it is taken");

    let pid = pid_of(first.data_dir())
        .as_raw_nonzero()
        .get()
        .unsigned_abs();
    assert!(
        matches!(second, PostgresError::AlreadyRunning { pid: Some(it), .. } if it == pid),
        "{second}"
    );
    let answer = ask(&first.url("postgres"), "SELECT 'still here'").await;
    assert_eq!(answer.expect("an answer").as_deref(), Some("still here"));
    stop(first).await;
}

#[tokio::test]
async fn of_two_starts_at_once_one_wins() {
    let place = place();
    let options = options(&place);

    let (one, two) = tokio::join!(Postgres::start(&options), Postgres::start(&options));

    let (won, lost) = match (one, two) {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        other => unreachable!("{other:?}"),
    };
    assert!(
        matches!(lost, PostgresError::AlreadyRunning { .. }),
        "{lost}"
    );
    stop(won).await;
}

#[tokio::test]
async fn a_server_that_dies_is_noticed_and_starts_again() {
    let place = place();
    let options = options(&place);
    let mut postgres = start(&options).await;
    {
        // A wait that is given up must not stop the server.
        let ended = postgres.ended();
        tokio::select! {
            biased;
            _ended = ended => unreachable!("it runs"),
            () = std::future::ready(()) => {}
        }
    }
    let before = ask(&postgres.url("postgres"), "SELECT 'alive'").await;

    kill_process(pid_of(postgres.data_dir()), Signal::KILL).expect("it is there");
    let noticed = Budget::starting(clock::now(), PATIENCE);
    let noticed = within(Step::Boot, &noticed, postgres.ended()).await;

    assert_eq!(before.expect("an answer").as_deref(), Some("alive"));
    assert!(!noticed.expect("noticed").expect("a status").success());
    drop(postgres);
    stop(start(&options).await).await;
}

#[tokio::test]
async fn a_server_that_does_not_stop_is_killed_and_recovers() {
    let place = place();
    let options = options(&place);
    let postgres = start(&options).await;
    let url = postgres.url("postgres");
    let made = ask(&url, "CREATE TABLE kept AS SELECT 'so it is' AS what");
    made.await.expect("a table");
    let pid = pid_of(postgres.data_dir());
    kill_process(pid, Signal::STOP).expect("it is there");
    let started = clock::now();

    let stopped = postgres.stop().await;

    assert!(clock::now() - started < Duration::from_secs(20));
    assert!(
        matches!(stopped, Err(PostgresError::NotInOrder { .. })),
        "{stopped:?}"
    );
    until_gone(pid).await;
    let again = start(&options).await;
    let kept = ask(&again.url("postgres"), "SELECT what FROM kept").await;
    assert_eq!(kept.expect("an answer").as_deref(), Some("so it is"));
    stop(again).await;
}

#[tokio::test]
async fn a_pid_file_that_now_names_another_process_is_no_hindrance() {
    let place = place();
    let options = options(&place);
    let postgres = start(&options).await;
    let path = postgres.data_dir().join("cluster/postmaster.pid");
    let left = fs::read_to_string(&path).expect("a pid file");
    stop(postgres).await;
    let (_old, rest) = left.split_once('\n').expect("lines");
    fs::write(&path, format!("{}\n{rest}", std::process::id())).expect("a pid file");

    let again = start(&options).await;

    assert_ne!(
        pid_of(again.data_dir())
            .as_raw_nonzero()
            .get()
            .unsigned_abs(),
        std::process::id()
    );
    stop(again).await;
}

#[tokio::test]
async fn what_a_killed_initdb_has_left_is_not_used() {
    let place = place();
    let options = options(&place);
    stop(start(&options).await).await;
    let data = options.data_dir.join("cluster");
    fs::rename(&data, options.data_dir.join("cluster.unfinished")).expect("a folder");

    let again = start(&options).await;

    assert!(!options.data_dir.join("cluster.unfinished").exists());
    stop(again).await;
}

#[tokio::test]
async fn data_of_another_version_is_refused() {
    let place = place();
    let options = options(&place);
    stop(start(&options).await).await;
    fs::write(options.data_dir.join("cluster/PG_VERSION"), "9\n").expect("a file");

    let refused = Postgres::start(&options).await;

    assert!(
        matches!(refused, Err(PostgresError::OtherVersion { made_by: 9, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn nobody_gets_in_without_the_password_and_nobody_else_can_read_it() {
    let place = place();
    let postgres = start(&options(&place)).await;
    let url = postgres.url("postgres");
    let (_, password) = url.split_once("gleaner:").expect("a user");
    let (password, _) = password.split_once('@').expect("a host");

    let without = ask(&url.replace(password, "guess"), "SELECT 1").await;

    let code = without.err().and_then(|error| error.code().cloned());
    assert_eq!(code, Some(SqlState::INVALID_PASSWORD));
    let mode = |path: &Path| fs::metadata(path).map(|it| it.permissions().mode() & 0o777);
    assert_eq!(mode(postgres.data_dir()).expect("a folder"), 0o700);
    assert_eq!(
        mode(&postgres.data_dir().join("password")).expect("a file"),
        0o600
    );
    stop(postgres).await;
}

#[tokio::test]
async fn settings_reach_the_server() {
    let place = place();
    let postgres = start(&PostgresOptions {
        settings: vec!["max_connections=17".to_owned()],
        ..options(&place)
    })
    .await;

    let shown = ask(&postgres.url("postgres"), "SHOW max_connections").await;
    let sync = ask(&postgres.url("postgres"), "SHOW fsync").await;

    assert_eq!(shown.expect("an answer").as_deref(), Some("17"));
    assert_eq!(sync.expect("an answer").as_deref(), Some("off"));
    stop(postgres).await;
}

#[tokio::test]
async fn a_server_that_does_not_start_says_what_its_log_says() {
    let place = place();
    let options = PostgresOptions {
        settings: vec!["no_such_setting=1".to_owned()],
        ..options(&place)
    };

    let refused = Postgres::start(&options)
        .await
        .expect_err("it cannot start");

    let refused = refused.to_string();
    assert!(refused.contains("no_such_setting"), "{refused}");
}

const PLACE: &str = "POSTGRES_TEST_PLACE";

#[tokio::test]
#[ignore = "the process that the next test kills"]
async fn owner() {
    let Some(place) = Environment::of_process().get(PLACE).map(str::to_owned) else {
        return;
    };
    let environment = Environment::of_process();
    let options = PostgresOptions::from_environment(&environment, Path::new(&place).join("data"));
    let postgres = start(&options).await;
    ask(
        &postgres.url("postgres"),
        "CREATE TABLE kept AS SELECT 'so it is' AS what",
    )
    .await
    .expect("a table");
    writeln!(std::io::stdout(), "\nready").expect("a pipe");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn the_server_stops_when_its_owner_is_killed_and_loses_nothing() {
    let place = place();
    let data_dir = place.path().join("data");
    let mut owner = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "owner", "--ignored", "--nocapture"])
        .env(PLACE, place.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program");
    let said = BufReader::new(owner.stdout.take().expect("a pipe"));
    let mut said = said.lines().map_while(Result::ok);
    assert!(
        said.any(|line| line == "ready"),
        "the owner has started a server"
    );
    let server = pid_of(&data_dir);

    owner.kill().expect("it is there");
    owner.wait().expect("it was killed");
    let took = until_gone(server).await;

    let environment = Environment::of_process();
    let again = start(&PostgresOptions::from_environment(&environment, &data_dir)).await;
    let kept = ask(&again.url("postgres"), "SELECT what FROM kept").await;
    assert_eq!(kept.expect("an answer").as_deref(), Some("so it is"));
    assert!(took < Duration::from_secs(10), "{took:?}");
    stop(again).await;
}
