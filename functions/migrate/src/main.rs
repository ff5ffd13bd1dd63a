//! The migrate function's process; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    migrate::run()
}
