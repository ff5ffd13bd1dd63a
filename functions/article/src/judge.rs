//! The one judge: every error becomes Retry, Snooze or Failed here, and nowhere else.
//!
//! - **snooze** (the attempt is given back): a dependency is out, not the article;
//! - **retry** (the attempt counts): this time it did not work, the next time it may;
//! - **failed**: it will not work again by itself.
//!
//! Every variant is matched by name, so that a new error does not compile until it is judged.
#![deny(clippy::wildcard_enum_match_arm)]

use std::time::Duration;

use domain::limits::{RETRY_WAIT_MAX, SNOOZE_MAX};
use domain::{ErrorClass, Jitter, Outcome, retry_wait};
use extract::PageKind;
use facts::FactsError;
use fetch::FetchError;
use store::StoreError;

use crate::attempt_error::AttemptError;

/// A page that was refused is looked at once more the next day: many walls are only for a while.
const NEXT_DAY: Duration = Duration::from_secs(86_400);

/// An endpoint that is out for another reason than its rate: most restarts take less.
const OUTAGE_WAIT: Duration = Duration::from_secs(60);

/// Out of credit, key refused, wrong model: a person has to act, and needs more than a minute.
const PERSON_WAIT: Duration = Duration::from_secs(600);

/// Another worker asks about the same text: it has an answer by then, as a rule.
const SAME_TEXT_WAIT: Duration = Duration::from_secs(10);

/// Two transactions met; the next try will not meet the same one.
const CONFLICT_WAIT: Duration = Duration::from_secs(5);

/// Beyond this many snoozes of one article its own text is the likelier cause, and attempts count.
const SNOOZES_MAX: i32 = 200;

/// A model that does not answer in time on this article this often is not waited for for ever.
const TIMEOUTS_MAX: i32 = 5;

/// A route that lets calls run out of time is taken for out after so many in a row, whichever
/// articles they were for: one slow answer may be the article's.
const TIMEOUT_STRIKES: i32 = 3;

/// A request that is refused for no known reason may be one of many; a second article's that is refused alike
/// shows that the route refuses all.
const REJECTION_STRIKES: i32 = 2;

/// Classes after which the next model of the chain is not asked either: a broken configuration is
/// to be seen, not gone round.
pub(crate) const BLOCKING: [ErrorClass; 2] = [ErrorClass::LlmAuth, ErrorClass::LlmConfig];

/// What the judge knows of the article besides the error.
#[derive(Clone, Copy, Debug)]
pub struct History {
    /// This attempt, counted from 1.
    pub attempt: i32,
    /// Snoozes in a row after a try that failed in one and the same way.
    pub snoozes: i32,
    /// That way.
    pub snoozed_class: Option<ErrorClass>,
    /// The model was known to be out, and asked to see whether it is back.
    pub is_probe: bool,
    /// The class of the attempt before this one.
    pub last_class: Option<ErrorClass>,
}

/// Whether and when the article is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// Counted, after the usual growing wait or what the server asked for.
    Counted(Option<Duration>),
    /// Not counted, after this.
    GivenBack(Duration),
    /// Counted, and only if the attempt before had another class; after this.
    Once(Duration),
    /// Never.
    No,
}

/// Judges an error. The store turns a retry without attempts left into a failure of its class.
#[must_use]
pub fn judge(error: &AttemptError, history: History, jitter: Jitter) -> Outcome {
    let (class, again) = sort(error);
    match again {
        Again::No => Outcome::Failed { class },
        Again::Once(_) if history.last_class == Some(class) => Outcome::Failed { class },
        Again::Once(wait) => Outcome::Retry { class, wait },
        Again::Counted(asked) => counted(class, history, asked, jitter),
        Again::GivenBack(_) if is_the_article_s(class, history) => {
            counted(class, history, None, jitter)
        }
        Again::GivenBack(wait) => Outcome::Snooze {
            class,
            wait: wait.min(SNOOZE_MAX),
        },
    }
}

fn counted(
    class: ErrorClass,
    history: History,
    asked: Option<Duration>,
    jitter: Jitter,
) -> Outcome {
    Outcome::Retry {
        class,
        wait: retry_wait(history.attempt, asked, jitter),
    }
}

