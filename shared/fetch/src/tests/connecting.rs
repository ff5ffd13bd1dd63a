//! Block C, TCP: refused, swallowed, and more than one address.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::name_server::{NameServer, Says};
use super::site::{Site, page};
use super::world::{PUBLIC, PUBLIC_2, Plan, caps, ways_to};
use crate::{FetchError, Phase};

/// An address where nobody listens.
async fn closed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("it is bound")
}

/// A listener whose queue is full: the system drops what knocks, like a firewall.
struct BlackHole {
    addr: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    async fn open() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        let loopback = "127.0.0.1:0".parse().expect("an address");
        socket.bind(loopback).expect("a free port");
        let listener = socket.listen(1).expect("it is bound");
        let addr = listener.local_addr().expect("it is bound");
        let mut queue = Vec::new();
        let knock = Duration::from_millis(200);
        let budget = || domain::Budget::starting(runtime::clock::now(), knock);
        while let Ok(stream) =
            runtime::within(domain::Step::Connect, &budget(), TcpStream::connect(addr)).await
        {
            queue.push(stream.expect("it listens"));
            assert!(queue.len() < 64, "the queue never fills");
        }
        Self {
            addr,
            _listener: listener,
            _queue: queue,
        }
    }
}

fn at(ip: IpAddr, addr: SocketAddr) -> (SocketAddr, SocketAddr) {
    (SocketAddr::new(ip, 80), addr)
}

#[tokio::test]
async fn a_refused_connection_is_told_by_its_kind() {
    let plan = Plan {
        ways: vec![at(PUBLIC, closed().await)],
        ..Plan::default()
    };
    let world = plan.build().await;

    let failure = world.fails("http://93.184.215.14/").await;

    let FetchError::ConnectFailed {
        source, address, ..
    } = &failure.error
    else {
        panic!("{failure:?}");
    };
    assert_eq!(source.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(*address, SocketAddr::new(PUBLIC, 80));
    assert_eq!(failure.error.step(), domain::Step::Connect);
}

#[tokio::test]
async fn a_swallowed_connection_is_given_up_at_the_cap() {
    let hole = BlackHole::open().await;
    let plan = Plan {
        caps: Some(caps()),
        ways: vec![at(PUBLIC, hole.addr)],
        ..Plan::default()
    };
    let world = plan.build().await;

    let failure = world.fails("http://93.184.215.14/").await;

    failure.took(caps().connect);
    assert!(
        matches!(
            failure.error,
            FetchError::ConnectTimeout {
                phase: Phase::Tcp,
                ..
            }
        ),
        "{failure:?}"
    );
}

#[tokio::test]
async fn the_second_address_is_tried_when_the_first_refuses_or_swallows() {
    let hole = BlackHole::open().await;
    let site = Site::answering(page("<p>second")).await;
    for first in [closed().await, hole.addr] {
        let names = NameServer::saying(|_| Says::Addresses(vec![PUBLIC, PUBLIC_2])).await;
        let mut ways = ways_to(PUBLIC_2, &site);
        ways.push(at(PUBLIC, first));
        let plan = Plan {
            caps: Some(crate::Caps {
                connect: caps().connect,
                ..super::world::patient()
            }),
            dns: Some(names.addr),
            ways,
            ..Plan::default()
        };
        let world = plan.build().await;

        let page = world.fetch("http://two.example.com/").await;

        assert_eq!(page.expect("the second answers").body, "<p>second");
        assert_eq!(world.dialled().len(), 2);
    }
}

#[tokio::test]
async fn a_name_with_many_addresses_does_not_get_more_time() {
    let hole = BlackHole::open().await;
    let addresses: Vec<IpAddr> = (1..=20)
        .map(|nth| IpAddr::from([93, 184, 1, nth]))
        .collect();
    let ways = addresses.iter().map(|ip| at(*ip, hole.addr)).collect();
    let names = NameServer::saying(move |_| Says::Addresses(addresses.clone())).await;
    let plan = Plan {
        caps: Some(caps()),
        dns: Some(names.addr),
        ways,
        ..Plan::default()
    };
    let world = plan.build().await;

    let failure = world.fails("http://many.example.com/").await;

    assert!(
        failure.elapsed <= caps().connect + super::world::SLACK,
        "{failure:?}"
    );
    assert_eq!(world.dialled().len(), 4, "{failure:?}");
}
