//! From a fault to what is done to the connection; no input or output here.

use std::time::Duration;

use bytes::Bytes;
use faulty_http::{Act, Request, Response, chunk, gzip};

use super::bodies;
use super::fault::{Body, Fault};
use super::pages::PAGES;

/// Long enough for loopback to deliver what was written: a reset throws away the rest.
const DELIVERY: Duration = Duration::from_millis(50);

/// A flood is ended after a gigabyte: whoever takes that has no limit.
const FLOOD_BYTES: u64 = 1 << 30;

/// A gigabyte, too: 1,024 MiB.
const GZIP_BOMB_LOG: u32 = 10;

const HTML: &str = "text/html; charset=utf-8";

/// An answer with a body (none for HEAD).
pub(super) fn content(content_type: &str, body: Bytes, request: &Request) -> Vec<Act> {
    answer(200, &[("content-type", content_type)], body, request)
}

/// A short text.
pub(super) fn text(status: u16, text: &str, request: &Request) -> Vec<Act> {
    let body = Bytes::from(format!("{text}\n"));
    answer(
        status,
        &[("content-type", "text/plain; charset=utf-8")],
        body,
        request,
    )
}

fn answer(status: u16, headers: &[(&str, &str)], body: Bytes, request: &Request) -> Vec<Act> {
    response(status, headers).body(body).sound(request)
}

fn response(status: u16, headers: &[(&str, &str)]) -> Response {
    let start = Response::new(status);
    let add = |response: Response, (name, value): &(&str, &str)| response.header(name, value);
    headers.iter().fold(start, add)
}

/// Status line and headers of an answer after which the connection is closed.
fn start(status: u16, headers: &[(&str, &str)]) -> Bytes {
    response(status, headers).head(false)
}

fn page() -> Bytes {
    let [first, ..] = PAGES;
    Bytes::from_static(first.body)
}

fn half(bytes: &Bytes) -> Bytes {
    bytes.slice(..bytes.len() / 2)
}

fn send(text: &'static str) -> Act {
    Act::Send(Bytes::from_static(text.as_bytes()))
}

/// What a fault does.
pub(super) fn fault(fault: &Fault, request: &Request) -> Vec<Act> {
    let page_length = page().len().to_string();
    let announced = start(
        200,
        &[("content-type", HTML), ("content-length", &page_length)],
    );
    let announced = Act::Send(announced);
    match fault {
        Fault::Silent => vec![Act::Hang],
        Fault::Delay(time) => {
            let mut acts = content(HTML, page(), request);
            acts.insert(0, Act::Wait(*time));
            acts
        }
        Fault::HeaderDrip(every) => header_drip(*every),
        Fault::BodyDrip(every) => vec![announced, drip(page(), *every)],
        Fault::HeaderFlood => header_flood(),
        Fault::InformationalFlood => {
            let hint = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";
            vec![flood(&hint.repeat(100))]
        }
        Fault::EmptyReply => Vec::new(),
        Fault::Garbage => vec![send(
            "\x15\x03\x01\x00\x02\x02\x50 this is not HTTP\r\n\r\n",
        )],
        Fault::Reset => vec![Act::Reset],
        Fault::ResetInHeaders => {
            vec![
                send("HTTP/1.1 200 OK\r\ncontent-ty"),
                Act::Wait(DELIVERY),
                Act::Reset,
            ]
        }
        Fault::ResetInBody => {
            let half = Act::Send(half(&page()));
            vec![announced, half, Act::Wait(DELIVERY), Act::Reset]
        }
        Fault::CutInHeaders => vec![send("HTTP/1.1 200 OK\r\ncontent-ty")],
        Fault::CutInBody => vec![announced, Act::Send(half(&page()))],
        Fault::CutInChunks => chunked(vec![Act::Send(chunk(&half(&page())))]),
        Fault::StallInBody => vec![announced, Act::Send(half(&page())), Act::Hang],
        Fault::LengthTooShort => {
            let length = (page().len() / 2).to_string();
            with_headers(&[("content-length", &length)])
        }
        Fault::LengthNotANumber => with_headers(&[("content-length", "many")]),
        Fault::LengthsDiffer => {
            with_headers(&[("content-length", "10"), ("content-length", &page_length)])
        }
        Fault::BadChunk => {
            let wrong = send("so-many\r\n");
            chunked(vec![
                Act::Send(chunk(&half(&page()))),
                wrong,
                Act::Send(half(&page())),
            ])
        }
        Fault::RedirectLoop => redirect(302, &request.path),
        Fault::RedirectHops(0) => content(HTML, page(), request),
        Fault::RedirectHops(n) => redirect(302, &format!("/fault/redirect_hops?n={}", n - 1)),
        Fault::RedirectNowhere => answer(302, &[], Bytes::new(), request),
        Fault::Redirect { status, to } => redirect(*status, to),
        Fault::Status { code, retry_after } => {
            let wait = retry_after.as_deref().map(|wait| ("retry-after", wait));
            answer(*code, wait.as_slice(), page(), request)
        }
        Fault::Body(kind) => body(*kind, request),
    }
}

