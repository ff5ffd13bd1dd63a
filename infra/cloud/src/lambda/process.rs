//! One function process: started, handed one invocation at a time, killed when its time is up.
//!
//! Dropping a [`Process`] kills it and whatever it started.

use std::fs::{File, OpenOptions};
use std::io;
use std::net::Ipv4Addr;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Budget, Step};
use hyper::service::service_fn;
use runtime::{OrWarn, clock, within};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStdin, Command};
use tokio_util::sync::CancellationToken;

use super::api::Api;
use super::exchange::{Answer, Delivery, Exchange};
use super::{FunctionSpec, PoolObserver, StartError, environment};
use crate::serve::Server;

/// A process that ended may have answered with its last breath; its connections end with it, unless
/// something it started holds them open.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// A killed process is gone within this, or the system is in trouble that waiting does not mend.
const REAP_CAP: Duration = Duration::from_secs(5);

/// A running process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Held open for as long as the runner lives; its end tells the process that it is an orphan.
    _stdin: Option<ChildStdin>,
    exchange: Arc<Exchange>,
    server: Server,
    pub(super) pid: u32,
    pub(super) born: Instant,
}

/// How a process ended an invocation.
#[derive(Debug)]
pub(super) enum Ended {
    Answer(Answer),
    Exited(ExitStatus),
    Watch(io::Error),
    TimedOut,
    Killed,
}

impl Process {
    /// Runs the program with a Runtime API of its own.
    pub(super) async fn spawn(
        spec: &FunctionSpec,
        observer: &PoolObserver,
    ) -> Result<Self, StartError> {
        let (listener, address) = Server::listen(Ipv4Addr::LOCALHOST.into())
            .await
            .map_err(StartError::Listen)?;
        let exchange = Arc::new(Exchange::default());
        let api = Api {
            exchange: Arc::clone(&exchange),
            function: Arc::from(spec.name.as_str()),
            observer: Arc::clone(observer),
        };
        let service = service_fn(move |request| api.clone().call(request));
        let server = Server::start(listener, address, service);
        let (output, errors) = open_log(spec)?;
        let mut command = Command::new(&spec.program);
        command
            .args(&spec.args)
            .env_clear()
            .envs(environment::of_process(spec, server.address()))
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            // A group of its own: Ctrl-C in the terminal is for the runner, which drains.
            .process_group(0)
            .kill_on_drop(true);
        let born = clock::now();
        let mut child = command.spawn().map_err(|source| StartError::Spawn {
            program: spec.program.clone(),
            source,
        })?;
        Ok(Self {
            // Taken out, because waiting for a child closes the one it holds.
            _stdin: child.stdin.take(),
            pid: child.id().unwrap_or(0),
            child,
            exchange,
            server,
            born,
        })
    }

    /// Waits until the process asks for work, for `limit` at most.
    pub(super) async fn ready(
        &mut self,
        limit: Duration,
        kill: &CancellationToken,
    ) -> Result<(), StartError> {
        // A warm process may have died with its request for work still open: nothing has told yet
        // that the connection is gone.
        if let Some(status) = self.child.try_wait().map_err(StartError::Watch)? {
            return Err(StartError::Exited(status));
        }
        let ended = tokio::select! {
            biased;
            asked = self.exchange.ready() => return asked.map_err(StartError::InitError),
            status = self.child.wait() => status.map_err(StartError::Watch)?,
            () = tokio::time::sleep(limit) => return Err(StartError::TimedOut(limit)),
            () = kill.cancelled() => return Err(StartError::Stopped),
        };
        self.read_final_answer().await;
        Err(match self.exchange.init_report() {
            Some(report) => StartError::InitError(report),
            None => StartError::Exited(ended),
        })
    }

    /// Hands over an invocation and waits for its end, for `limit` at most.
    pub(super) async fn run(
        &mut self,
        delivery: Delivery,
        limit: Duration,
        kill: &CancellationToken,
    ) -> Ended {
        self.exchange.offer(delivery);
        let status = tokio::select! {
            biased;
            answer = self.exchange.answered() => return Ended::Answer(answer),
            status = self.child.wait() => status,
            () = tokio::time::sleep(limit) => return Ended::TimedOut,
            () = kill.cancelled() => return Ended::Killed,
        };
        self.read_final_answer().await;
        match (self.exchange.take_answer(), status) {
            (Some(answer), _) => Ended::Answer(answer),
            (None, Ok(status)) => Ended::Exited(status),
            (None, Err(error)) => Ended::Watch(error),
        }
    }

    /// Lets the Runtime API read what the ended process had sent.
    async fn read_final_answer(&self) {
        let budget = Budget::starting(clock::now(), LAST_BREATH);
        within(Step::Idle, &budget, self.server.all_closed())
            .await
            .or_warn("read what an ended function process had sent");
    }

    /// Kills the process with all it started, and waits until it is gone.
    pub(super) async fn end(mut self) {
        self.kill();
        let budget = Budget::starting(clock::now(), REAP_CAP);
        let gone = within(Step::Idle, &budget, self.child.wait()).await;
        if let Some(status) = gone.or_warn("see a killed function process end") {
            status.or_warn("wait for a killed function process");
        }
    }

    fn kill(&mut self) {
        // No id: it has been waited for, and its number may be another process's by now.
        let Some(pid) = self.child.id() else { return };
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let killed = pid.map(|pid| kill_process_group(pid, Signal::KILL));
        if let Some(Err(error)) = killed {
            tracing::debug!(error = %error, "could not kill a function's process group");
        }
        if let Err(error) = self.child.start_kill() {
            tracing::debug!(error = %error, "could not kill a function process");
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The log, twice: both streams append to the same file, so that no line passes through the runner.
fn open_log(spec: &FunctionSpec) -> Result<(File, File), StartError> {
    let fault = |source| StartError::Log {
        path: spec.log.clone(),
        source,
    };
    let mut options = OpenOptions::new();
    let output = options
        .create(true)
        .append(true)
        .open(&spec.log)
        .map_err(fault)?;
    let errors = output.try_clone().map_err(fault)?;
    Ok((output, errors))
}
