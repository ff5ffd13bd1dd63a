//! Block C, TLS: what does not hold is told from what breaks and from what hangs.

use std::future::pending;
use std::io;
use std::net::SocketAddr;

use runtime::tls::CaBundle;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::certificates::Authority;
use super::name_server::{NameServer, Says};
use super::site::{Site, drain, page, read_head};
use super::world::{Failure, PUBLIC, Plan, World, caps};
use crate::{FetchError, Page, Phase};

const LITERAL: &str = "https://93.184.215.14/story";
const NAMED: &str = "https://news.example.com/story";

struct Secure {
    world: World,
    site: Site,
    _names: NameServer,
    _ca: NamedTempFile,
}

/// A world that trusts `authority`, where every name and [`PUBLIC`] lead to `site`.
async fn secure(authority: &Authority, site: Site) -> Secure {
    let names = NameServer::saying(|_| Says::Addresses(vec![PUBLIC])).await;
    let ca = authority.file();
    let plan = Plan {
        dns: Some(names.addr),
        ca_file: CaBundle::read(ca.path()).map(Some).expect("a bundle"),
        ways: vec![(SocketAddr::new(PUBLIC, 443), site.addr)],
        ..Plan::default()
    };
    Secure {
        world: plan.build().await,
        site,
        _names: names,
        _ca: ca,
    }
}

async fn fetched(authority: &Authority, site: Site, url: &str) -> Result<Page, FetchError> {
    let secure = secure(authority, site).await;
    let outcome = secure.world.fetch(url).await;
    assert_eq!(secure.site.accepts(), 1);
    outcome
}

#[tokio::test]
async fn a_sound_certificate_passes_for_a_name_and_for_an_address() {
    let authority = Authority::new();
    for (host, url) in [
        ("news.example.com", NAMED),
        ("news.example.com", "https://news.example.com./story"),
        ("93.184.215.14", LITERAL),
    ] {
        let site = authority.leaf(host).serve(page("<p>secret")).await;

        let page = fetched(&authority, site, url).await;

        assert_eq!(page.expect(url).body, "<p>secret");
    }
}

#[tokio::test]
async fn certificates_that_do_not_hold_are_refused() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let cases = [
        (
            "expired",
            authority.leaf_between("news.example.com", [-10, -1]),
        ),
        (
            "not yet valid",
            authority.leaf_between("news.example.com", [1, 10]),
        ),
        ("wrong host", authority.leaf("other.example.com")),
        ("parent's", authority.leaf("example.com")),
        ("an address", authority.leaf("93.184.215.14")),
        ("unknown authority", stranger.leaf("news.example.com")),
    ];
    for (case, leaf) in cases {
        let site = leaf.serve(page("<p>secret")).await;

        let outcome = fetched(&authority, site, NAMED).await;

        let error = outcome.expect_err(case);
        assert!(
            matches!(error, FetchError::TlsInvalid { .. }),
            "{case}: {error:?}"
        );
        assert_eq!(error.step(), domain::Step::Connect);
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused_until_it_is_trusted() {
    let (authority, selfish) = (Authority::new(), Authority::new());
    let leaf = selfish.leaf("news.example.com");

    let strange = fetched(&authority, leaf.serve(page("<p>a")).await, NAMED).await;
    let trusted = fetched(&selfish, leaf.serve(page("<p>a")).await, NAMED).await;

    assert!(
        matches!(strange, Err(FetchError::TlsInvalid { .. })),
        "{strange:?}"
    );
    assert!(trusted.is_ok(), "{trusted:?}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_refused() {
    for greeting in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
    ] {
        let site = Site::accepting(move |mut stream| async move {
            stream
                .write_all(greeting.as_bytes())
                .await
                .expect("the client waits");
            drain(&mut stream).await;
        })
        .await;

        let outcome = fetched(&Authority::new(), site, LITERAL).await;

        assert!(
            matches!(outcome, Err(FetchError::TlsInvalid { .. })),
            "{outcome:?}"
        );
    }
}

async fn breaking_off(site: Site) -> io::ErrorKind {
    match fetched(&Authority::new(), site, LITERAL).await {
        Err(FetchError::ConnectFailed { source, .. }) => source.kind(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_handshake_that_breaks_off_is_no_matter_of_certificates() {
    let closes = Site::accepting(|mut stream| async move {
        stream.read_u8().await.expect("a hello");
        stream.shutdown().await.expect("the client waits");
        drain(&mut stream).await;
    })
    .await;
    let resets = Site::accepting(|mut stream| async move {
        stream.read_u8().await.expect("a hello");
        stream.set_zero_linger().expect("it is a socket");
    })
    .await;

    assert_eq!(breaking_off(closes).await, io::ErrorKind::UnexpectedEof);
    assert_eq!(breaking_off(resets).await, io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_mute_handshake_is_given_up_at_the_connect_cap() {
    let site = Site::accepting(|stream| async move {
        pending::<()>().await;
        drop(stream);
    })
    .await;
    let plan = Plan {
        caps: Some(caps()),
        ways: vec![(SocketAddr::new(PUBLIC, 443), site.addr)],
        ..Plan::default()
    };
    let world = plan.build().await;
    // Reading the system's certificates is no part of the handshake.
    world
        .fetcher
        .dialer
        .tls
        .connector()
        .expect("tls can be set up");

    let failure: Failure = world.fails(LITERAL).await;

    failure.took(caps().connect);
    assert!(
        matches!(
            failure.error,
            FetchError::ConnectTimeout {
                phase: Phase::Tls,
                ..
            }
        ),
        "{failure:?}"
    );
    assert_eq!(site.accepts(), 1);
}

/// Fetches a body without announced length from a server that closes TCP without ending TLS.
async fn cut(body: &'static str) -> Result<Page, FetchError> {
    let authority = Authority::new();
    let acceptor = authority.leaf("93.184.215.14").acceptor();
    let site = Site::accepting(move |stream| {
        let acceptor = std::sync::Arc::clone(&acceptor);
        async move {
            let mut stream = acceptor.accept(stream).await.expect("a sound certificate");
            read_head(&mut stream).await.expect("a request");
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
            let answer = [head, body.as_bytes()].concat();
            stream.write_all(&answer).await.expect("the client waits");
            let tcp = stream.get_mut().get_mut().get_mut();
            tcp.shutdown().await.expect("the client waits");
            drain(tcp).await;
        }
    })
    .await;
    fetched(&authority, site, LITERAL).await
}

#[tokio::test]
async fn a_connection_that_closes_without_tls_saying_so_cuts_its_body_off() {
    let outcome = cut("<p>half a sto").await;

    assert!(
        matches!(
            outcome,
            Err(FetchError::BodyTruncated {
                received_bytes: 13,
                ..
            })
        ),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_document_that_closes_itself_is_whole_however_the_connection_ends() {
    let outcome = cut("<html><p>a whole story</HTML>\r\n").await;

    assert!(outcome.is_ok(), "{outcome:?}");
}

#[tokio::test]
async fn a_body_without_announced_length_is_whole_when_tls_says_so() {
    let authority = Authority::new();
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>a story";
    let site = authority.leaf("93.184.215.14").serve(answer).await;

    let outcome = fetched(&authority, site, LITERAL).await;

    assert_eq!(outcome.expect("it is whole").body, "<p>a story");
}
