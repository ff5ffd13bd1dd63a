//! TLS before a plain server, with a certificate that is sound or not.
//!
//! It ends TLS and passes the bytes on, so that every fault of the sample site can be had over
//! TLS as well. Its authority is made anew for each front; nothing is ever trusted by default.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use native_tls::Identity;
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name};
use runtime::clock;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_native_tls::TlsAcceptor;

/// What is wrong with a server's TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// Nothing.
    Sound,
    /// It ended yesterday.
    Expired,
    /// It begins tomorrow.
    NotYet,
    /// It is for another host.
    OtherHost,
    /// No authority has signed it.
    SelfSigned,
    /// There is no handshake: the connection is accepted, and nothing is said.
    Mute,
    /// There is no TLS: the connection is accepted, and plain HTTP is spoken.
    Plain,
}

impl Certificate {
    /// All that a client must refuse.
    pub const BAD: [Self; 6] = [
        Self::Expired,
        Self::NotYet,
        Self::OtherHost,
        Self::SelfSigned,
        Self::Mute,
        Self::Plain,
    ];
}

const DAY_SECONDS: i64 = 86_400;

/// A running front. Dropping it cuts all connections.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    authority: NamedTempFile,
    accepted: Arc<AtomicU64>,
    tasks: JoinSet<()>,
}

impl TlsFront {
    /// Starts on a free loopback port before `target`.
    ///
    /// # Errors
    /// No port, or no certificate could be made.
    pub async fn start(target: SocketAddr, certificate: Certificate) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (acceptor, pem) = make(certificate)?;
        let mut authority = NamedTempFile::new()?;
        io::Write::write_all(&mut authority, &pem)?;
        let accepted = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&accepted);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _peer)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                connections.spawn(serve(client, target, certificate, acceptor.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            address,
            authority,
            accepted,
            tasks,
        })
    }

    /// The URL of `path`, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The authority's certificate, for a client to trust.
    #[must_use]
    pub fn authority(&self) -> &Path {
        self.authority.path()
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Cuts all connections and lets the port go.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// A client that refuses the certificate ends the connection; that is what it is for.
async fn serve(
    mut client: TcpStream,
    target: SocketAddr,
    certificate: Certificate,
    acceptor: TlsAcceptor,
) {
    let done = match certificate {
        Certificate::Mute => hang(&mut client).await,
        Certificate::Plain => pass(&mut client, target).await,
        Certificate::Sound
        | Certificate::Expired
        | Certificate::NotYet
        | Certificate::OtherHost
        | Certificate::SelfSigned => match acceptor.accept(client).await {
            Ok(mut client) => pass(&mut client, target).await,
            Err(refused) => Err(io::Error::other(refused)),
        },
    };
    if let Err(error) = done {
        tracing::debug!(error = %error, "a connection to the TLS front broke");
    }
}

async fn hang(client: &mut TcpStream) -> io::Result<()> {
    let mut ignored = [0; 1_024];
    while client.read(&mut ignored).await? > 0 {}
    Ok(())
}

async fn pass(
    client: &mut (impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin),
    target: SocketAddr,
) -> io::Result<()> {
    let mut server = TcpStream::connect(target).await?;
    copy_bidirectional(client, &mut server).await.map(drop)
}

/// What a server shows, and the bundle with which a client would believe it (but for its fault).
fn make(certificate: Certificate) -> io::Result<(TlsAcceptor, Vec<u8>)> {
    let (shown, key, authority) = certificates(certificate)?;
    let (shown, key) = (shown.to_pem()?, key.private_key_to_pem_pkcs8()?);
    let identity = Identity::from_pkcs8(&shown, &key).map_err(io::Error::other)?;
    let acceptor = native_tls::TlsAcceptor::new(identity).map_err(io::Error::other)?;
    Ok((acceptor.into(), authority.to_pem()?))
}

fn certificates(fault: Certificate) -> Result<(X509, PKey<Private>, X509), ErrorStack> {
    let authority_key = new_key()?;
    let mut draft = draft("Test authority", &authority_key, [-30, 30])?;
    draft.append_extension(BasicConstraints::new().critical().ca().build()?)?;
    let authority = sign(draft, &authority_key)?;
    let key = new_key()?;
    let days = match fault {
        Certificate::Expired => [-10, -1],
        Certificate::NotYet => [1, 10],
        Certificate::Sound
        | Certificate::OtherHost
        | Certificate::SelfSigned
        | Certificate::Mute
        | Certificate::Plain => [-1, 10],
    };
    let mut draft = self::draft("Test server", &key, days)?;
    let mut names = SubjectAlternativeName::new();
    match fault {
        Certificate::OtherHost => names.dns("elsewhere.example"),
        _any_other => names.ip("127.0.0.1"),
    };
    let own = fault == Certificate::SelfSigned;
    if !own {
        draft.set_issuer_name(authority.subject_name())?;
    }
    let names = names.build(&draft.x509v3_context(Some(&authority), None))?;
    draft.append_extension(names)?;
    let shown = sign(draft, if own { &key } else { &authority_key })?;
    Ok((shown, key, authority))
}

fn new_key() -> Result<PKey<Private>, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    PKey::from_ec_key(EcKey::generate(&group)?)
}

