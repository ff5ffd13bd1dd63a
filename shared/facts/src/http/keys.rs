//! The key of each endpoint: never shown, never sent to another host than its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Budget;
use http::HeaderValue;
use runtime::config::{Dialect, Llm, Route, Secret, StoredSecret, is_loopback};
use tokio::sync::Mutex;
use url::Url;

use crate::dialect::{KeyHeader, key_header};
use crate::error::{SecretError, SetupError};
use crate::http::client::Client;
use crate::http::secret;

/// Keys by host. A plain key belongs to the first route's host; a JSON object of host → key names
/// its hosts itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyRing {
    by_host: BTreeMap<String, Secret>,
}

impl KeyRing {
    /// Reads what `LLM_API_KEY`, or the secret, holds.
    pub(crate) fn read(text: &str, routes: &[Route]) -> Self {
        let text = text.trim();
        let by_host = serde_json::from_str::<BTreeMap<String, String>>(text).map_or_else(
            |_not_a_map| {
                let first = routes.first().and_then(|route| host_of(&route.base_url));
                first
                    .map(|host| (host, Secret::new(text.to_owned())))
                    .into_iter()
                    .collect()
            },
            |map| {
                let keys = map.into_iter();
                keys.map(|(host, key)| (host, Secret::new(key))).collect()
            },
        );
        Self { by_host }
    }

    /// The header that authorises a call, for the host that the key belongs to.
    pub(crate) fn header(
        &self,
        dialect: Dialect,
        base: &Url,
    ) -> Result<Option<(&'static str, HeaderValue)>, SetupError> {
        let Some(key) = host_of(base).and_then(|host| self.by_host.get(&host)) else {
            return Ok(None);
        };
        if !may_carry_key(base) {
            let endpoint = base.origin().ascii_serialization();
            return Err(SetupError::PlainKey { endpoint });
        }
        let (name, text) = match key_header(dialect, base) {
            KeyHeader::Bearer => ("authorization", format!("Bearer {}", key.expose())),
            KeyHeader::XApiKey => ("x-api-key", key.expose().to_owned()),
            KeyHeader::ApiKey => ("api-key", key.expose().to_owned()),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_invalid| SetupError::BadKey)?;
        value.set_sensitive(true);
        Ok(Some((name, value)))
    }
}

/// Where the keys come from, and what was read there.
pub(crate) struct KeyChain {
    stored: Option<StoredSecret>,
    routes: Vec<Route>,
    /// Held while the secret is read, so that chunks side by side read it once.
    ring: Mutex<Option<Arc<KeyRing>>>,
}

impl KeyChain {
    /// Takes the key of the environment, or what is needed to read it later. No network.
    pub(crate) fn new(config: &Llm) -> Result<Self, SetupError> {
        let key = config.api_key.as_ref();
        let ring = key.map(|key| KeyRing::read(key.expose(), &config.routes));
        let stored = config.api_key_secret.clone().filter(|_| ring.is_none());
        let ring = ring.or_else(|| stored.is_none().then(KeyRing::default));
        for route in &config.routes {
            if let Some(ring) = &ring {
                ring.header(route.dialect, &route.base_url)?;
            }
        }
        Ok(Self {
            stored,
            routes: config.routes.clone(),
            ring: Mutex::new(ring.map(Arc::new)),
        })
    }

    /// The keys; read on the first use.
    pub(crate) async fn ring(
        &self,
        client: &Client,
        budget: &Budget,
    ) -> Result<Arc<KeyRing>, SecretError> {
        let reading = async {
            let mut ring = self.ring.lock().await;
            match (&*ring, &self.stored) {
                (Some(known), _) => Ok(Arc::clone(known)),
                (None, None) => Ok(Arc::default()),
                (None, Some(stored)) => {
                    let read = Arc::new(self.read(client, stored).await?);
                    *ring = Some(Arc::clone(&read));
                    Ok(read)
                }
            }
        };
        secret::in_time(budget, reading).await
    }

    /// Reads the keys again after `refused` was refused. `false`: there is nothing new.
    pub(crate) async fn read_again(
        &self,
        client: &Client,
        refused: &Arc<KeyRing>,
        budget: &Budget,
    ) -> Result<bool, SecretError> {
        let Some(stored) = &self.stored else {
            return Ok(false);
        };
        let reading = async {
            let mut ring = self.ring.lock().await;
            if ring.as_ref().is_none_or(|known| known == refused) {
                *ring = Some(Arc::new(self.read(client, stored).await?));
            }
            Ok(ring.as_ref() != Some(refused))
        };
        secret::in_time(budget, reading).await
    }

    async fn read(&self, client: &Client, stored: &StoredSecret) -> Result<KeyRing, SecretError> {
        let text = secret::read(client, stored).await?;
        Ok(KeyRing::read(text.expose(), &self.routes))
    }
}

/// Host, and port where it is not the scheme's own.
fn host_of(base: &Url) -> Option<String> {
    let host = base.host_str()?;
    Some(
        base.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
    )
}

/// A key travels over https, or within this machine.
fn may_carry_key(base: &Url) -> bool {
    base.scheme() == "https" || is_loopback(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(base: &str) -> Route {
        Route {
            model: "m".to_owned(),
            base_url: Url::parse(base).expect("a URL"),
            dialect: Dialect::OpenAi,
        }
    }

    fn header(ring: &KeyRing, base: &str) -> Result<Option<String>, SetupError> {
        let header = ring.header(Dialect::OpenAi, &route(base).base_url)?;
        Ok(header.map(|(_, value)| value.to_str().expect("ASCII").to_owned()))
    }

    #[test]
    fn a_plain_key_goes_to_the_first_route_s_host_alone() {
        let routes = [route("https://a.test/v1"), route("https://b.test/v1")];

        let ring = KeyRing::read(" k1\n", &routes);

        assert_eq!(
            header(&ring, "https://a.test/v1"),
            Ok(Some("Bearer k1".to_owned()))
        );
        assert_eq!(header(&ring, "https://b.test/v1"), Ok(None));
        assert_eq!(header(&ring, "https://a.test:8443/v1"), Ok(None));
    }

    #[test]
    fn a_map_gives_each_host_its_own() {
        let ring = KeyRing::read(r#"{"a.test":"k1","127.0.0.1:9":"k2"}"#, &[]);

        assert_eq!(
            header(&ring, "https://a.test/v1"),
            Ok(Some("Bearer k1".to_owned()))
        );
        assert_eq!(
            header(&ring, "http://127.0.0.1:9/v1"),
            Ok(Some("Bearer k2".to_owned()))
        );
    }

    #[test]
    fn no_key_travels_in_plain_text_and_none_shows() {
        let ring = KeyRing::read("canary-key", &[route("http://a.test/v1")]);

        assert!(matches!(
            header(&ring, "http://a.test/v1"),
            Err(SetupError::PlainKey { .. })
        ));
        assert!(!format!("{ring:?}").contains("canary"));
    }
}
