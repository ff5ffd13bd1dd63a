//! Block C, redirects: each hop is judged, and their number is bounded.

use std::net::SocketAddr;

use runtime::tls::CaBundle;

use super::certificates::Authority;
use super::site::{Site, answer, page};
use super::world::{Failure, PUBLIC, PUBLIC_2, Plan, World, ways_to};
use crate::{BadRedirect, BadUrl, Denial, FetchError};

/// `/hops/N` redirects N times before there is a page.
async fn hops() -> Site {
    Site::playing(|visit| async move {
        let left = visit.path.strip_prefix("/hops/").map(str::parse);
        let answer = match left {
            Some(Ok(0_u32)) => page("<p>arrived"),
            Some(Ok(left)) => {
                let location = format!("Location: /hops/{}", left - 1);
                answer("301 Moved Permanently", &[&location], "<p>moved")
            }
            _ => answer("404 Not Found", &[], ""),
        };
        visit.send_and_close(&answer).await;
    })
    .await
}

#[tokio::test]
async fn five_redirects_are_followed_and_a_sixth_is_not() {
    let site = hops().await;
    let world = World::with(&site).await;

    let page = world.fetch("http://93.184.215.14/hops/5").await;
    let six = world.fails("http://93.184.215.14/hops/6").await;

    let page = page.expect("five are fine");
    assert_eq!(&page.body[..], b"<p>arrived");
    assert_eq!(page.final_url.as_str(), "http://93.184.215.14/hops/0");
    assert!(
        matches!(
            six.error,
            FetchError::BadRedirect {
                hop: 6,
                why: BadRedirect::TooMany
            }
        ),
        "{six:?}"
    );
    assert_eq!(site.accepts(), 12);
}

#[tokio::test]
async fn every_redirecting_status_is_followed() {
    for status in ["301 a", "302 b", "303 c", "307 d", "308 e"] {
        let site = Site::playing(move |visit| async move {
            let answer = match visit.path.as_str() {
                "/to" => page("<p>there"),
                _ => answer(status, &["Location: /to"], ""),
            };
            visit.send_and_close(&answer).await;
        })
        .await;
        let world = World::with(&site).await;

        let page = world.fetch("http://93.184.215.14/from").await;

        assert_eq!(page.expect(status).body, "<p>there");
        assert_eq!(site.accepts(), 2, "{status}");
    }
}

/// Where a redirect from `http://93.184.215.14/dir/from` leads.
async fn redirected(headers: &'static [&'static str]) -> (Failure, World) {
    let site = Site::answering(answer("302 Found", headers, "")).await;
    let world = World::with(&site).await;
    let failure = world.fails("http://93.184.215.14/dir/from").await;
    assert_eq!(site.accepts(), 1);
    assert_eq!(world.canary.accepts(), 0);
    (failure, world)
}

async fn refused(headers: &'static [&'static str]) -> BadRedirect {
    match redirected(headers).await.0.error {
        FetchError::BadRedirect { hop: 1, why } => why,
        other => panic!("{headers:?} gave {other:?}"),
    }
}

