//! What is wrong with the environment, all of it at once.

use std::fmt;

/// One variable and what is wrong with it. Never repeats a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The variable.
    pub variable: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// Every fault of the environment; printed on one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigFaults(pub Vec<Fault>);

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("read configuration: ")?;
        for (index, fault) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            write!(f, "{comma}{} {}", fault.variable, fault.problem)?;
        }
        Ok(())
    }
}
