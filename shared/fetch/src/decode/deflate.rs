//! deflate: a zlib stream by the standard, and a bare one by the servers that read it otherwise.

use flate2::{Decompress, FlushDecompress, Status};

use super::sink::{DecodeError, SCRATCH_BYTES, Sink};

/// Bytes that tell the two apart.
const HEADER_BYTES: usize = 2;

/// A deflate stream.
pub(crate) struct Deflate {
    inflate: Option<Decompress>,
    /// What came before there was enough to tell.
    begun: Vec<u8>,
    ended: bool,
    scratch: [u8; SCRATCH_BYTES],
    sink: Sink,
}

impl Deflate {
    pub(super) fn new(sink: Sink) -> Self {
        Self {
            inflate: None,
            begun: Vec::new(),
            ended: false,
            scratch: [0; SCRATCH_BYTES],
            sink,
        }
    }

    pub(super) fn feed(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        if self.inflate.is_some() {
            return self.unfold(piece);
        }
        self.begun.extend_from_slice(piece);
        if let Some(header) = self.begun.first_chunk::<HEADER_BYTES>() {
            self.inflate = Some(Decompress::new(is_zlib(*header)));
            let begun = std::mem::take(&mut self.begun);
            return self.unfold(&begun);
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, DecodeError> {
        if self.ended {
            Ok(self.sink.into_bytes())
        } else {
            Err(DecodeError::Truncated)
        }
    }

    pub(super) fn into_beginning(self) -> Vec<u8> {
        self.sink.into_bytes()
    }

    fn unfold(&mut self, mut piece: &[u8]) -> Result<(), DecodeError> {
        let Some(inflate) = &mut self.inflate else {
            return Ok(());
        };
        // Each round takes input or gives output, and both are bounded.
        loop {
            if self.ended {
                // There is only one stream in a body.
                let more = !piece.is_empty();
                return if more {
                    Err(DecodeError::Corrupt(None))
                } else {
                    Ok(())
                };
            }
            let (taken_before, made_before) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(piece, &mut self.scratch, FlushDecompress::None)
                .map_err(|error| DecodeError::Corrupt(Some(error.into())))?;
            let taken = length(taken_before, inflate.total_in());
            let made = length(made_before, inflate.total_out());
            self.sink
                .take(self.scratch.get(..made).unwrap_or_default())?;
            piece = piece.get(taken..).unwrap_or_default();
            self.ended = status == Status::StreamEnd;
            if self.ended {
                continue;
            }
            if piece.is_empty() && made < SCRATCH_BYTES {
                return Ok(());
            }
            if taken == 0 && made == 0 {
                return Err(DecodeError::Corrupt(None));
            }
        }
    }
}

/// The two bytes of a zlib header: the method, and a sum that 31 divides.
fn is_zlib([method, flags]: [u8; HEADER_BYTES]) -> bool {
    method & 0x0f == 8 && u16::from_be_bytes([method, flags]).is_multiple_of(31)
}

/// The difference of two counts as the length of the slice it is.
fn length(before: u64, after: u64) -> usize {
    usize::try_from(after - before).unwrap_or(usize::MAX)
}
