//! Keeping a finished chunk, so that a retry pays only for what is missing.

use domain::{Budget, Step};
use tokio_postgres::types::{Json, Type};

use crate::clean::clean_json;
use crate::error::StoreError;
use crate::open_run::{RunId, StoredChunk};
use crate::store::Store;

// One row, or none when this chunk of the run is already stored. No fence: a chunk is a reply that
// was paid for, true whoever holds the lease now.
const SAVE_CHUNK: &str = "/* store::save_chunk */
INSERT INTO llm_chunks (extraction_id, chunk_index, span_start, span_end, reply, usage)
VALUES ($1, -- run
        $2, -- index
        $3, -- start
        $4, -- end
        $5, -- reply
        $6) -- usage
    ON CONFLICT DO NOTHING";

impl Store {
    /// Stores a chunk's reply. Worth a transaction only when the text has more than one chunk.
    ///
    /// # Errors
    /// [`StoreError`]; the chunk is then paid for again after a crash, nothing worse.
    pub async fn save_chunk(
        &self,
        budget: &Budget,
        run: RunId,
        chunk: &StoredChunk,
    ) -> Result<(), StoreError> {
        let start = i32::try_from(chunk.start).unwrap_or(i32::MAX);
        let end = i32::try_from(chunk.end).unwrap_or(i32::MAX);
        self.transact(
            Step::DbQuery,
            budget,
            SAVE_CHUNK,
            &[
                (&run.get(), Type::INT8),
                (&chunk.index, Type::INT4),
                (&start, Type::INT4),
                (&end, Type::INT4),
                (&Json(clean_json(&chunk.reply)), Type::JSONB),
                (&Json(&chunk.usage), Type::JSONB),
            ],
        )
        .await?;
        Ok(())
    }
}
