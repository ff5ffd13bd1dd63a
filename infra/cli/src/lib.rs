//! The `gleaner` command: reads the command line, runs one command, says what went wrong and what
//! to do next.
//!
//! Exit codes: 0 all is well; 1 an article is not done, an invariant is broken or the command
//! failed; 2 the command line is wrong.

mod args;
mod commands;
mod data_dir;
mod database;
mod failure;
mod local_services;
mod one_article;
mod print;
mod report_page;
mod run_lock;
mod run_progress;
mod screen;
mod signals;
mod spending;
mod stack;
mod urls;
mod worker_log;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};

/// Runs the command line that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        // a function process boots by itself: its telemetry and executor are not ours
        Command::Function { name } => commands::function::serve(&name),
        command => run(command),
    }
}

fn run(command: Command) -> ExitCode {
    let executor = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = match executor {
        Ok(executor) => executor.block_on(commands::dispatch(command)),
        Err(error) => Err(error.into()),
    };
    result.unwrap_or_else(|error| {
        failure::print(&error);
        ExitCode::FAILURE
    })
}
