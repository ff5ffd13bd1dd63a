//! The sample site as a client sees it, byte for byte.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use std::io::{ErrorKind, Read};
use std::time::Duration;

use domain::{Budget, Step};
use runtime::{clock, within};
use site::{Body, Fault, PAGES, Site, SiteOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Closed,
    Reset,
    /// Enough was read.
    StillComing,
    /// Nothing came for a while.
    StillOpen,
}

#[derive(Debug)]
struct Answer {
    bytes: Vec<u8>,
    end: End,
}

impl Answer {
    fn head(&self) -> String {
        let end = self.bytes.windows(4).position(|it| it == b"\r\n\r\n");
        let head = &self.bytes[..end.unwrap_or(self.bytes.len())];
        String::from_utf8_lossy(head).to_ascii_lowercase()
    }

    fn body(&self) -> &[u8] {
        let end = self.bytes.windows(4).position(|it| it == b"\r\n\r\n");
        end.map_or(&[], |end| &self.bytes[end + 4..])
    }

    fn header(&self, name: &str) -> Option<String> {
        let start = format!("{name}: ");
        let head = self.head();
        let found = head.lines().find_map(|line| line.strip_prefix(&start));
        found.map(str::to_owned)
    }
}

/// No more than this is read of an endless answer.
const ENOUGH: usize = 20 << 20;

/// An answer that pauses for so long has stopped; far more than any takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is said not to come does not come within this.
const QUIET: Duration = Duration::from_millis(200);

async fn connect(site: &Site, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(site.address())
        .await
        .expect("it listens");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it reads");
    stream
}

async fn get(site: &Site, target: &str) -> Answer {
    let mut stream = connect(site, &request(site, target)).await;
    read(&mut stream, Vec::new(), PATIENCE).await
}

/// Reads `body` bytes of body, and then listens whether there is more.
async fn get_until_quiet(site: &Site, target: &str, body: usize) -> Answer {
    let fired = site.faults_fired();
    let mut stream = connect(site, &request(site, target)).await;
    while site.faults_fired() == fired {
        tokio::task::yield_now().await;
    }
    let mut answer = Answer {
        bytes: Vec::new(),
        end: End::StillComing,
    };
    while answer.body().len() < body {
        let read = stream.read_buf(&mut answer.bytes).await;
        assert!(read.expect("still open") > 0, "{target}");
    }
    read(&mut stream, answer.bytes, QUIET).await
}

fn request(site: &Site, target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: {}\r\n\r\n", site.address())
}

async fn read(stream: &mut TcpStream, mut bytes: Vec<u8>, patience: Duration) -> Answer {
    let end = loop {
        let quiet = Budget::starting(clock::now(), patience);
        match within(Step::Body, &quiet, stream.read_buf(&mut bytes)).await {
            Err(_quiet) => break End::StillOpen,
            Ok(Ok(0)) => break End::Closed,
            Ok(Ok(_)) if bytes.len() > ENOUGH => break End::StillComing,
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                break End::Reset;
            }
        }
    };
    Answer { bytes, end }
}

async fn site() -> Site {
    Site::start().await.expect("a free port")
}

fn page() -> &'static [u8] {
    let [first, ..] = PAGES;
    first.body
}

#[tokio::test]
async fn every_page_is_served_as_it_was_fetched() {
    let site = site().await;

    for page in PAGES {
        let answer = get(&site, page.path).await;

        assert!(
            answer.head().starts_with("http/1.1 200 ok"),
            "{}",
            answer.head()
        );
        assert_eq!(
            answer.header("content-type").as_deref(),
            Some("text/html; charset=utf-8")
        );
        assert!(answer.body() == page.body, "{}", page.path);
        assert_eq!(answer.end, End::Closed);
    }
    assert_eq!((site.accepted(), site.faults_fired()), (10, 0));
    site.stop().await;
}

#[tokio::test]
async fn the_front_page_links_every_page() {
    let site = site().await;

    let front = get(&site, "/").await;

    let front = String::from_utf8(front.body().to_vec()).expect("UTF-8");
    for page in PAGES {
        assert!(
            front.contains(&format!("href=\"{}\"", page.path)),
            "{}",
            page.path
        );
    }
    site.stop().await;
}

