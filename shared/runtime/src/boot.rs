//! The start of a function: telemetry first, then the watchdog, then configuration.
//!
//! Nothing here touches the network. What is wrong with the configuration is told in one line that
//! names every variable, and the process ends at once.

use std::process::ExitCode;

use crate::config::{ConfigFaults, Environment};
use crate::telemetry::{self, Output};
use crate::{Chain, OrWarn, config, watchdog};

/// Starts the process called `name` and reads its configuration with `read`.
///
/// # Errors
/// The exit code to end with, after the reason was logged.
pub fn boot<C>(
    name: &'static str,
    read: impl FnOnce(&Environment) -> Result<C, ConfigFaults>,
) -> Result<C, ExitCode> {
    let environment = Environment::of_process();
    boot_in(name, &environment, |environment| {
        config::in_lambda(environment, read(environment))
    })
}

/// Like [`boot`], in an environment that was taken already.
///
/// # Errors
/// As [`boot`].
pub fn boot_in<C>(
    name: &'static str,
    environment: &Environment,
    read: impl FnOnce(&Environment) -> Result<C, ConfigFaults>,
) -> Result<C, ExitCode> {
    telemetry::init(config::log_level(environment), Output::Stdout).or_warn("start telemetry");
    watchdog::start().or_warn("start the watchdog");
    read(environment).map_err(|faults| {
        let variables: Vec<&str> = faults
            .0
            .iter()
            .map(|fault| fault.variable.as_str())
            .collect();
        tracing::error!(
            function = name,
            variables = variables.join(" "),
            "boot {name}: {}",
            Chain(&faults),
        );
        ExitCode::FAILURE
    })
}
