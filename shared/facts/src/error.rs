//! Everything that can go wrong between a text and its facts: a closed set with data. One variant
//! is one decision of the judge; nobody has to look into a message.

use std::fmt;
use std::time::Duration;

use domain::{ErrorClass, limits};
use runtime::SecretError;
use thiserror::Error;

/// Why no facts came of a text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FactsError {
    /// The client cannot be built from its configuration. Final until somebody changes it.
    #[error("set up the LLM client")]
    Setup(#[source] SetupError),
    /// The key could not be read from where it is kept. Nothing was asked.
    #[error("read the LLM key for {endpoint}")]
    Secret {
        /// The endpoint that the key is for.
        endpoint: String,
        /// Why.
        #[source]
        source: SecretError,
    },
    /// Less than a call needs was left, before or between calls.
    #[error("ask the LLM with {} ms left", left.as_millis())]
    OutOfTime {
        /// What was left.
        left: Duration,
    },
    /// No connection, or it broke.
    #[error("reach the LLM at {endpoint}")]
    Unreachable {
        /// The endpoint.
        endpoint: String,
        /// What broke.
        #[source]
        source: TransportError,
    },
    /// No complete answer in time.
    #[error("await the LLM at {endpoint}: timed out after {} ms (GLEANER_LLM_TIME_S is the longest time for an article)", waited.as_millis())]
    Slow {
        /// The endpoint.
        endpoint: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The time was over while the answer was still coming: nothing is wrong with the endpoint. What
    /// came is kept.
    #[error("read the answer of {endpoint}: after {} ms {pieces} tokens had come, and more were coming", waited.as_millis())]
    Unfinished {
        /// The endpoint.
        endpoint: String,
        /// How long the answer had.
        waited: Duration,
        /// What had come, about a token each.
        pieces: u32,
    },
    /// An inner failure of the endpoint: 408, 409, 5xx.
    #[error("ask the LLM at {endpoint}: status {status}{said}")]
    Server {
        /// The endpoint.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// What the endpoint asked for.
        retry_after: Option<Duration>,
        /// What it said.
        said: Excerpt,
    },
    /// A rate limit.
    #[error("ask the LLM at {endpoint}: rate limit, status {status}{said}")]
    Throttled {
        /// The endpoint.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// What the endpoint asked for.
        retry_after: Option<Duration>,
        /// What it said.
        said: Excerpt,
    },
    /// The account is out of credit. Never retried: only a person can change it.
    #[error("ask the LLM at {endpoint}: out of credit, status {status}{said}")]
    Quota {
        /// The endpoint.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        said: Excerpt,
    },
    /// The key is refused, also after it was read again.
    #[error("ask the LLM at {endpoint}: key refused, status {status}; {sent}{said}")]
    Auth {
        /// The endpoint.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// How the key was sent.
        sent: KeySent,
        /// What the endpoint said.
        said: Excerpt,
    },
    /// The endpoint refuses the request itself.
    #[error("ask model {model:?} at {endpoint}: {problem}, status {status}{said}")]
    Config {
        /// The endpoint.
        endpoint: String,
        /// The model that was asked for.
        model: String,
        /// The HTTP status.
        status: u16,
        /// What is wrong.
        problem: ConfigProblem,
        /// What the endpoint said.
        said: Excerpt,
    },
    /// The endpoint refuses this request, and may take others.
    #[error("ask model {model:?} at {endpoint}: it refuses this request, status {status}{said}")]
    Rejected {
        /// The endpoint.
        endpoint: String,
        /// The model that was asked for.
        model: String,
        /// The HTTP status.
        status: u16,
        /// What the endpoint said.
        said: Excerpt,
    },
    /// The text passes the model's context, in halves too.
    #[error("fit the text into the context of the LLM at {endpoint}")]
    TooLong {
        /// The endpoint.
        endpoint: String,
    },
    /// A content filter withheld the answer.
    #[error("pass the content filter of {endpoint}{said}")]
    Filtered {
        /// The endpoint.
        endpoint: String,
        /// What it said.
        said: Excerpt,
    },
    /// The model refused.
    #[error("get facts from {endpoint}: the model refused")]
    Refused {
        /// The endpoint.
        endpoint: String,
    },
    /// The answer was cut, halves too, and holds no complete fact.
    #[error("get a whole answer from {endpoint}")]
    Truncated {
        /// The endpoint.
        endpoint: String,
    },
    /// The answer, and the one after it, is not what was asked for.
    #[error("read the answer of {endpoint}")]
    Invalid {
        /// The endpoint.
        endpoint: String,
        /// What it is instead.
        #[source]
        flaw: Flaw,
    },
    /// Facts came back, none of which has its words in the text.
    #[error("ground {returned} facts in the text")]
    Ungrounded {
        /// Facts that came back.
        returned: i32,
    },
}

/// What an endpoint said: short, on one line, without keys and words of the page. Shown behind an
/// error, if there is any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    pub(crate) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The words; none when nothing was said.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "; it says {:?}", self.0)
    }
}

