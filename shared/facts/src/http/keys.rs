//! The key of each endpoint: never shown, never sent to another host than its own.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::{Budget, Step};
use http::HeaderValue;
use runtime::config::{KeyHeader, Llm, Route, Secret, StoredSecret, is_loopback};
use runtime::{SecretError, read_secret, within_cap};
use tokio::sync::Mutex;
use url::Url;

use crate::dialect::key_header;
use crate::error::{KeySent, SetupError};

/// Longest wait for a key: another call may be reading it, and the extension may ask AWS.
const READ_CAP: Duration = Duration::from_secs(3);

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
        let keys =
            serde_json::from_str::<BTreeMap<String, String>>(text).unwrap_or_else(|_not_a_map| {
                let first = routes.first().and_then(|route| host_of(&route.base_url));
                first
                    .map(|host| (host, text.to_owned()))
                    .into_iter()
                    .collect()
            });
        let keys = keys.into_iter().map(|(host, key)| (host, bare(&key)));
        let keys = keys.filter(|(_, key)| !key.is_empty());
        Self {
            by_host: keys.map(|(host, key)| (host, Secret::new(key))).collect(),
        }
    }

    /// How a call is authorised, for the host that the key belongs to.
    pub(crate) fn authorisation(
        &self,
        header: KeyHeader,
        base: &Url,
    ) -> Result<Option<Authorisation<'_>>, SetupError> {
        let Some(key) = host_of(base).and_then(|host| self.by_host.get(&host)) else {
            return Ok(None);
        };
        if !may_carry_key(base) {
            let endpoint = base.origin().ascii_serialization();
            return Err(SetupError::PlainKey { endpoint });
        }
        let key = key.expose();
        if key.contains(char::is_whitespace) {
            return Err(SetupError::BadKey);
        }
        let (name, text, sent) = match header {
            KeyHeader::Authorization => (
                "authorization",
                format!("Bearer {key}"),
                KeySent::Authorization,
            ),
            KeyHeader::XApiKey => ("x-api-key", key.to_owned(), KeySent::XApiKey),
            KeyHeader::ApiKey => ("api-key", key.to_owned(), KeySent::ApiKey),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_invalid| SetupError::BadKey)?;
        value.set_sensitive(true);
        Ok(Some(Authorisation {
            name,
            value,
            sent,
            key,
        }))
    }
}

/// A header with a key in it.
pub(crate) struct Authorisation<'k> {
    pub(crate) name: &'static str,
    pub(crate) value: HeaderValue,
    pub(crate) sent: KeySent,
    /// The key alone, to be kept out of what is shown.
    pub(crate) key: &'k str,
}

