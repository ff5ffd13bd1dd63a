//! What came of an invocation, and what else the pool has to tell.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;

/// One invocation, ended.
#[derive(Debug)]
pub struct Invocation {
    /// The id that the function saw.
    pub request_id: String,
    /// What came of it.
    pub result: InvocationResult,
    /// From handing it to the process until its end; zero when no process took it.
    pub duration: Duration,
    /// Whether a process was started for it.
    pub cold: bool,
}

/// What came of an invocation.
#[derive(Debug)]
pub enum InvocationResult {
    /// The function answered.
    Success(Bytes),
    /// The function reported an error.
    FunctionError(Bytes),
    /// The process was killed at the time limit.
    TimedOut,
    /// The process ended without an answer.
    Exited(ExitStatus),
    /// The process asked for the next invocation without an answer to this one.
    Unanswered,
    /// No process could be started.
    NotStarted(StartError),
    /// The pool was stopped before the function answered.
    Stopped,
}

impl InvocationResult {
    /// The name of the result, for logs and tables.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Success(_) => "success",
            Self::FunctionError(_) => "function_error",
            Self::TimedOut => "timed_out",
            Self::Exited(_) => "exited",
            Self::Unanswered => "unanswered",
            Self::NotStarted(_) => "not_started",
            Self::Stopped => "stopped",
        }
    }
}

/// Why a process could not be started, or did not become ready.
#[derive(Debug, Error)]
pub enum StartError {
    /// Its Runtime API could not be opened.
    #[error("listen on loopback for a function process")]
    Listen(#[source] io::Error),
    /// Its log file could not be opened.
    #[error("open log file {}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The program could not be run.
    #[error("run {}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The process reported that it cannot start.
    #[error("start function process: it reported {}", String::from_utf8_lossy(.0))]
    InitError(Bytes),
    /// The process ended before it asked for work.
    #[error("start function process: it ended before it asked for work ({0})")]
    Exited(ExitStatus),
    /// The process did not ask for work in time.
    #[error("start function process: it did not ask for work within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The process could not be watched.
    #[error("watch function process")]
    Watch(#[source] io::Error),
    /// The pool was stopped meanwhile.
    #[error("start function process: the pool was stopped")]
    Stopped,
}

impl StartError {
    /// Whether another try may end otherwise. A process that reports an error or exits with a code
    /// would do it again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Listen(_) | Self::TimedOut(_) | Self::Watch(_) => true,
            Self::Spawn { source, .. } | Self::Log { source, .. } => !matches!(
                source.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
            ),
            Self::Exited(status) => status.code().is_none(),
            Self::InitError(_) | Self::Stopped => false,
        }
    }
}

/// Something a process did out of turn. It is refused, named, and changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Breach {
    /// It answered an invocation a second time.
    #[error("the function answered an invocation twice")]
    AnsweredTwice,
    /// It answered an invocation that it does not have.
    #[error("the function answered a request id that it does not have")]
    UnknownRequest,
    /// It reported an init error after it had asked for work.
    #[error("the function reported an init error after its start")]
    LateInitError,
    /// It called an address that the Runtime API does not have.
    #[error("the function called an address that the Runtime API does not have")]
    UnknownAddress,
    /// Its answer was cut off or broke HTTP's rules.
    #[error("the function's answer could not be read")]
    BrokenAnswer,
}

/// What the pool tells while it runs.
#[derive(Debug)]
pub enum PoolEvent<'a> {
    /// A process asked for its first work.
    Started {
        /// Its process id.
        pid: u32,
        /// From its start until then.
        init: Duration,
    },
    /// A start failed; `again` says whether the pool tries once more for the same invocation.
    StartFailed {
        /// Why.
        error: &'a StartError,
        /// Failed starts in a row.
        in_a_row: u32,
        /// Whether it is tried again.
        again: bool,
    },
    /// A warm process was gone, or silent, when work came.
    WarmLost(&'a StartError),
    /// A process did something out of turn.
    Breach(Breach),
    /// An invocation ended.
    Finished(&'a Invocation),
}

/// Hears the pool's events, with the function's name. It is called on the pool's tasks and must not
/// block.
pub type PoolObserver = Arc<dyn Fn(&str, &PoolEvent<'_>) + Send + Sync>;

/// Logs what a person may have to know, and drops the rest.
#[must_use]
pub fn log_events() -> PoolObserver {
    Arc::new(|function, event| match event {
        PoolEvent::StartFailed {
            error, in_a_row, ..
        } => {
            tracing::warn!(function, error = %chain(error), in_a_row, "a function process did not start");
        }
        PoolEvent::WarmLost(error) => {
            tracing::warn!(function, error = %chain(error), "a warm function process was lost");
        }
        PoolEvent::Breach(breach) => tracing::warn!(function, error = %breach, "refused"),
        PoolEvent::Started { .. } | PoolEvent::Finished(_) => {}
    })
}

/// An error with its sources, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
