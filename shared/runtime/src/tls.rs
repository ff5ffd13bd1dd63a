//! TLS as every client of Gleaner speaks it: from version 1.2 on, chain and host name verified.
//!
//! A bundle of certificates is read and checked with the configuration, so that a wrong one stops
//! the start. The system's certificates are read at the first secure connection: that costs tens of
//! milliseconds, which a cold start that never needs them should not pay.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{fmt, fs, io};

use native_tls::{Certificate, Protocol, TlsConnector};
use thiserror::Error;

/// Certificates of authorities that somebody trusts, from a PEM file.
#[derive(Clone)]
pub struct CaBundle {
    path: PathBuf,
    certificates: Vec<Certificate>,
}

/// Why a file is no bundle of certificates.
#[derive(Debug, Error)]
pub enum BadBundle {
    /// It cannot be read.
    #[error("is not a readable file: {}: {source}", path.display())]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A certificate in it is none.
    #[error("holds a certificate that does not parse: {}: {source}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: native_tls::Error,
    },
    /// Nothing in it is a certificate.
    #[error("holds no certificate in PEM form: {}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl CaBundle {
    /// Reads a bundle and every certificate in it.
    ///
    /// # Errors
    /// When the file cannot be read, or is no bundle, or an empty one.
    pub fn read(path: &Path) -> Result<Self, BadBundle> {
        let path = path.to_owned();
        let pem = match fs::read(&path) {
            Ok(pem) => pem,
            Err(source) => return Err(BadBundle::Unreadable { path, source }),
        };
        match Certificate::stack_from_pem(&pem) {
            Err(source) => Err(BadBundle::Invalid { path, source }),
            Ok(certificates) if certificates.is_empty() => Err(BadBundle::Empty { path }),
            Ok(certificates) => Ok(Self { path, certificates }),
        }
    }
}

impl fmt::Debug for CaBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaBundle({})", self.path.display())
    }
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// The system's authorities.
    #[default]
    System,
    /// The system's, and these.
    Also(CaBundle),
    /// These alone.
    Only(CaBundle),
}

impl Trust {
    /// The system's authorities, and a bundle's if there is one.
    #[must_use]
    pub fn also(bundle: Option<CaBundle>) -> Self {
        bundle.map_or(Self::System, Self::Also)
    }

    /// A bundle's authorities alone if there is one, otherwise the system's.
    #[must_use]
    pub fn only(bundle: Option<CaBundle>) -> Self {
        bundle.map_or(Self::System, Self::Only)
    }

    /// Builds a connector. Reads the system's certificates unless the trust is in others alone.
    ///
    /// # Errors
    /// When the TLS library refuses to start.
    pub fn connector(&self) -> Result<TlsConnector, native_tls::Error> {
        let mut builder = TlsConnector::builder();
        builder.min_protocol_version(Some(Protocol::Tlsv12));
        let bundle = match self {
            Self::System => None,
            Self::Also(bundle) => Some(bundle),
            Self::Only(bundle) => {
                builder.disable_built_in_roots(true);
                Some(bundle)
            }
        };
        for certificate in bundle.into_iter().flat_map(|bundle| &bundle.certificates) {
            builder.add_root_certificate(certificate.clone());
        }
        builder.build()
    }
}

/// The TLS of one client, set up at its first secure connection.
#[derive(Default)]
pub struct Tls {
    trust: Trust,
    connector: OnceLock<TlsConnector>,
}

impl Tls {
    /// A client's TLS; nothing is read yet.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self {
            trust,
            connector: OnceLock::new(),
        }
    }

    /// The connector, made on first use.
    ///
    /// # Errors
    /// As [`Trust::connector`].
    pub fn connector(&self) -> Result<TlsConnector, native_tls::Error> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector.clone());
        }
        let built = self.trust.connector()?;
        Ok(self.connector.get_or_init(|| built).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(pem: &str) -> BadBundle {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(&file, pem).expect("space");
        CaBundle::read(file.path()).expect_err("no bundle")
    }

    #[test]
    fn what_is_no_bundle_is_refused_with_its_own_word() {
        let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

        assert!(matches!(refused(""), BadBundle::Empty { .. }));
        assert!(matches!(refused("a letter"), BadBundle::Empty { .. }));
        assert!(matches!(refused(junk), BadBundle::Invalid { .. }));
        let nowhere = CaBundle::read(Path::new("/nowhere/at/all.pem"));
        assert!(matches!(nowhere, Err(BadBundle::Unreadable { .. })));
    }
}
