//! What every process of Gleaner stands on: configuration (the only reader of the environment),
//! telemetry, the one timer, the watchdog and the clock.

mod boot;
mod chain;
pub mod clock;
pub mod config;
mod deadline;
mod or_warn;
mod scope;
pub mod telemetry;
pub mod watchdog;
mod within;

pub use boot::{boot, boot_in};
pub use chain::Chain;
pub use deadline::deadline_from_context;
pub use or_warn::OrWarn;
pub use scope::{Scope, StepGuard};
pub use within::{TimedOut, within, within_cap};
