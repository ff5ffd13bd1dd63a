//! What a stand-in is called and how it behaves.

use std::time::Duration;

use super::script::Script;

/// The one model there is.
pub const MODEL: &str = "offline-extractive-v1";

/// What it is, in every reply.
pub const LABEL: &str = "rules, not a language model";

/// How a stand-in behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How long it "thinks" before each reply.
    pub delay: Duration,
    /// How it misbehaves.
    pub script: Script,
    /// Keeps the prompts of requests in the log, for tests that read them.
    pub keep_prompts: bool,
    /// Whether it may listen beyond loopback: on the gateway of a container network.
    pub for_containers: bool,
}
