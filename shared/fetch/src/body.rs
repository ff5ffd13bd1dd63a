//! Reads a body to its announced end, decompressed, within its cap.

use bytes::Bytes;
use domain::{Budget, Step};
use http::header;
use runtime::within;

use crate::answer::{short, text};
use crate::decode::{Coding, DecodeError, Decoder};
use crate::error::FetchError;
use crate::exchange::Exchange;
use crate::guard::Target;
use crate::html::{self, Kind};
use crate::reason::{Corrupt, Part};

/// How gzip begins; what begins so after decompression was compressed twice.
const GZIP_MAGIC: &[u8] = b"\x1f\x8b\x08";

/// Room for a body that does not say how long it is.
const BODY_BYTES_USUAL: usize = 64 * 1024;

/// Reads the body of `exchange` if it is HTML.
pub(crate) async fn read(
    target: &Target,
    exchange: Exchange,
    bytes_max: usize,
    budget: &Budget,
) -> Result<Bytes, FetchError> {
    let host = target.host();
    let reading = Reading::new(&host, target.tls, exchange, bytes_max)?;
    match within(Step::Body, budget, reading.run()).await {
        Ok(body) => body,
        Err(source) => Err(FetchError::Timeout { host, source }),
    }
}

struct Reading<'a> {
    host: &'a str,
    tls: bool,
    exchange: Exchange,
    kind: Kind,
    coding: Coding,
    decoder: Decoder,
    bytes_max: usize,
    received: usize,
}

impl<'a> Reading<'a> {
    /// Judges what the headers say; a body that cannot be used is not read.
    fn new(
        host: &'a str,
        tls: bool,
        exchange: Exchange,
        bytes_max: usize,
    ) -> Result<Self, FetchError> {
        let headers = &exchange.head.headers;
        let kind = Kind::read(text(headers, &header::CONTENT_TYPE).as_deref());
        if let Kind::Other(content_type) = kind {
            return Err(FetchError::NotHtml {
                host: host.to_owned(),
                content_type: Some(short(&content_type)),
            });
        }
        let coding = Coding::read(text(headers, &header::CONTENT_ENCODING).as_deref());
        let coding = coding.map_err(|unknown| FetchError::BodyCorrupt {
            host: host.to_owned(),
            why: Corrupt::UnknownCoding(short(&unknown)),
        })?;
        let announced = text(headers, &header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
        if announced.is_some_and(|length: usize| length > bytes_max) {
            return Err(too_large(host, bytes_max));
        }
        exchange.admit_body(bytes_max);
        let expected = announced.unwrap_or(BODY_BYTES_USUAL);
        Ok(Self {
            host,
            tls,
            exchange,
            kind,
            coding,
            decoder: Decoder::new(coding, expected, bytes_max),
            bytes_max,
            received: 0,
        })
    }

    async fn run(mut self) -> Result<Bytes, FetchError> {
        loop {
            match self.exchange.next_piece().await {
                Ok(Some(piece)) => self.take(&piece)?,
                Ok(None) => return self.finish(),
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), FetchError> {
        self.received += piece.len();
        if self.received > self.bytes_max {
            return Err(too_large(self.host, self.bytes_max));
        }
        let fed = self.decoder.feed(piece);
        fed.map_err(|error| {
            undecodable(self.host, self.coding, self.bytes_max, self.received, error)
        })
    }

    fn finish(self) -> Result<Bytes, FetchError> {
        // Servers that compress everything forget that nothing compresses to twenty bytes.
        if self.received == 0 {
            return Ok(Bytes::new());
        }
        let unsure_end = self.ends_unsurely();
        let body = self.decoder.finish().map_err(|error| {
            undecodable(self.host, self.coding, self.bytes_max, self.received, error)
        })?;
        if unsure_end && !html::closes(&body) {
            return Err(FetchError::BodyTruncated {
                host: self.host.to_owned(),
                received_bytes: self.received,
                source: None,
            });
        }
        if body.starts_with(GZIP_MAGIC) {
            return Err(FetchError::BodyCorrupt {
                host: self.host.to_owned(),
                why: Corrupt::Twice,
            });
        }
        if self.kind == Kind::Unnamed && !html::opens_like_html(&body) {
            return Err(FetchError::NotHtml {
                host: self.host.to_owned(),
                content_type: None,
            });
        }
        Ok(body.into())
    }

    /// A body whose length is nowhere announced ends with the connection. Over TLS the peer has to
    /// say so: a bare FIN can come from anybody. Compressed streams know their own end.
    fn ends_unsurely(&self) -> bool {
        let headers = &self.exchange.head.headers;
        let framed = headers.contains_key(header::CONTENT_LENGTH)
            || headers.contains_key(header::TRANSFER_ENCODING);
        self.tls
            && !framed
            && self.coding == Coding::Identity
            && self.exchange.log().ending().is_some()
    }

    /// The wire knows whether the peer broke off; everything else is a body without its end.
    fn broken(self, error: hyper::Error) -> FetchError {
        let host = self.host.to_owned();
        let source = Box::new(error);
        if self.exchange.log().was_flooded() {
            return too_large(self.host, self.bytes_max);
        }
        if self.exchange.log().has_failed() {
            return FetchError::Reset {
                host,
                step: Step::Body,
                source,
            };
        }
        FetchError::BodyTruncated {
            host,
            received_bytes: self.received,
            source: Some(source),
        }
    }
}

fn too_large(host: &str, bytes_max: usize) -> FetchError {
    FetchError::TooLarge {
        host: host.to_owned(),
        part: Part::Body,
        bytes_max,
    }
}

fn undecodable(
    host: &str,
    coding: Coding,
    bytes_max: usize,
    received_bytes: usize,
    error: DecodeError,
) -> FetchError {
    let host = host.to_owned();
    match error {
        DecodeError::TooLarge => FetchError::TooLarge {
            host,
            part: Part::Body,
            bytes_max,
        },
        DecodeError::Truncated => FetchError::BodyTruncated {
            host,
            received_bytes,
            source: None,
        },
        DecodeError::Corrupt(source) => FetchError::BodyCorrupt {
            host,
            why: Corrupt::Stream {
                coding: coding.as_str(),
                source,
            },
        },
    }
}
