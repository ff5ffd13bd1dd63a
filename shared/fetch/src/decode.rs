//! Takes a body's bytes as they come and undoes their compression, counting what comes out.
//!
//! A few kilobytes can stand for gigabytes, so the cap is checked while they unfold, not after.

mod brotli;
mod deflate;
mod gzip;
mod sink;

use brotli::Brotli;
use deflate::Deflate;
use gzip::Gzip;
use sink::Sink;

pub(crate) use sink::DecodeError;

/// Codings on top of each other. Two come from a server behind a proxy that both compress.
const LAYERS_MAX: usize = 2;

/// Codings that exist and are not spoken here: such a body is no text.
const UNSPOKEN: [&str; 7] = [
    "zstd",
    "compress",
    "x-compress",
    "dcb",
    "dcz",
    "xz",
    "bzip2",
];

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
}

impl Coding {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
        }
    }
}

/// What a Content-Encoding says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Codings {
    /// In the order in which they were applied.
    layers: Vec<Coding>,
    /// A word that is no coding, such as `UTF-8`. Browsers pass it over, and show the page.
    pub(crate) senseless: Option<String>,
}

impl Codings {
    /// Reads all Content-Encoding headers; gives back what is known and not spoken, or too much.
    pub(crate) fn read(header: Option<&str>) -> Result<Self, String> {
        let mut read = Self::default();
        let header = header.unwrap_or("");
        for word in header.split(',').map(str::trim) {
            match word.to_ascii_lowercase().as_str() {
                "" | "identity" => {}
                "gzip" | "x-gzip" => read.layers.push(Coding::Gzip),
                "deflate" => read.layers.push(Coding::Deflate),
                "br" => read.layers.push(Coding::Brotli),
                known if UNSPOKEN.contains(&known) => return Err(header.to_owned()),
                _ => read.senseless = Some(word.to_owned()),
            }
        }
        if read.layers.len() > LAYERS_MAX {
            return Err(header.to_owned());
        }
        Ok(read)
    }

    /// The one that was applied last, and is undone first.
    pub(crate) fn outermost(&self) -> Coding {
        self.layers.last().copied().unwrap_or(Coding::Identity)
    }
}

/// A decoder that holds what has come out so far.
pub(crate) struct Decoder {
    outermost: Layer,
    /// What is undone once all has come, outermost first.
    inner: Vec<Coding>,
    bytes_max: usize,
}

impl Decoder {
    /// A decoder that gives at most `bytes_max`, and expects about `expected`.
    pub(crate) fn new(codings: &Codings, expected: usize, bytes_max: usize) -> Self {
        Self {
            outermost: Layer::new(codings.outermost(), expected, bytes_max),
            inner: codings.layers.iter().rev().skip(1).copied().collect(),
            bytes_max,
        }
    }

    /// Takes the next piece.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        self.outermost.feed(piece)
    }

    /// Ends the stream; it has to be complete.
    pub(crate) fn finish(self) -> Result<Vec<u8>, DecodeError> {
        let mut bytes = self.outermost.finish()?;
        for coding in self.inner {
            let mut layer = Layer::new(coding, bytes.len(), self.bytes_max);
            layer.feed(&bytes)?;
            bytes = layer.finish()?;
        }
        Ok(bytes)
    }

    /// What has come out, up to the cap. Of bodies that are compressed twice that is nothing.
    pub(crate) fn into_beginning(self) -> Vec<u8> {
        if self.inner.is_empty() {
            self.outermost.into_beginning()
        } else {
            Vec::new()
        }
    }
}

/// One coding being undone.
enum Layer {
    Identity(Sink),
    Gzip(Box<Gzip>),
    Deflate(Box<Deflate>),
    Brotli(Box<Brotli>),
}

impl Layer {
    fn new(coding: Coding, expected: usize, bytes_max: usize) -> Self {
        let sink = Sink::new(expected, bytes_max);
        match coding {
            Coding::Identity => Self::Identity(sink),
            Coding::Gzip => Self::Gzip(Box::new(Gzip::new(sink))),
            Coding::Deflate => Self::Deflate(Box::new(Deflate::new(sink))),
            Coding::Brotli => Self::Brotli(Box::new(Brotli::new(sink))),
        }
    }

    fn feed(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        match self {
            Self::Identity(sink) => sink.take(piece),
            Self::Gzip(gzip) => gzip.feed(piece),
            Self::Deflate(deflate) => deflate.feed(piece),
            Self::Brotli(brotli) => brotli.feed(piece),
        }
    }

    fn finish(self) -> Result<Vec<u8>, DecodeError> {
        match self {
            Self::Identity(sink) => Ok(sink.into_bytes()),
            Self::Gzip(gzip) => gzip.finish(),
            Self::Deflate(deflate) => deflate.finish(),
            Self::Brotli(brotli) => brotli.finish(),
        }
    }

    fn into_beginning(self) -> Vec<u8> {
        match self {
            Self::Identity(sink) => sink.into_bytes(),
            Self::Gzip(gzip) => gzip.into_beginning(),
            Self::Deflate(deflate) => deflate.into_beginning(),
            Self::Brotli(brotli) => brotli.into_beginning(),
        }
    }
}