/// Whether so many snoozes in a row, each after a try, speak against the article itself. Where
/// nothing was tried (breaker open, budget spent, text at work), nothing does; nor is the article at fault when a
/// model that was known to be out still is.
fn is_the_article_s(class: ErrorClass, history: History) -> bool {
    if class.is_without_a_try() {
        return false;
    }
    let is_slow = class == ErrorClass::LlmTimeout && !history.is_probe;
    let most = if is_slow { TIMEOUTS_MAX } else { SNOOZES_MAX };
    history.snoozed_class == Some(class) && history.snoozes >= most
}

/// The class of an error, and whether it is worth another try.
fn sort(error: &AttemptError) -> (ErrorClass, Again) {
    match error {
        AttemptError::Fetch(error) => sort_fetch(error),
        AttemptError::NoText { kind, .. } => sort_page(*kind),
        AttemptError::ParseDeadline { .. } => (ErrorClass::ParseDeadline, Again::Once(OUTAGE_WAIT)),
        AttemptError::Panic { .. } => (ErrorClass::Panic, Again::Counted(None)),
        AttemptError::OutOfTime { .. } => (ErrorClass::OutOfTime, Again::Counted(None)),
        AttemptError::TextAtWork { lease } => {
            let wait = (*lease).clamp(Duration::from_secs(1), SAME_TEXT_WAIT);
            (ErrorClass::TextAtWork, Again::GivenBack(wait))
        }
        AttemptError::BreakerOpen { wait, .. } => {
            (ErrorClass::LlmBreakerOpen, Again::GivenBack(*wait))
        }
        AttemptError::BudgetSpent { wait, .. } => (ErrorClass::LlmBudget, Again::GivenBack(*wait)),
        AttemptError::Facts(error) => sort_facts(error),
        AttemptError::LeaseLost => (ErrorClass::LostWorker, Again::Counted(None)),
        AttemptError::Store(error) => sort_store(error),
    }
}

/// What stands in an article's place under a status of success is judged as the status that would
/// have been true.
fn sort_page(kind: PageKind) -> (ErrorClass, Again) {
    use ErrorClass as C;
    match kind {
        PageKind::Challenge => (C::PageChallenge, Again::Once(NEXT_DAY)),
        PageKind::GeoBlock => (C::PageGeoBlock, Again::Once(NEXT_DAY)),
        PageKind::Maintenance => (C::PageMaintenance, Again::Counted(Some(RETRY_WAIT_MAX))),
        PageKind::ErrorPage => (C::PageError, Again::Counted(None)),
        PageKind::NotFound => (C::PageNotFound, Again::No),
        PageKind::Login => (C::PageLogin, Again::No),
        PageKind::ConsentWall => (C::PageConsentWall, Again::No),
        PageKind::Parked => (C::PageParked, Again::No),
        PageKind::Article | PageKind::Index | PageKind::Unclear => (C::NoText, Again::No),
    }
}

/// What a route's failure says of the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It is out for everybody.
    Out {
        /// Why.
        class: ErrorClass,
        /// For how long nobody should ask it.
        open_for: Duration,
        /// So many such failures in a row mean that.
        strikes: i32,
        /// And so is every model of the same account.
        whole_account: bool,
    },
    /// Nothing: the fault lies in the text, in the moment or with us.
    Unknown,
}

/// What a failure says of the route that it came from. `class_before` is how the article's attempt before
/// this one ended.
#[expect(clippy::match_same_arms, reason = "the arms have different reasons")]
pub(crate) fn health(error: &FactsError, class_before: Option<ErrorClass>) -> Health {
    let (class, again) = sort_facts(error);
    if matches!(error, FactsError::Rejected { .. }) {
        // The same article, refused once more, is no second article.
        return if class_before == Some(class) {
            Health::Unknown
        } else {
            Health::Out {
                class,
                open_for: PERSON_WAIT,
                strikes: REJECTION_STRIKES,
                whole_account: false,
            }
        };
    }
    let is_slow = class == ErrorClass::LlmTimeout;
    let strikes = if is_slow { TIMEOUT_STRIKES } else { 1 };
    let whole_account = error.traits().is_whole_account;
    match (class, again) {
        // a wrong setup of ours is no outage of theirs
        (ErrorClass::Setup, _) => Health::Unknown,
        (_, Again::GivenBack(open_for)) => Health::Out {
            class,
            open_for,
            strikes,
            whole_account,
        },
        (_, Again::Counted(_) | Again::Once(_) | Again::No) => Health::Unknown,
    }
}

