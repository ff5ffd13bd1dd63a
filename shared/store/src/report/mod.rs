//! What people and tests read; nothing here writes.

mod articles;
mod attempts;
mod cost;
mod facts;
mod pipeline;
mod progress;
mod violations;

pub use articles::{InFlight, Summary};
pub use attempts::{Attempt, AttemptRun};
pub use cost::{CostDay, Spent};
pub use facts::StoredFact;
pub use pipeline::{FailureClass, StateCount};
pub use progress::Progress;
pub use violations::{Findings, PaidAgain, Violation};
