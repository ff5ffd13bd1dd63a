//! The LLM: routes, dialects, keys.

use std::time::Duration;

use domain::limits;
use url::Url;

use super::address::{endpoint, is_loopback, is_near, url};
use super::{Reader, Secret, StoredSecret};
use crate::tls::CaBundle;

/// The shape of an LLM endpoint's requests and replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `OpenAI` Chat Completions.
    OpenAi,
    /// Anthropic Messages.
    Anthropic,
}

/// The header that carries the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHeader {
    /// `authorization: Bearer …`
    Authorization,
    /// `x-api-key`
    XApiKey,
    /// `api-key`
    ApiKey,
}

/// One model at one endpoint.
#[derive(Clone, Debug)]
pub struct Route {
    /// The model's name.
    pub model: String,
    /// The endpoint's base, such as `https://api.example.com/v1`.
    pub base_url: Url,
    /// How it is spoken to.
    pub dialect: Dialect,
}

impl Route {
    /// Whether the model runs on this machine or in the same private network: it may be slow, and it
    /// is not paid by the call.
    #[must_use]
    pub fn is_near(&self) -> bool {
        is_near(&self.base_url)
    }
}

/// The LLM.
#[derive(Clone, Debug)]
pub struct Llm {
    /// The models to ask, in order.
    pub routes: Vec<Route>,
    /// The key.
    pub api_key: Option<Secret>,
    /// The secret that holds the key instead, read through the secrets extension.
    pub api_key_secret: Option<StoredSecret>,
    /// The header that carries it, where it is not the dialect's and the host's usual one.
    pub key_header: Option<KeyHeader>,
    /// Price table that overrides the embedded one: JSON text.
    pub prices: Option<String>,
    /// Longest time for all calls of an article.
    pub time_max: Duration,
    /// PEM bundle to trust besides the system's.
    pub ca_file: Option<CaBundle>,
}

impl Llm {
    /// Reads the `LLM_` variables.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let base_url = url(reader, "LLM_BASE_URL", "https://api.openai.com/v1");
        let dialect = match reader.optional("LLM_DIALECT") {
            None => None,
            Some("openai") => Some(Dialect::OpenAi),
            Some("anthropic") => Some(Dialect::Anthropic),
            Some(_) => {
                reader.fault("LLM_DIALECT", "is not one of openai, anthropic");
                None
            }
        };
        let key_header = match reader.optional("LLM_KEY_HEADER") {
            None => None,
            Some("authorization") => Some(KeyHeader::Authorization),
            Some("x-api-key") => Some(KeyHeader::XApiKey),
            Some("api-key") => Some(KeyHeader::ApiKey),
            Some(_) => {
                let problem = "is not one of authorization, x-api-key, api-key";
                reader.fault("LLM_KEY_HEADER", problem);
                None
            }
        };
        let routes = read_routes(reader, base_url.as_ref(), dialect);
        let api_key = reader.secret("LLM_API_KEY");
        let api_key_secret = StoredSecret::read(reader, "LLM_API_KEY_SECRET");
        if api_key.is_some() || api_key_secret.is_some() {
            for route in routes
                .iter()
                .filter(|route| route.base_url.scheme() == "http")
            {
                if !is_loopback(&route.base_url) {
                    let problem = "is http: a key travels only over https, or to this machine";
                    reader.fault("LLM_BASE_URL", problem);
                }
            }
        }
        let usual = if routes.iter().any(Route::is_near) {
            limits::LLM_NEAR_CAP
        } else {
            limits::LLM_CAP
        };
        let time_max = reader.seconds("GLEANER_LLM_TIME_S", usual.as_secs(), 1..=840)?;
        Some(Self {
            routes,
            api_key,
            api_key_secret,
            key_header,
            prices: reader.optional("LLM_PRICES").map(str::to_owned),
            time_max,
            ca_file: reader.ca_bundle("LLM_CA_FILE"),
        })
    }
}

/// `LLM_MODELS="name@endpoint, …"`, or `LLM_MODEL` at `LLM_BASE_URL`.
fn read_routes(
    reader: &mut Reader<'_>,
    base: Option<&Url>,
    dialect: Option<Dialect>,
) -> Vec<Route> {
    let chain = reader
        .optional("LLM_MODELS")
        .or_else(|| reader.optional("LLM_MODEL"));
    let Some(chain) = chain else {
        reader.fault("LLM_MODEL", "is missing (example: gpt-5-mini)");
        return Vec::new();
    };
    let mut routes = Vec::new();
    for part in chain
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (model, endpoint) = match part.rsplit_once("@http") {
            Some((model, rest)) => (model, endpoint(&format!("http{rest}"))),
            None => (part, base.cloned()),
        };
        match endpoint {
            Some(base_url) => {
                let dialect = dialect.unwrap_or_else(|| guess_dialect(&base_url));
                routes.push(Route {
                    model: model.to_owned(),
                    base_url,
                    dialect,
                });
            }
            None => reader.fault(
                "LLM_BASE_URL",
                format!("is missing, and model {model:?} names no endpoint"),
            ),
        }
    }
    routes
}

fn guess_dialect(base_url: &Url) -> Dialect {
    match base_url.host_str() {
        Some(host) if host.ends_with("anthropic.com") => Dialect::Anthropic,
        _ => Dialect::OpenAi,
    }
}
