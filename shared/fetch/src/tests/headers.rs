//! Block C, headers: servers that are silent, slow, endless, or no web servers at all.

use std::future::pending;
use std::time::Duration;

use domain::{Budget, Step};
use runtime::clock;

use super::site::{Site, drain, page};
use super::world::{Failure, World, caps};
use crate::{Caps, FetchError, Part};

const URL: &str = "http://93.184.215.14/story";

async fn failing(site: &Site) -> Failure {
    let failure = World::with_caps(site, caps()).await.fails(URL).await;
    assert_eq!(site.accepts(), 1, "the site was not asked");
    failure
}

fn assert_timed_out(failure: &Failure, step: Step) {
    failure.took(caps().total);
    assert!(
        matches!(failure.error, FetchError::Timeout { .. }) && failure.error.step() == step,
        "{failure:?}"
    );
}

fn assert_too_large(failure: &Failure) {
    assert!(
        matches!(
            failure.error,
            FetchError::TooLarge {
                part: Part::Headers,
                ..
            }
        ),
        "{failure:?}"
    );
    assert!(
        failure.elapsed < caps().total,
        "the cap fired first: {failure:?}"
    );
}

fn assert_reset(failure: &Failure) {
    let FetchError::Reset { step, source, .. } = &failure.error else {
        panic!("{failure:?}");
    };
    assert_eq!(*step, Step::Headers);
    assert!(!source.is_canceled(), "the cause was lost: {failure:?}");
}

#[tokio::test]
async fn a_silent_server_is_given_up_at_the_cap() {
    let site = Site::playing(|visit| async move {
        pending::<()>().await;
        drop(visit);
    })
    .await;

    assert_timed_out(&failing(&site).await, Step::Headers);
}

/// Sends `start`, and then one byte of `filler` every few milliseconds, for ever.
async fn dripping(start: &'static [u8], filler: u8) -> Site {
    Site::playing(move |mut visit| async move {
        visit.send(start).await;
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            visit.send(&[filler]).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_header_that_drips_is_given_up_at_the_cap() {
    let site = dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ", b'a').await;

    assert_timed_out(&failing(&site).await, Step::Headers);
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_at_the_cap() {
    let site = dripping(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>",
        b'a',
    )
    .await;

    assert_timed_out(&failing(&site).await, Step::Body);
}

/// Sends `start`, and then `block` for ever.
async fn flooding(start: &'static [u8], block: &'static [u8]) -> Site {
    Site::playing(move |mut visit| async move {
        visit.send(start).await;
        let (mut from, mut to) = visit.stream.split();
        tokio::select! {
            () = drain(&mut from) => {}
            () = async {
                while tokio::io::AsyncWriteExt::write_all(&mut to, block).await.is_ok() {}
            } => {}
        }
    })
    .await
}

#[tokio::test]
async fn header_lines_without_end_are_cut_off() {
    let site = flooding(b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n").await;

    assert_too_large(&failing(&site).await);
}

#[tokio::test]
async fn one_header_line_without_end_is_cut_off() {
    let site = flooding(b"HTTP/1.1 200 OK\r\nX-Long: ", &[b'a'; 4096]).await;

    assert_too_large(&failing(&site).await);
}

#[tokio::test]
async fn more_header_lines_than_any_site_sends_are_refused() {
    let lines = "X-Another: a\r\n".repeat(300);
    let site = Site::answering(format!("HTTP/1.1 200 OK\r\n{lines}\r\n")).await;

    assert_too_large(&failing(&site).await);
}

#[tokio::test]
async fn interim_answers_without_end_are_cut_off() {
    for interim in [
        &b"HTTP/1.1 100 Continue\r\n\r\n"[..],
        &b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"[..],
    ] {
        let site = flooding(b"", interim).await;

        assert_too_large(&failing(&site).await);
    }
}

#[tokio::test]
async fn a_few_interim_answers_do_no_harm() {
    let hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
    let site = Site::answering([&hints[..], hints, &page("<p>late")].concat()).await;
    let world = World::with(&site).await;

    let page = world.fetch(URL).await;

    assert_eq!(page.expect("the page follows").body, "<p>late");
}

#[tokio::test]
async fn a_server_that_hangs_up_or_resets_before_its_headers_is_told_so() {
    let hangs_up = Site::answering("").await;
    let cut = Site::answering("HTTP/1.1 200 OK\r\nContent-").await;
    let resets = Site::playing(|visit| async move { visit.reset() }).await;

    for site in [hangs_up, cut, resets] {
        assert_reset(&failing(&site).await);
    }
}

#[tokio::test]
async fn what_is_not_http_is_told_so() {
    for greeting in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "220 mail.example.com ESMTP\r\n",
        "<html>no headers</html>",
        "HTTP/1.1 banana\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: banana\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    ] {
        let site = Site::answering(greeting).await;

        assert_reset(&failing(&site).await);
    }
}

#[tokio::test]
async fn the_budget_rules_when_it_is_smaller_than_the_caps() {
    let site = dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ", b'a').await;
    let world = World::with(&site).await;
    let started = clock::now();
    let time = Duration::from_millis(300);

    let outcome = world
        .fetcher
        .fetch(URL, &Budget::starting(started, time))
        .await;

    assert!(
        matches!(outcome, Err(FetchError::Timeout { .. })),
        "{outcome:?}"
    );
    assert!(clock::now() - started <= time + super::world::SLACK);
}

#[tokio::test]
async fn nothing_is_dialled_without_time() {
    let site = Site::answering(page("<p>")).await;
    let world = World::with(&site).await;

    let outcome = world.fetcher.fetch(URL, &Budget::until(clock::now())).await;

    let error = outcome.expect_err("there is no time");
    assert_eq!(error.step(), Step::Connect, "{error:?}");
    assert!(world.dialled().is_empty());
    assert_eq!(site.accepts(), 0);
}

#[tokio::test]
async fn redirects_share_one_budget() {
    let site = Site::playing(|visit| async move {
        let pause = Duration::from_millis(250);
        let budget = Budget::starting(clock::now(), pause);
        let waited = runtime::within(Step::Headers, &budget, pending::<()>()).await;
        assert!(waited.is_err());
        let next = visit.path.len();
        let location = format!("Location: /{}", "a".repeat(next));
        visit
            .send_and_close(&super::site::answer("302 Found", &[&location], ""))
            .await;
    })
    .await;
    let caps = Caps {
        redirects_max: 200,
        ..caps()
    };
    let world = World::with_caps(&site, caps).await;

    let failure = world.fails(URL).await;

    failure.took(caps.total);
    assert!(site.accepts() > 1);
}
