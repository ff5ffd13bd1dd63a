//! An authority made for one test, and servers with certificates of it.

use std::net::IpAddr;
use std::sync::Arc;

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use super::site::{Site, drain, read_head};

/// Days from today.
const YEAR: i64 = 365;
const DAY_SECONDS: i64 = 86_400;

pub(super) struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

pub(super) struct Leaf {
    key: PKey<Private>,
    certificate: X509,
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
    let key = EcKey::generate(&group).expect("entropy");
    PKey::from_ec_key(key).expect("a key")
}

/// A builder with names, dates and `key` set.
fn draft(name: &str, key: &PKey<Private>, days: [i64; 2]) -> X509Builder {
    let mut subject = X509NameBuilder::new().expect("memory");
    subject.append_entry_by_text("CN", name).expect("a name");
    let subject = subject.build();
    let mut serial = BigNum::new().expect("memory");
    serial
        .rand(64, MsbOption::MAYBE_ZERO, false)
        .expect("entropy");
    let now = std::time::UNIX_EPOCH
        .elapsed()
        .expect("after 1970")
        .as_secs();
    let now = i64::try_from(now).expect("before the end of time");
    let [from, until] =
        days.map(|day| Asn1Time::from_unix(now + day * DAY_SECONDS).expect("a date"));
    let mut draft = X509::builder().expect("memory");
    draft.set_version(2).expect("version 3");
    draft
        .set_serial_number(&serial.to_asn1_integer().expect("a number"))
        .expect("memory");
    draft.set_subject_name(&subject).expect("memory");
    draft.set_issuer_name(&subject).expect("memory");
    draft.set_pubkey(key).expect("a key");
    draft.set_not_before(&from).expect("a date");
    draft.set_not_after(&until).expect("a date");
    draft
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = key();
        let mut draft = draft("Test authority", &key, [-1, YEAR]);
        let basic = BasicConstraints::new()
            .critical()
            .ca()
            .build()
            .expect("an extension");
        draft.append_extension(basic).expect("memory");
        draft.sign(&key, MessageDigest::sha256()).expect("a key");
        Self {
            key,
            certificate: draft.build(),
        }
    }

    /// The authority's certificate as a bundle to trust.
    pub(super) fn file(&self) -> NamedTempFile {
        let mut file = NamedTempFile::new().expect("a temporary directory");
        let pem = self.certificate.to_pem().expect("memory");
        std::io::Write::write_all(&mut file, &pem).expect("space");
        file
    }

    /// A sound certificate for `host`.
    pub(super) fn leaf(&self, host: &str) -> Leaf {
        self.leaf_between(host, [-1, YEAR])
    }

    /// A certificate for `host` that is valid between two days.
    pub(super) fn leaf_between(&self, host: &str, days: [i64; 2]) -> Leaf {
        let key = key();
        let mut draft = draft("Test leaf", &key, days);
        draft
            .set_issuer_name(self.certificate.subject_name())
            .expect("memory");
        let context = draft.x509v3_context(Some(&self.certificate), None);
        let mut names = SubjectAlternativeName::new();
        match host.parse::<IpAddr>() {
            Ok(_) => names.ip(host),
            Err(_) => names.dns(host),
        };
        let names = names.build(&context).expect("an extension");
        draft.append_extension(names).expect("memory");
        draft
            .sign(&self.key, MessageDigest::sha256())
            .expect("a key");
        Leaf {
            key,
            certificate: draft.build(),
        }
    }
}

impl Leaf {
    pub(super) fn acceptor(&self) -> Arc<tokio_native_tls::TlsAcceptor> {
        let key = self.key.private_key_to_pem_pkcs8().expect("memory");
        let certificate = self.certificate.to_pem().expect("memory");
        let identity = native_tls::Identity::from_pkcs8(&certificate, &key).expect("they match");
        let acceptor = native_tls::TlsAcceptor::new(identity).expect("a sound identity");
        Arc::new(acceptor.into())
    }

    /// A TLS server that gives every request `answer` and ends in order.
    pub(super) async fn serve(&self, answer: impl Into<Vec<u8>>) -> Site {
        let (acceptor, answer) = (self.acceptor(), Arc::<[u8]>::from(answer.into()));
        Site::accepting(move |stream| {
            let (acceptor, answer) = (Arc::clone(&acceptor), Arc::clone(&answer));
            async move {
                // A client that refuses the certificate ends the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                if read_head(&mut stream).await.is_some() && stream.write_all(&answer).await.is_ok()
                {
                    stream.shutdown().await.expect("the client waits");
                    drain(&mut stream).await;
                }
            }
        })
        .await
    }
}
