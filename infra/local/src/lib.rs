//! The cloud on one machine: what Lambda, SQS, the schedule, a database, the web and an LLM are to
//! the functions elsewhere, on loopback only.
//!
//! Every part starts on a free port of 127.0.0.1, owns its tasks and child processes, and leaves
//! nothing behind when it is stopped.

pub mod lambda;
pub mod mapping;
pub mod postgres;
pub mod schedule;
pub mod site;
pub mod sqs;
pub mod stand_in;
pub mod test_cluster;

mod serve;
