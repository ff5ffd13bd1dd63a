//! The front door: a text in, grounded facts or a named failure out, within one budget.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Budget, Step};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use runtime::config::Llm;
use runtime::{OrWarn as _, clock, within};

use crate::answer::model_fact::ModelFact;
use crate::article::{Article, FindFailure, Found, RouteName, RunIdentity};
use crate::ask::chain::{Asking, Trail};
use crate::ask::prompt::STATIC;
use crate::ask::retry::Pace;
use crate::ask::route::{Route, Shared};
use crate::chunk_sink::{ChunkSink, FinishedChunk};
use crate::cost::prices::Prices;
use crate::error::{FactsError, SetupError};
use crate::grounding::Grounder;
use crate::http::client;
use crate::http::keys::KeyChain;
use crate::keep::ground_and_merge::ground_and_merge;
use crate::plan::chunks::{self, Chunk, Correction, Plan};
use crate::plan::cover::{bounds, chars_cut, matching, within_cap};
use crate::plan::sentences::{self, Sentence};
use crate::run::{Run, count};

/// Writing one chunk to the database.
const KEEP_RESERVE: Duration = Duration::from_secs(1);

/// Finds facts. One a process: it keeps the connections and what it learnt about the endpoints.
/// Cloning it shares all that.
#[derive(Clone)]
pub struct FactFinder {
    inner: Arc<Inner>,
    /// Places in the chain that may be asked; all of them when there is no list.
    usable: Option<Arc<[usize]>>,
}

struct Inner {
    shared: Shared,
    routes: Vec<Route>,
    time_max: Duration,
}

impl FactFinder {
    /// Builds the client. No network.
    ///
    /// # Errors
    /// [`FactsError::Setup`] alone.
    pub fn new(config: &Llm) -> Result<Self, FactsError> {
        Self::with_pace(config, Pace::default())
    }

    /// Like [`Self::new`] with other waits.
    ///
    /// # Errors
    /// [`FactsError::Setup`] alone.
    pub fn with_pace(config: &Llm, pace: Pace) -> Result<Self, FactsError> {
        let build = || {
            if config.routes.is_empty() {
                return Err(SetupError::NoModel);
            }
            let prices = Prices::read(config.prices.as_deref())?;
            let keys = KeyChain::new(config)?;
            let client = client::build(config);
            let routes = config.routes.iter().cloned();
            Ok(Inner {
                shared: Shared {
                    client,
                    keys,
                    pace,
                    correction: Correction::default(),
                },
                routes: routes.map(|route| Route::new(route, &prices)).collect(),
                time_max: config.time_max,
            })
        };
        let inner = build().map_err(FactsError::Setup)?;
        Ok(Self {
            inner: Arc::new(inner),
            usable: None,
        })
    }

    /// The routes of the chain, in order.
    pub fn routes(&self) -> impl Iterator<Item = RouteName> {
        self.inner.routes.iter().map(Route::name)
    }

    /// The routes for whose calls no price is known.
    pub fn unpriced(&self) -> impl Iterator<Item = RouteName> {
        let routes = self.inner.routes.iter();
        routes.filter(|route| !route.has_price()).map(Route::name)
    }

    /// The same finder, which asks only those routes of the chain that `may_be_asked` lets pass.
    /// Its runs keep the identity of the whole chain.
    #[must_use]
    pub fn only(&self, may_be_asked: impl Fn(&RouteName) -> bool) -> Self {
        let routes = self.inner.routes.iter().enumerate();
        let usable = routes.filter(|(_, route)| may_be_asked(&route.name()));
        Self {
            inner: Arc::clone(&self.inner),
            usable: Some(usable.map(|(at, _)| at).collect()),
        }
    }

    /// What identifies a run with this configuration.
    #[must_use]
    pub fn key(&self) -> RunIdentity {
        let first = self.inner.routes.first();
        RunIdentity {
            prompt_version: STATIC.prompt_version.clone(),
            schema_version: STATIC.schema_version.clone(),
            model: first.map_or_else(String::new, |route| route.config.model.clone()),
            endpoint: first.map_or_else(String::new, |route| route.endpoint.clone()),
        }
    }

