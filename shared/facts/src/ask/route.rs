//! One model at one endpoint: ask it until it answers, refuses for good, or its allowance is used.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::Budget;
use http::{HeaderMap, HeaderName, HeaderValue};
use runtime::OrWarn as _;
use runtime::config;
use runtime::{SecretError, clock};
use url::Url;

use crate::answer::response_class::{Answer, Origin, Response, ResponseClass, classify_response};
use crate::article::{RouteFailure, RouteName};
use crate::ask::prompt::STATIC;
use crate::ask::request_form::{Ladder, RequestForm, STEPS_MAX};
use crate::ask::retry::{self, Allowance, Next, Pace};
use crate::cost::prices::{Price, Prices};
use crate::cost::tally::Tally;
use crate::dialect::{self, envelope::ANSWER_TOKENS_MAX};
use crate::error::{ConfigProblem, Excerpt, FactsError, Flaw, KeySent, Stage};
use crate::http::client::{self, CallError, Cut, Flow, Patience};
use crate::http::keys::{Authorisation, KeyChain};
use crate::http::retry_after;
use crate::plan::chunks::{self, Correction};

/// Calls that one question takes at most: every form, every repeat, and the one that works.
const CALLS_MAX: u32 = STEPS_MAX + 6;

/// Whatever a function may take: the budget ends the wait.
const NEAR_FIRST_MAX: Duration = Duration::from_mins(15);

/// One machine that answers several prompts pauses for longer than a service does.
const NEAR_STALLS: u32 = 6;

/// A model, where it is, and what is known of it.
pub(crate) struct Route {
    pub(crate) config: config::Route,
    pub(crate) endpoint: String,
    address: Url,
    price: Option<Price>,
    ladder: Ladder,
    /// On this machine or in a private network.
    is_near: bool,
    /// An answer reached its limit before its first fact: it was reasoning.
    needs_room: AtomicBool,
}

/// A sentence of 25 tokens that gives two facts needs some 200; most give one or none.
const NEAR_ANSWER_PER_TOKEN: u32 = 4;

/// Room for reasoning about a short text.
const NEAR_ANSWER_BASE: u32 = 1_000;

/// What is asked in one call, and how.
#[derive(Clone, Copy)]
struct Question<'a> {
    user: &'a str,
    form: RequestForm,
    authorisation: Option<&'a Authorisation<'a>>,
}

/// What the routes share.
pub(crate) struct Shared {
    pub(crate) client: client::Client,
    pub(crate) keys: KeyChain,
    pub(crate) pace: Pace,
    pub(crate) correction: Correction,
}

impl Route {
    pub(crate) fn new(config: config::Route, prices: &Prices) -> Self {
        Self {
            endpoint: config.base_url.origin().ascii_serialization(),
            address: dialect::address(config.dialect, &config.base_url),
            price: prices.of(&config.model, &config.base_url),
            ladder: Ladder::new(config.dialect),
            is_near: config.is_near(),
            needs_room: AtomicBool::new(false),
            config,
        }
    }

    pub(crate) fn name(&self) -> RouteName {
        RouteName {
            model: self.config.model.clone(),
            endpoint: self.endpoint.clone(),
        }
    }

    pub(crate) fn failure(&self, error: FactsError) -> RouteFailure {
        RouteFailure {
            model: self.config.model.clone(),
            endpoint: self.endpoint.clone(),
            error,
        }
    }

    pub(crate) const fn has_price(&self) -> bool {
        self.price.is_some()
    }

