//! Postgres.

use super::database_url::{DatabaseUrl, read_schemas};
use super::{Reader, Secret, StoredSecret};
use crate::tls::CaBundle;

/// How the database connection is protected.
#[derive(Clone, Debug)]
pub enum DatabaseTls {
    /// Plain text: loopback, or a wire that is trusted for another reason.
    Off,
    /// TLS; certificate chain and host name are verified.
    VerifyFull {
        /// PEM bundle to trust instead of the system's.
        ca_file: Option<CaBundle>,
    },
}

/// Postgres.
#[derive(Clone, Debug)]
pub struct Database {
    /// `postgres://user:password@host:port/name`, percent-encoded, with nothing in it that the client
    /// does not read.
    /// With a secret it may lack the user, or be empty.
    pub url: Secret,
    /// The secret that holds the login: a URL, or the JSON that RDS keeps.
    pub secret: Option<StoredSecret>,
    /// Protection of the connection.
    pub tls: DatabaseTls,
    /// Schemas in which names are looked up; empty: as the role has it.
    pub search_path: Vec<String>,
}

impl Database {
    /// A URL out of a secret in the form that the store reads.
    ///
    /// # Errors
    /// What is wrong, without the URL.
    pub fn normal_url(text: &str) -> Result<Secret, String> {
        DatabaseUrl::parse(text).map(|url| Secret::new(url.url))
    }

    /// Reads `DATABASE_URL`, `DATABASE_URL_SECRET`, `DATABASE_SCHEMA`, `DATABASE_TLS` and
    /// `DATABASE_CA_FILE`.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let secret = StoredSecret::read(reader, "DATABASE_URL_SECRET");
        let url = if secret.is_some() && reader.optional("DATABASE_URL").is_none() {
            DatabaseUrl::in_a_secret()
        } else {
            let text =
                reader.required("DATABASE_URL", "postgres://user:password@host:5432/name")?;
            match DatabaseUrl::parse(text) {
                Ok(url) => url,
                Err(problem) => {
                    reader.fault("DATABASE_URL", problem);
                    return None;
                }
            }
        };
        let ca_file = reader.ca_bundle("DATABASE_CA_FILE");
        let tls = match reader.optional("DATABASE_TLS") {
            None if url.is_local && ca_file.is_none() => DatabaseTls::Off,
            None | Some("verify-full") => DatabaseTls::VerifyFull { ca_file },
            Some("off") => DatabaseTls::Off,
            Some(_) => {
                reader.fault(
                    "DATABASE_TLS",
                    "is not one of verify-full, off; a self-signed certificate is trusted by \
                     verify-full with DATABASE_CA_FILE",
                );
                return None;
            }
        };
        if url.needs_channel && matches!(tls, DatabaseTls::Off) {
            reader.fault(
                "DATABASE_URL",
                "asks for channel_binding=require, which needs TLS, and DATABASE_TLS is off: remove one",
            );
        }
        let search_path = match reader.optional("DATABASE_SCHEMA").map(read_schemas) {
            None => url.search_path,
            Some(Ok(schemas)) => schemas,
            Some(Err(problem)) => {
                reader.fault("DATABASE_SCHEMA", problem);
                return None;
            }
        };
        Some(Self {
            url: Secret::new(url.url),
            secret,
            tls,
            search_path,
        })
    }
}
