//! Opens a connection to addresses that were judged before, and to no others: nothing here knows
//! of names, so there is no second resolution that could answer differently.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use domain::{Budget, Step};
use runtime::tls::Tls;
use runtime::{clock, within, within_cap};
use tokio::net::TcpStream;
use tokio_native_tls::TlsConnector;

use crate::error::FetchError;
use crate::guard::Target;
use crate::reason::{NoAddress, Phase, SetupError};
use crate::wire::{Transport, Wire, WireLog};

/// Addresses of one host that are tried; the connect cap is shared among them.
const ADDRESSES_MAX: usize = 4;

/// What may come during a TLS handshake. Certificate chains are a few kilobytes; OpenSSL itself
/// takes at most 100 KB of them.
const HANDSHAKE_BYTES_MAX: u64 = 256 * 1024;

/// A connection that HTTP can be spoken over.
pub(crate) struct Connection {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) log: Arc<WireLog>,
}

/// Opens the connections of one process.
pub(crate) struct Dialer {
    pub(crate) tls: Tls,
    #[cfg(test)]
    pub(crate) detour: crate::tests::Detour,
}

impl Dialer {
    pub(crate) fn new(tls: Tls) -> Self {
        Self {
            tls,
            #[cfg(test)]
            detour: crate::tests::Detour::default(),
        }
    }

    /// Connects, with TLS if the target wants it. `budget` already ends at the connect cap.
    pub(crate) async fn dial(
        &self,
        target: &Target,
        addresses: &[SocketAddr],
        budget: &Budget,
    ) -> Result<Connection, FetchError> {
        let (address, stream) = self.first_to_answer(target, addresses, budget).await?;
        let (wire, log) = Wire::new(stream);
        if !target.tls {
            let transport = Box::new(wire);
            return Ok(Connection { transport, log });
        }
        log.allow(HANDSHAKE_BYTES_MAX);
        let host = target.host();
        let connector = self.tls.connector().map_err(SetupError::Tls);
        let connector = TlsConnector::from(connector.map_err(FetchError::Setup)?);
        let shaken = within(Step::Connect, budget, connector.connect(&host, wire)).await;
        match shaken {
            Ok(Ok(stream)) => {
                let transport = Box::new(stream);
                Ok(Connection { transport, log })
            }
            // The library's error does not tell a refused certificate from a broken wire; the wire
            // does.
            Ok(Err(source)) => Err(match log.ending() {
                Some(kind) => FetchError::ConnectFailed {
                    host,
                    address,
                    source: io::Error::new(kind, source),
                },
                None => FetchError::TlsInvalid { host, source },
            }),
            Err(source) => Err(FetchError::ConnectTimeout {
                host,
                address,
                phase: Phase::Tls,
                source,
            }),
        }
    }

    /// Tries the addresses in turn; each gets an equal share of the time that is left.
    async fn first_to_answer(
        &self,
        target: &Target,
        addresses: &[SocketAddr],
        budget: &Budget,
    ) -> Result<(SocketAddr, TcpStream), FetchError> {
        let host = target.host();
        let tried = addresses.len().min(ADDRESSES_MAX);
        let mut last = FetchError::DnsNotFound {
            host: host.clone(),
            why: NoAddress::NoRecords,
        };
        for (index, &address) in addresses.iter().take(tried).enumerate() {
            let sharers = u32::try_from(tried - index).unwrap_or(u32::MAX);
            let share = budget.remaining(clock::now()) / sharers;
            match within_cap(Step::Connect, share, budget, self.open(address)).await {
                Ok(Ok(stream)) => return Ok((address, stream)),
                Ok(Err(source)) => {
                    last = FetchError::ConnectFailed {
                        host: host.clone(),
                        address,
                        source,
                    }
                }
                Err(source) => {
                    last = FetchError::ConnectTimeout {
                        host: host.clone(),
                        address,
                        phase: Phase::Tcp,
                        source,
                    }
                }
            }
        }
        Err(last)
    }

    async fn open(&self, address: SocketAddr) -> io::Result<TcpStream> {
        // Tests see every address that would be dialled, and lead it to servers of their own.
        #[cfg(test)]
        let address = self.detour.lead(address);
        let stream = TcpStream::connect(address).await?;
        // The request goes out in one write; waiting to coalesce it only adds latency.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
