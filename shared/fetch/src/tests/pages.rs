//! What is asked, and what a page carries.

use super::site::{Site, answer, page};
use super::world::{PUBLIC, World};
use crate::{BadUrl, FetchError, Fetcher, SetupError};

#[tokio::test]
async fn a_request_says_who_asks_and_nothing_else() {
    let site = Site::answering(page("<p>a")).await;
    let world = World::with(&site).await;

    let page = world.fetch("http://93.184.215.14:80/a/b?c=d&e#f").await;

    assert!(page.is_ok(), "{page:?}");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        site.requests(),
        [format!(
            "GET /a/b?c=d&e HTTP/1.1\r\n\
             Host: {PUBLIC}\r\n\
             User-Agent: Gleaner/{version} (+https://example.com/bot)\r\n\
             Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
             Accept-Language: *\r\n\
             Accept-Encoding: gzip, br\r\n\
             Connection: close\r\n\r\n"
        )]
    );
}

/// Runs the test above once more, in a process whose environment names a proxy that is not there.
#[test]
fn proxy_variables_change_nothing() {
    let names = [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ];
    let test = "tests::pages::a_request_says_who_asks_and_nothing_else";

    let run = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", test])
        .envs(names.map(|name| (name, "http://127.0.0.1:9")))
        .output()
        .expect("it starts");

    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn a_page_says_where_it_came_from() {
    let site = Site::playing(|visit| async move {
        let answer = match visit.path.as_str() {
            "/" => answer("301 Moved", &["Location: /story"], ""),
            _ => answer(
                "200 OK",
                &["Content-Type: text/html;charset=koi8-r"],
                "<p>a",
            ),
        };
        visit.send_and_close(&answer).await;
    })
    .await;
    let world = World::with(&site).await;

    let page = world.fetch("http://93.184.215.14").await.expect("a page");

    assert_eq!(page.final_url.as_str(), "http://93.184.215.14/story");
    assert_eq!(page.status, 200);
    assert_eq!(
        page.content_type.as_deref(),
        Some("text/html;charset=koi8-r")
    );
    assert_eq!(page.body, "<p>a");
}

#[tokio::test]
async fn each_fetch_has_a_connection_of_its_own() {
    let site = Site::playing(|mut visit| async move {
        // Keeps the connection open, as if it could be used again.
        visit.send(&page("<p>a")).await;
        super::site::drain(&mut visit.stream).await;
    })
    .await;
    let world = World::with(&site).await;

    for _ in 0..3 {
        world.fetch("http://93.184.215.14/").await.expect("a page");
    }

    assert_eq!(site.accepts(), 3);
}

#[tokio::test]
async fn urls_that_are_none_are_told_so_before_anything_happens() {
    let site = Site::answering(page("<p>a")).await;
    let world = World::with(&site).await;
    let long = format!("http://93.184.215.14/{}", "a".repeat(3_000));

    let whys: Vec<BadUrl> = {
        let mut whys = Vec::new();
        for url in ["", " \t\n", &long, "no url", "http://ex!ample.com/"] {
            match world.fails(url).await.error {
                FetchError::BadUrl(why) => whys.push(why),
                other => panic!("{url:?} gave {other:?}"),
            }
        }
        whys
    };

    assert!(
        matches!(
            whys[..],
            [
                BadUrl::Blank,
                BadUrl::Blank,
                BadUrl::TooLong,
                BadUrl::Syntax(_),
                BadUrl::Host
            ]
        ),
        "{whys:?}"
    );
    assert!(world.dialled().is_empty());
}

#[test]
fn a_contact_that_breaks_the_header_is_refused_at_the_start() {
    let config = runtime::config::Fetch {
        contact: Some("me\r\nX-Injected: yes".to_owned()),
        ..runtime::config::Fetch::default()
    };

    let refused = Fetcher::new(&config).err();

    assert!(
        matches!(refused, Some(FetchError::Setup(SetupError::Contact(_)))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn messages_do_not_show_what_a_url_may_keep_secret() {
    let site = Site::answering(answer("403 Forbidden", &[], "")).await;
    let world = World::with(&site).await;
    for url in [
        "http://93.184.215.14/path-canary?token=query-canary",
        "http://user-canary:pass-canary@93.184.215.14/",
        "http://10.0.0.1/path-canary?query-canary",
    ] {
        let error = world.fails(url).await.error;

        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| {
            error.source()
        });
        let shown: Vec<_> = causes.map(|error| format!("{error} {error:?}")).collect();
        let shown = shown.join(" ");
        assert!(!shown.contains("canary"), "{shown}");
    }
}