    /// Asks until there is an answer or a reason to stop.
    pub(crate) async fn ask(
        &self,
        shared: &Shared,
        user: &str,
        tally: &mut Tally,
        budget: &Budget,
        throttled: &(dyn Fn() + Sync),
    ) -> Result<Answer, FactsError> {
        let mut allowance = Allowance::granted();
        let mut last = None;
        for _call in 0..CALLS_MAX {
            let left = budget.remaining(clock::now());
            if left < shared.pace.call_min {
                return Err(last.unwrap_or(FactsError::OutOfTime { left }));
            }
            let form = self.ladder.form();
            let keys = shared.keys.ring(budget).await;
            let keys = keys.map_err(|source| self.no_key(source))?;
            let header = shared.keys.header(&self.config);
            let authorisation = keys.authorisation(header, &self.config.base_url);
            let authorisation = authorisation.map_err(FactsError::Setup)?;
            let question = Question {
                user,
                form,
                authorisation: authorisation.as_ref(),
            };
            let failure = match self.call(shared, question, tally, budget).await {
                ResponseClass::Answer(answer) => return Ok(answer),
                ResponseClass::Refuses { feature, otherwise } => {
                    if self.ladder.step(form, feature) {
                        continue;
                    }
                    no_other_form(otherwise)
                }
                ResponseClass::Failure(error) => error,
            };
            if is_unusable(&failure) && self.ladder.note_unusable(form) {
                tracing::info!(error = %failure, "the LLM is asked in a lower form");
                last = Some(failure);
                continue;
            }
            if matches!(failure, FactsError::Throttled { .. }) {
                throttled();
            }
            let left = budget.remaining(clock::now());
            match retry::next(
                &failure,
                &mut allowance,
                &shared.pace,
                left,
                fastrand::f64(),
            ) {
                Next::Again(wait) => {
                    tracing::info!(error = %failure, wait_ms = wait.as_millis(), "the LLM is asked again");
                    tokio::time::sleep(wait).await;
                }
                Next::ReadKey => {
                    let again = shared.keys.read_again(&keys, budget).await;
                    if !again.map_err(|source| self.no_key(source))? {
                        return Err(failure);
                    }
                }
                Next::GiveUp => return Err(failure),
            }
            last = Some(failure);
        }
        let left = budget.remaining(clock::now());
        Err(last.unwrap_or(FactsError::OutOfTime { left }))
    }

    /// One call and what its response means.
    async fn call(
        &self,
        shared: &Shared,
        question: Question<'_>,
        tally: &mut Tally,
        budget: &Budget,
    ) -> ResponseClass {
        let Question { user, form, .. } = question;
        let headers = self.headers(question.authorisation);
        let (dialect, model) = (self.config.dialect, &self.config.model);
        let body = dialect::body(dialect, model, user, form, self.answer_tokens(user));
        let Some(body) = body.or_warn("write the request") else {
            let from = self.origin(question);
            let nothing = Excerpt::default();
            return ResponseClass::Failure(from.config(0, ConfigProblem::NoCommonForm, nothing));
        };
        let started = clock::now();
        let sending = client::post(
            &shared.client,
            &self.address,
            headers,
            body,
            self.config.dialect,
            self.patience(&shared.pace),
            budget,
        );
        match sending.await {
            Ok(received) => {
                let retry_after = match received.status {
                    200 => None,
                    _ => retry_after::in_headers(&received.headers, clock::wall()),
                };
                let response = Response {
                    status: received.status,
                    retry_after,
                    body: &received.body,
                };
                let (class, tokens) = classify_response(&response, self.origin(question));
                // What a cut answer says of its tokens was said at its beginning.
                let price = self.price.filter(|_| received.cut.is_none());
                tally.answered(received.status, tokens, price);
                if let Some(tokens) = tokens.filter(|tokens| tokens.input > 0) {
                    let estimated =
                        chunks::milli_tokens(STATIC.system) + chunks::milli_tokens(user);
                    shared.correction.learn(tokens.input, estimated);
                }
                if received.cut.is_none() {
                    self.note_room(&class);
                }
                match received.cut {
                    Some(cut) => self.after_cut(class, cut, question, (started, received.flow)),
                    None => class,
                }
            }
            Err(error) => ResponseClass::Failure(self.failed(error, question, tally)),
        }
    }

