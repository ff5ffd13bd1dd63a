//! Names to addresses, within a limit, without the system's resolver: getaddrinfo cannot be
//! cancelled, reads `/etc/hosts` and appends search domains. Neither happens here.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use domain::{Budget, Step};
use futures_util::future;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record};
use runtime::{TimedOut, clock, within_cap};

use crate::error::FetchError;
use crate::reason::{BadUrl, NoAddress, SetupError};

/// A query that went unanswered is sent this often within the cap; packets get lost.
const SENDS_PER_QUERY: u32 = 3;

/// Asks name servers. Built on the first name, since many processes never need one.
pub(crate) struct Resolver {
    server: Option<SocketAddr>,
    cap: Duration,
    inner: OnceLock<TokioResolver>,
}

impl Resolver {
    pub(crate) fn new(server: Option<SocketAddr>, cap: Duration) -> Self {
        Self {
            server,
            cap,
            inner: OnceLock::new(),
        }
    }

    /// Every address of `host`, IPv4 first: functions outside a VPC have no IPv6 route.
    pub(crate) async fn resolve(
        &self,
        host: &str,
        budget: &Budget,
    ) -> Result<Vec<IpAddr>, FetchError> {
        let mut name =
            Name::from_ascii(host).map_err(|_bad_name| FetchError::BadUrl(BadUrl::Host))?;
        name.set_fqdn(true);
        let resolver = self.inner().map_err(FetchError::Setup)?;
        let started = clock::now();
        let v4 = within_cap(
            Step::Dns,
            self.cap,
            budget,
            resolver.ipv4_lookup(name.clone()),
        );
        let v6 = within_cap(Step::Dns, self.cap, budget, resolver.ipv6_lookup(name));
        let (v4, v6) = future::join(v4, v6).await;
        // The resolver's own retries may give up a little before the cap does.
        let gave_up = TimedOut {
            step: Step::Dns,
            allotted: budget.allot(self.cap, started),
            elapsed: clock::now() - started,
        };
        pick_addresses(host, gave_up, v4, v6)
    }

    fn inner(&self) -> Result<&TokioResolver, SetupError> {
        if let Some(resolver) = self.inner.get() {
            return Ok(resolver);
        }
        let built = self
            .build()
            .map_err(|source| SetupError::Resolver(Box::new(source)))?;
        Ok(self.inner.get_or_init(|| built))
    }

    fn build(&self) -> Result<TokioResolver, NetError> {
        let mut builder = match self.server {
            Some(server) => TokioResolver::builder_with_config(
                config_of(server),
                TokioRuntimeProvider::default(),
            ),
            None => TokioResolver::builder_tokio()?,
        };
        restrain(builder.options_mut(), self.cap);
        builder.build()
    }
}

fn config_of(server: SocketAddr) -> ResolverConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = server.port();
    }
    let server = NameServerConfig::new(server.ip(), true, connections);
    ResolverConfig::from_parts(None, Vec::new(), vec![server])
}

/// Whatever `resolv.conf` says about timing, the cap rules; and nothing is kept, so that a frozen
/// and thawed process never dials yesterday's answer.
fn restrain(options: &mut ResolverOpts, cap: Duration) {
    options.timeout = cap / SENDS_PER_QUERY;
    options.attempts = SENDS_PER_QUERY as usize - 1;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
}

type Answer = Result<Result<Lookup, NetError>, TimedOut>;

/// Why a family gave no address.
enum Lack {
    Address(NoAddress),
    Failure(Box<NetError>),
    Time(TimedOut),
}

/// What both families together say: any address counts; without one, the answer that may change
/// soonest does, so that no temporary failure passes for a name that does not exist.
fn pick_addresses(
    host: &str,
    gave_up: TimedOut,
    v4: Answer,
    v6: Answer,
) -> Result<Vec<IpAddr>, FetchError> {
    let mut addresses = Vec::new();
    let mut lack = Lack::Address(NoAddress::NoSuchName);
    for answer in [v4, v6] {
        let lacks = match answer {
            Ok(Ok(lookup)) => {
                addresses.extend(lookup.answers().iter().filter_map(address));
                Lack::Address(NoAddress::NoRecords)
            }
            Ok(Err(error)) => Lack::of(error, gave_up),
            Err(timed_out) => Lack::Time(timed_out),
        };
        if lacks.hope() > lack.hope() {
            lack = lacks;
        }
    }
    if addresses.is_empty() {
        Err(lack.about(host.to_owned()))
    } else {
        Ok(addresses)
    }
}

fn address(record: &Record) -> Option<IpAddr> {
    match &record.data {
        RData::A(ip) => Some(ip.0.into()),
        RData::AAAA(ip) => Some(ip.0.into()),
        _ => None,
    }
}

impl Lack {
    fn of(error: NetError, gave_up: TimedOut) -> Self {
        match error {
            NetError::Timeout => Self::Time(gave_up),
            NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
                ResponseCode::NXDomain => Self::Address(NoAddress::NoSuchName),
                ResponseCode::NoError => Self::Address(NoAddress::NoRecords),
                _ => Self::Failure(Box::new(DnsError::NoRecordsFound(none).into())),
            },
            other => Self::Failure(Box::new(other)),
        }
    }

    /// How likely the next question gets another answer.
    const fn hope(&self) -> u8 {
        match self {
            Self::Address(NoAddress::NoSuchName) => 0,
            Self::Address(NoAddress::NoRecords) => 1,
            Self::Failure(_) => 2,
            Self::Time(_) => 3,
        }
    }

    fn about(self, host: String) -> FetchError {
        match self {
            Self::Address(why) => FetchError::DnsNotFound { host, why },
            Self::Failure(source) => FetchError::DnsFailed { host, source },
            Self::Time(source) => FetchError::DnsTimeout { host, source },
        }
    }
}
