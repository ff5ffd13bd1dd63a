//! The whole story of an article: claim → fetch → extract → ask for facts → finish.
//!
//! Three short transactions and nothing held open between them. Whatever happens after
//! the claim is judged and recorded; only what could not be recorded is an error here.

use std::sync::OnceLock;

use domain::limits::{LEASE_SLACK, RESPONSE_RESERVE};
use domain::{ArticleId, Outcome, Step};
use runtime::{Scope, clock};
use store::{Claim, ClaimRequest, Claimed, StoreError};

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
    claimed: &OnceLock<Claim>,
) -> Result<Outcome, Unrecorded> {
    let started = clock::now();
    let claim = match claim(services, article, invocation).await {
        Ok(Claimed::Work(claim)) => claimed.get_or_init(|| claim),
        Ok(Claimed::NotDue | Claimed::Unknown) => {
            tracing::info!(outcome = "skipped", "the article is not due");
            return Ok(Outcome::Skipped);
        }
        Err(error) => return Err(Unrecorded::Claim(error)),
    };
    if let Some(scope) = Scope::current() {
        scope.set_fence(claim.fence);
    }
    let mut attempt = Attempt::begin(services, claim, invocation, started);
    attempt.note(Step::Claim, started);
    let ending = work(&mut attempt).await;
    attempt.record_outcome(ending).await
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
