//! Being one of the processes that use the shared server.
//!
//! The server's guard reads a named pipe that every member holds open for writing, and stops the
//! server at its end of file: when the last member has ended. A new member writes a line and waits
//! for the guard's answer; without one, the guard was just about to stop, and a new server is
//! started. All of it happens under the lock of `exclusive`.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::{Budget, Step};
use runtime::config::Environment;
use runtime::{OrWarn, clock, within};
use rustix::fs::OFlags;
use tokio::process::Command;

use super::exclusive;
use postgres::{
    Cluster, Launch, PostgresError, PostgresOptions, free_port, identifier, pid_file, run, spawn,
    url, wait_until_ready,
};

/// A guard that lives answers within a millisecond.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// How often the answer is looked for.
const ANSWER_EVERY: Duration = Duration::from_millis(1);

/// Attempts with a fresh port, then one with a fresh cluster: nothing in it is durable.
const START_TRIES: u32 = 3;

/// A template takes 8 MB.
const DATABASES_MAX: u32 = 20;

/// Membership ends when the file is closed, which the end of the process does.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) url: String,
    _alive: File,
}

/// A name that no other process and no other call makes.
pub(super) fn token(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let since = clock::wall().duration_since(std::time::UNIX_EPOCH);
    let nanos = since.map_or(0, |it| it.as_nanos());
    format!("{prefix}_{}_{nanos:x}_{count}", std::process::id())
}

/// Joins the server that runs in `folder`, or starts it.
pub(super) async fn join(
    environment: &Environment,
    folder: PathBuf,
) -> Result<Member, PostgresError> {
    let _held = exclusive::lock(&folder).await?;
    let options = options(environment, folder);
    let (account, cluster) = Launch::lock(&options)?;
    if let Some(member) = enter(&cluster).await? {
        return Ok(member);
    }
    let launch = Launch::prepare(&options, account, cluster).await?;
    match start(&launch).await {
        Err(PostgresError::Exited { .. }) => {
            let cluster = launch.cluster;
            cluster.discard()?;
            let launch = Launch::prepare(&options, account, cluster).await?;
            start(&launch).await
        }
        other => other,
    }
}

fn options(environment: &Environment, folder: PathBuf) -> PostgresOptions {
    PostgresOptions {
        durable: false,
        settings: vec![
            // Several test programs at once, each with several connections a test.
            "max_connections=400".to_owned(),
            // It would keep templates busy, and databases live for seconds.
            "autovacuum=off".to_owned(),
            "checkpoint_timeout=1h".to_owned(),
            "max_wal_size=4GB".to_owned(),
        ],
        ..PostgresOptions::from_environment(environment, folder)
    }
}

fn pipe_path(cluster: &Cluster) -> PathBuf {
    cluster.root.join("members")
}

fn answers_path(cluster: &Cluster) -> PathBuf {
    cluster.root.join("answers")
}

/// Joins the server that runs, if one does and its guard answers.
async fn enter(cluster: &Cluster) -> Result<Option<Member>, PostgresError> {
    // Without a reader this fails at once: no guard.
    let Ok(mut alive) = open_writer(&pipe_path(cluster)) else {
        return Ok(None);
    };
    let name = token("join");
    if writeln!(alive, "{name}").is_err() || !answered(cluster, &name).await {
        return Ok(None);
    }
    let found = pid_file::read(&cluster.data()).filter(|it| it.ready);
    Ok(found.and_then(|it| it.port).map(|port| Member {
        url: url(&cluster.password, port, "postgres"),
        _alive: alive,
    }))
}

async fn answered(cluster: &Cluster, name: &str) -> bool {
    let answer = answers_path(cluster).join(name);
    let wait = async {
        while !answer.exists() {
            tokio::time::sleep(ANSWER_EVERY).await;
        }
    };
    let budget = Budget::starting(clock::now(), ANSWER_MAX);
    let answered = within(Step::Boot, &budget, wait).await.is_ok();
    if answered {
        fs::remove_file(&answer).or_warn("remove a guard's answer");
    }
    answered
}

async fn start(launch: &Launch) -> Result<Member, PostgresError> {
    let cluster = &launch.cluster;
    let answers = answers_path(cluster);
    launch.fresh_dir(&answers)?;
    let (reader, alive) = make_pipe(&pipe_path(cluster)).await?;
    let mut tries = 1;
    let port = loop {
        let port = free_port()?;
        let stdin = reader.try_clone();
        let stdin = stdin.map_err(|e| PostgresError::file("copy", pipe_path(cluster), e))?;
        let mut guard = spawn(launch, port, Stdio::from(stdin), Some(&answers))?;
        match wait_until_ready(&mut guard, cluster).await {
            Ok(()) => break port,
            Err(PostgresError::Exited { .. }) if tries < START_TRIES => tries += 1,
            Err(other) => return Err(other),
        }
    };
    let url = url(&cluster.password, port, "postgres");
    remove_leftovers(&url).await?;
    Ok(Member { url, _alive: alive })
}

