//! What is kept of an answer before its run is over: finished chunks, and who keeps them.

use std::future::Future;
use std::pin::Pin;

use domain::Usage;
use serde::{Deserialize, Serialize};

use crate::answer::model_fact::ModelFact;

/// A chunk that was answered, complete enough never to be asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedChunk {
    /// Its number within the run.
    pub index: i32,
    /// First code point of the text it is about.
    pub start: u32,
    /// First code point after it.
    pub end: u32,
    /// The answer.
    pub reply: ChunkReply,
    /// What its calls used.
    pub usage: Usage,
}

/// The answer to one chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkReply {
    /// Facts as the model gave them, not yet grounded.
    pub facts: Vec<ModelFact>,
    /// Items that came back, whatever they were.
    pub returned: i32,
    /// Something is missing: the answer was cut, and its halves too.
    pub incomplete: bool,
    /// The model that the answer names.
    pub model: Option<String>,
}

/// The future of [`ChunkSink::finished`].
pub type Keeping<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Keeps finished chunks, so that a later attempt pays only for what is missing.
pub trait ChunkSink: Send + Sync {
    /// Keeps one chunk. The only one of a text is recorded as a whole a moment later: it need not
    /// be written down unless that fails. A failure costs money at the next attempt, never a fact: it is logged by
    /// who keeps, and the run goes on.
    fn finished<'a>(&'a self, chunk: &'a FinishedChunk, is_only: bool) -> Keeping<'a>;
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepNone;

impl ChunkSink for KeepNone {
    fn finished<'a>(&'a self, _chunk: &'a FinishedChunk, _is_only: bool) -> Keeping<'a> {
        Box::pin(std::future::ready(()))
    }
}
