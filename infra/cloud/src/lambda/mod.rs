//! Lambda on one machine: the Runtime API and a pool of real processes.
//!
//! One process per concurrent slot, started on demand and reused warm, with an environment of its
//! own and a true deadline; it is killed when its time is up. Its output goes straight to a file.
//! Every way a process can misbehave ends in a named result, never in a hang.

mod api;
pub mod child;
mod environment;
mod exchange;
pub(crate) mod ids;
mod outcome;
mod pool;
mod process;
mod spec;
mod target;

pub(crate) use outcome::chain;
pub use outcome::{
    Breach, Invocation, InvocationResult, PoolEvent, PoolObserver, StartError, log_events,
};
pub use pool::{Drained, Functions};
pub use spec::{ACCOUNT, FunctionSpec};
pub use target::Target;