/// A certificate of `name` by itself, valid between two days from today.
fn draft(name: &str, key: &PKey<Private>, days: [i64; 2]) -> Result<X509Builder, ErrorStack> {
    let mut subject = X509Name::builder()?;
    subject.append_entry_by_text("CN", name)?;
    let subject = subject.build();
    let mut serial = BigNum::new()?;
    serial.rand(64, MsbOption::MAYBE_ZERO, false)?;
    let since = clock::wall().duration_since(std::time::UNIX_EPOCH);
    let now = since.map_or(0, |it| it.as_secs()).cast_signed();
    let [from, until] = days.map(|days| Asn1Time::from_unix(now + days * DAY_SECONDS));
    let mut draft = X509::builder()?;
    draft.set_version(2)?;
    draft.set_serial_number(&*serial.to_asn1_integer()?)?;
    draft.set_subject_name(&subject)?;
    draft.set_issuer_name(&subject)?;
    draft.set_pubkey(key)?;
    draft.set_not_before(&*from?)?;
    draft.set_not_after(&*until?)?;
    Ok(draft)
}

fn sign(mut draft: X509Builder, key: &PKey<Private>) -> Result<X509, ErrorStack> {
    draft.sign(key, MessageDigest::sha256())?;
    Ok(draft.build())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{Budget, Step};
    use native_tls::TlsConnector;
    use runtime::within;
    use site::{PAGES, Site};
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// How a handshake with the front's authority, trusted, ends; `None` if it does not.
    async fn handshake(
        front: &TlsFront,
    ) -> Option<Result<tokio_native_tls::TlsStream<TcpStream>, native_tls::Error>> {
        let pem = std::fs::read(front.authority()).expect("a bundle");
        let authority = native_tls::Certificate::from_pem(&pem).expect("a certificate");
        let connector = TlsConnector::builder()
            .disable_built_in_roots(true)
            .add_root_certificate(authority)
            .build()
            .expect("a connector");
        let stream = TcpStream::connect(front.address())
            .await
            .expect("it listens");
        let connector = tokio_native_tls::TlsConnector::from(connector);
        let budget = Budget::starting(clock::now(), Duration::from_secs(2));
        within(
            Step::Connect,
            &budget,
            connector.connect("127.0.0.1", stream),
        )
        .await
        .ok()
    }

    #[tokio::test]
    async fn a_sound_front_serves_the_site() {
        let site = Site::start().await.expect("a port");
        let front = TlsFront::start(site.address(), Certificate::Sound)
            .await
            .expect("a port");

        let mut stream = handshake(&front)
            .await
            .expect("in time")
            .expect("it is sound");
        let request = format!("GET {} HTTP/1.1\r\n\r\n", PAGES[0].path);
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it is open");
        let mut answer = Vec::new();
        let ended = stream.read_to_end(&mut answer).await;

        ended.expect("in order");
        assert!(answer.ends_with(PAGES[0].body));
        assert_eq!((front.accepted(), site.accepted()), (1, 1));
        front.stop().await;
        site.stop().await;
    }

    #[tokio::test]
    async fn every_bad_front_is_refused_by_a_client_that_trusts_its_authority() {
        let site = Site::start().await.expect("a port");

        for certificate in Certificate::BAD {
            let front = TlsFront::start(site.address(), certificate)
                .await
                .expect("a port");

            let ended = handshake(&front).await;

            match certificate {
                Certificate::Mute => assert!(ended.is_none()),
                _ => assert!(ended.is_some_and(|it| it.is_err()), "{certificate:?}"),
            }
            assert_eq!(front.accepted(), 1, "{certificate:?}");
            front.stop().await;
        }
        assert!(site.log().is_empty());
        site.stop().await;
    }
}
