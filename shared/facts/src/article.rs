//! What goes in and what comes out.

use domain::{Fact, RunRecord};
use serde::{Deserialize, Serialize};

use crate::error::FactsError;

/// A text to find facts in, and what is known about it.
#[derive(Clone, Copy, Debug)]
pub struct Article<'a> {
    /// The text that spans point into.
    pub text: &'a str,
    /// Its title.
    pub title: Option<&'a str>,
    /// When it was published, in ISO 8601.
    pub published: Option<&'a str>,
    /// Its language, as a BCP 47 tag.
    pub language: Option<&'a str>,
    /// Where it was read; for logs only, never sent.
    pub url: Option<&'a str>,
}

/// What makes two runs over the same text the same run: the second need not be paid for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunIdentity {
    /// Semver and hash of the prompt's static part.
    pub prompt_version: String,
    /// Semver and hash of the reply's schema.
    pub schema_version: String,
    /// The first model of the chain.
    pub model: String,
    /// Scheme, host and port of its endpoint.
    pub endpoint: String,
}

/// One model at one endpoint, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RouteName {
    /// The model.
    pub model: String,
    /// Scheme, host and port of its endpoint.
    pub endpoint: String,
}

/// A route that failed on the way, whatever came of the run. A breaker is opened on these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteFailure {
    /// The model that was asked.
    pub model: String,
    /// Scheme, host and port.
    pub endpoint: String,
    /// The last thing it said.
    pub error: FactsError,
}

/// A run that may be stored: `ok`, `empty` or `partial`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Grounded facts in the order of the text.
    pub facts: Vec<Fact>,
    /// The account.
    pub record: RunRecord,
    /// Routes of the chain that failed before another answered.
    pub route_failures: Vec<RouteFailure>,
}

/// A run that came to nothing that may be stored as a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindFailure {
    /// Why: the first chunk's reason that is not about the text, else the first.
    pub error: FactsError,
    /// The account, failed calls included; its status is `failed`.
    pub record: RunRecord,
    /// Facts of the chunks that did answer. For a caller that will not try again.
    pub salvage: Vec<Fact>,
    /// Every route that failed.
    pub route_failures: Vec<RouteFailure>,
}
