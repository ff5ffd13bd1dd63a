//! Reads requests off a connection. No byte sequence makes it panic, hang or grow without bound.

use std::io;

use httparse::{EMPTY_HEADER, Status};
use tokio::io::{AsyncRead, AsyncReadExt};
use url::form_urlencoded;

/// More than any client of ours sends.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// 60,000 characters of any script fit well.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// As many headers as any server takes.
const HEADERS_MAX: usize = 64;

/// A whole request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Upper case, as sent.
    pub method: String,
    /// Without the query, beginning with a slash.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: Vec<(String, String)>,
    /// Names in lower case; values that are not UTF-8 have replacement characters.
    pub headers: Vec<(String, String)>,
    /// Whether the client would send another over the same connection.
    pub keep: bool,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The client closed or broke the connection.
    Gone,
    /// The client is answered with this.
    Status(u16),
}

impl Request {
    /// A query parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The first header called `name`, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    let found = pairs.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

/// Bytes of a connection that were read and belong to no request yet.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
}

impl Inbox {
    /// The next request, read no further than the caps.
    pub(crate) async fn next(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> Result<Request, Refused> {
        let (mut request, head, body) = loop {
            if let Some(read) = parse(&self.bytes)? {
                break read;
            }
            self.read(stream, HEAD_BYTES_MAX, 431).await?;
        };
        if body > BODY_BYTES_MAX {
            return Err(Refused::Status(413));
        }
        while self.bytes.len() < head + body {
            self.read(stream, head + body, 413).await?;
        }
        let rest = self.bytes.split_off(head + body);
        request.body = self.bytes.split_off(head);
        self.bytes = rest;
        Ok(request)
    }

    /// Reads on, unless `max` bytes are there already.
    async fn read(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        max: usize,
        status: u16,
    ) -> Result<(), Refused> {
        let room = max.saturating_sub(self.bytes.len());
        if room == 0 {
            return Err(Refused::Status(status));
        }
        self.bytes.reserve(room.min(HEAD_BYTES_MAX));
        let mut limited = (&mut *stream).take(room as u64);
        let read: io::Result<usize> = limited.read_buf(&mut self.bytes).await;
        match read {
            Ok(0) | Err(_) => Err(Refused::Gone),
            Ok(_) => Ok(()),
        }
    }
}

/// The request whose head is in `bytes`, the head's length and the body's; `None` while the head is
/// not complete.
fn parse(bytes: &[u8]) -> Result<Option<(Request, usize, usize)>, Refused> {
    let mut headers = [EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    let end = match request.parse(bytes) {
        Ok(Status::Partial) => return Ok(None),
        Ok(Status::Complete(end)) => end,
        Err(httparse::Error::TooManyHeaders) => return Err(Refused::Status(431)),
        Err(_malformed) => return Err(Refused::Status(400)),
    };
    let (path, query) = target(request.path.unwrap_or("/")).ok_or(Refused::Status(400))?;
    let headers = request.headers.iter().map(|header| {
        let value = String::from_utf8_lossy(header.value).into_owned();
        (header.name.to_ascii_lowercase(), value)
    });
    let headers: Vec<(String, String)> = headers.collect();
    if find(&headers, "transfer-encoding").is_some() {
        return Err(Refused::Status(411));
    }
    let length = find(&headers, "content-length").map(|it| it.trim().parse::<usize>());
    let length = length
        .transpose()
        .map_err(|_malformed| Refused::Status(400))?;
    let closes = find(&headers, "connection").is_some_and(|it| it.eq_ignore_ascii_case("close"));
    let request = Request {
        method: request.method.unwrap_or("GET").to_owned(),
        path: path.to_owned(),
        query: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        keep: request.version == Some(1) && !closes,
        headers,
        body: Vec::new(),
    };
    Ok(Some((request, end, length.unwrap_or(0))))
}

/// Path and query of a target in origin form or, as a proxy gets it, in absolute form.
fn target(target: &str) -> Option<(&str, &str)> {
    let origin = match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => {
            rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
        }
        _ => target,
    };
    let (path, query) = origin.split_once('?').unwrap_or((origin, ""));
    path.starts_with('/').then_some((path, query))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &[u8] = b"GET /fault/status?code=503&retry_after=a+b%21 HTTP/1.1\r\n\
        Host: 127.0.0.1\r\nUser-Agent: test\r\n\r\n";

    fn ready<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(future)
    }

