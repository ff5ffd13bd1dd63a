//! Block C, bodies: cut, broken, endless, or no HTML.

use domain::Step;

use super::packed::{brotli, gzip, packed};
use super::site::{Site, answer, page};
use super::world::{World, caps};
use crate::{FetchError, Page, Part};

const URL: &str = "http://93.184.215.14/story";
pub(super) const HTML: &str = "Content-Type: text/html";
pub(super) const STORY: &str = "<!doctype html><p>The mayor opened the bridge on Monday.";

pub(super) async fn fetched(answer: impl Into<Vec<u8>>) -> Result<Page, FetchError> {
    let site = Site::answering(answer).await;
    let outcome = World::with(&site).await.fetch(URL).await;
    assert_eq!(site.accepts(), 1);
    outcome
}

pub(super) async fn failing(answer: impl Into<Vec<u8>>) -> FetchError {
    fetched(answer)
        .await
        .expect_err("it must not pass for a page")
}

pub(super) fn is_truncated(error: &FetchError) -> bool {
    matches!(error, FetchError::BodyTruncated { .. }) && error.step() == Step::Body
}

pub(super) fn is_too_large(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::TooLarge {
            part: Part::Body,
            ..
        }
    )
}

#[tokio::test]
async fn a_body_shorter_than_announced_is_not_a_page() {
    let error = failing(format!(
        "HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Length: 1000\r\n\r\n{STORY}"
    ))
    .await;

    let FetchError::BodyTruncated { received_bytes, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(received_bytes, STORY.len());
}

#[tokio::test]
async fn a_chunked_body_without_its_last_chunk_is_not_a_page() {
    let head = format!("HTTP/1.1 200 OK\r\n{HTML}\r\nTransfer-Encoding: chunked\r\n\r\n");
    for body in ["", "5\r\n<p>ab", "5\r\n<p>ab\r\n", "5\r\n<p>ab\r\n0\r\n"] {
        let error = failing(format!("{head}{body}")).await;

        assert!(is_truncated(&error), "{body:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_broken_chunk_is_not_a_page() {
    let head = format!("HTTP/1.1 200 OK\r\n{HTML}\r\nTransfer-Encoding: chunked\r\n\r\n");
    for body in [
        "5\r\n<p>abXX0\r\n\r\n",
        "zz\r\n<p>ab\r\n",
        "ffffffffffffffffff\r\n<p>",
    ] {
        let error = failing(format!("{head}{body}")).await;

        assert!(is_truncated(&error), "{body:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_reset_amid_the_body_is_told_from_an_early_end() {
    let site = Site::playing(|mut visit| async move {
        let head = format!("HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Length: 1000\r\n\r\n{STORY}");
        visit.send(head.as_bytes()).await;
        visit.reset();
    })
    .await;

    let failure = World::with(&site).await.fails(URL).await;

    assert!(
        matches!(
            failure.error,
            FetchError::Reset {
                step: Step::Body | Step::Headers,
                ..
            }
        ),
        "{failure:?}"
    );
}

#[tokio::test]
async fn bodies_of_every_framing_come_whole() {
    let chunked = format!("{:x}\r\n{STORY}\r\n0\r\nX-Trailer: a\r\n\r\n", STORY.len());
    for answer in [
        String::from_utf8(page(STORY)).expect("text"),
        format!("HTTP/1.1 200 OK\r\n{HTML}\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"),
        format!("HTTP/1.1 200 OK\r\n{HTML}\r\n\r\n{STORY}"),
        format!("HTTP/1.0 203 OK\r\n{HTML}\r\n\r\n{STORY}"),
        format!("HTTP/1.1 200 OK\n{HTML}\nBad Header: x\n: y\n\n{STORY}"),
    ] {
        let page = fetched(answer.clone()).await;

        assert_eq!(page.expect(&answer).body, STORY);
    }
}

#[tokio::test]
async fn bytes_are_handed_on_as_they_are() {
    let odd = b"<p>\xff\xfe caf\xe9 \0\0 end";
    let page = fetched(page(odd)).await;

    assert_eq!(page.expect("charset is not judged here").body, &odd[..]);
}

#[tokio::test]
async fn a_body_at_its_cap_passes_and_one_byte_more_does_not() {
    let cap = caps().body_bytes_max;
    let full = [b"<p>", &vec![b'a'; cap - 3][..]].concat();
    let over = [&full[..], b"a"].concat();

    assert_eq!(fetched(page(&full)).await.expect("it fits").body.len(), cap);
    assert!(is_too_large(&failing(page(&over)).await), "announced");
    for (coding, body) in [
        ("gzip", gzip(&over)),
        ("br", brotli(&over)),
        ("identity", over),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Encoding: {coding}\r\n\r\n");
        let error = failing([head.as_bytes(), &body].concat()).await;

        assert!(is_too_large(&error), "{coding}: {error:?}");
    }
}

#[tokio::test]
async fn what_is_not_html_is_refused_by_its_name() {
    for kind in [
        "application/pdf",
        "application/json",
        "text/plain",
        "image/png",
    ] {
        let header = format!("Content-Type: {kind}; charset=utf-8");
        let error = failing(answer("200 OK", &[&header], STORY)).await;

        assert!(
            matches!(&error, FetchError::NotHtml { content_type: Some(name), .. } if name == kind),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_name_that_a_server_gives_is_cut_to_a_bearable_length() {
    let long = "x".repeat(5_000);
    let kind = format!("Content-Type: x/{long}");
    let kind = failing(answer("200 OK", &[&kind], STORY)).await;
    let coding = failing(packed(&long, b"\x01\x02")).await;

    assert!(matches!(kind, FetchError::NotHtml { .. }), "{kind:?}");
    assert!(
        matches!(coding, FetchError::BodyCorrupt { .. }),
        "{coding:?}"
    );
    for error in [kind, coding] {
        assert!(format!("{error:?} {error}").len() < 500, "{error:?}");
    }
}

#[tokio::test]
async fn html_is_known_by_any_of_its_names() {
    for kind in [
        "text/html",
        "TEXT/HTML;charset=x",
        "application/xhtml+xml",
        "text/html, text/html",
        "text/html+amp",
        "html",
        "application/xml",
        "text/xml; charset=utf-8",
        "utf-8",
    ] {
        let header = format!("Content-Type: {kind}");
        let page = fetched(answer("200 OK", &[&header], STORY)).await;

        assert_eq!(page.expect(kind).content_type.as_deref(), Some(kind));
    }
}

#[tokio::test]
async fn xml_is_a_page_only_if_it_opens_like_one() {
    let feed = "<?xml version=\"1.0\"?><rss><channel>";

    let error = failing(answer("200 OK", &["Content-Type: text/xml"], feed)).await;

    assert!(
        matches!(&error, FetchError::NotHtml { content_type: Some(name), .. } if name == "text/xml"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_body_without_a_type_is_judged_by_how_it_opens() {
    for body in [
        "<!DOCTYPE html><p>a",
        "\u{feff}\n  <HTML lang=en>",
        "<!-- a --><html>",
        "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\">",
        "<p>just that",
    ] {
        for headers in [&[][..], &["Content-Type: "]] {
            let page = fetched(answer("200 OK", headers, body)).await;

            assert_eq!(page.expect(body).body, body);
        }
    }
    for body in [
        "%PDF-1.7",
        "{\"a\": 1}",
        "\x7fELF",
        "plain words",
        "<?xml version=\"1.0\"?><rss>",
    ] {
        let error = failing(answer("200 OK", &[], body)).await;

        assert!(
            matches!(
                error,
                FetchError::NotHtml {
                    content_type: None,
                    ..
                }
            ),
            "{body:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_off_by_its_size() {
    let site = Site::playing(|mut visit| async move {
        let head = format!("HTTP/1.1 200 OK\r\n{HTML}\r\n\r\n");
        visit.send(head.as_bytes()).await;
        let block = vec![b'a'; 64 * 1024];
        while tokio::io::AsyncWriteExt::write_all(&mut visit.stream, &block)
            .await
            .is_ok()
        {}
    })
    .await;

    let failure = World::with(&site).await.fails(URL).await;

    assert!(is_too_large(&failure.error), "{failure:?}");
}
