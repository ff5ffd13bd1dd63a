//! How the database is logged in to: with the URL of the environment, or with a secret that AWS keeps.
//!
//! A secret is read at the first connection, kept, and read again once when the server refuses it:
//! after a rotation nobody has to do anything. Two forms are known: a URL, and the JSON of RDS
//! (`username`, `password`, and `host`, `port`, `dbname` unless `DATABASE_URL` has them).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::limits::{DB_CONNECT_CAP, DB_STATEMENT_CAP};
use domain::{Budget, Step};
use runtime::config::{Database, DatabaseTls, StoredSecret};
use runtime::{SecretError, read_secret};
use serde::Deserialize;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::error::{DatabaseError, StoreError};

/// Where to connect and as whom.
pub(crate) struct Login {
    /// What the environment says; without a user when the secret has it.
    given: Config,
    secret: Option<StoredSecret>,
    /// What the secret said last.
    known: Mutex<Option<Config>>,
    application_name: String,
    ssl_mode: SslMode,
}

impl Login {
    /// Reads what the environment says. No network.
    pub(crate) fn new(database: &Database, application_name: &str) -> Result<Self, StoreError> {
        Ok(Self {
            given: match database.url.expose() {
                "" => Config::new(),
                url => parse(url, "DATABASE_URL")?,
            },
            secret: database.secret.clone(),
            known: Mutex::new(None),
            application_name: application_name.to_owned(),
            ssl_mode: match database.tls {
                DatabaseTls::Off => SslMode::Disable,
                DatabaseTls::VerifyFull { .. } => SslMode::Require,
            },
        })
    }

    /// What to connect with.
    pub(crate) async fn config(&self, budget: &Budget) -> Result<Config, StoreError> {
        let known = self.known().clone();
        match (&self.secret, known) {
            (None, _) => Ok(self.dressed(self.given.clone())),
            (Some(_), Some(known)) => Ok(known),
            (Some(secret), None) => self.read(secret, budget).await,
        }
    }

    /// What to connect with after `refused` was; `None` when there is nothing new.
    pub(crate) async fn after_refusal(
        &self,
        refused: &Config,
        budget: &Budget,
    ) -> Result<Option<Config>, StoreError> {
        let Some(secret) = &self.secret else {
            return Ok(None);
        };
        let fresh = self.read(secret, budget).await?;
        Ok((fresh != *refused).then_some(fresh))
    }

    async fn read(&self, secret: &StoredSecret, budget: &Budget) -> Result<Config, StoreError> {
        let text = read_secret(secret, Step::DbConnect, budget).await;
        let text = text.map_err(|error| unread(&error))?;
        let config = self.dressed(self.with_secret(text.expose())?);
        *self.known() = Some(config.clone());
        Ok(config)
    }

    fn with_secret(&self, text: &str) -> Result<Config, StoreError> {
        let problem = |what: &str| StoreError::Config {
            problem: format!("DATABASE_URL_SECRET: {what}"),
        };
        if !text.starts_with('{') {
            let url = Database::normal_url(text).map_err(|what| problem(&what))?;
            return parse(url.expose(), "DATABASE_URL_SECRET");
        }
        // the parser's own words would repeat the secret
        let parts: RdsSecret = serde_json::from_str(text)
            .map_err(|_words| problem("it is neither a URL nor the JSON of RDS"))?;
        let mut config = self.given.clone();
        config.user(parts.username).password(parts.password);
        if let Some(host) = parts.host {
            config = without_hosts(&config);
            config.host(host).port(parts.port.unwrap_or(5432));
        }
        if let Some(name) = parts.dbname {
            config.dbname(name);
        }
        if config.get_hosts().is_empty() {
            return Err(problem(
                "it names no host; give DATABASE_URL without a user",
            ));
        }
        Ok(config)
    }

