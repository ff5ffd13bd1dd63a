//! robots.txt: how it is read, and what it means.

use std::time::Duration;

use domain::Budget;
use proptest::prelude::*;
use runtime::clock;
use url::Url;

use super::site::{Site, answer};
use super::world::{World, caps};
use crate::{PRODUCT_TOKEN, ROBOTS_BYTES_MAX, RobotsRules, RobotsTxt};

fn rules(text: &str) -> RobotsRules {
    RobotsRules::parse(text.as_bytes(), PRODUCT_TOKEN)
}

#[track_caller]
fn assert_allows(text: &str, cases: &[(&str, bool)]) {
    let rules = rules(text);
    for (path, allowed) in cases {
        let url = Url::parse("https://courier.example").and_then(|base| base.join(path));
        let url = url.expect("a path");
        assert_eq!(rules.allows(&url), *allowed, "{path} by {text:?}");
    }
}

#[test]
fn the_longest_pattern_decides_and_allow_wins_a_tie() {
    assert_allows(
        "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\nAllow: /t\nDisallow: /t",
        &[
            ("/", true),
            ("/a", false),
            ("/abc", false),
            ("/a/b", true),
            ("/a/b/c", false),
            ("/t", true),
        ],
    );
    assert_allows("User-agent: *\nDisallow:", &[("/a", true)]);
    assert_allows(
        "User-agent: *\nDisallow: /",
        &[("/a", false), ("/robots.txt", true)],
    );
}

#[test]
fn stars_and_ends_are_understood() {
    assert_allows(
        "User-agent: *\nDisallow: /*.pdf$\nDisallow: /*?print=\nDisallow: /x*y*z",
        &[
            ("/a.pdf", false),
            ("/a.pdf?b", true),
            ("/a?print=1", false),
            ("/xaybz", false),
            ("/xzy", true),
        ],
    );
    assert_allows("User-agent: *\nDisallow: /$", &[("/", false), ("/a", true)]);
}

#[test]
fn octets_are_compared_however_they_are_escaped() {
    assert_allows(
        "User-agent: *\nDisallow: /caf\u{e9}\nDisallow: /%7euser\nDisallow: /a%2fb",
        &[
            ("/caf%C3%A9", false),
            ("/~user", false),
            ("/a%2Fb", false),
            ("/a/b", true),
        ],
    );
}

#[test]
fn the_group_of_ones_own_name_replaces_the_one_for_everybody() {
    let text = "user-agent: *\nDisallow: /\n\nUser-Agent: Other\nUSER-AGENT: GLEANER/1.0\nDisallow: /b\n\
        User-agent: gleaner\nDisallow: /c # ours as well\nUser-agent: gleanerbot\nDisallow: /d";
    assert_allows(
        text,
        &[("/a", true), ("/b", false), ("/c", false), ("/d", true)],
    );
    assert_allows("User-agent: other\nDisallow: /", &[("/a", true)]);
    assert_allows("Disallow: /", &[("/a", true)]);
    assert_allows(
        "\u{feff}User-agent: *\r\nDisallow: /a\r\n",
        &[("/a", false)],
    );
    assert_allows("<html><body>not found: sorry</body>", &[("/a", true)]);
}

#[test]
fn delay_and_signals_are_those_of_the_group() {
    let text = "User-agent: *\nContent-Signal: search=yes, ai-train=no\nCrawl-delay: 1.5\nDisallow: /a\n\
        User-agent: other\nCrawl-delay: 30";
    let read = rules(text);

    assert_eq!(read.crawl_delay(), Some(Duration::from_millis(1_500)));
    assert_eq!(read.reservations().ai_train, Some(false));
    assert_eq!(read.reservations().search, Some(true));
    for senseless in ["-1", "NaN", "inf", "1e300", "soon"] {
        let text = format!("User-agent: *\nCrawl-delay: {senseless}");
        assert_eq!(rules(&text).crawl_delay(), None, "{senseless}");
    }
}

