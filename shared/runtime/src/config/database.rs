//! Postgres.

use std::path::PathBuf;

use url::Url;

use super::address::is_loopback;
use super::{Reader, Secret};

/// How the database connection is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseTls {
    /// Plain text: loopback, or a wire that is trusted for another reason.
    Off,
    /// TLS; certificate chain and host name are verified.
    VerifyFull {
        /// PEM bundle to trust instead of the system's.
        ca_file: Option<PathBuf>,
    },
}

/// Postgres.
#[derive(Clone, Debug)]
pub struct Database {
    /// `postgres://user:password@host:port/name`.
    pub url: Secret,
    /// Protection of the connection.
    pub tls: DatabaseTls,
}

impl Database {
    /// Reads `DATABASE_URL`, `DATABASE_TLS` and `DATABASE_CA_FILE`.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.required("DATABASE_URL", "postgres://user:password@host:5432/name")?;
        let url = match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "postgres" | "postgresql") => url,
            _ => {
                reader.fault("DATABASE_URL", "is not a postgres:// URL");
                return None;
            }
        };
        let ca_file = reader.optional("DATABASE_CA_FILE").map(PathBuf::from);
        if let Some(missing) = ca_file.as_ref().filter(|path| !path.is_file()) {
            reader.fault(
                "DATABASE_CA_FILE",
                format!("is not a file: {}", missing.display()),
            );
        }
        let tls = match reader.optional("DATABASE_TLS") {
            None if is_loopback(&url) && ca_file.is_none() => DatabaseTls::Off,
            None | Some("verify-full") => DatabaseTls::VerifyFull { ca_file },
            Some("off") => DatabaseTls::Off,
            Some(_) => {
                reader.fault("DATABASE_TLS", "is not one of verify-full, off");
                return None;
            }
        };
        Some(Self {
            url: Secret::new(text.to_owned()),
            tls,
        })
    }
}
