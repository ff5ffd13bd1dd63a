//! The integration tests: one binary, one module a subject.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod alarms;
mod batch;
mod budget;
mod canaries;
mod cli;
mod database_faults;
mod dependencies;
mod deploy_docs;
mod deployment;
mod doctor;
mod events;
mod fetch_faults;
mod finish_faults;
#[expect(
    clippy::disallowed_methods,
    reason = "it waits for processes, on no executor"
)]
mod kill;
mod llm;
mod log_fields;
mod long_text;
mod outage;
mod own_parts;
mod page_kinds;
mod path;
mod refusal;
mod reprocess;
mod rings;
mod rotation;
mod run_faults;
mod same_text;
mod tidy;
mod unused;
mod up;
#[expect(
    clippy::disallowed_methods,
    reason = "it waits for processes, on no executor"
)]
mod watch;
