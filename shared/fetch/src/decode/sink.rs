//! Bytes under a cap.

use std::error;

/// Why bytes cannot be taken.
#[derive(Debug)]
pub(crate) enum DecodeError {
    /// More comes out than is accepted.
    TooLarge,
    /// The stream breaks its format.
    Corrupt(Option<Box<dyn error::Error + Send + Sync>>),
    /// The stream goes on, and the body does not.
    Truncated,
}

/// What a decoder takes out of a stream at once. It stays in the processor's cache.
pub(super) const SCRATCH_BYTES: usize = 16 * 1024;

/// Collects what comes out of a decoder.
pub(crate) struct Sink {
    bytes: Vec<u8>,
    bytes_max: usize,
}

impl Sink {
    pub(super) fn new(expected: usize, bytes_max: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(expected.min(bytes_max)),
            bytes_max,
        }
    }

    pub(super) fn take(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        let room = self.bytes_max - self.bytes.len();
        let fits = piece.get(..room).unwrap_or(piece);
        self.bytes.extend_from_slice(fits);
        if fits.len() < piece.len() {
            return Err(DecodeError::TooLarge);
        }
        Ok(())
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
