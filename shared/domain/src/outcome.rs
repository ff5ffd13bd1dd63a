//! What becomes of an attempt. The judge of the article function makes these; the store records
//! them; nothing else decides.

use std::time::Duration;

use crate::ErrorClass;

/// How an article is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DoneKind {
    /// At least one grounded fact is stored, of every chunk.
    Ok,
    /// A valid reply said that there are none.
    NoFacts,
    /// Facts are stored, and something is recorded as missing.
    Partial,
}

impl DoneKind {
    /// The kind as rows and logs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NoFacts => "no_facts",
            Self::Partial => "partial",
        }
    }
}

/// What the judge made of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Facts, or a valid "none", are recorded; `processed_at` is set.
    Done(DoneKind),
    /// Nothing to do: the row is final, or another worker holds its lease.
    Skipped,
    /// The attempt counts; the row comes due again after `wait`.
    Retry {
        /// Why.
        class: ErrorClass,
        /// How long.
        wait: Duration,
    },
    /// The attempt is given back: a dependency is out, not the article.
    Snooze {
        /// Why.
        class: ErrorClass,
        /// How long.
        wait: Duration,
    },
    /// Final. `processed_at` stays unset.
    Failed {
        /// Why.
        class: ErrorClass,
    },
}

impl Outcome {
    /// The outcome as rows and logs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done(kind) => kind.as_str(),
            Self::Skipped => "skipped",
            Self::Retry { .. } => "retry",
            Self::Snooze { .. } => "snooze",
            Self::Failed { .. } => "failed",
        }
    }

    /// How long until the row is due again; nothing where it is not.
    #[must_use]
    pub const fn wait(self) -> Duration {
        match self {
            Self::Retry { wait, .. } | Self::Snooze { wait, .. } => wait,
            Self::Done(_) | Self::Skipped | Self::Failed { .. } => Duration::ZERO,
        }
    }

    /// The reason, where there is one.
    #[must_use]
    pub const fn class(self) -> Option<ErrorClass> {
        match self {
            Self::Done(_) | Self::Skipped => None,
            Self::Retry { class, .. } | Self::Snooze { class, .. } | Self::Failed { class } => {
                Some(class)
            }
        }
    }
}

/// The state of a work row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WorkState {
    /// Never tried, or asked for again.
    New,
    /// Its id is on the queue.
    Queued,
    /// A worker holds its lease.
    Running,
    /// It comes due again.
    Retry,
    /// Final, with facts or a valid "none".
    Done,
    /// Final, with a class.
    Failed,
}

impl WorkState {
    /// Every state there is, in the order of the path.
    pub const ALL: [Self; 6] = [
        Self::New,
        Self::Queued,
        Self::Running,
        Self::Retry,
        Self::Done,
        Self::Failed,
    ];

    /// The state as rows spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Retry => "retry",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}
