//! What people and tests read; nothing here writes.

mod activity;
mod annotations;
mod articles;
mod attempts;
mod cost;
mod export;
mod facts;
mod for_reading;
mod pipeline;
mod progress;
mod violations;

pub use activity::{Activity, OutcomeCount, RefusingHost, StepTime, WaitingAge};
pub use articles::{InFlight, Summary};
pub use attempts::{Attempt, AttemptRun};
pub use cost::{CostDay, Spent};
pub use export::{Cursor, ExportError, ExportForm, Exported, NotACursor};
pub use facts::StoredFact;
pub use for_reading::{ArticleForReading, Choice, Chosen};
pub use pipeline::{FailureClass, StateCount};
pub use progress::Progress;
pub use violations::{Findings, PaidAgain, Violation};
