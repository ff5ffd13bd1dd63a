//! Why the database did not do what it was asked. Codes are data; no server text that may hold
//! an article's words, a password or a URL goes into a message.

use std::fmt;

use runtime::TimedOut;
use thiserror::Error;
use tokio_postgres::error::SqlState;

/// Why a verb of the store failed. A new variant does not compile until the judge has judged it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// `DATABASE_URL` or the CA bundle cannot be used.
    #[error("configure the database connection: {problem}")]
    Config {
        /// What is wrong, without the URL.
        problem: String,
    },
    /// Refused, reset, shutting down, out of connections or space, read-only: it may pass.
    #[error("reach the database")]
    Unavailable {
        /// The cause.
        #[source]
        source: DatabaseError,
    },
    /// The server did not answer in time; the connection was thrown away.
    #[error("wait for the database")]
    Timeout(#[source] TimedOut),
    /// The server refuses the login.
    #[error("log in to the database")]
    Auth {
        /// The cause.
        #[source]
        source: DatabaseError,
    },
    /// No TLS, or a certificate that does not hold.
    #[error("secure the connection to the database")]
    Tls {
        /// The cause.
        #[source]
        source: DatabaseError,
    },
    /// A deadlock or a serialisation failure: the same call succeeds when repeated.
    #[error("run a transaction beside others")]
    Conflict {
        /// The cause.
        #[source]
        source: DatabaseError,
    },
    /// The server will never take these values: poison text, a broken constraint.
    #[error("store values in the database")]
    Rejected {
        /// The cause.
        #[source]
        source: DatabaseError,
    },
    /// The transaction was sent, and neither its end nor its absence could be learnt.
    #[error("learn whether the transaction was committed")]
    CommitUnknown {
        /// The cause of the last try.
        #[source]
        source: DatabaseError,
    },
    /// The database is not the one this build was made for.
    #[error("use the database schema: {problem}")]
    Schema {
        /// What does not fit; `gleaner migrate` mends most of it.
        problem: String,
        /// The server's code, where there is one.
        sqlstate: Option<String>,
    },
    /// A caller's values contradict each other.
    #[error("take the caller's values: {problem}")]
    Misuse {
        /// The contradiction.
        problem: &'static str,
    },
}

/// A cause, reduced to what may be shown: codes, names of relations, kinds of IO errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseError {
    /// SQLSTATE, when the server answered.
    pub sqlstate: Option<String>,
    /// Kind of the IO error, when the wire broke.
    pub io: Option<std::io::ErrorKind>,
    /// The constraint, table or column that the server names.
    pub object: Option<String>,
    /// What happened, in words of our own or of the client library.
    pub what: String,
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(code) = &self.sqlstate {
            write!(f, " (sqlstate {code})")?;
        }
        if let Some(object) = &self.object {
            write!(f, " on {object}")?;
        }
        if let Some(kind) = self.io {
            write!(f, " ({kind})")?;
        }
        Ok(())
    }
}

impl std::error::Error for DatabaseError {}

impl StoreError {
    /// The server's code, when it answered with one.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Unavailable { source }
            | Self::Auth { source }
            | Self::Tls { source }
            | Self::Conflict { source }
            | Self::Rejected { source }
            | Self::CommitUnknown { source } => source.sqlstate.as_deref(),
            Self::Schema { sqlstate, .. } => sqlstate.as_deref(),
            Self::Config { .. } | Self::Timeout(_) | Self::Misuse { .. } => None,
        }
    }

    /// Whether the same call on a new connection may succeed, at once or in a while.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unavailable { .. }
            | Self::Timeout(_)
            | Self::Conflict { .. }
            | Self::CommitUnknown { .. } => true,
            Self::Config { .. }
            | Self::Auth { .. }
            | Self::Tls { .. }
            | Self::Rejected { .. }
            | Self::Schema { .. }
            | Self::Misuse { .. } => false,
        }
    }

    /// The connection ended under a request, for a reason nobody sent.
    pub(crate) fn lost(error: Option<&tokio_postgres::Error>) -> Self {
        match error {
            Some(error) => Self::from_client(error),
            None => Self::Unavailable {
                source: DatabaseError {
                    sqlstate: None,
                    io: None,
                    object: None,
                    what: "the server closed the connection".to_owned(),
                },
            },
        }
    }

    /// A reply that is not of the shape this build expects.
    pub(crate) fn bad_reply(problem: String) -> Self {
        Self::Schema {
            problem,
            sqlstate: None,
        }
    }

    /// A column that is not.
    pub(crate) fn reply(error: &tokio_postgres::Error) -> Self {
        Self::bad_reply(format!("read a column of a reply: {error}"))
    }

    /// Sorts an error of the client library.
    pub(crate) fn from_client(error: &tokio_postgres::Error) -> Self {
        if let Some(db) = error.as_db_error() {
            return Self::from_server(db);
        }
        let io = io_kind(error);
        // No answer of the server's is in these: the wire's and the certificate's words may be shown.
        let mut what = match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        if let Some(advice) = tls_advice(&what) {
            what = format!("{what}; {advice}");
        }
        let source = DatabaseError {
            sqlstate: None,
            io,
            object: None,
            what,
        };
        // The library has no code for these; its own fixed words are all there is.
        if source.what.starts_with("error performing TLS handshake") {
            return Self::Tls { source };
        }
        if source.what.starts_with("authentication error") {
            return Self::Auth { source };
        }
        if source.what.starts_with("invalid configuration") {
            let problem = format!("DATABASE_URL: {}", source.what);
            return Self::Config { problem };
        }
        if source.what.starts_with("error serializing parameter") {
            return Self::Rejected { source };
        }
        Self::Unavailable { source }
    }

    fn from_server(db: &tokio_postgres::error::DbError) -> Self {
        let code = db.code();
        let object = db.constraint().or(db.column()).or(db.table());
        let source = DatabaseError {
            sqlstate: Some(code.code().to_owned()),
            io: None,
            object: object.map(str::to_owned),
            what: words(code.code(), db.message()),
        };
        let schema = |problem: &str| Self::Schema {
            problem: problem.to_owned(),
            sqlstate: Some(code.code().to_owned()),
        };
        if *code == SqlState::T_R_SERIALIZATION_FAILURE
            || *code == SqlState::T_R_DEADLOCK_DETECTED
            || *code == SqlState::LOCK_NOT_AVAILABLE
            || code.code() == "GL003"
        {
            return Self::Conflict { source };
        }
        if *code == SqlState::UNDEFINED_TABLE
            || *code == SqlState::UNDEFINED_FUNCTION
            || *code == SqlState::UNDEFINED_COLUMN
        {
            return schema("a table or function is missing; run `gleaner migrate`");
        }
        if code.code() == "GL004" {
            let what = db.message().to_owned();
            return Self::Rejected {
                source: DatabaseError { what, ..source },
            };
        }
        if code.code() == "GL002" {
            return Self::Misuse {
                problem: "a run or an attempt that is not this claim's",
            };
        }
        match code.code().get(..2) {
            Some("28") => Self::Auth { source },
            // a trigger, rule or check of the users: the same values are refused again
            Some("22" | "23" | "44" | "P0") => Self::Rejected { source },
            Some("GL") => schema(db.message()),
            Some("0A" | "3D" | "3F" | "42") => {
                schema(&format!("{} (sqlstate {})", db.message(), code.code()))
            }
            _ => Self::Unavailable { source },
        }
    }
}

