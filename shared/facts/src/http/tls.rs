//! TLS, set up at the first https call: reading the system's certificates costs tens of
//! milliseconds, which a cold start, or a model on this machine, should not pay.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use native_tls::{Certificate, Protocol};
use tokio_native_tls::TlsConnector;

use crate::error::SetupError;

/// The TLS client of one process. Chain and host name are verified.
pub(crate) struct Tls {
    additional: Vec<Certificate>,
    connector: OnceLock<TlsConnector>,
}

impl Tls {
    /// Reads the additional certificates, if any; the system's are read later.
    pub(crate) fn new(ca_file: Option<&PathBuf>) -> Result<Self, SetupError> {
        Ok(Self {
            additional: ca_file
                .map(|path| read(path))
                .transpose()?
                .unwrap_or_default(),
            connector: OnceLock::new(),
        })
    }

    /// The connector, made on first use.
    pub(crate) fn connector(&self) -> Result<TlsConnector, native_tls::Error> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector.clone());
        }
        let mut builder = native_tls::TlsConnector::builder();
        builder.min_protocol_version(Some(Protocol::Tlsv12));
        for certificate in &self.additional {
            builder.add_root_certificate(certificate.clone());
        }
        let built = TlsConnector::from(builder.build()?);
        Ok(self.connector.get_or_init(|| built).clone())
    }
}

fn read(path: &Path) -> Result<Vec<Certificate>, SetupError> {
    let failed = |problem: String| SetupError::Certificates {
        path: path.display().to_string(),
        problem,
    };
    let pem = fs::read(path).map_err(|error| failed(error.to_string()))?;
    let certificates =
        Certificate::stack_from_pem(&pem).map_err(|error| failed(error.to_string()))?;
    if certificates.is_empty() {
        return Err(failed("it holds no certificate".to_owned()));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_is_missing_or_holds_nothing_is_refused_at_the_start() {
        for path in [
            "/nowhere/at/all.pem",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ] {
            let refused = Tls::new(Some(&PathBuf::from(path)));

            assert!(
                matches!(refused, Err(SetupError::Certificates { .. })),
                "{path}"
            );
        }
    }
}
