//! One command a file.

mod add;
mod completions;
mod cost;
mod doctor;
mod export;
mod extract;
mod facts;
pub(crate) mod function;
mod ground;
mod migrate;
mod report;
mod reprocess;
mod retry;
mod run;
mod stand_in;
mod status;
mod up;
mod why;

use std::process::ExitCode;

use crate::args::Command;

/// Runs a command to its end.
pub(crate) async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run(args) => Box::pin(run::run(args)).await,
        Command::Migrate(args) => migrate::migrate(args).await,
        Command::Add(args) => add::add(args).await,
        Command::Status(args) => status::status(args).await,
        Command::Why(args) => why::why(args).await,
        Command::Facts(args) => facts::facts(args).await,
        Command::Retry(args) => retry::retry(args).await,
        Command::Reprocess(args) => reprocess::reprocess(args).await,
        Command::Cost(args) => cost::cost(args).await,
        Command::Doctor(args) => doctor::doctor(args).await,
        Command::Report(args) => Box::pin(report::report(args)).await,
        Command::Export(args) => export::export(args).await,
        Command::Extract(args) => extract::extract(args).await,
        Command::Ground(args) => ground::ground(&args),
        Command::StandIn(args) => stand_in::stand_in(args).await,
        Command::Up(args) => Box::pin(up::up(args)).await,
        Command::Down => up::down().await,
        Command::Completions { shell } => completions::completions(shell),
        Command::Function { name } => Ok(function::serve(&name)),
    }
}