fn sort_fetch(error: &FetchError) -> (ErrorClass, Again) {
    use ErrorClass as C;
    match error {
        FetchError::Setup(_) => (C::Setup, Again::GivenBack(PERSON_WAIT)),
        FetchError::BadUrl(_) => (C::BadUrl, Again::No),
        FetchError::Denied { .. } => (C::SsrfDenied, Again::No),
        FetchError::BadRedirect { .. } => (C::BadRedirect, Again::No),
        FetchError::DnsNotFound { .. } => (C::DnsNotFound, Again::Counted(None)),
        FetchError::DnsTimeout { .. } => (C::DnsTimeout, Again::Counted(None)),
        FetchError::DnsFailed { .. } => (C::DnsFailed, Again::Counted(None)),
        FetchError::ConnectFailed { .. } => (C::ConnectFailed, Again::Counted(None)),
        FetchError::ConnectTimeout { .. } => (C::ConnectTimeout, Again::Counted(None)),
        FetchError::TlsInvalid { .. } => (C::TlsInvalid, Again::No),
        FetchError::Timeout { .. } => (C::FetchTimeout, Again::Counted(None)),
        FetchError::Reset { .. } => (C::FetchReset, Again::Counted(None)),
        FetchError::BodyTruncated { .. } => (C::BodyTruncated, Again::Counted(None)),
        FetchError::BodyCorrupt { .. } => (C::BodyCorrupt, Again::Counted(None)),
        FetchError::TooLarge { .. } => (C::TooLarge, Again::No),
        FetchError::NotHtml { .. } => (C::NotHtml, Again::No),
        FetchError::HttpDenied { .. } => (C::HttpDenied, Again::Once(NEXT_DAY)),
        FetchError::HttpGone { .. } => (C::HttpGone, Again::No),
        FetchError::HttpRejected { .. } => (C::HttpRejected, Again::No),
        FetchError::HttpThrottled { retry_after, .. } => {
            (C::HttpThrottled, Again::Counted(*retry_after))
        }
        FetchError::HttpServer { retry_after, .. } => (C::HttpServer, Again::Counted(*retry_after)),
    }
}

fn sort_facts(error: &FactsError) -> (ErrorClass, Again) {
    let asked = |otherwise: Duration| {
        let wait = error.retry_after().unwrap_or(otherwise).min(RETRY_WAIT_MAX);
        Again::GivenBack(wait.max(Duration::from_secs(1)))
    };
    let again = match error {
        FactsError::Setup(_)
        | FactsError::Quota { .. }
        | FactsError::Auth { .. }
        | FactsError::Config { .. } => Again::GivenBack(PERSON_WAIT),
        FactsError::Secret { .. } | FactsError::Unreachable { .. } | FactsError::Slow { .. } => {
            Again::GivenBack(OUTAGE_WAIT)
        }
        FactsError::Server { .. } | FactsError::Throttled { .. } => asked(OUTAGE_WAIT),
        FactsError::TooLong { .. } | FactsError::Filtered { .. } | FactsError::Refused { .. } => {
            Again::No
        }
        FactsError::OutOfTime { .. }
        | FactsError::Rejected { .. }
        | FactsError::Unfinished { .. }
        | FactsError::Truncated { .. }
        | FactsError::Invalid { .. }
        | FactsError::Ungrounded { .. } => Again::Counted(None),
    };
    (error.traits().class, again)
}

/// The class of a failure of the database.
pub(crate) fn class_of_store(error: &StoreError) -> ErrorClass {
    sort_store(error).0
}

fn sort_store(error: &StoreError) -> (ErrorClass, Again) {
    use ErrorClass as C;
    match error {
        StoreError::Unavailable { .. } | StoreError::CommitUnknown { .. } => {
            (C::DbUnavailable, Again::GivenBack(OUTAGE_WAIT))
        }
        StoreError::Conflict { .. } => (C::DbUnavailable, Again::GivenBack(CONFLICT_WAIT)),
        StoreError::Timeout(_) => (C::DbTimeout, Again::GivenBack(OUTAGE_WAIT)),
        StoreError::Auth { .. } => (C::DbAuth, Again::GivenBack(PERSON_WAIT)),
        StoreError::Rejected { .. } => (C::DbRejected, Again::No),
        StoreError::Tls { .. }
        | StoreError::Config { .. }
        | StoreError::Schema { .. }
        | StoreError::Misuse { .. } => (C::Setup, Again::GivenBack(PERSON_WAIT)),
    }
}

#[cfg(test)]
mod tests;