/// What an answer means, and what to do about it; never a text that may hold an article's words.
fn words(code: &str, message: &str) -> String {
    let known = match code {
        "08P01" => "a pooler or proxy refused the request",
        "22001" => "a value is too long for its column",
        "23502" => "a column that may not be null has no value",
        "25006" => {
            "the database is read-only here: connect to the primary, or take \
             default_transaction_read_only from the role"
        }
        "28000" => "the server refuses this user, database or address (pg_hba.conf)",
        "28P01" => "the password is wrong, or there is no such user",
        "53100" => "the server's disk is full",
        "53200" => "the server is out of memory",
        "53300" => {
            "too many connections: raise the limit of the server or the role, or work on fewer \
             articles at once"
        }
        "55P03" => "another transaction holds a lock for too long: end it, and try again",
        "57014" => "the statement took longer than it may",
        "57P01" | "57P02" => "the server is being shut down",
        "57P03" => "the server is starting up or shutting down",
        "P0001" => "a trigger or rule of the users refuses the change",
        _ => "the server answered with an error",
    };
    // What these name are objects, limits and the login, never values.
    match code.get(..2) {
        Some("08" | "25" | "28" | "53" | "55" | "57") => format!("{known}: {message}"),
        Some("22") if code == "22001" => format!("{known}: {message}"),
        _ => known.to_owned(),
    }
}

/// What to set when TLS was refused.
fn tls_advice(what: &str) -> Option<&'static str> {
    let has = |part: &str| what.contains(part);
    if has("does not support TLS") {
        return Some("DATABASE_TLS=off connects without TLS, where the wire is trusted");
    }
    if has("hostname mismatch") || has("IP address mismatch") {
        return Some("DATABASE_URL has to name the host as the certificate does");
    }
    let unknown = has("certificate verify failed") || has("self-signed") || has("self signed");
    unknown
        .then_some("DATABASE_CA_FILE names the certificate of the server or of its provider's CA")
}

/// The IO error at the bottom of an error, if there is one.
fn io_kind(error: &tokio_postgres::Error) -> Option<std::io::ErrorKind> {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        source = inner.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_that_a_person_can_act_on_says_what_to_do() {
        for (code, message, word) in [
            (
                "25006",
                "cannot execute UPDATE in a read-only transaction",
                "primary",
            ),
            ("28000", "no pg_hba.conf entry for host", "pg_hba.conf"),
            ("53300", "too many connections for role", "fewer"),
            (
                "08P01",
                "transaction blocks not allowed in statement pooling mode",
                "statement pooling",
            ),
            (
                "22001",
                "value too long for type character varying(255)",
                "(255)",
            ),
            (
                "55P03",
                "canceling statement due to lock timeout",
                "try again",
            ),
        ] {
            assert!(words(code, message).contains(word), "{code}");
        }
    }

    #[test]
    fn a_message_that_may_hold_an_articles_words_is_not_repeated() {
        for code in ["22P02", "23505", "23514", "P0001", "XX000"] {
            assert!(!words(code, "canary").contains("canary"), "{code}");
        }
    }

    #[test]
    fn a_refused_certificate_names_the_variable_to_set() {
        for (what, variable) in [
            (
                "error performing TLS handshake: server does not support TLS",
                "DATABASE_TLS",
            ),
            (
                "error performing TLS handshake: certificate verify failed: self-signed certificate",
                "DATABASE_CA_FILE",
            ),
            (
                "error performing TLS handshake: certificate verify failed: (IP address mismatch)",
                "DATABASE_URL",
            ),
        ] {
            assert!(
                tls_advice(what).is_some_and(|advice| advice.contains(variable)),
                "{what}"
            );
        }
        assert_eq!(tls_advice("connection reset"), None);
    }
}
