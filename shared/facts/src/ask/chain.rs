//! One chunk, asked of the chain of models: the next model when one fails, halves when it is too
//! much, once more when the answer is suspiciously empty.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};

use domain::{Budget, Step, Usage};
use runtime::{OrWarn as _, clock, within};

use crate::answer::model_fact::ModelFact;
use crate::answer::response_class::Answer;
use crate::article::{Article, RouteFailure};
use crate::ask::prompt;
use crate::ask::retry;
use crate::ask::route::{Route, Shared};
use crate::chunk_sink::{ChunkReply, ChunkSink, FinishedChunk};
use crate::cost::tally::Tally;
use crate::error::FactsError;
use crate::plan::chunks::Chunk;
use crate::plan::cover::bounds;
use crate::plan::sentences::Sentence;

/// No facts in a text of this many characters is asked about once more.
const SUSPICIOUSLY_EMPTY_CHARS: u32 = 1_500;

/// Answers to the rest of a chunk, each cut again.
const ROUNDS_MAX: usize = 6;

/// What all chunks of one text share.
pub(crate) struct Asking<'a> {
    pub(crate) shared: &'a Shared,
    /// The routes that may be asked, in order, each with its place in the chain.
    pub(crate) routes: &'a [(usize, &'a Route)],
    /// Places of routes that have been found to be out: the other chunks do not ask them as well.
    pub(crate) out: &'a Mutex<BTreeSet<usize>>,
    pub(crate) article: &'a Article<'a>,
    pub(crate) sentences: &'a [Sentence],
    pub(crate) budget: Budget,
    /// Who keeps what is finished, and the time for that.
    pub(crate) sink: &'a dyn ChunkSink,
    pub(crate) keeping: Budget,
    /// The number of the next part that is kept.
    pub(crate) next_index: &'a AtomicI32,
    /// Called at every rate limit.
    pub(crate) throttled: &'a (dyn Fn() + Sync),
}

/// What one chunk has used and met.
#[derive(Default)]
pub(crate) struct Trail {
    pub(crate) routes: BTreeMap<usize, Asked>,
    pub(crate) route_failures: Vec<RouteFailure>,
    /// Answers that were cut, as far as they came.
    pub(crate) beginnings: Vec<ChunkReply>,
}

/// What was asked of one route.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) tally: Tally,
    /// It gave an answer that was read.
    pub(crate) answered: bool,
}

impl Trail {
    /// Adds what another chunk has used and met.
    pub(crate) fn add(&mut self, other: Self) {
        for (at, asked) in other.routes {
            let sum = self.routes.entry(at).or_default();
            sum.tally.add(&asked.tally);
            sum.answered |= asked.answered;
        }
        self.route_failures.extend(other.route_failures);
        self.beginnings.extend(other.beginnings);
    }

    /// What all routes used together.
    pub(crate) fn usage(&self) -> Usage {
        let mut sum = Tally::default();
        for asked in self.routes.values() {
            sum.add(&asked.tally);
        }
        sum.usage()
    }
}

