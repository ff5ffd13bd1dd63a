//! HTTP/1.1 by hand: requests off a socket, answers as raw bytes, so that every byte can be wrong
//! on purpose.

use std::fmt::Write as _;
use std::io;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// A request's line and headers; clients of LLMs send less than 2 kB.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A request's body: 60,000 characters of any script fit well.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Headers of a request.
const HEADERS_MAX: usize = 64;

/// One request.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    /// The key it carries, in whichever header.
    pub(super) key: Option<String>,
    pub(super) body: Vec<u8>,
}

/// A connection's bytes that were read and not used yet.
#[derive(Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
}

impl Inbox {
    /// The next request; `None` when the client is done.
    pub(super) async fn next(&mut self, stream: &mut TcpStream) -> io::Result<Option<Asked>> {
        loop {
            if let Some((mut asked, head_len, body_len)) = self.head()? {
                while self.bytes.len() < head_len + body_len {
                    if stream.read_buf(&mut self.bytes).await? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                let rest = self.bytes.split_off(head_len + body_len);
                asked.body = self.bytes.split_off(head_len);
                self.bytes = rest;
                return Ok(Some(asked));
            }
            self.bytes.reserve(16 * 1024);
            if stream.read_buf(&mut self.bytes).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// The request's head, once it is complete, its length and that of the body.
    fn head(&self) -> io::Result<Option<(Asked, usize, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut request = httparse::Request::new(&mut headers);
        let parsed = request.parse(&self.bytes).map_err(io::Error::other)?;
        let httparse::Status::Complete(head_len) = parsed else {
            return if self.bytes.len() > HEAD_BYTES_MAX {
                Err(io::Error::other("a request head beyond the cap"))
            } else {
                Ok(None)
            };
        };
        let mut body_len = 0;
        let mut key = None;
        for header in request.headers.iter() {
            let value = || String::from_utf8_lossy(header.value);
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            if is("content-length") {
                body_len = value().trim().parse().map_err(io::Error::other)?;
            } else if is("authorization") {
                key = Some(value().trim_start_matches("Bearer ").to_owned());
            } else if is("x-api-key") || is("api-key") {
                key = Some(value().into_owned());
            }
        }
        if body_len > BODY_BYTES_MAX {
            return Err(io::Error::other("a request body beyond the cap"));
        }
        let asked = Asked {
            method: request.method.unwrap_or("").to_owned(),
            path: request.path.unwrap_or("").to_owned(),
            key,
            body: Vec::new(),
        };
        Ok(Some((asked, head_len, body_len)))
    }
}

/// An answer before it is bytes.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    /// Further header lines, each with its line end.
    pub(super) headers: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: "application/json",
            headers: String::new(),
            body: body.into(),
        }
    }

    pub(super) fn header(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        // Writing to a String cannot fail.
        if write!(self.headers, "{name}: {value}\r\n").is_err() {
            self.headers.clear();
        }
        self
    }

    /// The head, announcing `length` bytes of body.
    pub(super) fn head(&self, length: usize) -> Vec<u8> {
        let (status, content_type, headers) = (self.status, self.content_type, &self.headers);
        let label = super::LABEL;
        format!(
            "HTTP/1.1 {status} {}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\
             x-stand-in: {label}\r\n{headers}\r\n",
            phrase(status)
        )
        .into_bytes()
    }

    /// Head and body.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head(self.body.len());
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

const fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400..=499 => "Refused",
        500..=599 => "Failed",
        _ => "Other",
    }
}