/// A named pipe, its reader for the guard and its writer for us. It is opened for reading without
/// waiting for a writer, and then reads with waiting.
async fn make_pipe(path: &Path) -> Result<(File, File), PostgresError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(PostgresError::file("remove", path, error));
        }
        _ => {}
    }
    let program = PathBuf::from("mkfifo");
    let mut command = Command::new(&program);
    let made = command.args(["-m", "600"]).arg(path).status().await;
    let made = made.map_err(|source| PostgresError::Run { program, source })?;
    let failed = |source| PostgresError::file("make a pipe at", path, source);
    if !made.success() {
        return Err(failed(ErrorKind::Other.into()));
    }
    let reader = OpenOptions::new()
        .read(true)
        .custom_flags(nonblocking())
        .open(path)
        .map_err(failed)?;
    let writer = open_writer(path).map_err(failed)?;
    rustix::fs::fcntl_setfl(&reader, OFlags::empty()).map_err(|e| failed(e.into()))?;
    Ok((reader, writer))
}

fn open_writer(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).custom_flags(nonblocking()).open(path)
}

fn nonblocking() -> i32 {
    OFlags::NONBLOCK.bits().cast_signed()
}

/// Databases of tests that were killed, and templates once there are many (one for each state that
/// a schema was ever tested in). Nobody uses them: there was no member.
async fn remove_leftovers(url: &str) -> Result<(), PostgresError> {
    let sql = format!(
        "SELECT datname FROM pg_database WHERE datname ~ '^(test|unfinished)_' OR (datname ~ \
         '^template_' AND (SELECT count(*) FROM pg_database) > {DATABASES_MAX})"
    );
    for name in run(url, "list databases of", "postgres", &sql).await? {
        let sql = format!("DROP DATABASE {}", identifier(&name));
        run(url, "drop left-over database", &name, &sql).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A folder that the server's user can reach also when we are root.
    fn place() -> tempfile::TempDir {
        tempfile::Builder::new()
            .prefix("gleaner-member-test-")
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir_in("/var/tmp")
            .expect("a folder")
    }

    async fn until_it_stops(data: &Path) {
        let stopped = async {
            while pid_file::path(data).exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let budget = Budget::starting(clock::now(), Duration::from_secs(10));
        let stopped = within(Step::Boot, &budget, stopped).await;
        stopped.expect("the last member is gone, and so is the server");
    }

    #[tokio::test]
    async fn the_server_lives_as_long_as_its_last_member() {
        let place = place();
        let folder = place.path().join("shared");
        let environment = Environment::of_process();
        let one = join(&environment, folder.clone()).await.expect("a start");
        let two = join(&environment, folder.clone())
            .await
            .expect("a second member");
        let made = run(&two.url, "make", "left", "CREATE DATABASE test_left").await;
        made.expect("a database");

        drop(one);
        let alone = run(&two.url, "ask", "postgres", "SELECT 'here'").await;
        drop(two);
        until_it_stops(&folder.join("cluster")).await;
        let again = join(&environment, folder).await.expect("a new start");

        assert_eq!(alone.expect("an answer"), ["here"]);
        let sql = "SELECT datname FROM pg_database WHERE datname = 'test_left'";
        let left = run(&again.url, "ask", "postgres", sql).await;
        assert_eq!(
            left.expect("an answer"),
            [""; 0],
            "left-overs go at the start"
        );
        drop(again);
        until_it_stops(&place.path().join("shared/cluster")).await;
    }

    #[tokio::test]
    async fn a_cluster_that_does_not_start_is_made_anew() {
        let place = place();
        let folder = place.path().join("shared");
        let data = folder.join("cluster");
        let environment = Environment::of_process();
        let member = join(&environment, folder.clone()).await.expect("a start");
        drop(member);
        until_it_stops(&data).await;
        fs::remove_dir_all(data.join("pg_wal")).expect("a part that is needed");

        let member = join(&environment, folder).await.expect("a new cluster");

        let answer = run(&member.url, "ask", "postgres", "SELECT 'here'").await;
        assert_eq!(answer.expect("an answer"), ["here"]);
        drop(member);
        until_it_stops(&data).await;
    }
}
