//! What a journey carries from hop to hop: cookies, refreshes, and what is known of the page.

use super::site::{Site, Visit, answer, page};
use super::world::{PUBLIC, PUBLIC_2, Plan, World, ways_to};
use crate::{BadRedirect, Denial, FetchError, Fetched, Validators};
use domain::Budget;
use runtime::clock;
use std::time::Duration;

const URL: &str = "http://93.184.215.14/story";

/// The Cookie header of a request, if it has one.
fn cookie_in(request: &str) -> Option<&str> {
    request.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("cookie").then_some(value)
    })
}

/// A site that turns to `to` with a cookie, and shows what comes back there.
async fn setting(status: &'static str, headers: &'static [&'static str]) -> Site {
    Site::playing(move |visit| async move {
        let answer = if visit.path == "/story" {
            answer(status, headers, "")
        } else {
            page("<p>there")
        };
        visit.send_and_close(&answer).await;
    })
    .await
}

#[tokio::test]
async fn a_cookie_goes_back_to_the_host_that_set_it() {
    let site = setting(
        "302 Found",
        &[
            "Location: /to",
            "Set-Cookie: seen=1; Path=/; HttpOnly",
            "Set-Cookie: consent = yes ; Domain=.example.com",
            "Set-Cookie: safe=1; Secure",
            "Set-Cookie: gone=1; Max-Age=0",
            "Set-Cookie: nonsense",
        ],
    )
    .await;
    let world = World::with(&site).await;

    world.fetch(URL).await.expect("a page");

    let requests = site.requests();
    assert_eq!(cookie_in(&requests[0]), None);
    assert_eq!(cookie_in(&requests[1]), Some("seen=1; consent=yes"));
    world.fetch(URL).await.expect("a page");
    assert_eq!(cookie_in(&site.requests()[2]), None, "the journey is over");
}

#[tokio::test]
async fn a_cookie_never_goes_to_another_host() {
    let first = setting(
        "302 Found",
        &[
            "Location: http://93.184.215.15/to",
            "Set-Cookie: a=b; Domain=93.184.215.15",
        ],
    )
    .await;
    let second = Site::answering(page("<p>there")).await;
    let ways = [ways_to(PUBLIC, &first), ways_to(PUBLIC_2, &second)].concat();
    let plan = Plan {
        ways,
        ..Plan::default()
    };

    plan.build().await.fetch(URL).await.expect("a page");

    assert_eq!(cookie_in(&second.requests()[0]), None);
}

/// Redirects to itself until the cookie comes back; `wanted` is what has to.
async fn until_cookie(wanted: &'static str) -> Site {
    let seen = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    Site::playing(move |visit: Visit| {
        let seen = std::sync::Arc::clone(&seen);
        async move {
            let turn = seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let set = format!("Set-Cookie: {wanted}");
            let answer = if turn > 0 {
                page("<p>there")
            } else {
                answer("302 Found", &["Location: /story", &set], "")
            };
            visit.send_and_close(&answer).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_redirect_to_itself_with_a_new_cookie_is_no_loop() {
    let site = until_cookie("seen=1").await;
    let world = World::with(&site).await;

    world.fetch(URL).await.expect("the cookie opens it");

    assert_eq!(cookie_in(&site.requests()[1]), Some("seen=1"));
    let same = setting("302 Found", &["Location: /story", "Set-Cookie: a=b"]).await;
    let error = World::with(&same).await.fails(URL).await.error;
    assert!(
        matches!(
            error,
            FetchError::BadRedirect {
                hop: 2,
                why: BadRedirect::Loop
            }
        ),
        "the same cookie again changes nothing: {error:?}"
    );
}

#[tokio::test]
async fn a_cookie_jar_is_bounded() {
    let big = format!("Set-Cookie: big={}", "x".repeat(5_000));
    let many: Vec<String> = (0..100)
        .map(|n| format!("Set-Cookie: c{n}={}", "y".repeat(500)))
        .collect();
    let site = Site::playing(move |visit| {
        let (big, many) = (big.clone(), many.clone());
        async move {
            let answer = if visit.path == "/story" {
                let mut headers = vec!["Location: /to", &big];
                headers.extend(many.iter().map(String::as_str));
                answer("302 Found", &headers, "")
            } else {
                page("<p>there")
            };
            visit.send_and_close(&answer).await;
        }
    })
    .await;

    World::with(&site).await.fetch(URL).await.expect("a page");

    let requests = site.requests();
    let sent = cookie_in(&requests[1]).expect("some are sent");
    assert!(sent.starts_with("c0=y") && !sent.contains("big="), "{sent}");
    assert!(sent.len() <= 8_192, "{}", sent.len());
}

/// Fetches a page whose first answer is `body` with `headers`; everything else is `<p>there`.
async fn refreshed(headers: &'static [&'static str], body: &'static str) -> (String, usize) {
    let site = Site::playing(move |visit| async move {
        let answer = if visit.path == "/story" {
            let mut all = vec!["Content-Type: text/html"];
            all.extend(headers);
            answer("200 OK", &all, body)
        } else {
            page("<p>there")
        };
        visit.send_and_close(&answer).await;
    })
    .await;
    let page = World::with(&site).await.fetch(URL).await.expect("a page");
    (page.final_url.path().to_owned(), site.accepts())
}

#[tokio::test]
async fn a_refresh_within_ten_seconds_is_one_more_hop() {
    for body in [
        "<head><meta http-equiv=refresh content='0; url=/to'></head>",
        "<HTML><HEAD><META HTTP-EQUIV=Refresh CONTENT='2;URL=\"/to\"'></HEAD>",
        "<meta content=\"10,/to\" http-equiv=\"refresh\">",
        "<meta http-equiv=refresh content='0;url=/to?a=1&amp;b=2'>",
    ] {
        let (path, asked) = refreshed(&[], body).await;
        assert_eq!((path.as_str(), asked), ("/to", 2), "{body}");
    }
    let (path, _) = refreshed(&["Refresh: 1; url=/to"], "<p>wait").await;
    assert_eq!(path, "/to");
}

#[tokio::test]
async fn what_only_looks_like_a_refresh_leaves_the_page_as_it_is() {
    for body in [
        "<meta http-equiv=refresh content='60; url=/to'><p>live",
        "<meta http-equiv=refresh content=5><p>reloads itself",
        "<meta http-equiv=refresh content='0; url=/story'><p>itself by name",
        "<noscript><meta http-equiv=refresh content='0; url=/to'></noscript><p>a",
        "<!-- <meta http-equiv=refresh content='0; url=/to'> --><p>a",
        "<script>'<meta http-equiv=refresh content=\"0; url=/to\">'</script><p>a",
        "<body><meta http-equiv=refresh content='0; url=/to'>",
        "<meta name=refresh content='0; url=/to'><p>a",
        "<meta http-equiv=refresh content='soon; url=/to'><p>a",
    ] {
        let (path, asked) = refreshed(&[], body).await;
        assert_eq!((path.as_str(), asked), ("/story", 1), "{body}");
    }
}

#[tokio::test]
async fn a_refresh_is_judged_like_a_redirect() {
    let site = Site::answering(page(
        "<meta http-equiv=refresh content='0; url=http://169.254.169.254/latest'>",
    ))
    .await;
    let failure = World::with(&site).await.fails(URL).await;

    assert!(
        matches!(
            failure.error,
            FetchError::Denied {
                hop: 1,
                why: Denial::Address { .. },
                ..
            }
        ),
        "{failure:?}"
    );
}

async fn ask(world: &World, url: &str, known: &Validators) -> Result<Fetched, FetchError> {
    let budget = Budget::starting(clock::now(), Duration::from_mins(1));
    world
        .fetcher
        .fetch_if_changed(url, Some(known), &budget)
        .await
}

#[tokio::test]
async fn an_unchanged_page_costs_a_304_and_validators_go_to_their_own_url_only() {
    let site = Site::playing(|visit| async move {
        let answer = match visit.path.as_str() {
            "/moved" => answer("301 Moved", &["Location: /story"], ""),
            "/story" => answer(
                "200 OK",
                &[
                    "Content-Type: text/html",
                    "ETag: \"v1\"",
                    "Last-Modified: Fri, 17 May 2024 08:30:00 GMT",
                ],
                "<p>a",
            ),
            _ => answer("304 Not Modified", &[], ""),
        };
        visit.send_and_close(&answer).await;
    })
    .await;
    let world = World::with(&site).await;
    let first = world
        .fetch("http://93.184.215.14/moved")
        .await
        .expect("a page");
    let known = first.validators;
    assert_eq!(known.url, URL);
    assert_eq!(known.etag.as_deref(), Some("\"v1\""));
    assert!(!known.is_empty());

    let again = ask(&world, "http://93.184.215.14/moved", &known).await;
    assert!(
        matches!(again, Ok(Fetched::Page(_))),
        "the server sent it: {again:?}"
    );
    let requests = site.requests();
    let conditional = |request: &String| {
        request
            .to_ascii_lowercase()
            .contains("if-none-match: \"v1\"")
    };
    let sent: Vec<bool> = requests.iter().map(conditional).collect();
    assert_eq!(sent, [false, false, false, true]);

    let known = Validators {
        url: "http://93.184.215.14/same".to_owned(),
        ..known
    };
    let same = ask(&world, &known.url, &known).await;
    assert!(matches!(same, Ok(Fetched::NotModified { .. })), "{same:?}");
    let unasked = world.fails("http://93.184.215.14/same").await;
    assert_eq!(unasked.error.status(), Some(304));
}

#[tokio::test]
async fn what_a_page_reserves_is_read_from_headers_and_head() {
    let site = Site::answering(answer(
        "200 OK",
        &[
            "Content-Type: text/html",
            "Content-Signal: search=yes, ai-train=no",
            "X-Robots-Tag: noindex, noai",
        ],
        "<head><meta name=tdm-reservation content=1></head><p>a",
    ))
    .await;

    let page = World::with(&site).await.fetch(URL).await.expect("a page");

    let said = page.reservations;
    assert_eq!(
        (said.search, said.ai_train, said.ai_input),
        (Some(true), Some(false), None)
    );
    assert_eq!((said.tdm_reserved, said.no_ai), (Some(true), true));
}