async fn denied(headers: &'static [&'static str]) -> Denial {
    match redirected(headers).await.0.error {
        FetchError::Denied { hop: 1, why, .. } => why,
        other => panic!("{headers:?} gave {other:?}"),
    }
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_told_from_one_to_itself() {
    assert_eq!(refused(&[]).await, BadRedirect::NoLocation);
    assert_eq!(refused(&["Location: "]).await, BadRedirect::NoLocation);
    assert_eq!(refused(&["Location: /dir/from"]).await, BadRedirect::Loop);
    assert_eq!(refused(&["Location: from#again"]).await, BadRedirect::Loop);
    assert!(matches!(
        refused(&["Location: http://[::1"]).await,
        BadRedirect::Target(BadUrl::Syntax(_))
    ));
    assert!(matches!(
        refused(&["Location: http://.../"]).await,
        BadRedirect::Target(BadUrl::Host)
    ));
}

#[tokio::test]
async fn a_redirect_is_judged_like_an_articles_own_url() {
    assert_eq!(
        denied(&["Location: file:///etc/passwd"]).await,
        Denial::Scheme("file".to_owned())
    );
    assert_eq!(
        denied(&["Location: //a:b@93.184.215.15/"]).await,
        Denial::UserInfo
    );
    assert_eq!(
        denied(&["Location: http://93.184.215.15:22/"]).await,
        Denial::Port(22)
    );
    assert!(matches!(
        denied(&["Location: http://169.254.169.254/latest/meta-data/"]).await,
        Denial::Address {
            range: "link-local",
            ..
        }
    ));
    assert!(matches!(
        denied(&["Location: http://localhost/"]).await,
        Denial::LocalName(_)
    ));
}

#[tokio::test]
async fn a_circle_is_left_at_its_first_repetition() {
    let site = Site::playing(|visit| async move {
        let location = match visit.path.as_str() {
            "/a" => "Location: /b",
            "/b" => "Location: /c",
            _ => "Location: /a",
        };
        visit
            .send_and_close(&answer("302 Found", &[location], ""))
            .await;
    })
    .await;
    let world = World::with(&site).await;

    let failure = world.fails("http://93.184.215.14/a").await;

    assert!(
        matches!(
            failure.error,
            FetchError::BadRedirect {
                hop: 3,
                why: BadRedirect::Loop
            }
        ),
        "{failure:?}"
    );
    assert_eq!(site.accepts(), 3);
}

#[tokio::test]
async fn a_location_is_resolved_against_the_page_that_sent_it() {
    let site = Site::playing(|visit| async move {
        let answer = match visit.path.as_str() {
            "/dir/from" => answer("302 Found", &["Location: ../caf\u{e9}?q=\u{fc}#part"], ""),
            "/caf%C3%A9?q=%C3%BC" => page("<p>found"),
            _ => answer("404 Not Found", &[], ""),
        };
        visit.send_and_close(&answer).await;
    })
    .await;
    let world = World::with(&site).await;

    let page = world.fetch("http://93.184.215.14/dir/from#top").await;

    let page = page.expect("the target exists");
    assert_eq!(
        page.final_url.as_str(),
        "http://93.184.215.14/caf%C3%A9?q=%C3%BC"
    );
}

/// A body of a redirect may be endless: it is not read.
#[tokio::test]
async fn the_body_of_a_redirect_is_not_waited_for() {
    let site = Site::playing(|mut visit| async move {
        if visit.path == "/to" {
            visit.send_and_close(&page("<p>there")).await;
            return;
        }
        let head = b"HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 1000000\r\n\r\nmoved";
        visit.send(head).await;
        super::site::drain(&mut visit.stream).await;
    })
    .await;
    let world = World::with(&site).await;

    let page = world.fetch("http://93.184.215.14/from").await;

    assert_eq!(page.expect("the hop is enough").body, "<p>there");
}

#[tokio::test]
async fn a_redirect_from_https_to_http_is_followed() {
    let authority = Authority::new();
    let secure = authority
        .leaf("93.184.215.14")
        .serve(answer(
            "302 Found",
            &["Location: http://93.184.215.15/"],
            "",
        ))
        .await;
    let insecure = Site::answering(page("<p>plain")).await;
    let mut ways = ways_to(PUBLIC_2, &insecure);
    ways.push((SocketAddr::new(PUBLIC, 443), secure.addr));
    let ca = authority.file();
    let plan = Plan {
        ca_file: CaBundle::read(ca.path()).map(Some).expect("a bundle"),
        ways,
        ..Plan::default()
    };
    let world = plan.build().await;

    let down = world.fetch("https://93.184.215.14/").await;

    let down = down.expect("it is followed");
    assert_eq!(down.final_url.as_str(), "http://93.184.215.15/");
}

#[tokio::test]
async fn a_location_in_raw_latin_1_is_asked_for_byte_by_byte() {
    let site = Site::playing(|visit| async move {
        let answer = match visit.path.as_str() {
            "/from" => [
                &b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /caf\xe9?a=b\r\n"[..],
                b"\r\n",
            ]
            .concat(),
            "/caf%E9?a=b" => page("<p>there"),
            _ => answer("404 Not Found", &[], ""),
        };
        visit.send_and_close(&answer).await;
    })
    .await;
    let world = World::with(&site).await;

    let page = world.fetch("http://93.184.215.14/from").await;

    assert_eq!(
        page.expect("the server knows its own bytes").body,
        "<p>there"
    );
}
