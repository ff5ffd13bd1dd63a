//! A fetcher with small caps in an internet of the test's making.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use domain::Budget;
use runtime::tls::CaBundle;
use runtime::{clock, config};

use super::site::Site;
use crate::{Caps, FetchError, Fetcher, Page};

/// A public address; whether anybody really has it does not matter, as nobody dials it.
pub(super) const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(93, 184, 215, 14));

/// Another one.
pub(super) const PUBLIC_2: IpAddr = IpAddr::V4(Ipv4Addr::new(93, 184, 215, 15));

/// What a step may take beyond its cap.
pub(super) const SLACK: Duration = Duration::from_millis(300);

/// Small enough for a quick test, large enough for a busy machine.
pub(super) fn caps() -> Caps {
    Caps {
        dns: Duration::from_millis(400),
        connect: Duration::from_millis(500),
        total: Duration::from_millis(900),
        body_bytes_max: 1024 * 1024,
        redirects_max: 5,
    }
}

/// Time for everything that is not meant to fail by time.
pub(super) fn patient() -> Caps {
    Caps {
        dns: Duration::from_secs(20),
        connect: Duration::from_secs(20),
        total: Duration::from_secs(30),
        ..caps()
    }
}

/// Builds a [`World`].
#[derive(Default)]
pub(super) struct Plan {
    pub(super) caps: Option<Caps>,
    pub(super) dns: Option<SocketAddr>,
    pub(super) ca_file: Option<CaBundle>,
    /// Public addresses and the servers that stand for them.
    pub(super) ways: Vec<(SocketAddr, SocketAddr)>,
    /// Literals that may be dialled as they are.
    pub(super) allow: Vec<SocketAddr>,
}

/// A fetcher, and a canary that must not sing.
pub(super) struct World {
    pub(super) fetcher: Fetcher,
    pub(super) canary: Site,
}

/// An error and the time it took.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: FetchError,
    pub(super) elapsed: Duration,
}

/// Both web ports of `ip` lead to `site`.
pub(super) fn ways_to(ip: IpAddr, site: &Site) -> Vec<(SocketAddr, SocketAddr)> {
    let way = |port| (SocketAddr::new(ip, port), site.addr);
    vec![way(80), way(443)]
}

impl Plan {
    pub(super) async fn build(self) -> World {
        let canary = Site::accepting(|stream| async move { drop(stream) }).await;
        let caps = self.caps.unwrap_or_else(patient);
        let straight = self.allow.iter().map(|addr| (*addr, *addr));
        let ways = self.ways.iter().copied().chain(straight).collect();
        let config = config::Fetch {
            contact: Some("https://example.com/bot".to_owned()),
            allow_addrs: self.allow,
            dns: self.dns,
            ca_file: self.ca_file,
        };
        let mut fetcher = Fetcher::with_caps(&config, caps).expect("a sound configuration");
        fetcher.dialer.detour.ways = ways;
        fetcher.dialer.detour.canary = Some(canary.addr);
        World { fetcher, canary }
    }
}

impl World {
    /// A world where [`PUBLIC`] is `site`, with time for everything.
    pub(super) async fn with(site: &Site) -> Self {
        Self::with_caps(site, patient()).await
    }

    /// A world where [`PUBLIC`] is `site`.
    pub(super) async fn with_caps(site: &Site, caps: Caps) -> Self {
        let plan = Plan {
            caps: Some(caps),
            ways: ways_to(PUBLIC, site),
            ..Plan::default()
        };
        plan.build().await
    }

    pub(super) async fn fetch(&self, url: &str) -> Result<Page, FetchError> {
        let budget = Budget::starting(clock::now(), Duration::from_mins(1));
        self.fetcher.fetch(url, &budget).await
    }

    pub(super) async fn fails(&self, url: &str) -> Failure {
        let started = started();
        let outcome = self.fetch(url).await;
        let elapsed = started.elapsed();
        match outcome {
            Ok(page) => panic!("{url} gave {page:?}"),
            Err(error) => Failure { error, elapsed },
        }
    }

    /// Sockets the fetcher opened.
    pub(super) fn dialled(&self) -> Vec<SocketAddr> {
        self.fetcher.dialer.detour.dialled()
    }
}

fn started() -> Instant {
    clock::now()
}

impl Failure {
    /// The failure came from a limit of `cap`: not before it, and not long after.
    #[track_caller]
    pub(super) fn took(&self, cap: Duration) {
        assert!(
            self.elapsed >= cap && self.elapsed <= cap + SLACK,
            "took {:?} of {cap:?}: {:?}",
            self.elapsed,
            self.error
        );
    }
}
