//! Block H: no hostile URL opens a socket to an address that is denied, neither as an article's
//! own URL nor as the target of a redirect, whatever name servers say.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::name_server::{NameServer, Says};
use super::site::{Site, answer, page};
use super::world::{PUBLIC, PUBLIC_2, Plan, World, ways_to};
use crate::guard::tests::rows;
use crate::{Denial, FetchError};

/// Names that point inside, as such services really do, and everything else outside.
async fn names() -> NameServer {
    NameServer::saying(|question| {
        Says::Addresses(match question.name {
            "127.0.0.1.nip.io" => vec![ip("127.0.0.1")],
            "169-254-169-254.sslip.io" => vec![ip("169.254.169.254")],
            "localtest.me" => vec![ip("127.0.0.1"), ip("::1")],
            _ => vec![PUBLIC_2],
        })
    })
    .await
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn may_be_dialled(address: &SocketAddr) -> bool {
    let listed = ["93.184.215.14", "93.184.215.15", "2606:4700:4700::1111"].map(ip);
    listed.contains(&address.ip()) && matches!(address.port(), 80 | 443)
}

#[tokio::test]
async fn no_hostile_url_opens_a_socket() {
    let names = names().await;
    let mut reached = 0;
    for (expected, url) in rows() {
        let plan = Plan {
            dns: Some(names.addr),
            ..Plan::default()
        };
        let world = plan.build().await;

        let outcome = world.fetch(&url).await;

        let dialled = world.dialled();
        assert!(dialled.iter().all(may_be_dialled), "{url:?}: {dialled:?}");
        if expected == "deny" {
            assert!(
                outcome.is_err() && dialled.is_empty(),
                "{url:?}: {dialled:?}"
            );
            assert_eq!(world.canary.accepts(), 0, "{url:?}");
        }
        reached += dialled.len();
    }
    assert_eq!(
        reached, 10,
        "5 of the urls, each in both spellings, are public and are dialled"
    );
}

#[tokio::test]
async fn no_hostile_redirect_opens_a_socket() {
    let names = names().await;
    let rows = rows();
    let targets: Vec<_> = rows.iter().map(|(_, url)| url.clone()).collect();
    let site = Site::playing(move |visit| {
        let target = visit.path.strip_prefix("/to/").map(str::parse::<usize>);
        let answer = match target {
            // Header lines cannot hold line breaks; elsewhere blanks are part of the attack.
            Some(Ok(nth)) => answer("302 Found", &[&location(&targets[nth])], ""),
            _ => answer("404 Not Found", &[], ""),
        };
        async move { visit.send_and_close(&answer).await }
    })
    .await;
    let mut followed = 0;
    for (nth, (expected, url)) in rows.iter().enumerate() {
        let plan = Plan {
            dns: Some(names.addr),
            ways: vec![(SocketAddr::new(PUBLIC, 80), site.addr)],
            ..Plan::default()
        };
        let world = plan.build().await;

        let outcome = world.fetch(&format!("http://{PUBLIC}/to/{nth}")).await;

        let dialled = world.dialled();
        assert!(dialled.iter().all(may_be_dialled), "{url:?}: {dialled:?}");
        assert_eq!(
            dialled[0],
            SocketAddr::new(PUBLIC, 80),
            "{url:?}: no redirect was seen"
        );
        if *expected == "deny" {
            assert!(outcome.is_err(), "{url:?} gave {outcome:?}");
            assert_eq!(world.canary.accepts(), 0, "{url:?}");
        }
        followed += world.canary.accepts();
    }
    assert_eq!(site.accepts(), rows.len() + relative(&rows));
    assert!(
        followed >= 8,
        "plaintext targets that are public are followed: {followed}"
    );
}

fn location(url: &str) -> String {
    format!("Location: {}", url.replace(['\n', '\r'], ""))
}

/// Targets that lead back to the redirecting site itself, which is public.
fn relative(rows: &[(&str, String)]) -> usize {
    let base = url::Url::parse("http://93.184.215.14/").expect("a url");
    let own = |url: &&(&str, String)| {
        let cleaned = url.1.replace(['\n', '\r'], "");
        let joined = base.join(cleaned.trim());
        !cleaned.trim().is_empty() && joined.is_ok_and(|joined| joined.origin() == base.origin())
    };
    rows.iter().filter(own).count()
}

#[tokio::test]
async fn a_name_with_one_private_answer_among_public_ones_is_denied() {
    let mixtures = [
        vec![PUBLIC, ip("10.0.0.7")],
        vec![ip("10.0.0.7"), PUBLIC],
        vec![PUBLIC, ip("::1")],
        vec![PUBLIC, ip("::ffff:10.0.0.7")],
        vec![PUBLIC, Ipv6Addr::LOCALHOST.into(), PUBLIC_2],
    ];
    for mixture in mixtures {
        let answers = mixture.clone();
        let names = NameServer::saying(move |_| Says::Addresses(answers.clone())).await;
        let plan = Plan {
            dns: Some(names.addr),
            ..Plan::default()
        };
        let world = plan.build().await;

        let failure = world.fails("http://mixed.example.com/").await;

        assert!(
            matches!(
                failure.error,
                FetchError::Denied {
                    hop: 0,
                    why: Denial::Address { .. },
                    ..
                }
            ),
            "{mixture:?}: {failure:?}"
        );
        assert_eq!(failure.error.step(), domain::Step::Dns);
        assert!(world.dialled().is_empty(), "{mixture:?}");
    }
}

#[tokio::test]
async fn private_answers_over_tcp_are_denied_too() {
    let names = NameServer::saying(|_| Says::TcpOnly(vec![ip("192.168.0.1")])).await;
    let plan = Plan {
        dns: Some(names.addr),
        ..Plan::default()
    };
    let world = plan.build().await;

    let failure = world.fails("http://big.example.com/").await;

    assert!(
        matches!(failure.error, FetchError::Denied { .. }),
        "{failure:?}"
    );
    assert!(world.dialled().is_empty());
}

#[tokio::test]
async fn a_refusal_says_what_was_refused_why_and_what_would_let_it_pass() {
    let world = Plan::default().build().await;
    let why = "and only public ones are fetched (a URL that has the address itself passes if \
        FETCH_ALLOW_ADDRS lists it with its port)";

    for (url, expected) in [
        (
            "http://127.0.0.1:8080/page",
            format!("refuse the article's URL: 127.0.0.1 is a loopback address, {why}"),
        ),
        (
            "http://localhost/",
            "refuse the article's URL: localhost is a local name, which is never looked up"
                .to_owned(),
        ),
    ] {
        let error = world.fails(url).await.error;

        let cause = std::error::Error::source(&error).expect("a cause");
        assert_eq!(format!("{error}: {cause}"), expected);
    }
    let redirect = FetchError::Denied {
        hop: 2,
        step: domain::Step::Fetch,
        why: Denial::UserInfo,
    };
    assert_eq!(redirect.to_string(), "refuse the target of redirect 2");
    assert!(world.dialled().is_empty());
}

/// A world where `rebind.example.com` is public for the first `public` questions, and private ever
/// after.
async fn rebinding(public: usize) -> (World, NameServer, Site) {
    let names = NameServer::saying(move |question| {
        Says::Addresses(vec![if question.nth < public {
            PUBLIC
        } else {
            ip("127.0.0.1")
        }])
    })
    .await;
    let site = Site::playing(|visit| {
        let answer = match visit.path.as_str() {
            "/page" => page("<p>judged and dialled are the same"),
            _ => answer(
                "302 Found",
                &["Location: http://rebind.example.com/page"],
                "",
            ),
        };
        async move { visit.send_and_close(&answer).await }
    })
    .await;
    let plan = Plan {
        dns: Some(names.addr),
        ways: ways_to(PUBLIC, &site),
        ..Plan::default()
    };
    (plan.build().await, names, site)
}

#[tokio::test]
async fn a_name_is_resolved_once_and_the_judged_answer_is_the_one_dialled() {
    let (world, names, site) = rebinding(2).await;

    let page = world.fetch("http://rebind.example.com/page").await;

    assert!(page.is_ok(), "{page:?}");
    assert_eq!(names.questions(), 2, "one for each family");
    assert_eq!(world.dialled(), [SocketAddr::new(PUBLIC, 80)]);
    assert_eq!(site.accepts(), 1);
}

#[tokio::test]
async fn a_name_that_turns_private_between_two_hops_is_denied() {
    let (world, names, site) = rebinding(2).await;

    let failure = world.fails("http://rebind.example.com/").await;

    assert!(
        matches!(failure.error, FetchError::Denied { hop: 1, .. }),
        "{failure:?}"
    );
    assert_eq!(names.questions(), 4);
    assert_eq!(world.dialled(), [SocketAddr::new(PUBLIC, 80)]);
    assert_eq!((site.accepts(), world.canary.accepts()), (1, 0));
}

#[tokio::test]
async fn a_name_that_turns_private_between_two_fetches_is_denied() {
    let (world, _names, site) = rebinding(2).await;

    let first = world.fetch("http://rebind.example.com/page").await;
    let second = world.fails("http://rebind.example.com/page").await;

    assert!(first.is_ok(), "{first:?}");
    assert!(
        matches!(second.error, FetchError::Denied { .. }),
        "{second:?}"
    );
    assert_eq!(site.accepts(), 1);
}

#[tokio::test]
async fn a_name_never_reaches_an_allowed_address() {
    let names = NameServer::saying(|_| Says::Addresses(vec![ip("127.0.0.1")])).await;
    let plan = Plan {
        dns: Some(names.addr),
        allow: vec![SocketAddr::from(([127, 0, 0, 1], 80))],
        ..Plan::default()
    };
    let world = plan.build().await;

    let failure = world.fails("http://inside.example.com/").await;

    assert!(
        matches!(failure.error, FetchError::Denied { .. }),
        "{failure:?}"
    );
    assert!(world.dialled().is_empty());
}

#[tokio::test]
async fn an_allowed_literal_is_dialled_with_its_port() {
    let site = Site::answering(page("<p>allowed")).await;
    let plan = Plan {
        allow: vec![site.addr],
        ..Plan::default()
    };
    let world = plan.build().await;

    let page = world.fetch(&format!("http://{}/", site.addr)).await;

    assert_eq!(page.expect("it is allowed").body, "<p>allowed");
    assert_eq!(world.dialled(), [site.addr]);
}
