//! Everything that can go wrong between a text and its facts: a closed set with data. One variant
//! is one decision of the judge; nobody has to look into a message.

use std::time::Duration;

use domain::{ErrorClass, limits};
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
    #[error("await the LLM at {endpoint} for {} ms", waited.as_millis())]
    Slow {
        /// The endpoint.
        endpoint: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// An inner failure of the endpoint: 408, 409, 5xx.
    #[error("ask the LLM at {endpoint}: status {status}")]
    Server {
        /// The endpoint.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// What the endpoint asked for.
        retry_after: Option<Duration>,
    },
    /// A rate limit.
    #[error("ask the LLM at {endpoint}: rate limit, status {status}")]
    Throttled {
        /// The endpoint.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// What the endpoint asked for.
        retry_after: Option<Duration>,
    },
    /// The account is out of credit. Never retried: only a person can change it.
    #[error("ask the LLM at {endpoint}: out of credit, status {status}")]
    Quota {
        /// The endpoint.
        endpoint: String,
        /// The HTTP status.
        status: u16,
    },
    /// The key is refused, also after it was read again.
    #[error("ask the LLM at {endpoint}: key refused, status {status}")]
    Auth {
        /// The endpoint.
        endpoint: String,
        /// The HTTP status.
        status: u16,
    },
    /// The endpoint refuses the request itself.
    #[error("ask model {model:?} at {endpoint}: {problem}, status {status}")]
    Config {
        /// The endpoint.
        endpoint: String,
        /// The model that was asked for.
        model: String,
        /// The HTTP status.
        status: u16,
        /// What is wrong.
        problem: ConfigProblem,
    },
    /// The text passes the model's context, in halves too.
    #[error("fit the text into the context of the LLM at {endpoint}")]
    TooLong {
        /// The endpoint.
        endpoint: String,
    },
    /// A content filter withheld the answer.
    #[error("pass the content filter of {endpoint}")]
    Filtered {
        /// The endpoint.
        endpoint: String,
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
            Self::OutOfTime { .. } => (C::OutOfTime, Repeat::Never, NextModel::No),
            Self::Unreachable { .. } => (C::LlmUnreachable, Repeat::Reconnect, NextModel::Any),
            Self::Slow { .. } => (C::LlmTimeout, Repeat::Never, NextModel::Any),
            Self::Server { .. } => (C::LlmServer, Repeat::AfterWait, NextModel::Any),
            Self::Throttled { .. } => (C::LlmThrottled, Repeat::AfterWait, NextModel::Any),
            Self::Quota { .. } => (C::LlmQuota, Repeat::Never, NextModel::OtherHost),
            Self::Auth { .. } => (C::LlmAuth, Repeat::WithFreshKey, NextModel::No),
            Self::Config { .. } => (C::LlmConfig, Repeat::Never, NextModel::No),
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
            ),
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
    #[error("use the LLM key: it holds characters that no header may carry")]
    BadKey,
}

/// Why the key cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// The extension does not answer.
    #[error("ask the secrets extension: {0}")]
    Unreachable(String),
    /// The extension refuses.
    #[error("ask the secrets extension: status {0}")]
    Refused(u16),
    /// What it gives is no key.
    #[error("read the secret: it is no key")]
    NotAKey,
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
    /// 404, or it says that it has no such model.
    #[error("no such model or path")]
    UnknownModel,
    /// It refuses every form of the request that there is.
    #[error("every form of the request is refused")]
    NoCommonForm,
    /// It refuses the request for a reason that is not known here.
    #[error("the request is refused")]
    Rejected,
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
    /// Status 200 with an error inside.
    #[error("an error under status 200")]
    ErrorInside,
    /// No choice, no message.
    #[error("without a choice")]
    NoChoice,
    /// No text, no refusal.
    #[error("without text")]
    NoText,
    /// Text that holds no JSON object.
    #[error("prose")]
    Prose,
    /// JSON, but not the schema: `facts` missing, null, no list, or no item with quote and claim.
    #[error("not the schema")]
    NotSchema,
}
