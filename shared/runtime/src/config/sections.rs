//! The sections of the configuration, one per adapter.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use domain::limits;
use url::Url;

use super::{Environment, Reader, Secret};

/// The function's own surroundings.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name, `local` outside Lambda.
    pub name: String,
    /// Its least severe log level.
    pub log_level: tracing::Level,
    /// The time limit that stands in for a deadline that cannot be used.
    pub time_default: Duration,
    /// Whether this is AWS's Lambda, not an emulator or the local cloud.
    pub in_real_lambda: bool,
}

impl Function {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let log_level = read_level(reader.environment()).unwrap_or_else(|variable| {
            reader.fault(variable, "is not one of trace, debug, info, warn, error");
            tracing::Level::INFO
        });
        let default_s = limits::INVOCATION_DEFAULT.as_secs();
        let time = reader.seconds("GLEANER_TIMEOUT_DEFAULT_S", default_s, 1..=900);
        Self {
            name: reader
                .optional("AWS_LAMBDA_FUNCTION_NAME")
                .unwrap_or("local")
                .to_owned(),
            log_level,
            time_default: time.unwrap_or(limits::INVOCATION_DEFAULT),
            in_real_lambda: in_real_lambda(reader),
        }
    }
}

/// The log level to start telemetry with, before the configuration is judged: `info` when the
/// variable cannot be read, which the configuration's reader reports.
#[must_use]
pub fn log_level(environment: &Environment) -> tracing::Level {
    read_level(environment).unwrap_or(tracing::Level::INFO)
}

/// The level, or the variable that holds something else. Ours wins over Lambda's.
fn read_level(environment: &Environment) -> Result<tracing::Level, &'static str> {
    let ours = environment
        .get("GLEANER_LOG")
        .map(|text| ("GLEANER_LOG", text));
    let lambdas = || {
        Some((
            "AWS_LAMBDA_LOG_LEVEL",
            environment.get("AWS_LAMBDA_LOG_LEVEL")?,
        ))
    };
    let Some((variable, text)) = ours.or_else(lambdas) else {
        return Ok(tracing::Level::INFO);
    };
    match text.to_ascii_lowercase().as_str() {
        "trace" => Ok(tracing::Level::TRACE),
        "debug" => Ok(tracing::Level::DEBUG),
        "info" => Ok(tracing::Level::INFO),
        "warn" => Ok(tracing::Level::WARN),
        "error" | "fatal" => Ok(tracing::Level::ERROR),
        _ => Err(variable),
    }
}

/// AWS sets the initialization type; of the emulators only SAM's does, which also names itself.
fn in_real_lambda(reader: &Reader<'_>) -> bool {
    reader.optional("AWS_LAMBDA_INITIALIZATION_TYPE").is_some()
        && reader.optional("AWS_SAM_LOCAL").is_none()
}

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

/// Whether a URL's host is this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// Credentials as Lambda puts them into the environment.
#[derive(Clone, Debug)]
pub struct AwsKeys {
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: Secret,
    /// Session token of temporary credentials.
    pub session_token: Option<Secret>,
}

/// The queue.
#[derive(Clone, Debug)]
pub struct Sqs {
    /// The queue's URL.
    pub queue_url: String,
    /// The region that requests are signed for.
    pub region: String,
    /// Another endpoint than AWS's.
    pub endpoint: Option<Url>,
    /// What requests are signed with.
    pub keys: AwsKeys,
}

impl Sqs {
    /// Reads `QUEUE_URL`, `AWS_REGION`, `AWS_ENDPOINT_URL_SQS` and the credentials.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let queue_url = reader.required(
            "QUEUE_URL",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/articles",
        );
        let has_user = |url: &Url| !url.username().is_empty() || url.password().is_some();
        if queue_url.is_some_and(|text| Url::parse(text).is_ok_and(|url| has_user(&url))) {
            reader.fault(
                "QUEUE_URL",
                "has a user or password in it; credentials go into AWS_…",
            );
        }
        let region = reader.required("AWS_REGION", "eu-west-1");
        let key_id = reader.required("AWS_ACCESS_KEY_ID", "set by Lambda");
        let key = reader.required("AWS_SECRET_ACCESS_KEY", "set by Lambda");
        let endpoint = url(reader, "AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:4566");
        Some(Self {
            queue_url: queue_url?.to_owned(),
            region: region?.to_owned(),
            endpoint,
            keys: AwsKeys {
                access_key_id: key_id?.to_owned(),
                secret_access_key: Secret::new(key?.to_owned()),
                session_token: reader.secret("AWS_SESSION_TOKEN"),
            },
        })
    }
}

