//! The words of Gleaner: ids, facts, messages, outcomes, budgets and limits.
//!
//! Pure values and decisions over them. No IO, no async, no clock, no logger, no randomness that a
//! caller cannot replace: whatever depends on the moment takes it as an argument.

mod backoff;
mod budget;
mod class;
mod fact;
mod hex;
mod ids;
pub mod limits;
mod message;
mod money;
mod outcome;
mod redacted_url;
mod run;
mod step;

pub use backoff::{Jitter, retry_wait};
pub use budget::Budget;
pub use class::{ErrorClass, UnknownClass};
pub use fact::{Certainty, Fact, FactKind, Grounding, Span, UnknownWord};
pub use hex::hex;
pub use ids::{ArticleId, Fence};
pub use message::{BadMessage, WorkMessage};
pub use money::{BudgetLevel, DailyLimits, MicroUsd, NotMoney};
pub use outcome::{DoneKind, Outcome, WorkState};
pub use redacted_url::redacted_url;
pub use run::{RejectedFact, RouteUsage, RunRecord, RunStatus, Usage};
pub use step::Step;
