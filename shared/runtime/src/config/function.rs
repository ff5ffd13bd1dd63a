//! The function's own surroundings.

use std::time::Duration;

use domain::limits;

use super::{ConfigFaults, Environment, Fault, Reader};

/// The function's own surroundings.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name, `local` outside Lambda.
    pub name: String,
    /// Its least severe log level.
    pub log_level: tracing::Level,
    /// The time limit that stands in for a deadline that cannot be used.
    pub time_default: Duration,
    /// Whether this is AWS's Lambda, not an emulator or the local cloud.
    pub in_real_lambda: bool,
}

impl Function {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let log_level = read_level(reader.environment()).unwrap_or_else(|variable| {
            reader.fault(variable, "is not one of trace, debug, info, warn, error");
            tracing::Level::INFO
        });
        let default_s = limits::INVOCATION_DEFAULT.as_secs();
        let time = reader.seconds("GLEANER_TIMEOUT_DEFAULT_S", default_s, 1..=900);
        Self {
            name: reader
                .optional("AWS_LAMBDA_FUNCTION_NAME")
                .unwrap_or("local")
                .to_owned(),
            log_level,
            time_default: time.unwrap_or(limits::INVOCATION_DEFAULT),
            in_real_lambda: in_real_lambda(reader),
        }
    }
}

/// The log level to start telemetry with, before the configuration is judged: `info` when the
/// variable cannot be read, which the configuration's reader reports.
#[must_use]
pub fn log_level(environment: &Environment) -> tracing::Level {
    read_level(environment).unwrap_or(tracing::Level::INFO)
}

/// The level, or the variable that holds something else. Ours wins over Lambda's.
fn read_level(environment: &Environment) -> Result<tracing::Level, &'static str> {
    let ours = environment
        .get("GLEANER_LOG")
        .map(|text| ("GLEANER_LOG", text));
    let lambdas = || {
        Some((
            "AWS_LAMBDA_LOG_LEVEL",
            environment.get("AWS_LAMBDA_LOG_LEVEL")?,
        ))
    };
    let Some((variable, text)) = ours.or_else(lambdas) else {
        return Ok(tracing::Level::INFO);
    };
    match text.to_ascii_lowercase().as_str() {
        "trace" => Ok(tracing::Level::TRACE),
        "debug" => Ok(tracing::Level::DEBUG),
        "info" => Ok(tracing::Level::INFO),
        "warn" => Ok(tracing::Level::WARN),
        "error" | "fatal" => Ok(tracing::Level::ERROR),
        _ => Err(variable),
    }
}

/// What the client library of Lambda's Runtime API takes for granted: it panics without.
const OF_LAMBDA: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Adds what a function's process lacks to what is wrong with its configuration.
pub(crate) fn in_lambda<C>(
    environment: &Environment,
    config: Result<C, ConfigFaults>,
) -> Result<C, ConfigFaults> {
    let missing = OF_LAMBDA
        .iter()
        .filter(|name| environment.get(name).is_none());
    let mut faults: Vec<Fault> = missing
        .map(|name| Fault {
            variable: (*name).to_owned(),
            problem: "is missing: Lambda sets it, and so does `gleaner run`".to_owned(),
        })
        .collect();
    match config {
        Ok(config) if faults.is_empty() => Ok(config),
        Ok(_) => Err(ConfigFaults(faults)),
        Err(ConfigFaults(others)) => {
            faults.extend(others);
            Err(ConfigFaults(faults))
        }
    }
}

/// AWS sets the initialization type; of the emulators only SAM's does, which also names itself.
pub(super) fn in_real_lambda(reader: &Reader<'_>) -> bool {
    reader.optional("AWS_LAMBDA_INITIALIZATION_TYPE").is_some()
        && reader.optional("AWS_SAM_LOCAL").is_none()
}
