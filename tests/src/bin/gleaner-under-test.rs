//! The `gleaner` command as tests start it, its hidden function processes included.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
