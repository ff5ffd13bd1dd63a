//! `gleaner function NAME`: one function process of the local cloud. The same code as in Lambda,
//! but it ends when its runner does.

use std::process::ExitCode;

use runtime::OrWarn as _;

pub(crate) fn serve(name: &str) -> ExitCode {
    cloud::lambda::child::exit_when_orphaned().or_warn("watch the runner");
    match name {
        "article" => article::run(),
        "migrate" => migrate::run(),
        "scheduler" => scheduler::run(),
        other => {
            anstream::eprintln!("no function is called {other:?}");
            ExitCode::FAILURE
        }
    }
}