/// How a key was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Error)]
pub enum KeySent {
    /// There is none for this host.
    #[default]
    #[error("no key was sent: none is set for this host (LLM_API_KEY)")]
    None,
    /// `authorization: Bearer …`
    #[error("it was sent in the header authorization (LLM_KEY_HEADER names another)")]
    Authorization,
    /// `x-api-key`
    #[error("it was sent in the header x-api-key (LLM_KEY_HEADER names another)")]
    XApiKey,
    /// `api-key`
    #[error("it was sent in the header api-key (LLM_KEY_HEADER names another)")]
    ApiKey,
}

/// What follows from a failure, whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// The class under which it is recorded.
    pub class: ErrorClass,
    /// The same chunk, asked again, would end the same way: the fault lies in the text or in how the
    /// model takes it, not in the endpoint or the moment.
    pub is_about_the_text: bool,
    /// Every model of the same account is as far away.
    pub is_whole_account: bool,
    pub(crate) repeat: Repeat,
    pub(crate) next_model: NextModel,
    /// Its route is out for the other chunks of the same text too.
    pub(crate) is_out: bool,
}

/// Which repeat on the same route may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// A fresh connection.
    Reconnect,
    /// The same call after a wait.
    AfterWait,
    /// The same call at once.
    Clean,
    /// The same call with the key read again.
    WithFreshKey,
    /// None.
    Never,
}

/// Whether the next model of the chain may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextModel {
    /// It may.
    Any,
    /// Another account only, which is another host.
    OtherHost,
    /// No: a broken configuration is to be seen, not gone round.
    No,
}

impl FactsError {
    /// The one table of what follows from each failure.
    #[must_use]
    pub const fn traits(&self) -> Traits {
        use ErrorClass as C;
        let (class, repeat, next_model) = match self {
            Self::Setup(_) => (C::Setup, Repeat::Never, NextModel::No),
            Self::Secret { .. } => (C::LlmAuth, Repeat::Never, NextModel::No),
            Self::OutOfTime { .. } | Self::Unfinished { .. } => {
                (C::OutOfTime, Repeat::Never, NextModel::No)
            }
            Self::Unreachable { .. } => (C::LlmUnreachable, Repeat::Reconnect, NextModel::Any),
            Self::Slow { .. } => (C::LlmTimeout, Repeat::Never, NextModel::Any),
            Self::Server { .. } => (C::LlmServer, Repeat::AfterWait, NextModel::Any),
            Self::Throttled { .. } => (C::LlmThrottled, Repeat::AfterWait, NextModel::Any),
            Self::Quota { .. } => (C::LlmQuota, Repeat::Never, NextModel::OtherHost),
            Self::Auth { .. } => (C::LlmAuth, Repeat::WithFreshKey, NextModel::No),
            Self::Config { .. } => (C::LlmConfig, Repeat::Never, NextModel::No),
            Self::Rejected { .. } => (C::LlmConfig, Repeat::Never, NextModel::Any),
            Self::TooLong { .. } => (C::LlmTooLong, Repeat::Never, NextModel::Any),
            Self::Filtered { .. } => (C::LlmFiltered, Repeat::Never, NextModel::OtherHost),
            Self::Refused { .. } => (C::LlmRefused, Repeat::Never, NextModel::OtherHost),
            Self::Truncated { .. } => (C::LlmTruncated, Repeat::Never, NextModel::Any),
            Self::Invalid { .. } => (C::LlmInvalid, Repeat::Clean, NextModel::Any),
            Self::Ungrounded { .. } => (C::LlmUngrounded, Repeat::Never, NextModel::No),
        };
        Traits {
            class,
            is_about_the_text: matches!(
                class,
                C::LlmTooLong
                    | C::LlmFiltered
                    | C::LlmRefused
                    | C::LlmTruncated
                    | C::LlmInvalid
                    | C::LlmUngrounded
            ) || matches!(self, Self::Rejected { .. }),
            is_whole_account: matches!(
                self,
                Self::Quota { .. } | Self::Auth { .. } | Self::Unreachable { .. }
            ),
            repeat,
            next_model,
            is_out: matches!(
                class,
                C::LlmUnreachable | C::LlmTimeout | C::LlmServer | C::LlmThrottled | C::LlmQuota
            ),
        }
    }