    /// Finds the facts of a text. `resume` are chunks that earlier attempts have paid for.
    ///
    /// The record's usage counts the calls of this attempt, failed ones too.
    ///
    /// # Errors
    /// When nothing may be stored as a result: any chunk failed for a reason that may pass, or none
    /// gave a fact that has its words in the text. Finished chunks have been offered to the sink.
    pub async fn find(
        &self,
        article: &Article<'_>,
        resume: &[FinishedChunk],
        sink: &dyn ChunkSink,
        budget: &Budget,
    ) -> Result<Found, Box<FindFailure>> {
        let budget = budget.capped(self.inner.time_max, clock::now());
        let sentences = sentences::split(article.text);
        let sent = within_cap(&sentences);
        let (resumed, done, used) = matching(resume, sent);
        let correction = self.inner.shared.correction.thousandths();
        let plan = chunks::plan(article.text, sent, &done, &used, correction);
        let mut run = Run {
            chars_cut: chars_cut(&plan, &sentences, sent.len()),
            chunks_total: count(plan.chunks.len() + resumed.len()),
            replies: resumed
                .into_iter()
                .cloned()
                .map(|chunk| chunk.reply)
                .collect(),
            trail: Trail::default(),
            errors: Vec::new(),
        };
        self.ask_all(article, sent, &plan, sink, budget, &mut run)
            .await;
        self.conclude(article, sentences, run)
    }

    /// Asks all chunks, a few at once; halves that number at every rate limit.
    async fn ask_all(
        &self,
        article: &Article<'_>,
        sentences: &[Sentence],
        plan: &Plan,
        sink: &dyn ChunkSink,
        budget: Budget,
        run: &mut Run,
    ) {
        let width = AtomicUsize::new(self.inner.shared.pace.width.max(1));
        let throttled = || {
            let halved = width.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| {
                Some((at / 2).max(1))
            });
            tracing::info!(width_before = ?halved, "the LLM is asked for fewer chunks at once");
        };
        let routes: Vec<(usize, &Route)> = self.usable_routes().collect();
        let out = Mutex::new(BTreeSet::new());
        let next_index = AtomicI32::new(plan.next_index);
        let asking = Asking {
            shared: &self.inner.shared,
            routes: &routes,
            out: &out,
            article,
            sentences,
            budget: budget.less(keep_reserve(&budget), clock::now()),
            sink,
            keeping: budget,
            next_index: &next_index,
            throttled: &throttled,
        };
        let is_only = run.chunks_total == 1;
        let one = |chunk: Chunk| {
            let asking = &asking;
            async move {
                let mut trail = Trail::default();
                let (part, reply) = asking.chunk(&chunk.focus, &mut trail).await;
                if let Ok(reply) = &reply {
                    let (start, end) = bounds(sentences, &part);
                    let finished = FinishedChunk {
                        index: chunk.index,
                        start,
                        end,
                        reply: reply.clone(),
                        usage: trail.usage(),
                    };
                    // What is not kept in time is paid for again; the run goes on.
                    let keeping = sink.finished(&finished, is_only);
                    let kept = within(Step::DbQuery, &budget, keeping).await;
                    kept.or_warn("keep a finished chunk");
                }
                (chunk.index, trail, reply)
            }
        };
        let mut waiting = plan.chunks.iter().cloned();
        let mut asked = FuturesUnordered::new();
        loop {
            while asked.len() < width.load(Ordering::Relaxed)
                && let Some(chunk) = waiting.next()
            {
                asked.push(one(chunk));
            }
            let Some((index, trail, reply)) = asked.next().await else {
                break;
            };
            run.trail.add(trail);
            match reply {
                Ok(reply) => run.replies.push(reply),
                Err(error) => run.errors.push((index, error)),
            }
        }
        run.errors.sort_by_key(|(index, _)| *index);
    }

    fn usable_routes(&self) -> impl Iterator<Item = (usize, &Route)> {
        let may = |at: &usize| self.usable.as_ref().is_none_or(|list| list.contains(at));
        let routes = self.inner.routes.iter().enumerate();
        routes.filter(move |(at, _)| may(at))
    }

    /// Turns what came back into a result or a failure.
    fn conclude(
        &self,
        article: &Article<'_>,
        sentences: Vec<Sentence>,
        run: Run,
    ) -> Result<Found, Box<FindFailure>> {
        let grounder = Grounder::with_sentences(article.text, sentences);
        let said: Vec<&ModelFact> = run.replies().flat_map(|reply| &reply.facts).collect();
        let kept_facts = ground_and_merge(article, &grounder, &said);
        let status = run.status(&kept_facts);
        let record = run.record(self.key(), &self.inner.routes, &kept_facts, &status);
        let route_failures = run.trail.route_failures;
        let facts = kept_facts.facts;
        match status {
            Ok(_status) => Ok(Found {
                facts,
                record,
                route_failures,
            }),
            Err(error) => Err(Box::new(FindFailure {
                error,
                record,
                salvage: facts,
                route_failures,
            })),
        }
    }
}

/// Kept back from the calls, so that what a deadline cuts is kept in time.
fn keep_reserve(budget: &Budget) -> Duration {
    let left = budget.remaining(clock::now());
    KEEP_RESERVE.min(left / 20)
}
