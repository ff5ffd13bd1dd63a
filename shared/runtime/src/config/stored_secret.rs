//! Secrets that AWS keeps: their names, and the way to them.

use super::{Reader, Secret};

/// A secret that is kept by AWS and read through Lambda's Parameters and Secrets extension, a
/// server on this machine.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    /// Its name or ARN; one that begins with `/` is a parameter of the Parameter Store.
    pub name: String,
    /// The extension's port on loopback.
    pub port: u16,
    /// What the extension wants to see: the function's session token.
    pub token: Option<Secret>,
}

impl StoredSecret {
    /// The secret that `variable` names, if it is set.
    pub(super) fn read(reader: &mut Reader<'_>, variable: &str) -> Option<Self> {
        let name = reader.optional(variable)?.to_owned();
        let port = reader.number(
            "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT",
            2773,
            1..=u64::from(u16::MAX),
        )?;
        Some(Self {
            name,
            port: u16::try_from(port).ok()?,
            token: reader.secret("AWS_SESSION_TOKEN"),
        })
    }
}
