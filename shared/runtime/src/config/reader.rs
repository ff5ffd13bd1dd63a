//! Reads variables and collects faults instead of stopping at the first.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use super::{ConfigFaults, Fault, Secret};
use crate::tls::CaBundle;

/// Prefixes that are ours: an unknown variable with one of them is a typing error.
const OUR_PREFIXES: [&str; 5] = ["GLEANER_", "EXTRACT_", "FETCH_", "LLM_", "DATABASE_"];

/// Every variable with our prefixes that some part of Gleaner reads; tests compare it with the
/// sources and with the README's table.
pub const VARIABLES: [&str; 30] = [
    "DATABASE_URL",
    "DATABASE_URL_SECRET",
    "DATABASE_SCHEMA",
    "DATABASE_TLS",
    "DATABASE_CA_FILE",
    "EXTRACT_SELECTORS",
    "FETCH_ALLOW_ADDRS",
    "FETCH_CONTACT",
    "FETCH_DNS",
    "FETCH_CA_FILE",
    "LLM_API_KEY",
    "LLM_API_KEY_SECRET",
    "LLM_BASE_URL",
    "LLM_BUDGET_STOP_USD",
    "LLM_BUDGET_WARN_USD",
    "LLM_CA_FILE",
    "LLM_DIALECT",
    "LLM_KEY_HEADER",
    "LLM_MODEL",
    "LLM_MODELS",
    "LLM_PRICES",
    "GLEANER_CACHE",
    "GLEANER_DATA",
    "GLEANER_LLM_TIME_S",
    "GLEANER_LOG",
    "GLEANER_PG_BIN",
    "GLEANER_REQUEUE_AFTER_S",
    "GLEANER_TARGET_DEPTH",
    "GLEANER_TEST_PG",
    "GLEANER_TIMEOUT_DEFAULT_S",
];

fn is_ours(name: &str) -> bool {
    OUR_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// A snapshot of the environment, taken once.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
    /// Names whose value is not UTF-8: absent to who reads them, and a fault when they are ours.
    unreadable: BTreeSet<String>,
}

impl Environment {
    /// The process's own.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one reader of the environment"
    )]
    pub fn of_process() -> Self {
        let mut environment = Self::default();
        for (name, value) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            match value.into_string() {
                Ok(value) => drop(environment.values.insert(name, value)),
                Err(_) => drop(environment.unreadable.insert(name)),
            }
        }
        environment
    }

    /// An environment made by hand.
    pub fn of_pairs<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let pairs = pairs.into_iter();
        Self {
            values: pairs.map(|(k, v)| (k.into(), v.into())).collect(),
            unreadable: BTreeSet::new(),
        }
    }

    /// A variable's value; blank counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The names that are set.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

/// Reads typed values; what is wrong is collected.
pub struct Reader<'a> {
    environment: &'a Environment,
    faults: BTreeSet<(String, String)>,
}

impl<'a> Reader<'a> {
    /// Starts reading; unknown variables with our prefixes are faults at once.
    #[must_use]
    pub fn new(environment: &'a Environment) -> Self {
        let mut reader = Self {
            environment,
            faults: BTreeSet::new(),
        };
        for name in environment.names().filter(|name| is_ours(name)) {
            if !VARIABLES.contains(&name) {
                reader.fault(name, "is not a variable of Gleaner; see the README's table");
            }
        }
        for name in environment.unreadable.iter().filter(|name| is_ours(name)) {
            reader.fault(name, "is not valid UTF-8");
        }
        reader
    }

    /// What is read from.
    pub(super) fn environment(&self) -> &'a Environment {
        self.environment
    }

    /// Records a fault.
    pub fn fault(&mut self, variable: &str, problem: impl Into<String>) {
        self.faults.insert((variable.to_owned(), problem.into()));
    }

    /// A text that may be absent.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<&'a str> {
        self.environment.get(name)
    }

    /// A text that must be there.
    pub fn required(&mut self, name: &str, example: &str) -> Option<&'a str> {
        let value = self.environment.get(name);
        if value.is_none() {
            self.fault(name, format!("is missing (example: {example})"));
        }
        value
    }

    /// A secret that may be absent.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.optional(name)
            .map(|value| Secret::new(value.to_owned()))
    }

    /// A bundle of certificates that may be absent; one that is wrong is a fault.
    pub fn ca_bundle(&mut self, name: &str) -> Option<CaBundle> {
        match CaBundle::read(Path::new(self.optional(name)?)) {
            Ok(bundle) => Some(bundle),
            Err(error) => {
                self.fault(name, error.to_string());
                None
            }
        }
    }

    /// A whole number with a default and bounds.
    pub fn number(&mut self, name: &str, default: u64, bounds: RangeInclusive<u64>) -> Option<u64> {
        let Some(text) = self.optional(name) else {
            return Some(default);
        };
        let value = text.parse().ok().filter(|number| bounds.contains(number));
        if value.is_none() {
            let (least, most) = (bounds.start(), bounds.end());
            self.fault(
                name,
                format!("is not a whole number from {least} to {most}"),
            );
        }
        value
    }

    /// A duration in whole seconds with a default and bounds.
    pub fn seconds(
        &mut self,
        name: &str,
        default: u64,
        bounds: RangeInclusive<u64>,
    ) -> Option<Duration> {
        self.number(name, default, bounds).map(Duration::from_secs)
    }

    /// Ends the reading: the value, or all faults together.
    ///
    /// # Errors
    /// When there is any fault.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, ConfigFaults> {
        if self.faults.is_empty()
            && let Some(value) = build()
        {
            return Ok(value);
        }
        let faults = self.faults.into_iter();
        Err(ConfigFaults(
            faults
                .map(|(variable, problem)| Fault { variable, problem })
                .collect(),
        ))
    }
}