impl Asking<'_> {
    /// Asks for the facts of a run of sentences. What is given is the answer to the last part of it
    /// that was asked; earlier parts, whose answer was cut, are kept on the way.
    pub(crate) async fn chunk(
        &self,
        focus: &Range<usize>,
        trail: &mut Trail,
    ) -> (Range<usize>, Result<ChunkReply, FactsError>) {
        let mut rest = focus.clone();
        let mut is_limited = false;
        for _round in 0..ROUNDS_MAX {
            let answer = match self.chain(&rest, trail).await {
                Ok(answer) if answer.is_made_up => return (rest, Ok(kept(answer, true))),
                Ok(answer) if answer.cut => answer,
                ended => {
                    let reply = self.ended(ended, &rest, trail).await;
                    return (rest, reply);
                }
            };
            // twice beyond the answer's limit: smaller questions help, the same again does not
            let halve = is_limited && answer.interrupted.is_none();
            is_limited |= answer.interrupted.is_none();
            let next = covered(&answer.reply.facts, &rest).filter(|_| !halve);
            let Some(next) = next else {
                let reply = match answer.interrupted.clone() {
                    Some(reason) => {
                        trail.beginnings.push(kept(answer, true));
                        Err(reason)
                    }
                    None => self.after_cut(answer, &rest, trail).await,
                };
                return (rest, reply);
            };
            let reason = answer.interrupted.clone();
            self.keep(rest.start..next, answer, trail).await;
            rest = next..rest.end;
            if let Some(reason) = reason
                && self.budget.remaining(clock::now()) < self.shared.pace.call_min
            {
                return (rest, Err(reason));
            }
        }
        let endpoint = self.routes.first();
        let endpoint = endpoint.map_or_else(String::new, |(_, route)| route.endpoint.clone());
        (rest, Err(FactsError::Truncated { endpoint }))
    }

    /// What follows from an answer that was not cut, or from none.
    async fn ended(
        &self,
        ended: Result<Answer, FactsError>,
        focus: &Range<usize>,
        trail: &mut Trail,
    ) -> Result<ChunkReply, FactsError> {
        let answer = match ended {
            Ok(answer) => answer,
            Err(FactsError::TooLong { endpoint }) => {
                return self
                    .halves(focus, trail)
                    .await
                    .unwrap_or(Err(FactsError::TooLong { endpoint }));
            }
            Err(error) => return Err(error),
        };
        if answer.reply.returned == 0 && self.chars(focus) >= SUSPICIOUSLY_EMPTY_CHARS {
            return Ok(self.once_more(answer, focus, trail).await);
        }
        Ok(kept(answer, false))
    }

    /// Keeps the beginning of an answer: its facts, and that the sentences before the last fact's are
    /// done. That one may give more, so it is asked again.
    async fn keep(&self, done: Range<usize>, answer: Answer, trail: &mut Trail) {
        let beginning = kept(answer, false);
        let is_done = |fact: &&ModelFact| sentence_of(fact).is_some_and(|at| at < done.end);
        let facts: Vec<_> = beginning.facts.iter().filter(is_done).cloned().collect();
        let (start, end) = bounds(self.sentences, &done);
        let finished = FinishedChunk {
            index: self.next_index.fetch_add(1, Ordering::Relaxed),
            start,
            end,
            reply: ChunkReply {
                returned: i32::try_from(facts.len()).unwrap_or(i32::MAX),
                facts,
                ..beginning.clone()
            },
            usage: trail.usage(),
        };
        trail.beginnings.push(beginning);
        let kept = within(
            Step::DbQuery,
            &self.keeping,
            self.sink.finished(&finished, false),
        )
        .await;
        kept.or_warn("keep the beginning of an answer");
    }

    /// The chain of models, in order.
    async fn chain(&self, focus: &Range<usize>, trail: &mut Trail) -> Result<Answer, FactsError> {
        let shown = Chunk::shown(focus, self.sentences.len());
        let user = prompt::user(self.article, self.sentences, shown, focus, prompt::nonce());
        let mut last: Option<(&Route, FactsError)> = None;
        for (nth, (at, route)) in self.routes.iter().enumerate() {
            if let Some((before, error)) = &last
                && !retry::may_pass_on(error, before.endpoint != route.endpoint)
            {
                continue;
            }
            let is_last = nth + 1 == self.routes.len();
            if !is_last && self.is_out(*at) {
                continue;
            }
            let budget = self.share(self.routes.len() - nth);
            let asked = trail.routes.entry(*at).or_default();
            let asking = route.ask(
                self.shared,
                &user,
                &mut asked.tally,
                &budget,
                self.throttled,
            );
            match asking.await {
                Ok(answer) => {
                    asked.answered = true;
                    if let Some(error) = answer.interrupted.clone() {
                        if error.traits().is_out {
                            self.note_out(*at);
                        }
                        trail.route_failures.push(route.failure(error));
                    }
                    return Ok(answer);
                }
                Err(FactsError::OutOfTime { .. }) if last.is_some() => break,
                Err(error) => {
                    asked.answered |= error.is_an_answer();
                    if error.traits().is_out {
                        self.note_out(*at);
                    }
                    trail.route_failures.push(route.failure(error.clone()));
                    last = Some((route, error));
                }
            }
        }
        Err(last.map_or(
            FactsError::Setup(crate::error::SetupError::NoModel),
            |(_, error)| error,
        ))
    }

    fn is_out(&self, at: usize) -> bool {
        let out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.contains(&at)
    }

    fn note_out(&self, at: usize) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.insert(at);
    }

    /// The time of one route: all that is left for the last one, three fifths for one that others
    /// can follow, unless what would be left for them is too little for a call.
    fn share(&self, routes_left: usize) -> Budget {
        let now = clock::now();
        let left = self.budget.remaining(now);
        let rest = left.mul_f64(0.4);
        if routes_left > 1 && rest >= self.shared.pace.call_min {
            self.budget.less(rest, now)
        } else {
            self.budget
        }
    }

    /// Keeps the complete facts of a cut answer and asks both halves once. What is still missing
    /// then makes the chunk incomplete.
    async fn after_cut(
        &self,
        answer: Answer,
        focus: &Range<usize>,
        trail: &mut Trail,
    ) -> Result<ChunkReply, FactsError> {
        let beginning = kept(answer, true);
        match self.halves(focus, trail).await {
            Some(Ok(mut reply)) => {
                if reply.incomplete {
                    reply.returned += beginning.returned;
                    reply.facts.extend(beginning.facts);
                }
                Ok(reply)
            }
            Some(Err(_)) | None if !beginning.facts.is_empty() => Ok(beginning),
            Some(Err(error)) => Err(error),
            None => Err(FactsError::Truncated {
                endpoint: self
                    .routes
                    .first()
                    .map_or_else(String::new, |(_, route)| route.endpoint.clone()),
            }),
        }
    }

    /// Asks both halves, once. `None`: there is nothing to halve. One half that answers makes an
    /// incomplete reply, unless the other's failure lies outside the text: then all is tried again
    /// later.
    async fn halves(
        &self,
        focus: &Range<usize>,
        trail: &mut Trail,
    ) -> Option<Result<ChunkReply, FactsError>> {
        if focus.len() < 2 {
            return None;
        }
        let middle = focus.start + focus.len() / 2;
        let mut both = ChunkReply::default();
        let mut failure = None;
        for half in [focus.start..middle, middle..focus.end] {
            match self.chain(&half, trail).await {
                Ok(answer) => {
                    let cut = answer.cut;
                    let reply = kept(answer, cut);
                    both.incomplete |= reply.incomplete;
                    both.returned += reply.returned;
                    both.facts.extend(reply.facts);
                    both.model = reply.model.or(both.model);
                }
                Err(error) if !error.traits().is_about_the_text => return Some(Err(error)),
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if both.facts.is_empty() => Some(Err(error)),
            Some(_) => {
                both.incomplete = true;
                Some(Ok(both))
            }
            None if both.incomplete && both.facts.is_empty() => None,
            None => Some(Ok(both)),
        }
    }

    /// Asks again about a long text that is said to hold nothing. If that fails, the first answer,
    /// which was valid, stands.
    async fn once_more(
        &self,
        first: Answer,
        focus: &Range<usize>,
        trail: &mut Trail,
    ) -> ChunkReply {
        match self.chain(focus, trail).await {
            Ok(second) => {
                let cut = second.cut;
                kept(second, cut)
            }
            Err(error) => {
                tracing::info!(error = %error, "an empty answer could not be asked again; it stands");
                kept(first, false)
            }
        }
    }

    fn chars(&self, focus: &Range<usize>) -> u32 {
        let sentences = self.sentences.get(focus.clone()).unwrap_or(&[]);
        sentences
            .iter()
            .map(|one| one.end_char - one.start_char)
            .sum()
    }
}

/// The first sentence of a range that a cut answer has not done with: that of its last fact. `None`: it
/// did not come so far, or its facts do not follow the text.
fn covered(facts: &[ModelFact], focus: &Range<usize>) -> Option<usize> {
    let at: Option<Vec<usize>> = facts.iter().map(sentence_of).collect();
    let at = at?;
    let next = *at.last()?;
    let is_inside = next > focus.start && at.iter().all(|one| focus.contains(one));
    (is_inside && at.is_sorted()).then_some(next)
}

/// The place of the sentence that a fact names.
fn sentence_of(fact: &ModelFact) -> Option<usize> {
    usize::try_from(fact.sentence?).ok()?.checked_sub(1)
}

fn kept(answer: Answer, incomplete: bool) -> ChunkReply {
    ChunkReply {
        returned: i32::try_from(answer.reply.returned).unwrap_or(i32::MAX),
        facts: answer.reply.facts,
        incomplete,
        model: answer.model,
    }
}
