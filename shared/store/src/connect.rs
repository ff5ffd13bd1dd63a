//! Opens connections: the URL, TLS, and the limit that covers DNS, TCP, TLS and login together.

use std::time::Duration;

use domain::limits::DB_CONNECT_CAP;
use domain::{Budget, Step};
use native_tls::TlsConnector;
use postgres_native_tls::MakeTlsConnector;
use runtime::config::{Database, DatabaseTls};
use runtime::tls::{CaBundle, Trust};
use runtime::within_cap;
use tokio_postgres::{CancelToken, Config, NoTls};

use crate::connection::Connection;
use crate::error::StoreError;
use crate::login::Login;

/// A cancel request is a courtesy to the server; it never costs more than this.
const CANCEL_CAP: Duration = Duration::from_millis(300);

/// Knows how to reach the database; opens nothing by itself.
pub(crate) struct Connector {
    login: Login,
    tls: Option<MakeTlsConnector>,
}

impl Connector {
    /// Reads the configuration and the CA bundle. No network.
    pub(crate) fn new(database: &Database, application_name: &str) -> Result<Self, StoreError> {
        let tls = match &database.tls {
            DatabaseTls::Off => None,
            DatabaseTls::VerifyFull { ca_file } => {
                Some(MakeTlsConnector::new(verifying(ca_file.clone())?))
            }
        };
        Ok(Self {
            login: Login::new(database, application_name)?,
            tls,
        })
    }

    /// Connects within the budget and the cap of connecting. A login that is refused is tried once
    /// more when its secret has changed.
    pub(crate) async fn connect(&self, budget: &Budget) -> Result<Connection, StoreError> {
        let config = self.login.config(budget).await?;
        let refused = match self.dial(&config, budget).await {
            Err(error @ StoreError::Auth { .. }) => error,
            ended => return ended,
        };
        match self.login.after_refusal(&config, budget).await? {
            Some(fresh) => {
                tracing::info!("the database's secret has changed and was read again");
                self.dial(&fresh, budget).await
            }
            None => Err(refused),
        }
    }

    async fn dial(&self, config: &Config, budget: &Budget) -> Result<Connection, StoreError> {
        let opening = async {
            match &self.tls {
                Some(tls) => config
                    .connect(tls.clone())
                    .await
                    .map(|(client, driver)| Connection::new(client, driver)),
                None => config
                    .connect(NoTls)
                    .await
                    .map(|(client, driver)| Connection::new(client, driver)),
            }
        };
        match within_cap(Step::DbConnect, DB_CONNECT_CAP, budget, opening).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(StoreError::from_client(&error)),
            Err(timed_out) => Err(StoreError::Timeout(timed_out)),
        }
    }

    /// Asks the server to stop what a given-up connection was doing.
    pub(crate) async fn cancel(&self, token: &CancelToken) {
        let now = runtime::clock::now();
        let courtesy = Budget::starting(now, CANCEL_CAP);
        let asking = async {
            match &self.tls {
                Some(tls) => token.cancel_query(tls.clone()).await,
                None => token.cancel_query(NoTls).await,
            }
        };
        match within_cap(Step::DbQuery, CANCEL_CAP, &courtesy, asking).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = %error, "could not cancel a query"),
            Err(error) => tracing::warn!(error = %error, "could not cancel a query"),
        }
    }
}

/// A connector that trusts the bundle alone when there is one.
fn verifying(ca_file: Option<CaBundle>) -> Result<TlsConnector, StoreError> {
    let connector = Trust::only(ca_file).connector();
    connector.map_err(|error| StoreError::Config {
        problem: format!("set up TLS for the database: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use runtime::config::Secret;

    use super::*;

    #[test]
    fn a_bad_url_is_named_without_its_password() {
        let database = Database {
            secret: None,
            url: Secret::new("postgres://u:hunter2@h:notaport/d".to_owned()),
            tls: DatabaseTls::Off,
            search_path: Vec::new(),
        };

        let error = Connector::new(&database, "test")
            .err()
            .expect("the port is no number");

        assert!(
            !format!("{error} {error:?}").contains("hunter2"),
            "{error:?}"
        );
    }
}
