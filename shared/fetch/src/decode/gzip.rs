//! gzip: one member after another, each with its checksum.

use flate2::{Decompress, FlushDecompress, Status};

use super::sink::{DecodeError, SCRATCH_BYTES, Sink};

/// The largest window, which is what every encoder may use.
const WINDOW_BITS: u8 = 15;

/// Members of one stream. Parallel compressors write one for each 64 KiB or more; thousands of
/// empty ones would only keep the processor busy.
const MEMBERS_MAX: u32 = 1_024;

/// A gzip stream.
pub(crate) struct Gzip {
    inflate: Decompress,
    members: u32,
    ended: bool,
    scratch: [u8; SCRATCH_BYTES],
    sink: Sink,
}

impl Gzip {
    pub(super) fn new(sink: Sink) -> Self {
        Self {
            inflate: Decompress::new_gzip(WINDOW_BITS),
            members: 1,
            ended: false,
            scratch: [0; SCRATCH_BYTES],
            sink,
        }
    }

    pub(super) fn feed(&mut self, mut piece: &[u8]) -> Result<(), DecodeError> {
        // Each round takes input or gives output, and both are bounded.
        loop {
            if self.ended {
                if piece.is_empty() {
                    return Ok(());
                }
                self.next_member()?;
            }
            let (taken, made, status) = self.unfold(piece)?;
            piece = piece.get(taken..).unwrap_or_default();
            self.ended = status == Status::StreamEnd;
            if !self.ended && piece.is_empty() && made < SCRATCH_BYTES {
                return Ok(());
            }
        }
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

    fn next_member(&mut self) -> Result<(), DecodeError> {
        self.members += 1;
        if self.members > MEMBERS_MAX {
            return Err(DecodeError::Corrupt(None));
        }
        self.inflate = Decompress::new_gzip(WINDOW_BITS);
        self.ended = false;
        Ok(())
    }

    /// How much was taken of `piece`, how much came out of it, and whether a member ended.
    fn unfold(&mut self, piece: &[u8]) -> Result<(usize, usize, Status), DecodeError> {
        let before = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(piece, &mut self.scratch, FlushDecompress::None)
            .map_err(|error| DecodeError::Corrupt(Some(error.into())))?;
        let taken = length(before.0, self.inflate.total_in());
        let made = length(before.1, self.inflate.total_out());
        self.sink
            .take(self.scratch.get(..made).unwrap_or_default())?;
        if status == Status::BufError && taken == 0 && made == 0 && !piece.is_empty() {
            return Err(DecodeError::Corrupt(None));
        }
        Ok((taken, made, status))
    }
}

/// The difference of two counts as the length of the slice it is.
fn length(before: u64, after: u64) -> usize {
    usize::try_from(after - before).unwrap_or(usize::MAX)
}