#[tokio::test]
async fn a_scripted_path_misbehaves_so_many_times_and_then_is_good() {
    let site = site().await;
    let path = PAGES[3].path;
    let busy = Fault::Status {
        code: 503,
        retry_after: Some("7".to_owned()),
    };
    site.script(path, busy, 2);
    site.script(path, Fault::EmptyReply, 1);

    let first = get(&site, path).await;
    let second = get(&site, path).await;
    let third = get(&site, path).await;
    let fourth = get(&site, path).await;

    assert!(first.head().starts_with("http/1.1 503"), "{}", first.head());
    assert_eq!(first.header("retry-after").as_deref(), Some("7"));
    assert!(
        second.head().starts_with("http/1.1 503"),
        "{}",
        second.head()
    );
    assert_eq!((third.bytes.len(), third.end), (0, End::Closed));
    assert!(fourth.body() == PAGES[3].body);
    assert_eq!((site.requests(path), site.faults_fired()), (4, 3));
    site.stop().await;
}

#[tokio::test]
async fn a_published_page_is_served_with_its_own_type() {
    let site = site().await;
    site.publish("/own", "text/html; charset=windows-1252", &b"caf\xe9"[..]);

    let answer = get(&site, "/own?n=1").await;

    assert_eq!(answer.body(), b"caf\xe9");
    let content_type = answer.header("content-type");
    assert_eq!(
        content_type.as_deref(),
        Some("text/html; charset=windows-1252")
    );
    site.stop().await;
}

#[tokio::test]
async fn connections_that_end_badly_end_as_they_are_told() {
    let site = site().await;
    let half = page().len() / 2;
    let full = page().len().to_string();
    // name, how it ends, bytes of body that arrive
    let cases = [
        ("header_flood", End::StillComing, Some(0)),
        ("informational_flood", End::StillComing, None),
        ("body?kind=endless", End::StillComing, None),
        ("empty_reply", End::Closed, Some(0)),
        ("reset", End::Reset, Some(0)),
        ("reset_in_headers", End::Reset, Some(0)),
        ("reset_in_body", End::Reset, Some(half)),
        ("cut_in_headers", End::Closed, Some(0)),
        ("cut_in_body", End::Closed, Some(half)),
        ("cut_in_chunks", End::Closed, None),
    ];

    for (fault, end, body) in cases {
        let answer = get(&site, &format!("/fault/{fault}")).await;

        assert_eq!(answer.end, end, "{fault}");
        if let Some(body) = body {
            assert_eq!(answer.body().len(), body, "{fault}");
        }
        if matches!(fault, "reset_in_body" | "cut_in_body") {
            assert_eq!(
                answer.header("content-length").as_ref(),
                Some(&full),
                "{fault}"
            );
        }
    }
    assert_eq!(site.faults_fired(), cases.len());
    site.stop().await;
}

#[tokio::test]
async fn answers_that_stop_stay_open() {
    let site = site().await;
    // name, bytes of body that arrive
    let cases = [
        ("silent", 0),
        ("delay?ms=60000", 0),
        ("header_drip?ms=60000", 0),
        ("body_drip?ms=60000", 1),
        ("stall_in_body", page().len() / 2),
    ];

    for (fault, body) in cases {
        let answer = get_until_quiet(&site, &format!("/fault/{fault}"), body).await;

        assert_eq!(
            (answer.end, answer.body().len()),
            (End::StillOpen, body),
            "{fault}"
        );
    }
    site.stop().await;
}

#[tokio::test]
async fn a_drip_comes_to_its_end() {
    let site = site().await;

    let late = get(&site, "/fault/delay?ms=20").await;
    let dripped = get(&site, "/fault/body_drip?ms=0").await;

    assert!(late.body() == page());
    assert!(dripped.body() == page());
    site.stop().await;
}

