//! The whole story of an article: claim → fetch → extract → ask for facts → finish.
//!
//! Three short transactions and nothing held open between them. Whatever happens after the claim,
//! a panic too, is judged and recorded; only what could not be recorded is an error here.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use domain::limits::{LEASE_SLACK, RESPONSE_RESERVE};
use domain::{ArticleId, Outcome, Step};
use futures_util::FutureExt as _;
use runtime::{Scope, clock};
use store::{ClaimRequest, Claimed, StoreError};

use crate::attempt::{Attempt, Ending};
use crate::attempt_error::AttemptError;
use crate::invocation::Invocation;
use crate::open_run::Opened;
use crate::record_outcome::Unrecorded;
use crate::services::Services;

/// Works on one article from claim to recorded outcome.
///
/// # Errors
/// When the outcome could not be recorded.
pub(crate) async fn process(
    services: &Services,
    article: ArticleId,
    invocation: &Invocation,
) -> Result<Outcome, Unrecorded> {
    let started = clock::now();
    let claim = match claim(services, article, invocation).await {
        Ok(Claimed::Work(claim)) => claim,
        Ok(Claimed::NotDue | Claimed::Unknown) => {
            tracing::info!(outcome = "skipped", "the article is not due");
            return Ok(Outcome::Skipped);
        }
        Err(error) => return Err(Unrecorded::Claim(error)),
    };
    if let Some(scope) = Scope::current() {
        scope.set_fence(claim.fence);
    }
    let mut attempt = Attempt::begin(services, &claim, invocation, started);
    let ending = match caught(work(&mut attempt)).await {
        Ok(ending) => ending,
        Err(Panicked) => Err(attempt.panicked()),
    };
    attempt.enter(Step::Finish);
    if let Ok(recorded) = caught(attempt.record_outcome(ending)).await {
        return recorded;
    }
    let panicked = attempt.panicked();
    attempt.record_failure(&panicked, attempt.opened()).await
}

/// The panic hook has logged what is known of it.
struct Panicked;

/// Runs `work` to its end or its panic. What it borrows can be read afterwards: every field of an
/// attempt is written whole.
async fn caught<F: Future>(work: F) -> Result<F::Output, Panicked> {
    let ended = Box::pin(AssertUnwindSafe(work).catch_unwind()).await;
    ended.map_err(|_logged| Panicked)
}

/// Takes the article's lease until just after the invocation's end.
async fn claim(
    services: &Services,
    article: ArticleId,
    invocation: &Invocation,
) -> Result<Claimed, StoreError> {
    let now = clock::now();
    let budget = invocation.budget.capped(invocation.split.claim, now);
    let left = invocation.budget.remaining(now) + RESPONSE_RESERVE;
    let request_id = &invocation.request_id;
    let lease = left + LEASE_SLACK;
    let request = ClaimRequest {
        article,
        lease,
        request_id,
    };
    services.store.claim(&budget, request).await
}

/// Everything between claim and outcome.
async fn work(attempt: &mut Attempt<'_>) -> Result<Ending, AttemptError> {
    attempt.check_breaker()?;
    let page = attempt.fetch().await?;
    let text = attempt.extract(page).await?;
    match attempt.open_run(&text).await? {
        Opened::Reused(stored) => Ok(Ending::Reused(stored)),
        Opened::Run(run) => attempt.find(&text, run).await,
    }
}

#[cfg(test)]
mod tests;
