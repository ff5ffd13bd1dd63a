//! The steps of one attempt, each within its share of the time, and what they leave behind.

use std::panic;
use std::sync::Arc;
use std::time::Instant;

use domain::{Budget, RunRecord, RunStatus, Step, redacted_url};
use extract::{EmptyReason, Extracted, Suspect};
use facts::{Article, FindFailure, Found, RouteFailure};
use fetch::Page;
use runtime::{Scope, clock, within};
use store::{AttemptRecord, Claim, Run, RunId, StoredChunk, StoredRun};

use crate::attempt_error::AttemptError;
use crate::chunks::{self, ChunkStore};
use crate::invocation::Invocation;
use crate::routes;
use crate::services::Services;

/// One attempt on one article.
pub(crate) struct Attempt<'a> {
    pub(crate) services: &'a Services,
    pub(crate) claim: &'a Claim,
    pub(crate) invocation: &'a Invocation,
    pub(crate) started: Instant,
    /// What it leaves behind, whatever becomes of it.
    pub(crate) record: AttemptRecord,
    /// The step that it is in, and since when.
    at: (Step, Instant),
    /// The run that was opened, and what was asked so far.
    pub(crate) run: Option<(RunId, Option<RunRecord>)>,
    /// An answer that is not written down yet.
    pub(crate) unsaved: Option<StoredChunk>,
    /// Routes of the chain that failed.
    pub(crate) route_failures: Vec<RouteFailure>,
    /// A route that was known to be out was asked, to see whether it is back.
    pub(crate) is_probe: bool,
    /// Everything up to the outcome; the time to record it is kept back.
    pub(crate) budget: Budget,
}

/// Facts, or a valid "none", and where they are.
pub(crate) enum Ending {
    Found(RunId, Box<Found>),
    Reused(StoredRun),
}

impl<'a> Attempt<'a> {
    /// An attempt that has its claim.
    pub(crate) fn begin(
        services: &'a Services,
        claim: &'a Claim,
        invocation: &'a Invocation,
        started: Instant,
    ) -> Self {
        let kept_back = invocation.split.finish;
        let mut attempt = Self {
            services,
            claim,
            invocation,
            started,
            record: AttemptRecord::default(),
            at: (Step::Claim, started),
            run: None,
            unsaved: None,
            route_failures: Vec::new(),
            is_probe: false,
            budget: invocation.budget.less(kept_back, clock::now()),
        };
        attempt.leave();
        attempt
    }

    /// Enters a step; since when.
    pub(crate) fn enter(&mut self, step: Step) -> Instant {
        let now = clock::now();
        self.at = (step, now);
        now
    }

    /// Leaves the step and notes how long it took.
    pub(crate) fn leave(&mut self) {
        let (step, since) = self.at;
        let now = clock::now();
        self.record.steps.push((step, now - since));
        self.at = (Step::Idle, now);
    }

    /// What a panic leaves known: the step that it broke off, and how long that took.
    pub(crate) fn panicked(&mut self) -> AttemptError {
        let (step, _since) = self.at;
        self.leave();
        AttemptError::Panic { step }
    }

    /// No page is fetched for a model that is known to be out.
    pub(crate) fn check_breaker(&self) -> Result<(), AttemptError> {
        routes::check(&self.services.breaker_keys(), &self.claim.breakers)
    }

    /// Fetches the page, leaving the later steps their time.
    pub(crate) async fn fetch(&mut self) -> Result<Page, AttemptError> {
        let (started, split) = (self.enter(Step::Fetch), self.invocation.split);
        let later = split.llm_min + split.extract;
        let budget = self
            .budget
            .less(later, started)
            .capped(split.fetch, started);
        let fetched = self.services.fetcher.fetch(&self.claim.url, &budget).await;
        self.leave();
        match fetched {
            Ok(page) => {
                self.record.http_status = Some(page.status);
                self.record.page_bytes = Some(page.body.len() as u64);
                self.record.final_url = Some(redacted_url(page.final_url.as_str()));
                Ok(page)
            }
            Err(error) => {
                self.record.http_status = error.status();
                Err(error.into())
            }
        }
    }

