//! What is in flight: an invocation, and each article within it.
//!
//! A scope travels with a task. It gives log lines their context, `within` tells it the step, and
//! the watchdog reads it from outside.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::{ArticleId, Fence, Step};

/// Lambda's ids have 36 characters; a stranger's must not fill the watchdog's line.
const REQUEST_ID_CHARS_MAX: usize = 128;

tokio::task_local! {
    static CURRENT: Scope;
}

/// An invocation, or one article of it.
#[derive(Clone, Debug)]
pub struct Scope(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    request_id: Arc<str>,
    article_id: Option<ArticleId>,
    deadline: Instant,
    moving: Mutex<Moving>,
}

#[derive(Debug, Default)]
struct Moving {
    fence: Option<Fence>,
    /// Steps that were entered and not left, the newest last; they nest a few deep at most.
    steps: Vec<(u64, Step)>,
    entered: u64,
}

/// A scope at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshot {
    pub(crate) article_id: Option<ArticleId>,
    pub(crate) fence: Option<Fence>,
    pub(crate) step: Option<Step>,
    pub(crate) remaining: Duration,
}

impl Scope {
    /// The scope of an invocation that has to be over at `deadline`.
    #[must_use]
    pub fn invocation(request_id: &str, deadline: Instant) -> Self {
        let shortened: String = request_id.chars().take(REQUEST_ID_CHARS_MAX).collect();
        Self::new(shortened.into(), None, deadline)
    }

    /// The scope of one article within this invocation.
    #[must_use]
    pub fn article(&self, id: ArticleId) -> Self {
        Self::new(Arc::clone(&self.0.request_id), Some(id), self.0.deadline)
    }

    /// The scope that the caller runs in, if it runs in one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Makes this the scope that `future` runs in.
    pub(crate) async fn surround<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    /// Notes the fence of a claim.
    pub fn set_fence(&self, fence: Fence) {
        self.moving().fence = Some(fence);
    }

    /// Enters a step; it is left when the guard is dropped. [`crate::within`] does this by itself.
    #[must_use]
    pub fn enter(&self, step: Step) -> StepGuard {
        let mut moving = self.moving();
        moving.entered += 1;
        let token = moving.entered;
        moving.steps.push((token, step));
        StepGuard {
            scope: self.clone(),
            token,
        }
    }

    /// The invocation's request id.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// When the invocation has to be over.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }

    pub(crate) fn is_article(&self) -> bool {
        self.0.article_id.is_some()
    }

    /// Whether both belong to one invocation.
    pub(crate) fn is_within(&self, invocation: &Self) -> bool {
        Arc::ptr_eq(&self.0.request_id, &invocation.0.request_id)
    }

    pub(crate) fn snapshot(&self, now: Instant) -> Snapshot {
        let moving = self.moving();
        Snapshot {
            article_id: self.0.article_id,
            fence: moving.fence,
            step: moving.steps.last().map(|(_, step)| *step),
            remaining: self.0.deadline.saturating_duration_since(now),
        }
    }

    fn new(request_id: Arc<str>, article_id: Option<ArticleId>, deadline: Instant) -> Self {
        Self(Arc::new(Inner {
            request_id,
            article_id,
            deadline,
            moving: Mutex::default(),
        }))
    }

    fn moving(&self) -> MutexGuard<'_, Moving> {
        self.0.moving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leaves its step when dropped, in whatever order steps end.
#[derive(Debug)]
pub struct StepGuard {
    scope: Scope,
    token: u64,
}

impl Drop for StepGuard {
    fn drop(&mut self) {
        let token = self.token;
        self.scope
            .moving()
            .steps
            .retain(|(entered, _)| *entered != token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock, within_cap};
    use domain::Budget;

    fn step_of(scope: &Scope) -> Option<Step> {
        scope.snapshot(clock::now()).step
    }

    #[tokio::test]
    async fn the_timer_tells_the_scope_its_step_and_takes_it_back() {
        let deadline = clock::now() + Duration::from_secs(5);
        let scope = Scope::invocation("r", deadline).article(ArticleId::new(7));
        let budget = Budget::until(deadline);

        let (outer, inner) = scope
            .clone()
            .run(async {
                let seen = within_cap(Step::Fetch, Duration::from_secs(1), &budget, async {
                    let outer = Scope::current().as_ref().and_then(step_of);
                    let inner = within_cap(Step::Dns, Duration::from_secs(1), &budget, async {
                        Scope::current().as_ref().and_then(step_of)
                    });
                    (outer, inner.await.expect("in time"))
                });
                seen.await.expect("in time")
            })
            .await;

        assert_eq!((outer, inner), (Some(Step::Fetch), Some(Step::Dns)));
        assert_eq!(step_of(&scope), None);
    }

    #[test]
    fn a_step_that_ends_out_of_order_does_not_hide_the_one_in_flight() {
        let scope = Scope::invocation("r", clock::now());
        let first = scope.enter(Step::Fetch);
        let _second = scope.enter(Step::Llm);

        drop(first);

        assert_eq!(step_of(&scope), Some(Step::Llm));
    }
}
