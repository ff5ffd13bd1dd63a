//! The steps an invocation can be in; a limit, a log line and the watchdog name them.

use std::fmt;

/// One step of the path of an article or of a scheduler pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Configuration, telemetry and clients.
    Boot,
    /// Waiting for the next event.
    Idle,
    /// Connecting to the database: DNS, TCP, TLS, authentication.
    DbConnect,
    /// Checking that a kept database connection still answers.
    DbCheck,
    /// Any other database statement.
    DbQuery,
    /// Claiming an article.
    Claim,
    /// Resolving a page's host.
    Dns,
    /// TCP and TLS to a page's server.
    Connect,
    /// Waiting for a page's headers.
    Headers,
    /// Reading a page's body.
    Body,
    /// The fetch as a whole.
    Fetch,
    /// Parsing and extraction.
    Extract,
    /// Opening a run: reuse, finished chunks, breaker.
    OpenRun,
    /// Asking the LLM.
    Llm,
    /// Recording an outcome.
    Finish,
    /// Selecting what is due.
    Due,
    /// Asking the queue for its depth.
    QueueDepth,
    /// Sending to the queue.
    Send,
    /// Giving back what the queue refused.
    GiveBack,
    /// Receiving from the queue (the local cloud only).
    Receive,
    /// Deleting from the queue (the local cloud only).
    Delete,
}

impl Step {
    /// The step as logs and rows spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Idle => "idle",
            Self::DbConnect => "db_connect",
            Self::DbCheck => "db_check",
            Self::DbQuery => "db_query",
            Self::Claim => "claim",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Headers => "headers",
            Self::Body => "body",
            Self::Fetch => "fetch",
            Self::Extract => "extract",
            Self::OpenRun => "open_run",
            Self::Llm => "llm",
            Self::Finish => "finish",
            Self::Due => "due",
            Self::QueueDepth => "queue_depth",
            Self::Send => "send",
            Self::GiveBack => "give_back",
            Self::Receive => "receive",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
