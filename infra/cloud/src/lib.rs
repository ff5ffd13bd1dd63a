//! The cloud on one machine: what Lambda, SQS, the event source mapping and the schedule are to the
//! functions elsewhere, on loopback only.
//!
//! Every part starts on a free port of 127.0.0.1, owns its tasks and child processes, and leaves
//! nothing behind when it is stopped.

pub mod lambda;
pub mod mapping;
pub mod schedule;
pub mod sqs;

pub mod serve;