    fn dressed(&self, mut config: Config) -> Config {
        let share = share_of(&config);
        config
            .application_name(&self.application_name)
            .connect_timeout(share)
            .tcp_user_timeout(DB_STATEMENT_CAP)
            .ssl_mode(self.ssl_mode);
        config
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Option<Config>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The secret as RDS writes and rotates it.
#[derive(Deserialize)]
struct RdsSecret {
    username: String,
    password: String,
    host: Option<String>,
    port: Option<u16>,
    dbname: Option<String>,
}

/// How long one host of several may take: a dead one leaves the next its time.
fn share_of(config: &Config) -> Duration {
    let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(1).max(1);
    DB_CONNECT_CAP / hosts
}

/// A URL as a configuration; its words are never repeated.
fn parse(url: &str, variable: &str) -> Result<Config, StoreError> {
    let parsed = url.parse();
    parsed.map_err(|error: tokio_postgres::Error| StoreError::Config {
        problem: format!("{variable}: {error}"),
    })
}

/// The same user, password and database, and nowhere to go yet.
fn without_hosts(config: &Config) -> Config {
    let mut bare = Config::new();
    if let Some(user) = config.get_user() {
        bare.user(user);
    }
    if let Some(password) = config.get_password() {
        bare.password(password);
    }
    if let Some(name) = config.get_dbname() {
        bare.dbname(name);
    }
    bare
}

/// A secret that cannot be read: the extension's refusal is a matter of rights, all else passes.
fn unread(error: &SecretError) -> StoreError {
    let source = DatabaseError {
        sqlstate: None,
        io: None,
        object: None,
        what: format!("read the database's secret: {error}"),
    };
    match error {
        SecretError::Refused(_) | SecretError::NoText => StoreError::Auth { source },
        SecretError::Unreachable(_) => StoreError::Unavailable { source },
    }
}

#[cfg(test)]
mod tests {
    use runtime::config::Secret;

    use super::*;

    fn login(url: &str) -> Login {
        let database = Database {
            secret: None,
            url: Secret::new(url.to_owned()),
            tls: DatabaseTls::Off,
            search_path: Vec::new(),
        };
        Login::new(&database, "test").expect("a sound URL")
    }

    #[test]
    fn each_of_several_hosts_has_its_share_of_the_time() {
        let config: Config = "postgres://a:1,b:2/d".parse().expect("sound");

        assert_eq!(share_of(&config), DB_CONNECT_CAP / 2);
    }

    #[test]
    fn a_secret_is_a_url_or_the_json_of_rds() {
        let bare = "postgres://db.example:6432/news";
        for (given, secret, expected) in [
            ("", "postgres://u:p@h:1/d", "postgres://u:p@h:1/d"),
            (
                bare,
                r#"{"username":"u","password":"p"}"#,
                "postgres://u:p@db.example:6432/news",
            ),
            (
                "",
                r#"{"engine":"postgres","username":"u","password":"p/@","host":"h","port":5433,"dbname":"d"}"#,
                "postgres://u:p%2F%40@h:5433/d",
            ),
        ] {
            let read = login(given).with_secret(secret).expect("a sound secret");

            let expected: Config = expected.parse().expect("a URL");
            assert_eq!(read.get_user(), expected.get_user(), "{secret}");
            assert_eq!(read.get_password(), expected.get_password(), "{secret}");
            assert_eq!(read.get_hosts(), expected.get_hosts(), "{secret}");
            assert_eq!(read.get_ports(), expected.get_ports(), "{secret}");
            assert_eq!(read.get_dbname(), expected.get_dbname(), "{secret}");
        }
    }

    #[test]
    fn a_secret_that_cannot_be_used_is_named_and_never_repeated() {
        for secret in [
            r#"{"username":"u","password":"hunter2"}"#,
            r#"{"password":"hunter2"}"#,
            "postgres://u:hunter2@h:notaport/d",
            "hunter2",
        ] {
            let refused = login("").with_secret(secret).err();

            let told = format!("{refused:?}");
            assert!(told.contains("DATABASE_URL_SECRET"), "{secret}: {told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}
