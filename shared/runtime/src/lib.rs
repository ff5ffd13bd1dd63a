//! What every process of Gleaner stands on: configuration (the only reader of the environment),
//! telemetry, the one timer, the watchdog, the clock and TLS.

mod boot;
mod chain;
pub mod clock;
pub mod config;
mod deadline;
mod or_warn;
mod scope;
mod secrets;
mod server_clock;
pub mod telemetry;
pub mod tls;
pub mod watchdog;
mod within;

pub use boot::{boot, boot_in};
pub use chain::Chain;
pub use deadline::deadline_from_context;
pub use or_warn::OrWarn;
pub use scope::{Scope, StepGuard};
pub use secrets::{SecretError, read_secret};
pub use server_clock::server_now;
pub use within::{TimedOut, within, within_cap};
