//! The closed set of reasons for which an article is not done. Each is a stable word in rows,
//! logs, alarms and on the command line.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};
use thiserror::Error;

/// No error class is spelt so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown error class `{0}`")]
pub struct UnknownClass(pub String);

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Why an article is not done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorClass { $($(#[$doc])* $name,)* }

        impl ErrorClass {
            /// Every class there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The class as rows and logs spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

classes! {
    /// The URL is missing, blank, too long, or no URL.
    BadUrl = "bad_url",
    /// The URL, or a hop of it, points where Gleaner never goes.
    SsrfDenied = "ssrf_denied",
    /// The host has no address.
    DnsNotFound = "dns_not_found",
    /// The resolver did not answer in time.
    DnsTimeout = "dns_timeout",
    /// The resolver answered with a failure.
    DnsFailed = "dns_failed",
    /// No TCP connection: refused, unreachable.
    ConnectFailed = "connect_failed",
    /// TCP or TLS did not finish in time.
    ConnectTimeout = "connect_timeout",
    /// The certificate does not hold.
    TlsInvalid = "tls_invalid",
    /// The page did not come in time.
    FetchTimeout = "fetch_timeout",
    /// The connection broke, or did not speak HTTP.
    FetchReset = "fetch_reset",
    /// The body ended before its announced end.
    BodyTruncated = "body_truncated",
    /// The body does not decompress.
    BodyCorrupt = "body_corrupt",
    /// The body passes the byte cap.
    TooLarge = "too_large",
    /// The answer is no HTML.
    NotHtml = "not_html",
    /// Redirects loop, are too many, or lead nowhere.
    BadRedirect = "bad_redirect",
    /// 401 or 403.
    HttpDenied = "http_denied",
    /// 404 or 410.
    HttpGone = "http_gone",
    /// Another status that will not change by itself: 400, 451, 204, 304 …
    HttpRejected = "http_rejected",
    /// 425 or 429.
    HttpThrottled = "http_throttled",
    /// 408 or 5xx.
    HttpServer = "http_server",
    /// Parsing passed its own limit.
    ParseDeadline = "parse_deadline",
    /// The page holds no article text; the reason is stored beside it.
    NoText = "no_text",
    /// The page is a check whether the reader is a person, or a refusal to take them for one.
    PageChallenge = "page_challenge",
    /// The page says that there is none at its address, under a status that says otherwise.
    PageNotFound = "page_not_found",
    /// The page says that its site is being worked on.
    PageMaintenance = "page_maintenance",
    /// The page is not shown to readers of some countries, ours among them.
    PageGeoBlock = "page_geo_block",
    /// The page is for those who log in.
    PageLogin = "page_login",
    /// The page is for those who give their consent, or pay.
    PageConsentWall = "page_consent_wall",
    /// The domain has no site: it is for sale, expired or just set up.
    PageParked = "page_parked",
    /// The page reports an error of its server.
    PageError = "page_error",
    /// Another worker asks about the same text right now.
    TextAtWork = "text_at_work",
    /// The LLM endpoint cannot be reached.
    LlmUnreachable = "llm_unreachable",
    /// The LLM endpoint did not answer in time.
    LlmTimeout = "llm_timeout",
    /// The LLM endpoint asks for patience.
    LlmThrottled = "llm_throttled",
    /// The LLM endpoint has an inner failure.
    LlmServer = "llm_server",
    /// The account is out of credit.
    LlmQuota = "llm_quota",
    /// The key is refused.
    LlmAuth = "llm_auth",
    /// The model or endpoint does not exist, or refuses every form of the request.
    LlmConfig = "llm_config",
    /// The breaker is open: the endpoint is known to be out.
    LlmBreakerOpen = "llm_breaker_open",
    /// The day's hard budget is spent.
    LlmBudget = "llm_budget",
    /// The text passes the model's context even in halves.
    LlmTooLong = "llm_too_long",
    /// A content filter withheld the answer.
    LlmFiltered = "llm_filtered",
    /// The model refused.
    LlmRefused = "llm_refused",
    /// The answer was cut and holds no complete fact.
    LlmTruncated = "llm_truncated",
    /// The answer is not what was asked for.
    LlmInvalid = "llm_invalid",
    /// Facts came back, none of which has its words in the article.
    LlmUngrounded = "llm_ungrounded",
    /// The database cannot be reached.
    DbUnavailable = "db_unavailable",
    /// The database did not answer in time.
    DbTimeout = "db_timeout",
    /// The database refuses the login.
    DbAuth = "db_auth",
    /// The database refuses what is to be stored.
    DbRejected = "db_rejected",
    /// The worker vanished: killed, out of memory, timed out.
    LostWorker = "lost_worker",
    /// Our own surroundings are not set up: a certificate bundle, the schema, a client.
    Setup = "setup",
    /// Too little time was left for the next step.
    OutOfTime = "out_of_time",
    /// Our own code panicked on this article.
    Panic = "panic",
}

impl ErrorClass {
    /// Whether the attempt ended before anything was tried: the breaker was open, the budget spent,
    /// another worker at the same text. Such an end says nothing about the article.
    #[must_use]
    pub const fn is_without_a_try(self) -> bool {
        matches!(
            self,
            Self::LlmBreakerOpen | Self::LlmBudget | Self::TextAtWork
        )
    }
}

impl Serialize for ErrorClass {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorClass {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(D::Error::custom)
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ErrorClass {
    type Err = UnknownClass;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|class| class.as_str() == word);
        found.copied().ok_or_else(|| UnknownClass(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_read_back_from_its_word() {
        for class in ErrorClass::ALL {
            assert_eq!(class.as_str().parse(), Ok(*class));
        }
        assert!("no_such_class".parse::<ErrorClass>().is_err());
    }

    #[test]
    fn a_word_that_is_no_class_is_named() {
        let error = "fetch_timeuot".parse::<ErrorClass>().unwrap_err();

        assert_eq!(error.to_string(), "unknown error class `fetch_timeuot`");
    }

    #[test]
    fn an_unknown_class_in_json_is_an_error_and_no_other_class() {
        let read = |json: &str| serde_json::from_str::<ErrorClass>(json);

        assert_eq!(read("\"panic\"").expect("known"), ErrorClass::Panic);
        let error = read("\"no_such_class\"").expect_err("unknown");
        assert!(error.to_string().contains("unknown error class"), "{error}");
    }
}
