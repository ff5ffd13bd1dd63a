//! TLS, set up at the first https URL: reading the system's certificates costs tens of
//! milliseconds, which a cold start that never needs them should not pay.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use native_tls::{Certificate, Protocol};

use crate::reason::SetupError;

/// The TLS client of one process.
pub(crate) struct Tls {
    ca_file: Option<PathBuf>,
    inner: OnceLock<tokio_native_tls::TlsConnector>,
}

impl Tls {
    pub(crate) fn new(ca_file: Option<PathBuf>) -> Self {
        Self {
            ca_file,
            inner: OnceLock::new(),
        }
    }

    /// The connector, made on first use.
    pub(crate) fn connector(&self) -> Result<&tokio_native_tls::TlsConnector, SetupError> {
        if let Some(connector) = self.inner.get() {
            return Ok(connector);
        }
        let built = self.build()?;
        Ok(self.inner.get_or_init(|| built))
    }

    /// Chain and host name are verified by default, and nothing here turns that off.
    fn build(&self) -> Result<tokio_native_tls::TlsConnector, SetupError> {
        let mut builder = native_tls::TlsConnector::builder();
        builder.min_protocol_version(Some(Protocol::Tlsv12));
        for certificate in self.additional()? {
            builder.add_root_certificate(certificate);
        }
        builder.build().map(Into::into).map_err(SetupError::Tls)
    }

    fn additional(&self) -> Result<Vec<Certificate>, SetupError> {
        let Some(path) = &self.ca_file else {
            return Ok(Vec::new());
        };
        let unreadable = |source| SetupError::CaFile {
            path: path.clone(),
            source,
        };
        let pem = fs::read(path).map_err(|error| unreadable(error.into()))?;
        Certificate::stack_from_pem(&pem).map_err(|error| unreadable(error.into()))
    }
}