/// An http or https URL that may be absent; anything else is a fault.
fn url(reader: &mut Reader<'_>, name: &str, example: &str) -> Option<Url> {
    let text = reader.optional(name)?;
    let parsed = endpoint(text);
    if parsed.is_none() {
        reader.fault(
            name,
            format!("is not an http or https URL without a user (example: {example})"),
        );
    }
    parsed
}

/// An endpoint's URL. One with a user or password in it is none: URLs are shown in logs.
fn endpoint(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && matches!(url.scheme(), "http" | "https")).then_some(url)
}

/// Fetching pages.
#[derive(Clone, Debug, Default)]
pub struct Fetch {
    /// A page or address in the user agent, for site owners who want to complain.
    pub contact: Option<String>,
    /// The only private addresses that may be dialled, each with its port.
    pub allow_addrs: Vec<SocketAddr>,
    /// A name server to ask instead of the system's.
    pub dns: Option<SocketAddr>,
    /// PEM bundle to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl Fetch {
    /// Reads the `FETCH_` variables.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut allow_addrs = Vec::new();
        for part in reader
            .optional("FETCH_ALLOW_ADDRS")
            .unwrap_or("")
            .split(',')
        {
            match part.trim() {
                "" => {}
                text => match text.parse() {
                    Ok(address) => allow_addrs.push(address),
                    Err(_) => reader.fault(
                        "FETCH_ALLOW_ADDRS",
                        format!("has {text:?}, which is not ip:port"),
                    ),
                },
            }
        }
        if !allow_addrs.is_empty() && in_real_lambda(reader) {
            reader.fault("FETCH_ALLOW_ADDRS", "is refused inside Lambda");
        }
        let dns = reader.optional("FETCH_DNS").and_then(|text| {
            let parsed = text.parse().ok();
            if parsed.is_none() {
                reader.fault("FETCH_DNS", "is not ip:port");
            }
            parsed
        });
        Some(Self {
            contact: reader.optional("FETCH_CONTACT").map(str::to_owned),
            allow_addrs,
            dns,
            ca_file: reader.optional("FETCH_CA_FILE").map(PathBuf::from),
        })
    }
}

/// The shape of an LLM endpoint's requests and replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `OpenAI` Chat Completions.
    OpenAi,
    /// Anthropic Messages.
    Anthropic,
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

/// A secret that is kept by AWS and read through Lambda's Parameters and Secrets extension, a
/// server on this machine.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    /// Its name or ARN.
    pub name: String,
    /// The extension's port on loopback.
    pub port: u16,
    /// What the extension wants to see: the function's session token.
    pub token: Option<Secret>,
}

impl StoredSecret {
    fn read(reader: &mut Reader<'_>, variable: &str) -> Option<Self> {
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

/// The LLM.
#[derive(Clone, Debug)]
pub struct Llm {
    /// The models to ask, in order.
    pub routes: Vec<Route>,
    /// The key.
    pub api_key: Option<Secret>,
    /// The secret that holds the key instead, read through the secrets extension.
    pub api_key_secret: Option<StoredSecret>,
    /// Price table that overrides the embedded one: JSON text.
    pub prices: Option<String>,
    /// Longest time for all calls of an article.
    pub time_max: Duration,
    /// PEM bundle to trust besides the system's.
    pub ca_file: Option<PathBuf>,
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
        let time_max = reader.seconds("GLEANER_LLM_TIME_S", limits::LLM_CAP.as_secs(), 1..=840)?;
        Some(Self {
            routes,
            api_key,
            api_key_secret,
            prices: reader.optional("LLM_PRICES").map(str::to_owned),
            time_max,
            ca_file: reader.optional("LLM_CA_FILE").map(PathBuf::from),
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

/// `EXTRACT_SELECTORS="host=selector; host=selector"`. Whether a selector is one is for the
/// extraction to say.
pub(super) fn read_selectors(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let mut selectors = Vec::new();
    let text = reader.optional("EXTRACT_SELECTORS").unwrap_or("");
    for part in text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part
            .split_once('=')
            .map(|(host, selector)| (host.trim(), selector.trim()))
        {
            Some((host, selector)) if !host.is_empty() && !selector.is_empty() => {
                selectors.push((host.to_ascii_lowercase(), selector.to_owned()));
            }
            _ => reader.fault(
                "EXTRACT_SELECTORS",
                format!("has {part:?}, which is not host=selector"),
            ),
        }
    }
    selectors
}
