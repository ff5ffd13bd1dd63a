//! One run of the server under its orphan guard.
//!
//! The guard is a shell in a process group of its own that reads a pipe whose other end only we
//! hold: when we are gone, SIGKILL included, it reads the end of file and stops the server.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use domain::{Budget, Step};
use runtime::{OrWarn, clock, within};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStdin, Command};

use super::cluster::{Cluster, USER, plain};
use super::{Launch, PostgresError, pid_file};

const GUARD: &str = include_str!("guard.sh");

/// A free port can be lost to somebody else between being found and being used.
const START_TRIES: u32 = 3;

/// Crash recovery after a kill replays at most a few checkpoints' worth of log.
const READY_MAX: Duration = Duration::from_mins(1);

/// How often the server's state file is looked at while it starts (it takes 50 to 200 ms).
const READY_EVERY: Duration = Duration::from_millis(5);

/// The guard itself asks for an immediate stop after 5 s and kills after 10.
const STOP_MAX: Duration = Duration::from_secs(15);

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(super) port: u16,
    guard: Child,
    /// Held open while the server shall run. Not left in `guard`: waiting there would close it.
    pipe: ChildStdin,
}

impl Server {
    /// Starts the server and waits until it takes connections.
    pub(super) async fn start(launch: &Launch) -> Result<Self, PostgresError> {
        let mut tries = 1;
        loop {
            match Self::start_once(launch).await {
                Err(PostgresError::Exited { .. }) if tries < START_TRIES => tries += 1,
                other => return other,
            }
        }
    }

    async fn start_once(launch: &Launch) -> Result<Self, PostgresError> {
        let port = free_port()?;
        let mut guard = spawn(launch, port, Stdio::piped(), None)?;
        let no_pipe = || run_error(ErrorKind::BrokenPipe.into());
        let pipe = guard.stdin.take().ok_or_else(no_pipe)?;
        wait_until_ready(&mut guard, &launch.cluster).await?;
        Ok(Self { port, guard, pipe })
    }

    /// Waits until the server has ended, for whatever reason.
    pub(super) async fn ended(&mut self) -> Result<ExitStatus, PostgresError> {
        self.guard.wait().await.map_err(run_error)
    }

    /// Stops in order, then by force; says how it ended.
    pub(super) async fn stop(self) -> Result<ExitStatus, PostgresError> {
        let Self {
            mut guard, pipe, ..
        } = self;
        drop(pipe);
        let budget = Budget::starting(clock::now(), STOP_MAX);
        match within(Step::Boot, &budget, guard.wait()).await {
            Ok(ended) => ended.map_err(run_error),
            Err(source) => {
                kill(&guard);
                let what = "stop Postgres; it was killed";
                Err(PostgresError::TimedOut { what, source })
            }
        }
    }
}

/// Waits until the server behind `guard` takes connections; fails as soon as it has ended.
///
/// # Errors
/// [`PostgresError::Exited`] or [`PostgresError::TimedOut`].
pub async fn wait_until_ready(guard: &mut Child, cluster: &Cluster) -> Result<(), PostgresError> {
    let budget = Budget::starting(clock::now(), READY_MAX);
    let ready = within(Step::Boot, &budget, ready(guard, cluster)).await;
    ready.map_err(|source| PostgresError::TimedOut {
        what: "wait for Postgres to take connections",
        source,
    })?
}

/// Polls, because a file cannot be awaited; bounded by the caller's budget.
async fn ready(guard: &mut Child, cluster: &Cluster) -> Result<(), PostgresError> {
    let data = cluster.data();
    while !pid_file::read(&data).is_some_and(|it| it.ready) {
        if let Some(status) = guard.try_wait().map_err(run_error)? {
            return Err(PostgresError::Exited {
                dir: cluster.root.clone(),
                status,
                log: cluster.log_tail(),
            });
        }
        tokio::time::sleep(READY_EVERY).await;
    }
    Ok(())
}

/// The URL of a database, password included.
#[must_use]
pub fn url(password: &str, port: u16, database: &str) -> String {
    format!("postgres://{USER}:{password}@127.0.0.1:{port}/{database}")
}

/// Kills guard and server; the server's own children notice and end.
fn kill(guard: &Child) {
    let group = guard.id().and_then(|id| i32::try_from(id).ok());
    if let Some(group) = group.and_then(Pid::from_raw) {
        kill_process_group(group, Signal::KILL).or_warn("kill Postgres");
    }
}

fn run_error(source: std::io::Error) -> PostgresError {
    PostgresError::Run {
        program: "/bin/sh".into(),
        source,
    }
}

/// Starts guard and server. The server runs while somebody holds the other end of `alive` open;
/// a line written there is answered with a file of that name in `answers`.
///
/// # Errors
/// The log cannot be opened, or there is no shell.
pub fn spawn(
    launch: &Launch,
    port: u16,
    alive: Stdio,
    answers: Option<&Path>,
) -> Result<Child, PostgresError> {
    let Launch {
        cluster,
        binaries,
        account,
        settings,
    } = launch;
    let path = cluster.log();
    let open_error = |source| PostgresError::file("open", &path, source);
    let mut log = OpenOptions::new();
    let log = log.create(true).write(true).truncate(true).open(&path);
    let log = log.map_err(open_error)?;
    let errors = log.try_clone().map_err(open_error)?;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", GUARD, "sh"]);
    command.arg(binaries.dir.join("postgres"));
    command.arg("-D").arg(cluster.data());
    command.args(["-c", &format!("port={port}")]);
    for setting in settings {
        command.args(["-c", setting]);
    }
    plain(&mut command, &cluster.root, *account);
    if let Some(answers) = answers {
        command.env("GUARD_ANSWERS", answers);
    }
    command
        .process_group(0)
        .stdin(alive)
        .stdout(log)
        .stderr(errors);
    command.spawn().map_err(run_error)
}

/// Asks the system for a port and lets it go again; a start that loses the race for it is tried
/// again by the caller.
///
/// # Errors
/// There is none.
pub fn free_port() -> Result<u16, PostgresError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
    bound
        .map(|address| address.port())
        .map_err(|source| PostgresError::file("find a free port on", "127.0.0.1", source))
}
