//! brotli, with windows of at most 16 MiB as RFC 7932 has them: in the "large window" extension a
//! few bytes demand a gigabyte.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::sink::{DecodeError, SCRATCH_BYTES, Sink};

/// A brotli stream.
pub(crate) struct Brotli {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    ended: bool,
    scratch: [u8; SCRATCH_BYTES],
    sink: Sink,
}

impl Brotli {
    pub(super) fn new(sink: Sink) -> Self {
        let alloc = StandardAlloc::default;
        Self {
            state: BrotliState::new_strict(alloc(), alloc(), alloc()),
            ended: false,
            scratch: [0; SCRATCH_BYTES],
            sink,
        }
    }

    pub(super) fn feed(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        let (mut left, mut offset) = (piece.len(), 0);
        // Each round takes input or gives output, and both are bounded.
        while !self.ended {
            let (mut room, mut made, mut total) = (SCRATCH_BYTES, 0, 0);
            let result = BrotliDecompressStream(
                &mut left,
                &mut offset,
                piece,
                &mut room,
                &mut made,
                &mut self.scratch,
                &mut total,
                &mut self.state,
            );
            self.sink
                .take(self.scratch.get(..made).unwrap_or_default())?;
            match result {
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::NeedsMoreInput => return Ok(()),
                BrotliResult::ResultFailure => return Err(DecodeError::Corrupt(None)),
                BrotliResult::ResultSuccess => self.ended = true,
            }
        }
        // There is only one stream in a body.
        if left > 0 {
            return Err(DecodeError::Corrupt(None));
        }
        Ok(())
    }

    pub(super) fn into_beginning(self) -> Vec<u8> {
        self.sink.into_bytes()
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, DecodeError> {
        if self.ended {
            Ok(self.sink.into_bytes())
        } else {
            Err(DecodeError::Truncated)
        }
    }
}
