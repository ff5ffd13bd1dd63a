//! Reads a body to its announced end, decompressed, within its cap.

use bytes::Bytes;
use domain::{Budget, Step};
use http::header;
use runtime::within;

use crate::answer::{list, short, text};
use crate::decode::{Coding, Codings, DecodeError, Decoder};
use crate::error::FetchError;
use crate::guard::Target;
use crate::html::{self, Kind};
use crate::http_exchange::HttpExchange;
use crate::reason::{Corrupt, Part};

/// How gzip begins; what begins so after decompression was compressed twice.
const GZIP_MAGIC: &[u8] = b"\x1f\x8b\x08";

/// Room for a body that does not say how long it is.
const BODY_BYTES_USUAL: usize = 64 * 1024;

/// What is wanted of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    /// HTML, whole, within a cap.
    Html(usize),
    /// Text of any name; what passes the cap is left out.
    Beginning(usize),
}

impl Wanted {
    const fn bytes_max(self) -> usize {
        match self {
            Self::Html(bytes_max) | Self::Beginning(bytes_max) => bytes_max,
        }
    }
}

/// Reads the body of `exchange`.
pub(crate) async fn read(
    target: &Target,
    exchange: HttpExchange,
    wanted: Wanted,
    budget: &Budget,
) -> Result<Bytes, FetchError> {
    let host = target.host();
    let reading = Reading::new(&host, target.tls, exchange, wanted)?;
    match within(Step::Body, budget, reading.run()).await {
        Ok(body) => body,
        Err(source) => Err(FetchError::Timeout { host, source }),
    }
}

struct Reading<'a> {
    host: &'a str,
    tls: bool,
    exchange: HttpExchange,
    kind: Kind,
    codings: Codings,
    decoder: Decoder,
    wanted: Wanted,
    received: usize,
}

impl<'a> Reading<'a> {
    /// Judges what the headers say; a body that cannot be used is not read.
    fn new(
        host: &'a str,
        tls: bool,
        exchange: HttpExchange,
        wanted: Wanted,
    ) -> Result<Self, FetchError> {
        let headers = &exchange.head.headers;
        let bytes_max = wanted.bytes_max();
        let whole = matches!(wanted, Wanted::Html(_));
        let kind = Kind::read(text(headers, &header::CONTENT_TYPE).as_deref());
        if let (Kind::Other(content_type), true) = (&kind, whole) {
            return Err(not_html(host, Some(content_type.as_str())));
        }
        let codings = Codings::read(list(headers, &header::CONTENT_ENCODING).as_deref());
        let codings = codings.map_err(|unknown| FetchError::BodyCorrupt {
            host: host.to_owned(),
            why: Corrupt::UnknownCoding(short(&unknown)),
        })?;
        let announced = text(headers, &header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
        if whole && announced.is_some_and(|length: usize| length > bytes_max) {
            return Err(too_large(host, bytes_max));
        }
        exchange.admit_body(bytes_max);
        let expected = announced.unwrap_or(BODY_BYTES_USUAL);
        Ok(Self {
            host,
            tls,
            exchange,
            kind,
            decoder: Decoder::new(&codings, expected, bytes_max),
            codings,
            wanted,
            received: 0,
        })
    }

    async fn run(mut self) -> Result<Bytes, FetchError> {
        loop {
            match self.exchange.next_piece().await {
                Ok(Some(piece)) => match (self.take(&piece), self.wanted) {
                    (Ok(()), _) => {}
                    (Err(FetchError::TooLarge { .. }), Wanted::Beginning(_)) => {
                        return Ok(self.decoder.into_beginning().into());
                    }
                    (Err(error), _) => return Err(error),
                },
                Ok(None) => return self.finish(),
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), FetchError> {
        self.received += piece.len();
        let bytes_max = self.wanted.bytes_max();
        let fed = self.decoder.feed(piece);
        if self.received > bytes_max {
            return Err(too_large(self.host, bytes_max));
        }
        fed.map_err(|error| self.undecodable(error))
    }

    fn finish(mut self) -> Result<Bytes, FetchError> {
        // Servers that compress everything forget that nothing compresses to twenty bytes.
        if self.received == 0 {
            return Ok(Bytes::new());
        }
        let unsure_end = self.ends_unsurely();
        let nothing = Decoder::new(&Codings::default(), 0, 0);
        let decoder = std::mem::replace(&mut self.decoder, nothing);
        let body = decoder.finish().map_err(|error| self.undecodable(error))?;
        if let Wanted::Html(_) = self.wanted {
            self.judge_html(&body, unsure_end)?;
        }
        Ok(body.into())
    }

    /// Whether a body that came is a page, and all of it.
    fn judge_html(&self, body: &[u8], unsure_end: bool) -> Result<(), FetchError> {
        if unsure_end && !html::closes(body) {
            return Err(FetchError::BodyTruncated {
                host: self.host.to_owned(),
                received_bytes: self.received,
                source: None,
            });
        }
        let corrupt = |why| FetchError::BodyCorrupt {
            host: self.host.to_owned(),
            why,
        };
        if body.starts_with(GZIP_MAGIC) {
            return Err(corrupt(Corrupt::Twice));
        }
        let opens = html::opens_like_html(body);
        match (&self.kind, &self.codings.senseless) {
            // It may be a coding of somebody's own after all.
            (_, Some(word)) if !opens => Err(corrupt(Corrupt::UnknownCoding(short(word)))),
            (Kind::Unnamed, _) if !opens => Err(not_html(self.host, None)),
            (Kind::Xml(name), _) if !opens => Err(not_html(self.host, Some(name.as_str()))),
            _ => Ok(()),
        }
    }

    fn undecodable(&self, error: DecodeError) -> FetchError {
        let host = self.host.to_owned();
        match error {
            DecodeError::TooLarge => too_large(self.host, self.wanted.bytes_max()),
            DecodeError::Truncated => FetchError::BodyTruncated {
                host,
                received_bytes: self.received,
                source: None,
            },
            DecodeError::Corrupt(source) => FetchError::BodyCorrupt {
                host,
                why: Corrupt::Stream {
                    coding: self.codings.outermost().as_str(),
                    source,
                },
            },
        }
    }

    /// A body whose length is nowhere announced ends with the connection. Over TLS the peer has to
    /// say so: a bare FIN can come from anybody. Compressed streams know their own end.
    fn ends_unsurely(&self) -> bool {
        let headers = &self.exchange.head.headers;
        let framed = headers.contains_key(header::CONTENT_LENGTH)
            || headers.contains_key(header::TRANSFER_ENCODING);
        self.tls
            && !framed
            && self.codings.outermost() == Coding::Identity
            && self.exchange.log().ending().is_some()
    }

    /// The wire knows whether the peer broke off; everything else is a body without its end.
    fn broken(self, error: hyper::Error) -> FetchError {
        let host = self.host.to_owned();
        let source = Box::new(error);
        if self.exchange.log().was_flooded() {
            return too_large(self.host, self.wanted.bytes_max());
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

fn not_html(host: &str, content_type: Option<&str>) -> FetchError {
    FetchError::NotHtml {
        host: host.to_owned(),
        content_type: content_type.map(short),
    }
}