    /// Whether it shows that the route answers. A request that is refused for no known reason may be one of
    /// many.
    pub(crate) const fn is_an_answer(&self) -> bool {
        self.traits().is_about_the_text && !matches!(self, Self::Rejected { .. })
    }

    /// How long the endpoint asked to be left alone.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        if let Self::Server { retry_after, .. } | Self::Throttled { retry_after, .. } = self {
            *retry_after
        } else {
            None
        }
    }
}

/// Why the client cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SetupError {
    /// `LLM_PRICES` is no price table.
    #[error("read LLM_PRICES: {0}")]
    Prices(String),
    /// No model is configured.
    #[error("find a model in the configuration: there is none")]
    NoModel,
    /// A key would travel in plain text to another machine.
    #[error("send a key over plain http to {endpoint}: only https or this machine may have it")]
    PlainKey {
        /// The endpoint.
        endpoint: String,
    },
    /// A key holds a character that no header may carry.
    #[error("use the LLM key: it holds blanks or other characters that no key has")]
    BadKey,
}

/// Where a connection broke, and the transport's own words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{stage}: {detail}")]
pub struct TransportError {
    /// How far it came.
    pub stage: Stage,
    /// The transport's words, without the URL.
    pub detail: String,
}

/// How far a call came before its connection broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Stage {
    /// DNS, TCP, TLS.
    #[error("connect")]
    Connect,
    /// The request, or waiting for the first bytes of the answer.
    #[error("send the request")]
    Request,
    /// The answer's body.
    #[error("read the body")]
    Body,
}

/// What an endpoint has against the request itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConfigProblem {
    /// It says that it has no such model.
    #[error("no such model")]
    UnknownModel,
    /// 404 without a word of the model, or it says that it has no such path.
    #[error(
        "no such path or model (LLM_BASE_URL ends where /chat/completions begins, often in /v1)"
    )]
    UnknownPath,
    /// An HTML page: a firewall or another server stands in the way.
    #[error("an HTML page answers, as of a firewall; it is not the endpoint")]
    Walled,
    /// It refuses every form of the request that there is.
    #[error("every form of the request is refused")]
    NoCommonForm,
    /// It answers with a redirect; keys are never sent through one.
    #[error("it redirects")]
    Redirected,
}

/// What an answer is instead of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// Longer than the byte cap.
    #[error("longer than {} bytes", limits::LLM_REPLY_BYTES_MAX)]
    TooLarge,
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not the dialect's JSON: HTML, an event stream, nothing.
    #[error("not the dialect's JSON")]
    NotJson,
    /// It does not decompress.
    #[error("not decompressible")]
    Encoding,
    /// What the model wrote did not pass the endpoint's own check.
    #[error("not the schema, by the endpoint's own check")]
    OwnCheck,
    /// No choice, no message.
    #[error("without a choice")]
    NoChoice,
    /// No text, no refusal.
    #[error("without text")]
    NoText,
    /// Text that holds no JSON object.
    #[error("prose")]
    Prose,
    /// Reasoning, and nothing after it.
    #[error("reasoning without an answer after it")]
    OnlyReasoning,
    /// An empty list beside other words, another list or an unknown end: whether it was meant is not known.
    #[error("an empty list beside something else, which may not be the answer")]
    DoubtfulEmpty,
    /// JSON, but not the schema: `facts` missing, null, no list, or no item with quote and claim.
    #[error("not the schema")]
    NotSchema,
}
