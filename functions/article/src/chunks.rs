//! Keeps finished chunks in the database, so that a retry pays only for what is missing. The only
//! chunk of a text waits in memory: it is written down when its outcome could not be.

use std::sync::{Mutex, PoisonError};

use domain::Budget;
use facts::{ChunkSink, FinishedChunk, Keeping};
use runtime::OrWarn as _;
use store::{RunId, Store, StoredChunk};

/// Where the chunks of one run go.
pub(crate) struct ChunkStore<'a> {
    store: &'a Store,
    run: RunId,
    budget: Budget,
    /// The only chunk of the text.
    only: Mutex<Option<StoredChunk>>,
}

impl<'a> ChunkStore<'a> {
    /// Where the chunks of `run` go.
    pub(crate) fn new(store: &'a Store, run: RunId, budget: Budget) -> Self {
        Self {
            store,
            run,
            budget,
            only: Mutex::new(None),
        }
    }

    /// The chunk that was not written down, if the text has but one.
    pub(crate) fn into_only(self) -> Option<StoredChunk> {
        let only = self.only.into_inner();
        only.unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChunkSink for ChunkStore<'_> {
    fn finished<'a>(&'a self, chunk: &'a FinishedChunk, is_only: bool) -> Keeping<'a> {
        Box::pin(async move {
            let reply = match serde_json::to_value(&chunk.reply) {
                Ok(reply) => reply,
                Err(error) => {
                    tracing::warn!(%error, chunk = chunk.index, "could not write a chunk down");
                    return;
                }
            };
            let (index, start, end) = (chunk.index, chunk.start, chunk.end);
            let stored = StoredChunk {
                index,
                start,
                end,
                reply,
                usage: chunk.usage,
            };
            if is_only {
                let mut only = self.only.lock().unwrap_or_else(PoisonError::into_inner);
                *only = Some(stored);
                return;
            }
            let saved = self.store.save_chunk(&self.budget, self.run, &stored).await;
            saved.or_warn("keep a finished chunk");
        })
    }
}

/// The chunks that earlier attempts paid for. One that cannot be read is asked for again.
pub(crate) fn finished(stored: Vec<StoredChunk>) -> Vec<FinishedChunk> {
    let read = stored.into_iter().map(|chunk| {
        let reply = serde_json::from_value(chunk.reply).or_warn("read a kept chunk")?;
        let StoredChunk {
            index,
            start,
            end,
            usage,
            ..
        } = chunk;
        Some(FinishedChunk {
            index,
            start,
            end,
            reply,
            usage,
        })
    });
    read.flatten().collect()
}