#[tokio::test]
async fn a_chunked_page_that_is_cut_lacks_its_last_chunk() {
    let site = site().await;

    let answer = get(&site, "/fault/cut_in_chunks").await;
    let bad = get(&site, "/fault/bad_chunk").await;

    let first = format!("{:x}\r\n", page().len() / 2);
    assert_eq!(
        answer.header("transfer-encoding").as_deref(),
        Some("chunked")
    );
    assert!(answer.body().starts_with(first.as_bytes()));
    assert!(!answer.body().ends_with(b"0\r\n\r\n"));
    let wrong = bad.body().windows(9).any(|it| it == b"so-many\r\n");
    assert!(wrong);
    site.stop().await;
}

#[tokio::test]
async fn lengths_lie_as_they_are_told() {
    let site = site().await;

    let short = get(&site, "/fault/length_too_short").await;
    let nonsense = get(&site, "/fault/length_not_a_number").await;
    let two = get(&site, "/fault/lengths_differ").await;

    let half = (page().len() / 2).to_string();
    assert_eq!(short.header("content-length"), Some(half));
    assert_eq!(short.body().len(), page().len());
    assert_eq!(nonsense.header("content-length").as_deref(), Some("many"));
    assert_eq!(two.head().matches("content-length").count(), 2);
    site.stop().await;
}

#[tokio::test]
async fn redirects_lead_where_they_are_told() {
    let site = site().await;

    let own = get(&site, "/fault/redirect_loop").await;
    let hops = get(&site, "/fault/redirect_hops?n=2").await;
    let last = get(&site, "/fault/redirect_hops?n=0").await;
    let file = get(&site, "/fault/redirect?to=file:///etc/passwd&status=308").await;
    let nowhere = get(&site, "/fault/redirect_nowhere").await;

    assert_eq!(
        own.header("location").as_deref(),
        Some("/fault/redirect_loop")
    );
    assert_eq!(
        hops.header("location").as_deref(),
        Some("/fault/redirect_hops?n=1")
    );
    assert!(last.body() == page());
    assert!(file.head().starts_with("http/1.1 308"), "{}", file.head());
    assert_eq!(
        file.header("location").as_deref(),
        Some("file:///etc/passwd")
    );
    assert!(
        nowhere.head().starts_with("http/1.1 302"),
        "{}",
        nowhere.head()
    );
    assert_eq!(nowhere.header("location"), None);
    site.stop().await;
}

#[tokio::test]
async fn every_status_of_the_matrix_can_be_asked_for() {
    let site = site().await;
    let statuses = [
        204, 301, 304, 400, 401, 403, 404, 408, 410, 418, 425, 429, 451, 500, 502, 503, 504, 520,
    ];

    for status in statuses {
        let answer = get(
            &site,
            &format!("/fault/status?code={status}&retry_after=120"),
        )
        .await;

        let line = format!("http/1.1 {status} ");
        assert!(answer.head().starts_with(&line), "{}", answer.head());
        assert_eq!(answer.header("retry-after").as_deref(), Some("120"));
        assert_eq!(
            answer.body().is_empty(),
            matches!(status, 204 | 304),
            "{status}"
        );
    }
    site.stop().await;
}

#[tokio::test]
async fn every_body_is_an_answer_with_status_200() {
    let site = site().await;

    for (name, kind) in Body::ALL {
        let answer = get(&site, &format!("/fault/body?kind={name}")).await;

        assert!(
            answer.head().starts_with("http/1.1 200 ok"),
            "{name}: {}",
            answer.head()
        );
        assert_eq!(answer.body().is_empty(), kind == Body::Empty, "{name}");
        let typed = answer.header("content-type").is_some();
        assert_eq!(typed, kind != Body::NoType, "{name}");
    }
    assert_eq!(site.faults_fired(), Body::ALL.len());
    site.stop().await;
}

