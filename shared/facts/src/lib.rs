//! Text to grounded facts through an LLM. Knows nothing of databases, queues or articles' rows.
#![doc = include_str!("../README.md")]

mod article;
mod ask;
mod chunks;
mod clean;
mod client;
mod connect;
mod cover;
mod dialect;
mod error;
mod error_words;
mod finder;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod grounding;
mod keys;
mod ladder;
mod merge;
mod model_fact;
mod outcome;
mod pace;
mod prices;
mod prompt;
mod reply;
mod retry_after;
mod route;
mod secret;
mod sentences;
mod settle;
mod support;
mod tally;
mod tls;
mod verdict;

pub use article::{
    Article, ChunkReply, ChunkSink, FindFailure, FinishedChunk, Found, KeepNone, Keeping,
    RouteName, RunIdentity, Setback,
};
pub use client::REPLY_BYTES_MAX;
pub use error::{ConfigProblem, FactsError, Flaw, SecretError, SetupError, Stage, TransportError};
pub use finder::FactFinder;
pub use model_fact::ModelFact;
pub use pace::Pace;
