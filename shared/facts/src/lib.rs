//! Text to grounded facts through an LLM. Knows nothing of databases, queues or articles' rows.
#![doc = include_str!("../README.md")]

mod answer;
mod article;
mod ask;
mod chunk_sink;
mod cost;
mod dialect;
mod error;
mod finder;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod grounding;
mod http;
mod keep;
mod plan;
mod run;

pub use answer::model_fact::ModelFact;
pub use article::{Article, FindFailure, Found, RouteFailure, RouteName, RunIdentity};
pub use ask::retry::Pace;
pub use chunk_sink::{ChunkReply, ChunkSink, FinishedChunk, KeepNone, Keeping};
pub use error::{
    ConfigProblem, Excerpt, FactsError, Flaw, KeySent, SetupError, Stage, Traits, TransportError,
};
pub use finder::FactFinder;