proptest! {
    #[test]
    fn any_bytes_have_rules(text in proptest::collection::vec(any::<u8>(), 0..2_000), path in "/[ -~]{0,40}") {
        let read = RobotsRules::parse(&text, PRODUCT_TOKEN);
        if let Ok(url) = Url::parse(&format!("https://courier.example{path}")) {
            // Whatever it says, it says it again.
            prop_assert_eq!(read.allows(&url), read.allows(&url));
        }
    }

    #[test]
    fn a_path_that_is_disallowed_by_name_is_denied(
        path in "/[a-z0-9_~*-]{0,12}(/[a-z0-9_~*-]{1,8}){0,3}(/|\\.html)?",
    ) {
        let text = format!("User-agent: *\nDisallow: {path}");
        if let Ok(url) = Url::parse(&format!("https://courier.example{path}")) {
            prop_assert!(!rules(&text).allows(&url) || url.path() == "/robots.txt");
        }
    }
}

async fn read(world: &World) -> RobotsTxt {
    let budget = Budget::starting(clock::now(), Duration::from_mins(1));
    let found = world
        .fetcher
        .robots_txt("http://93.184.215.14/a/story?b=c", &budget);
    found.await.expect("the host may be asked")
}

fn article() -> Url {
    Url::parse("http://93.184.215.14/a/story").expect("a url")
}

#[tokio::test]
async fn the_file_is_read_from_the_hosts_root_through_redirects() {
    let site = Site::playing(|visit| async move {
        let answer = match visit.path.as_str() {
            "/robots.txt" => answer("301 Moved", &["Location: /r"], ""),
            _ => answer(
                "200 OK",
                &["Content-Type: text/plain"],
                "User-agent: *\nDisallow: /a",
            ),
        };
        visit.send_and_close(&answer).await;
    })
    .await;

    let found = read(&World::with(&site).await).await;

    assert_eq!(found.as_str(), "found");
    assert!(!found.rules().allows(&article()));
    assert!(site.requests()[0].starts_with("GET /robots.txt HTTP/1.1"));
}

#[tokio::test]
async fn no_file_allows_everything_and_a_failing_server_nothing() {
    for (status, word, allows) in [
        ("404 Not Found", "unavailable", true),
        ("403 Forbidden", "unavailable", true),
        ("429 Too Many", "unavailable", true),
        ("500 Oh", "unreachable", false),
        ("503 Later", "unreachable", false),
    ] {
        let site = Site::answering(answer(status, &[], "")).await;
        let found = read(&World::with(&site).await).await;

        assert_eq!(
            (found.as_str(), found.rules().allows(&article())),
            (word, allows),
            "{status}"
        );
        assert_eq!(site.accepts(), 1);
    }
    let circle = Site::answering(answer("302 Found", &["Location: /robots.txt"], "")).await;
    assert_eq!(
        read(&World::with(&circle).await).await.as_str(),
        "unavailable"
    );
}

#[tokio::test]
async fn a_silent_server_is_unreachable() {
    let site = Site::playing(|visit| async move {
        std::future::pending::<()>().await;
        drop(visit);
    })
    .await;

    let found = read(&World::with_caps(&site, caps()).await).await;

    assert!(matches!(found, RobotsTxt::Unreachable(_)), "{found:?}");
    assert!(!found.rules().allows(&article()));
    assert_eq!(site.accepts(), 1);
}

#[tokio::test]
async fn what_passes_the_cap_is_left_out() {
    let filler = "# nothing\n".repeat(2 * ROBOTS_BYTES_MAX / 10);
    let text = format!("User-agent: *\nDisallow: /a\n{filler}Allow: /a/story");
    let site = Site::answering(answer("200 OK", &["Content-Type: text/plain"], text)).await;

    let found = read(&World::with(&site).await).await;

    let RobotsTxt::Found(read) = &found else {
        panic!("{found:?}");
    };
    assert_eq!(read.len(), ROBOTS_BYTES_MAX);
    assert!(!found.rules().allows(&article()));
}