#[tokio::test]
async fn compressed_pages_are_the_page_and_broken_ones_are_not() {
    let site = site().await;
    let unzip = |bytes: &[u8]| {
        let mut page = Vec::new();
        let done = flate2::read::GzDecoder::new(bytes).read_to_end(&mut page);
        done.map(|_| page)
    };

    let good = get(&site, "/fault/body?kind=gzip").await;
    let twice = get(&site, "/fault/body?kind=gzip_twice").await;
    let corrupt = get(&site, "/fault/body?kind=gzip_corrupt").await;
    let cut = get(&site, "/fault/body?kind=gzip_cut").await;

    assert_eq!(good.header("content-encoding").as_deref(), Some("gzip"));
    assert!(unzip(good.body()).expect("gzip") == page());
    assert!(unzip(&unzip(twice.body()).expect("gzip")).expect("gzip") == page());
    assert!(unzip(corrupt.body()).is_err());
    assert!(unzip(cut.body()).is_err());
    site.stop().await;
}

#[tokio::test]
async fn an_unknown_fault_is_named_and_is_no_fault() {
    let site = site().await;

    let name = get(&site, "/fault/nonsense").await;
    let parameter = get(&site, "/fault/body?kind=nonsense").await;

    assert!(name.head().starts_with("http/1.1 404"), "{}", name.head());
    assert_eq!(name.body(), b"there is no fault nonsense\n");
    assert_eq!(parameter.body(), b"the fault body needs kind\n");
    assert_eq!(site.faults_fired(), 0);
    site.stop().await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_site_lives_on() {
    let site = site().await;
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n", "a".repeat(17_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));

    for (request, status) in [
        ("NONSENSE\r\n\r\n", "400"),
        ("GET nowhere HTTP/1.1\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\n\r\n", "405"),
        (long.as_str(), "431"),
        (many.as_str(), "431"),
    ] {
        let mut stream = connect(&site, request).await;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(answer, format!("HTTP/1.1 {status}").as_bytes());
    }

    assert!(get(&site, PAGES[0].path).await.body() == page());
    site.stop().await;
}

#[tokio::test]
async fn a_head_request_gets_the_length_and_no_body() {
    let site = site().await;
    let request = format!("HEAD {} HTTP/1.1\r\n\r\n", PAGES[0].path);
    let mut stream = connect(&site, &request).await;

    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");

    assert!(
        text.contains(&format!("content-length: {}", page().len())),
        "{text}"
    );
    assert!(text.ends_with("\r\n\r\n"));
    site.stop().await;
}

#[tokio::test]
async fn a_kept_connection_serves_good_pages_until_a_fault() {
    let site = Site::start_with(SiteOptions {
        keep_alive: true,
        ..SiteOptions::default()
    });
    let site = site.await.expect("a free port");
    let request = |target| format!("GET {target} HTTP/1.1\r\n\r\n");
    let mut stream = connect(&site, &request(PAGES[2].path)).await;
    let mut answers = Vec::new();
    while !answers.ends_with(PAGES[2].body) {
        assert!(stream.read_buf(&mut answers).await.expect("it is open") > 0);
    }

    let again = [request(PAGES[3].path), request("/fault/cut_in_body")];
    stream
        .write_all(again[0].as_bytes())
        .await
        .expect("it is kept");
    while !answers.ends_with(PAGES[3].body) {
        assert!(stream.read_buf(&mut answers).await.expect("it is open") > 0);
    }
    stream
        .write_all(again[1].as_bytes())
        .await
        .expect("it is kept");
    let cut = read(&mut stream, Vec::new(), PATIENCE).await;

    assert_eq!((site.accepted(), site.log().len()), (1, 3));
    assert_eq!((cut.end, cut.body().len()), (End::Closed, page().len() / 2));
    site.stop().await;
}

#[tokio::test]
async fn stopping_cuts_what_hangs_and_frees_the_port() {
    let site = site().await;
    let address = site.address();
    let mut hanging = connect(&site, "GET /fault/silent HTTP/1.1\r\n\r\n").await;
    while site.faults_fired() == 0 {
        tokio::task::yield_now().await;
    }

    site.stop().await;

    let mut rest = Vec::new();
    // Closed or reset, but not open.
    let ended = hanging.read_to_end(&mut rest).await;
    assert_eq!(ended.unwrap_or(0), 0);
    let again = TcpStream::connect(address).await;
    assert!(again.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused));
}