    /// Extracts on a blocking thread, so that timers keep firing, when the pages before it are done;
    /// the extraction has a deadline of its own.
    pub(crate) async fn extract(&mut self, page: Page) -> Result<Extracted, AttemptError> {
        let (started, cap) = (self.enter(Step::Extract), self.invocation.split.extract);
        let waits = self
            .budget
            .less(cap + self.invocation.split.llm_min, started);
        let queueing = Arc::clone(&self.services.extracting).acquire_owned();
        let Ok(Ok(turn)) = within(Step::Extract, &waits, queueing).await else {
            let (step, left) = (Step::Extract, self.budget.remaining(clock::now()));
            return Err(AttemptError::OutOfTime { step, left });
        };
        let deadline = self.budget.capped(cap, clock::now()).deadline();
        let selector = self.services.selector(page.final_url.host_str()).cloned();
        let scope = Scope::current();
        let task = tokio::task::spawn_blocking(move || {
            let step = scope.as_ref().map(|scope| scope.enter(Step::Extract));
            let options = extract::Options {
                content_type: page.content_type.as_deref(),
                url: Some(page.final_url.as_str()),
                deadline: Some(deadline),
                selector: selector.as_ref(),
                ..extract::Options::default()
            };
            let extracted = extract::extract(&page.body, &options);
            drop((step, turn));
            extracted
        });
        let text = match task.await {
            Ok(text) => text,
            // the task was not aborted: it panicked, and panics are caught in one place
            Err(error) => panic::resume_unwind(error.into_panic()),
        };
        self.leave();
        self.record.text_chars = Some(text.text.chars().count() as u64);
        match text.why.empty {
            None => Ok(text),
            Some(EmptyReason::Deadline) => Err(AttemptError::ParseDeadline { cap }),
            Some(reason) => {
                let kind = text.page_kind;
                let word = match reason {
                    EmptyReason::NoArticle => kind.as_str(),
                    other => other.as_str(),
                };
                self.record.reason = Some(word.to_owned());
                Err(AttemptError::NoText { kind, reason })
            }
        }
    }

    /// Asks the LLM, if there is time for an answer.
    pub(crate) async fn find(
        &mut self,
        text: &Extracted,
        run: Run,
    ) -> Result<Ending, AttemptError> {
        let started = self.enter(Step::Llm);
        if !self.budget.fits(self.invocation.split.llm_min, started) {
            let left = self.budget.remaining(started);
            return Err(AttemptError::OutOfTime {
                step: Step::Llm,
                left,
            });
        }
        let article = Article {
            text: &text.text,
            title: text.title.as_deref().or(self.claim.title.as_deref()),
            published: published(text),
            language: text.language.as_deref(),
            url: Some(&self.claim.url),
        };
        let sink = ChunkStore::new(&self.services.store, run.id, self.budget);
        let chunks = chunks::finished(run.chunks);
        let usable = &run.usable;
        let finder = self
            .services
            .finder
            .only(|route| usable.contains(&routes::key(route)));
        let found = finder.find(&article, &chunks, &sink, &self.budget).await;
        self.unsaved = sink.into_only();
        self.leave();
        match found {
            Ok(mut found) => {
                let is_teaser = text.why.suspects.contains(&Suspect::Teaser);
                if is_teaser && found.record.status == RunStatus::Ok {
                    found.record.status = RunStatus::Partial;
                    self.record.reason = Some("teaser".to_owned());
                }
                Ok(Ending::Found(run.id, Box::new(found)))
            }
            Err(failure) => self.salvage(run.id, *failure),
        }
    }

    /// The last attempt keeps what it has: facts of the chunks that did answer, marked as partial.
    fn salvage(&mut self, run: RunId, failure: FindFailure) -> Result<Ending, AttemptError> {
        let is_last = self.claim.attempt >= self.claim.max_attempts;
        if is_last && failure.error.traits().is_about_the_text && !failure.salvage.is_empty() {
            let record = RunRecord {
                status: RunStatus::Partial,
                facts_kept: i32::try_from(failure.salvage.len()).unwrap_or(i32::MAX),
                ..failure.record
            };
            self.record.reason = Some(failure.error.to_string());
            let (facts, route_failures) = (failure.salvage, failure.route_failures);
            let found = Found {
                facts,
                record,
                route_failures,
            };
            return Ok(Ending::Found(run, Box::new(found)));
        }
        self.run = Some((run, Some(failure.record)));
        self.route_failures = failure.route_failures;
        Err(failure.error.into())
    }
}

pub(crate) fn published(text: &Extracted) -> Option<&str> {
    text.published.as_ref().map(|date| date.iso.as_str())
}