    /// An answer that was cut on its way is its complete facts, and the reason; without any it is the
    /// reason alone.
    fn after_cut(
        &self,
        class: ResponseClass,
        cut: Cut,
        question: Question<'_>,
        (started, flow): (Instant, Option<Flow>),
    ) -> ResponseClass {
        let endpoint = self.endpoint.clone();
        let reason = match cut {
            Cut::Runaway => {
                tracing::info!(
                    endpoint,
                    "the LLM repeated itself without end; its answer was cut"
                );
                return runaway(class, question.user);
            }
            Cut::Deadline => FactsError::Unfinished {
                endpoint,
                waited: clock::now() - started,
                pieces: flow.map_or(0, |flow| flow.pieces),
            },
            Cut::Stall(waited) => FactsError::Slow { endpoint, waited },
            Cut::Broken(source) => FactsError::Unreachable { endpoint, source },
        };
        match class {
            ResponseClass::Answer(answer) if !answer.reply.facts.is_empty() => {
                ResponseClass::Answer(Answer {
                    cut: true,
                    interrupted: Some(reason),
                    ..answer
                })
            }
            ResponseClass::Answer(_)
            | ResponseClass::Refuses { .. }
            | ResponseClass::Failure(_) => ResponseClass::Failure(reason),
        }
    }

    /// Learns from an answer that reached its limit with nothing to show for it: the next ones get all the room.
    fn note_room(&self, class: &ResponseClass) {
        if let ResponseClass::Answer(answer) = class
            && answer.cut
            && answer.reply.returned == 0
        {
            self.needs_room.store(true, Ordering::Relaxed);
        }
    }

    /// The answer's limit. A model on this machine is slow, and if it loops there is nobody who ends it: it
    /// gets what its text can bear, unless it reasons. Elsewhere the room is for reasoning, which does not
    /// follow the text.
    fn answer_tokens(&self, user: &str) -> u32 {
        if !self.is_near || self.needs_room.load(Ordering::Relaxed) {
            return ANSWER_TOKENS_MAX;
        }
        let text = u32::try_from(chunks::milli_tokens(user) / 1_000).unwrap_or(u32::MAX);
        text.saturating_mul(NEAR_ANSWER_PER_TOKEN)
            .saturating_add(NEAR_ANSWER_BASE)
            .min(ANSWER_TOKENS_MAX)
    }

    /// A model on this machine or in this network may read a long prompt for minutes.
    fn patience(&self, pace: &Pace) -> Patience {
        Patience {
            first: if self.is_near {
                NEAR_FIRST_MAX
            } else {
                pace.first_token
            },
            // it may read another prompt meanwhile
            stall: if self.is_near {
                pace.stall * NEAR_STALLS
            } else {
                pace.stall
            },
        }
    }

    fn failed(&self, error: CallError, question: Question<'_>, tally: &mut Tally) -> FactsError {
        let endpoint = self.endpoint.clone();
        match error {
            CallError::Broken(source) => {
                tally.unanswered(source.stage != Stage::Connect);
                FactsError::Unreachable { endpoint, source }
            }
            CallError::Slow(waited) => {
                tally.unanswered(true);
                FactsError::Slow { endpoint, waited }
            }
            CallError::Flawed { status, flaw } if (200..300).contains(&status) => {
                tally.unanswered(true);
                self.origin(question).invalid(flaw)
            }
            CallError::Flawed { status, .. } => {
                tally.unanswered(false);
                let response = Response {
                    status,
                    retry_after: None,
                    body: b"",
                };
                match classify_response(&response, self.origin(question)).0 {
                    ResponseClass::Failure(error)
                    | ResponseClass::Refuses {
                        otherwise: error, ..
                    } => error,
                    ResponseClass::Answer(_) => self.origin(question).invalid(Flaw::NotJson),
                }
            }
        }
    }

    fn no_key(&self, source: SecretError) -> FactsError {
        FactsError::Secret {
            endpoint: self.endpoint.clone(),
            source,
        }
    }

    fn headers(&self, authorisation: Option<&Authorisation<'_>>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(it) = authorisation {
            headers.insert(HeaderName::from_static(it.name), it.value.clone());
        }
        if self.config.dialect == config::Dialect::Anthropic {
            let version = HeaderValue::from_static("2023-06-01");
            headers.insert(HeaderName::from_static("anthropic-version"), version);
        }
        headers
    }

    fn origin<'a>(&'a self, question: Question<'a>) -> Origin<'a> {
        let authorisation = question.authorisation;
        Origin {
            sent: authorisation.map_or(KeySent::None, |it| it.sent),
            key: authorisation.map_or("", |it| it.key),
            prompt: question.user,
            dialect: self.config.dialect,
            endpoint: &self.endpoint,
            model: &self.config.model,
        }
    }
}