    #[test]
    fn a_request_is_understood_only_when_it_is_whole() {
        let (head, length, body) = parse(WHOLE).expect("a request").expect("whole");

        assert_eq!((length, body), (WHOLE.len(), 0));
        assert_eq!(
            (head.method.as_str(), head.path.as_str()),
            ("GET", "/fault/status")
        );
        assert_eq!(head.parameter("retry_after"), Some("a b!"));
        assert_eq!(
            head.headers[1],
            ("user-agent".to_owned(), "test".to_owned())
        );
        for cut in 0..WHOLE.len() {
            assert_eq!(parse(&WHOLE[..cut]), Ok(None), "cut at {cut}");
        }
    }

    #[test]
    fn a_connection_is_kept_only_if_the_client_wants_to() {
        let keep = |request: &str| parse(request.as_bytes()).map(|it| it.map(|it| it.0.keep));

        assert_eq!(keep("GET / HTTP/1.1\r\n\r\n"), Ok(Some(true)));
        assert_eq!(keep("GET / HTTP/1.0\r\n\r\n"), Ok(Some(false)));
        assert_eq!(
            keep("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n"),
            Ok(Some(false))
        );
    }

    #[test]
    fn requests_that_come_together_are_read_one_by_one_with_their_bodies() {
        let mut stream: &[u8] =
            b"POST /a HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n";
        let mut inbox = Inbox::default();

        let first = ready(inbox.next(&mut stream)).expect("a request");
        let second = ready(inbox.next(&mut stream)).expect("another");

        assert_eq!((&*first.path, &*first.body), ("/a", &b"abc"[..]));
        assert_eq!((&*second.path, &*second.body), ("/b", &b""[..]));
        assert_eq!(ready(inbox.next(&mut stream)), Err(Refused::Gone));
    }

    #[test]
    fn a_body_that_cannot_be_read_is_refused() {
        for (header, status) in [
            ("content-length: many", 400),
            ("content-length: 99999999", 413),
            ("transfer-encoding: chunked", 411),
        ] {
            let request = format!("POST / HTTP/1.1\r\n{header}\r\n\r\n");
            let read = ready(Inbox::default().next(&mut request.as_bytes()));
            assert_eq!(read, Err(Refused::Status(status)), "{header}");
        }
    }

    #[test]
    fn a_target_as_a_proxy_gets_it_is_the_same_target() {
        assert_eq!(target("http://host:80/a?b"), Some(("/a", "b")));
        assert_eq!(target("http://host"), Some(("/", "")));
        assert_eq!(target("/a?to=http://b/c"), Some(("/a", "to=http://b/c")));
        assert_eq!(target("*"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_parser(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            if let Ok(Some((head, ..))) = parse(&bytes) {
                prop_assert!(head.path.starts_with('/'));
            }
        }

        #[test]
        fn no_request_with_some_bytes_changed_breaks_it(
            changes in prop::collection::vec((0..WHOLE.len(), any::<u8>()), 1..8),
        ) {
            let mut bytes = WHOLE.to_vec();
            for (at, byte) in changes {
                bytes[at] = byte;
            }
            if let Ok(Some((head, ..))) = parse(&bytes) {
                prop_assert!(head.path.starts_with('/'));
            }
        }

        #[test]
        fn the_pieces_a_request_comes_in_do_not_matter(
            sizes in prop::collection::vec(1_usize..40, 1..40),
        ) {
            let mut stream = in_pieces(WHOLE, &sizes);
            let head = ready(Inbox::default().next(&mut stream));
            let whole = parse(WHOLE).expect("a request").expect("whole").0;
            prop_assert_eq!(head, Ok(whole));
        }

        #[test]
        fn reading_ends_whatever_comes(bytes in prop::collection::vec(any::<u8>(), 0..40_000)) {
            let mut stream = bytes.as_slice();
            let ended = ready(Inbox::default().next(&mut stream));
            if let Ok(head) = ended {
                prop_assert!(head.path.starts_with('/'));
            }
        }
    }

    /// A stream that gives pieces of these sizes, then the rest.
    fn in_pieces(bytes: &'static [u8], sizes: &[usize]) -> impl AsyncRead + Unpin {
        let mut rest = bytes;
        let mut stream: Box<dyn AsyncRead + Unpin> = Box::new(tokio::io::empty());
        for size in sizes {
            let (piece, after) = rest.split_at((*size).min(rest.len()));
            stream = Box::new(stream.chain(piece));
            rest = after;
        }
        stream.chain(rest)
    }
}
