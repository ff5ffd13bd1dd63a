//! One chunk, asked of the chain of models: the next model when one fails, halves when it is too
//! much, once more when the answer is suspiciously empty.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use domain::{Budget, Usage};
use runtime::clock;

use crate::answer::response_class::Answer;
use crate::article::{Article, RouteFailure};
use crate::ask::prompt;
use crate::ask::retry;
use crate::ask::route::{Route, Shared};
use crate::chunk_sink::ChunkReply;
use crate::cost::tally::Tally;
use crate::error::FactsError;
use crate::plan::chunks::Chunk;
use crate::plan::sentences::Sentence;

/// No facts in a text of this many characters is asked about once more.
const SUSPICIOUSLY_EMPTY_CHARS: u32 = 1_500;

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
    /// Called at every rate limit.
    pub(crate) throttled: &'a (dyn Fn() + Sync),
}

/// What one chunk has used and met.
#[derive(Default)]
pub(crate) struct Trail {
    pub(crate) routes: BTreeMap<usize, Asked>,
    pub(crate) route_failures: Vec<RouteFailure>,
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
    /// Asks for the facts of a run of sentences.
    pub(crate) async fn chunk(
        &self,
        focus: &Range<usize>,
        trail: &mut Trail,
    ) -> Result<ChunkReply, FactsError> {
        let answer = match self.chain(focus, trail).await {
            Ok(answer) => answer,
            Err(FactsError::TooLong { endpoint }) => {
                return self
                    .halves(focus, trail)
                    .await
                    .unwrap_or(Err(FactsError::TooLong { endpoint }));
            }
            Err(error) => return Err(error),
        };
        if answer.cut {
            return self.after_cut(answer, focus, trail).await;
        }
        if answer.reply.returned == 0 && self.chars(focus) >= SUSPICIOUSLY_EMPTY_CHARS {
            return Ok(self.once_more(answer, focus, trail).await);
        }
        Ok(kept(answer, false))
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
                    return Ok(answer);
                }
                Err(FactsError::OutOfTime { .. }) if last.is_some() => break,
                Err(error) => {
                    asked.answered |= error.is_an_answer();
                    if error.traits().is_out {
                        self.note_out(*at);
                    }
                    trail.route_failures.push(RouteFailure {
                        model: route.config.model.clone(),
                        endpoint: route.endpoint.clone(),
                        error: error.clone(),
                    });
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

fn kept(answer: Answer, incomplete: bool) -> ChunkReply {
    ChunkReply {
        returned: i32::try_from(answer.reply.returned).unwrap_or(i32::MAX),
        facts: answer.reply.facts,
        incomplete,
        model: answer.model,
    }
}
