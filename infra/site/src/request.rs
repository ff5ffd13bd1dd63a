//! Reads the head of one request. No byte sequence makes it panic, hang or grow without bound.

use std::io;

use httparse::{EMPTY_HEADER, Status};
use tokio::io::{AsyncRead, AsyncReadExt};
use url::form_urlencoded;

/// More than any client of ours sends.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// As many headers as any server takes.
const HEADERS_MAX: usize = 64;

/// A request without its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Upper case, as sent.
    pub(super) method: String,
    /// Without the query, beginning with a slash.
    pub(super) path: String,
    /// The query's pairs, decoded.
    pub(super) query: Vec<(String, String)>,
    /// Names in lower case; values that are no UTF-8 have replacement characters.
    pub(super) headers: Vec<(String, String)>,
    /// Whether the connection may serve another request after this one.
    pub(super) keep: bool,
    /// The status that answers a request which cannot be served.
    pub(super) refused: Option<u16>,
}

/// Why there is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The client closed or broke the connection.
    Gone,
    /// The client is answered with this.
    Status(u16),
}

impl Head {
    /// Stands for a request that is answered with `status` alone.
    pub(super) fn refused(status: u16) -> Self {
        Self {
            refused: Some(status),
            ..Self::default()
        }
    }

    /// A query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads until the empty line, no further than [`HEAD_BYTES_MAX`].
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Head, Refused> {
    let mut buffer = Vec::with_capacity(2_048);
    loop {
        let room = HEAD_BYTES_MAX.saturating_sub(buffer.len());
        if room == 0 {
            return Err(Refused::Status(431));
        }
        let mut limited = (&mut *stream).take(room as u64);
        let read: io::Result<usize> = limited.read_buf(&mut buffer).await;
        if read.map_err(|_broken| Refused::Gone)? == 0 {
            return Err(Refused::Gone);
        }
        if let Some(head) = parse(&buffer)? {
            return Ok(head);
        }
    }
}

/// The request in `bytes`, or `None` while it is not complete.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Head>, Refused> {
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
    // Whatever follows the head is not read, so nothing may follow.
    let ends_here = |(name, value): &(String, String)| match name.as_str() {
        "connection" => value.eq_ignore_ascii_case("close"),
        "content-length" | "transfer-encoding" | "upgrade" => true,
        _ => false,
    };
    let alone = end == bytes.len();
    let keep = alone && request.version == Some(1) && !headers.iter().any(ends_here);
    Ok(Some(Head {
        method: request.method.unwrap_or("GET").to_owned(),
        path: path.to_owned(),
        query: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers,
        keep,
        refused: None,
    }))
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
        let head = parse(WHOLE).expect("a request").expect("whole");

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
    fn a_connection_is_kept_only_if_nothing_follows_the_head() {
        let keep = |request: &str| parse(request.as_bytes()).map(|it| it.map(|it| it.keep));

        assert_eq!(keep("GET / HTTP/1.1\r\n\r\n"), Ok(Some(true)));
        assert_eq!(keep("GET / HTTP/1.0\r\n\r\n"), Ok(Some(false)));
        assert_eq!(
            keep("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n"),
            Ok(Some(false))
        );
        assert_eq!(
            keep("GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\n"),
            Ok(Some(false))
        );
        assert_eq!(keep("GET / HTTP/1.1\r\n\r\nGET /"), Ok(Some(false)));
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
            if let Ok(Some(head)) = parse(&bytes) {
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
            if let Ok(Some(head)) = parse(&bytes) {
                prop_assert!(head.path.starts_with('/'));
            }
        }

        #[test]
        fn the_pieces_a_request_comes_in_do_not_matter(
            sizes in prop::collection::vec(1_usize..40, 1..40),
        ) {
            let mut stream = in_pieces(WHOLE, &sizes);
            let head = ready(read(&mut stream));
            prop_assert_eq!(head, parse(WHOLE).and_then(|it| it.ok_or(Refused::Gone)));
        }

        #[test]
        fn reading_ends_whatever_comes(bytes in prop::collection::vec(any::<u8>(), 0..40_000)) {
            let mut stream = bytes.as_slice();
            let ended = ready(read(&mut stream));
            prop_assert!(bytes.len() - stream.len() <= HEAD_BYTES_MAX);
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