fn drip(bytes: Bytes, every: Duration) -> Act {
    Act::Drip { bytes, every }
}

fn flood(text: &str) -> Act {
    Act::Flood {
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        times: FLOOD_BYTES / text.len() as u64,
    }
}

/// A header line of a million bytes, at a byte each time: it does not end within any test.
fn header_drip(every: Duration) -> Vec<Act> {
    let line = format!("x-drip: {}", "a".repeat(1_000_000));
    vec![send("HTTP/1.1 200 OK\r\n"), drip(line.into(), every)]
}

fn header_flood() -> Vec<Act> {
    let lines = (0..100).map(|n| {
        format!(
            "x-flood-{n}: {n}
"
        )
    });
    let lines = lines.collect::<Vec<_>>().concat();
    vec![send("HTTP/1.1 200 OK\r\n"), flood(&lines)]
}

/// The page with these headers instead of an honest length.
fn with_headers(headers: &[(&str, &str)]) -> Vec<Act> {
    let mut all = vec![("content-type", HTML)];
    all.extend_from_slice(headers);
    vec![Act::Send(start(200, &all)), Act::Send(page())]
}

fn chunked(mut chunks: Vec<Act>) -> Vec<Act> {
    let headers = [("content-type", HTML), ("transfer-encoding", "chunked")];
    chunks.insert(0, Act::Send(start(200, &headers)));
    chunks
}

fn redirect(status: u16, to: &str) -> Vec<Act> {
    answer(
        status,
        &[("location", to)],
        Bytes::new(),
        &Request::default(),
    )
}

fn body(kind: Body, request: &Request) -> Vec<Act> {
    let html = |body| content(HTML, body, request);
    let encoded = |encoding, body| {
        let headers = [("content-type", HTML), ("content-encoding", encoding)];
        answer(200, &headers, body, request)
    };
    match kind {
        Body::Empty => html(Bytes::new()),
        Body::Pdf => content("application/pdf", bodies::pdf(), request),
        Body::Json => content(
            "application/json",
            Bytes::from_static(b"{\"page\":1}"),
            request,
        ),
        Body::PngAsHtml => html(bodies::png()),
        Body::HtmlAsPdf => content("application/pdf", page(), request),
        Body::NoType => answer(200, &[], page(), request),
        Body::Huge => {
            let times = (9 << 20) / bodies::PARAGRAPH.len();
            html(bodies::repeated(bodies::PARAGRAPH, times))
        }
        Body::Endless => {
            let start = Act::Send(start(200, &[("content-type", HTML)]));
            vec![start, flood(&bodies::PARAGRAPH.repeat(500))]
        }
        Body::Gzip => encoded("gzip", gzip(&page())),
        Body::Brotli => encoded("br", bodies::brotli(&page())),
        Body::GzipBomb => encoded("gzip", bodies::gzip_bomb(GZIP_BOMB_LOG)),
        Body::BrotliBomb => encoded("br", Bytes::from_static(&bodies::BROTLI_BOMB)),
        Body::GzipCorrupt => encoded("gzip", corrupt(&gzip(&page()))),
        Body::GzipCut => encoded("gzip", half(&gzip(&page()))),
        Body::GzipTwice => encoded("gzip, gzip", gzip(&gzip(&page()))),
        Body::GzipUnsaid => html(gzip(&page())),
        Body::GzipLie => encoded("gzip", page()),
        Body::UnknownEncoding => encoded("compress-o-matic", page()),
        Body::BadUtf8 => html(bodies::bad_utf8()),
        Body::WrongCharset => content("text/html; charset=utf-16le", bodies::latin1(), request),
        Body::UnknownCharset => content("text/html; charset=klingon", page(), request),
        Body::Nuls => html(bodies::nuls()),
        Body::DeepDiv => html(bodies::repeated("<div>", 200_000)),
        Body::DeepList => html(bodies::repeated("<ul><li>", 100_000)),
        Body::Font => html(bodies::repeated("<font><b><p>x</font>", 50_000)),
        Body::Attributes => html(bodies::attributes()),
        Body::Entities => html(bodies::repeated("&amp;&#x41;&notit;", 333_334)),
    }
}

/// The same bytes with some in the middle inverted.
fn corrupt(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    for byte in bytes.iter_mut().skip(middle).take(64) {
        *byte = !*byte;
    }
    bytes.into()
}