/// An answer that was cut because it repeated itself. If it quotes nothing that was asked about, the model
/// does not read, and asking it for the rest brings more of the same.
fn runaway(class: ResponseClass, user: &str) -> ResponseClass {
    match class {
        ResponseClass::Answer(answer) => {
            let facts = &answer.reply.facts;
            let is_made_up =
                !facts.is_empty() && !facts.iter().any(|fact| user.contains(&fact.quote));
            ResponseClass::Answer(Answer {
                is_made_up,
                ..answer
            })
        }
        other @ (ResponseClass::Refuses { .. } | ResponseClass::Failure(_)) => other,
    }
}

/// Every form of the request is refused: what that means.
fn no_other_form(failure: FactsError) -> FactsError {
    match failure {
        FactsError::Rejected {
            endpoint,
            model,
            status,
            said,
        } => FactsError::Config {
            endpoint,
            model,
            status,
            problem: ConfigProblem::NoCommonForm,
            said,
        },
        other => other,
    }
}

/// The format of the answer may be what keeps it from coming.
const fn is_unusable(failure: &FactsError) -> bool {
    matches!(
        failure,
        FactsError::Invalid {
            flaw: Flaw::NoText | Flaw::OwnCheck,
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(base: &str) -> Route {
        let config = config::Route {
            model: "m".to_owned(),
            base_url: base.parse().expect("a URL"),
            dialect: config::Dialect::OpenAi,
        };
        Route::new(config, &Prices::read(None).expect("the own table"))
    }

    #[test]
    fn the_answer_limit_of_a_near_model_follows_the_text_and_that_of_a_service_does_not() {
        let (near, far) = (
            route("http://127.0.0.1:8080/v1"),
            route("https://llm.test/v1"),
        );
        let text = "A sentence of some words. ";

        let limits = [1, 100, 10_000].map(|times| near.answer_tokens(&text.repeat(times)));

        assert_eq!(limits[2], ANSWER_TOKENS_MAX);
        assert!(
            limits[0] < 1_100 && (3_000..5_000).contains(&limits[1]),
            "{limits:?}"
        );
        assert_eq!(far.answer_tokens(text), ANSWER_TOKENS_MAX);
    }

    #[test]
    fn a_near_model_that_reasons_up_to_its_limit_gets_all_the_room_from_then_on() {
        let near = route("http://127.0.0.1:8080/v1");
        let cut_after = |returned| {
            ResponseClass::Answer(Answer {
                reply: crate::answer::reply::Reply {
                    facts: Vec::new(),
                    returned,
                },
                cut: true,
                interrupted: None,
                is_made_up: false,
                model: None,
            })
        };

        near.note_room(&cut_after(3));
        assert!(near.answer_tokens("short") < 1_100);
        near.note_room(&cut_after(0));
        assert_eq!(near.answer_tokens("short"), ANSWER_TOKENS_MAX);
    }

    #[test]
    fn a_runaway_that_quotes_nothing_of_the_text_is_made_up_and_one_that_quotes_it_once_is_not() {
        let fact = |quote: &str| {
            let item = serde_json::json!({"quote": quote, "claim": "It fell."});
            crate::answer::model_fact::ModelFact::read(&item).expect("quote and claim")
        };
        let is_made_up = |quotes: &[&str]| {
            let facts: Vec<_> = quotes.iter().map(|quote| fact(quote)).collect();
            let answer = Answer {
                reply: crate::answer::reply::Reply {
                    returned: facts.len(),
                    facts,
                },
                cut: true,
                interrupted: None,
                is_made_up: false,
                model: None,
            };
            match runaway(ResponseClass::Answer(answer), "⟦0a0a:1⟧ Prices fell.") {
                ResponseClass::Answer(answer) => answer.is_made_up,
                other => panic!("{other:?}"),
            }
        };

        assert!(is_made_up(&["Prices rose.", "Nobody fell."]));
        assert!(!is_made_up(&["Prices rose.", "Prices fell"]));
        assert!(!is_made_up(&[]), "nothing can be said of it");
    }
}