/// The key without what people and shells leave around it: quotation marks, blanks, the header's name
/// and scheme.
fn bare(text: &str) -> String {
    const QUOTES: [(char, char); 5] =
        [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’')];
    let mut key = text.trim();
    loop {
        let quoted = QUOTES
            .iter()
            .find_map(|(open, close)| key.strip_prefix(*open)?.strip_suffix(*close));
        let named = ["authorization:", "bearer "].iter().find_map(|name| {
            let head = key.get(..name.len())?;
            let is_it = head.eq_ignore_ascii_case(name);
            is_it.then(|| key.get(name.len()..)).flatten()
        });
        match quoted.or(named) {
            Some(less) => key = less.trim(),
            None => break,
        }
    }
    if key != text.trim() {
        tracing::warn!(
            "the LLM key is used without the quotation marks or the name that stand around it"
        );
    }
    key.to_owned()
}

/// Where the keys come from, and what was read there.
pub(crate) struct KeyChain {
    stored: Option<StoredSecret>,
    routes: Vec<Route>,
    header: Option<KeyHeader>,
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
                let header = header_of(config.key_header, route);
                ring.authorisation(header, &route.base_url)?;
            }
        }
        Ok(Self {
            stored,
            routes: config.routes.clone(),
            header: config.key_header,
            ring: Mutex::new(ring.map(Arc::new)),
        })
    }

    /// The header that carries a route's key.
    pub(crate) fn header(&self, route: &Route) -> KeyHeader {
        header_of(self.header, route)
    }

    /// The keys; read on the first use.
    pub(crate) async fn ring(&self, budget: &Budget) -> Result<Arc<KeyRing>, SecretError> {
        let reading = async {
            let mut ring = self.ring.lock().await;
            match (&*ring, &self.stored) {
                (Some(known), _) => Ok(Arc::clone(known)),
                (None, None) => Ok(Arc::default()),
                (None, Some(stored)) => {
                    let read = Arc::new(self.read(stored, budget).await?);
                    *ring = Some(Arc::clone(&read));
                    Ok(read)
                }
            }
        };
        in_time(budget, reading).await
    }

    /// Reads the keys again after `refused` was refused. `false`: there is nothing new.
    pub(crate) async fn read_again(
        &self,
        refused: &Arc<KeyRing>,
        budget: &Budget,
    ) -> Result<bool, SecretError> {
        let Some(stored) = &self.stored else {
            return Ok(false);
        };
        let reading = async {
            let mut ring = self.ring.lock().await;
            if ring.as_ref().is_none_or(|known| known == refused) {
                *ring = Some(Arc::new(self.read(stored, budget).await?));
            }
            Ok(ring.as_ref() != Some(refused))
        };
        in_time(budget, reading).await
    }

    async fn read(&self, stored: &StoredSecret, budget: &Budget) -> Result<KeyRing, SecretError> {
        let text = Box::pin(read_secret(stored, Step::Llm, budget)).await?;
        Ok(KeyRing::read(text.expose(), &self.routes))
    }
}

/// Gives a reading its time, the wait for another one included.
async fn in_time<T>(
    budget: &Budget,
    reading: impl Future<Output = Result<T, SecretError>>,
) -> Result<T, SecretError> {
    match within_cap(Step::Llm, READ_CAP, budget, reading).await {
        Ok(read) => read,
        Err(timed_out) => Err(SecretError::Unreachable(timed_out.to_string())),
    }
}

fn header_of(set: Option<KeyHeader>, route: &Route) -> KeyHeader {
    set.unwrap_or_else(|| key_header(route.dialect, &route.base_url))
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
    use runtime::config::Dialect;

    use super::*;

    fn route(base: &str) -> Route {
        Route {
            model: "m".to_owned(),
            base_url: Url::parse(base).expect("a URL"),
            dialect: Dialect::OpenAi,
        }
    }

    fn header(ring: &KeyRing, base: &str) -> Result<Option<String>, SetupError> {
        let header = ring.authorisation(KeyHeader::Authorization, &route(base).base_url)?;
        Ok(header.map(|it| it.value.to_str().expect("ASCII").to_owned()))
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
    fn what_people_leave_around_a_key_is_taken_off() {
        let base = "https://a.test/v1";
        for text in [
            "\"k1\"",
            "'k1'\n",
            "“k1”",
            "Bearer k1",
            "\"bearer  k1\"",
            "Authorization: Bearer k1",
            r#"{"a.test":" 'k1' "}"#,
        ] {
            let ring = KeyRing::read(text, &[route(base)]);
            assert_eq!(
                header(&ring, base),
                Ok(Some("Bearer k1".to_owned())),
                "{text}"
            );
        }
        for text in ["", " ", "\"\""] {
            let ring = KeyRing::read(text, &[route(base)]);
            assert_eq!(header(&ring, base), Ok(None), "{text}");
        }
        let broken = KeyRing::read("k1 k2", &[route(base)]);
        assert_eq!(header(&broken, base), Err(SetupError::BadKey));
    }

    #[test]
    fn the_header_that_is_set_carries_the_key() {
        let base = route("https://a.test/v1");
        let ring = KeyRing::read("k1", std::slice::from_ref(&base));

        let sent = ring.authorisation(KeyHeader::ApiKey, &base.base_url);

        let sent = sent.expect("it may be sent").expect("a key");
        assert_eq!((sent.name, sent.value.as_bytes()), ("api-key", &b"k1"[..]));
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
