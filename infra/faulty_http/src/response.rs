//! Responses before they are bytes: a sound one in one call, and the parts of unsound ones.

use std::fmt::Display;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{Act, Request};

/// Status, headers and body. No header is added that nobody asked for, but `connection`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, as it is to travel.
    pub body: Bytes,
}

impl Response {
    /// A status alone.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Display) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// Takes this body instead.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Status line and headers, with no length: the connection says whether another may follow.
    #[must_use]
    pub fn head(&self, keep: bool) -> Bytes {
        let status = self.status;
        let reason = http::StatusCode::from_u16(status);
        let reason = reason.map_or(None, |it| it.canonical_reason());
        let reason = reason.unwrap_or("Unknown");
        let after = if keep { "keep-alive" } else { "close" };
        let mut text = format!("HTTP/1.1 {status} {reason}\r\nconnection: {after}\r\n");
        for (name, value) in &self.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.push_str("\r\n");
        text.into()
    }

    /// The head with the body's length, for a body that comes otherwise or not at all.
    #[must_use]
    pub fn announced(&self, keep: bool) -> Bytes {
        let length = self.body.len();
        self.clone().header("content-length", length).head(keep)
    }

    /// The sound way to answer `request`; the connection is kept if the client wants to.
    #[must_use]
    pub fn sound(self, request: &Request) -> Vec<Act> {
        let has_no_body = matches!(self.status, 204 | 304) || (100..200).contains(&self.status);
        let head = if has_no_body {
            self.head(request.keep)
        } else {
            self.announced(request.keep)
        };
        let mut acts = vec![Act::Send(head)];
        if request.method != "HEAD" && !has_no_body {
            acts.push(Act::Send(self.body));
        }
        if request.keep {
            acts.push(Act::Keep);
        }
        acts
    }
}

/// One chunk of a body with `transfer-encoding: chunked`; the empty one ends it.
#[must_use]
pub fn chunk(bytes: &[u8]) -> Bytes {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk.into()
}

/// `bytes` in gzip. Writing to memory does not fail; if it did, the test would see no gzip.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.map_or_else(|_full| Bytes::new(), Bytes::from)
}
