//! A selector, and why a text is none.

use std::fmt;
use std::str::FromStr;

/// A CSS selector that has been read.
#[derive(Clone)]
pub struct Selector {
    text: String,
    parsed: scraper::Selector,
}

/// A text is no CSS selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSelector {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Selector {
    pub(super) const fn parsed(&self) -> &scraper::Selector {
        &self.parsed
    }
}

impl fmt::Display for BadSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read CSS selector {:?}: {}", self.text, self.problem)
    }
}

impl std::error::Error for BadSelector {}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Selector").field(&self.text).finish()
    }
}

impl FromStr for Selector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match scraper::Selector::parse(text) {
            Ok(parsed) => Ok(Self {
                text: text.to_owned(),
                parsed,
            }),
            Err(error) => Err(BadSelector {
                text: text.to_owned(),
                problem: problem_of(&error.to_string()),
            }),
        }
    }
}

/// The parser asks for a report of what it has no words for; the name it has follows.
fn problem_of(told: &str) -> String {
    told.rsplit('\n').next().unwrap_or(told).to_owned()
}
