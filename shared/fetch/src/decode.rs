//! Takes a body's bytes as they come and undoes their compression, counting what comes out.
//!
//! A few kilobytes can stand for gigabytes, so the cap is checked while they unfold, not after.

mod brotli;
mod gzip;
mod sink;

use brotli::Brotli;
use gzip::Gzip;
use sink::Sink;

pub(crate) use sink::DecodeError;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
    Brotli,
}

impl Coding {
    /// Reads a Content-Encoding; gives back what it does not know. More than one coding on top of
    /// each other was never asked for.
    pub(crate) fn read(header: Option<&str>) -> Result<Self, String> {
        let header = header.unwrap_or("identity");
        match header.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "br" => Ok(Self::Brotli),
            _ => Err(header.to_owned()),
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }
}

/// A decoder that holds what has come out so far.
pub(crate) enum Decoder {
    Identity(Sink),
    Gzip(Box<Gzip>),
    Brotli(Box<Brotli>),
}

impl Decoder {
    /// A decoder that gives at most `bytes_max`, and expects about `expected`.
    pub(crate) fn new(coding: Coding, expected: usize, bytes_max: usize) -> Self {
        let sink = Sink::new(expected, bytes_max);
        match coding {
            Coding::Identity => Self::Identity(sink),
            Coding::Gzip => Self::Gzip(Box::new(Gzip::new(sink))),
            Coding::Brotli => Self::Brotli(Box::new(Brotli::new(sink))),
        }
    }

    /// Takes the next piece.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        match self {
            Self::Identity(sink) => sink.take(piece),
            Self::Gzip(gzip) => gzip.feed(piece),
            Self::Brotli(brotli) => brotli.feed(piece),
        }
    }

    /// Ends the stream; it has to be complete.
    pub(crate) fn finish(self) -> Result<Vec<u8>, DecodeError> {
        match self {
            Self::Identity(sink) => Ok(sink.into_bytes()),
            Self::Gzip(gzip) => gzip.finish(),
            Self::Brotli(brotli) => brotli.finish(),
        }
    }
}
