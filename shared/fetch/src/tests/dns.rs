//! Block C, names: every way in which resolving can end.

use std::net::SocketAddr;

use tokio::net::UdpSocket;

use super::name_server::{NameServer, Question, Says};
use super::site::{Site, page};
use super::world::{Failure, PUBLIC, Plan, World, caps, ways_to};
use crate::{FetchError, NoAddress};

const URL: &str = "http://news.example.com/";

async fn world(names: &NameServer) -> World {
    world_of(names.addr).await
}

async fn world_of(dns: SocketAddr) -> World {
    let plan = Plan {
        caps: Some(caps()),
        dns: Some(dns),
        ..Plan::default()
    };
    plan.build().await
}

async fn failing(says: Says) -> (Failure, NameServer) {
    let names = NameServer::saying(move |_| says.clone()).await;
    let world = world(&names).await;
    let failure = world.fails(URL).await;
    assert!(names.questions() > 0, "nobody was asked");
    assert!(world.dialled().is_empty());
    assert_eq!(failure.error.step(), domain::Step::Dns);
    (failure, names)
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_told_from_one_without_addresses() {
    let (missing, _) = failing(Says::NoSuchName).await;
    let (bare, _) = failing(Says::Addresses(Vec::new())).await;

    let why = |failure: Failure| match failure.error {
        FetchError::DnsNotFound { why, .. } => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why(missing), NoAddress::NoSuchName);
    assert_eq!(why(bare), NoAddress::NoRecords);
}

#[tokio::test]
async fn a_mute_name_server_is_given_up_at_the_cap() {
    let (failure, names) = failing(Says::Silence).await;

    assert!(
        matches!(failure.error, FetchError::DnsTimeout { .. }),
        "{failure:?}"
    );
    assert!(
        failure.elapsed <= caps().dns + super::world::SLACK,
        "{failure:?}"
    );
    assert!(failure.elapsed >= caps().dns / 2, "{failure:?}");
    assert!(names.questions() > 2, "a lost packet is sent again");
}

#[tokio::test]
async fn failure_codes_are_failures_and_not_missing_names() {
    for code in [1, 2, 4, 5] {
        let (failure, _) = failing(Says::Code(code)).await;

        assert!(
            matches!(failure.error, FetchError::DnsFailed { .. }),
            "code {code}: {failure:?}"
        );
    }
}

#[tokio::test]
async fn garbage_is_not_an_answer() {
    let (failure, _) = failing(Says::Garbage).await;

    assert!(
        matches!(
            failure.error,
            FetchError::DnsFailed { .. } | FetchError::DnsTimeout { .. }
        ),
        "{failure:?}"
    );
    assert!(
        failure.elapsed <= caps().dns + super::world::SLACK,
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_name_server_that_is_not_there_is_no_missing_name() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let addr = socket.local_addr().expect("it is bound");
    drop(socket);
    let world = world_of(addr).await;

    let failure = world.fails(URL).await;

    assert!(
        matches!(
            failure.error,
            FetchError::DnsFailed { .. } | FetchError::DnsTimeout { .. }
        ),
        "{failure:?}"
    );
    assert!(
        failure.elapsed <= caps().dns + super::world::SLACK,
        "{failure:?}"
    );
}

/// Fetches with a name server that plays `script` and a site at [`PUBLIC`].
async fn fetching<F>(script: F) -> Result<crate::Page, FetchError>
where
    F: Fn(&Question<'_>) -> Says + Send + Sync + 'static,
{
    let names = NameServer::saying(script).await;
    let site = Site::answering(page("<p>reached")).await;
    let plan = Plan {
        caps: Some(crate::Caps {
            dns: caps().dns,
            ..super::world::patient()
        }),
        dns: Some(names.addr),
        ways: ways_to(PUBLIC, &site),
        ..Plan::default()
    };
    plan.build().await.fetch(URL).await
}

#[tokio::test]
async fn one_family_is_enough_whatever_the_other_does() {
    for other in [
        Says::Silence,
        Says::Code(2),
        Says::NoSuchName,
        Says::Garbage,
    ] {
        let page = fetching(move |question| {
            if question.v6 {
                other.clone()
            } else {
                Says::Addresses(vec![PUBLIC])
            }
        })
        .await;

        assert_eq!(page.expect("the address is known").body, "<p>reached");
    }
}

#[tokio::test]
async fn no_family_counts_as_missing_while_the_other_may_still_answer() {
    let failure = fetching(|question| {
        if question.v6 {
            Says::Silence
        } else {
            Says::Addresses(Vec::new())
        }
    })
    .await;

    assert!(
        matches!(failure, Err(FetchError::DnsTimeout { .. })),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_truncated_answer_is_asked_for_again_over_tcp() {
    let page = fetching(|_| Says::TcpOnly(vec![PUBLIC])).await;

    assert_eq!(page.expect("tcp carries it").body, "<p>reached");
}
