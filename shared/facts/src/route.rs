//! One model at one endpoint: ask it until it answers, refuses for good, or its allowance is used.

use domain::Budget;
use http::{HeaderMap, HeaderName, HeaderValue};
use runtime::clock;
use runtime::config;
use serde_json::Value;
use url::Url;

use crate::article::RouteName;
use crate::chunks::{self, Correction};
use crate::client::{self, CallError};
use crate::dialect;
use crate::error::{ConfigProblem, FactsError, SecretError, Stage};
use crate::keys::{KeyChain, KeyRing};
use crate::ladder::{Ladder, Rung, STEPS_MAX};
use crate::pace::{self, Allowance, Next, Pace};
use crate::prices::{Price, Prices};
use crate::prompt::STATIC;
use crate::retry_after;
use crate::tally::Tally;
use crate::verdict::{self, Answer, Arrived, Origin, Verdict};

/// Calls that one question takes at most: every rung, every repeat, and the one that works.
const CALLS_MAX: u32 = STEPS_MAX + 6;

/// A model, where it is, and what is known of it.
pub(crate) struct Route {
    pub(crate) config: config::Route,
    pub(crate) endpoint: String,
    address: Url,
    price: Option<Price>,
    ladder: Ladder,
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
            config,
        }
    }

    pub(crate) fn name(&self) -> RouteName {
        RouteName {
            model: self.config.model.clone(),
            endpoint: self.endpoint.clone(),
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
            let rung = self.ladder.rung();
            let keys = shared.keys.ring(&shared.client, budget).await;
            let keys = keys.map_err(|source| self.no_key(source))?;
            let headers = self.headers(&keys)?;
            let setback = match self.call(shared, headers, user, rung, tally, budget).await {
                Verdict::Answer(answer) => return Ok(answer),
                Verdict::Refuses(feature) => {
                    if self.ladder.step(rung, feature) {
                        continue;
                    }
                    self.origin().config(400, ConfigProblem::NoCommonForm)
                }
                Verdict::Setback(error) => error,
            };
            if matches!(setback, FactsError::Throttled { .. }) {
                throttled();
            }
            let left = budget.remaining(clock::now());
            match pace::next(
                &setback,
                &mut allowance,
                &shared.pace,
                left,
                fastrand::f64(),
            ) {
                Next::Again(wait) => {
                    tracing::info!(error = %setback, wait_ms = wait.as_millis(), "the LLM is asked again");
                    tokio::time::sleep(wait).await;
                }
                Next::ReadKey => {
                    let again = shared.keys.read_again(&shared.client, &keys, budget).await;
                    if !again.map_err(|source| self.no_key(source))? {
                        return Err(setback);
                    }
                }
                Next::GiveUp => return Err(setback),
            }
            last = Some(setback);
        }
        Err(last.unwrap_or_else(|| self.origin().config(400, ConfigProblem::NoCommonForm)))
    }

    /// One call and its verdict.
    async fn call(
        &self,
        shared: &Shared,
        headers: HeaderMap,
        user: &str,
        rung: Rung,
        tally: &mut Tally,
        budget: &Budget,
    ) -> Verdict {
        let body = dialect::body(self.config.dialect, &self.config.model, user, rung);
        let body = bytes_of(&body);
        match client::post(&shared.client, &self.address, headers, body, budget).await {
            Ok(received) => {
                let retry_after = match received.status {
                    200 => None,
                    _ => retry_after::in_headers(&received.headers, clock::wall()),
                };
                let arrived = Arrived {
                    status: received.status,
                    retry_after,
                    body: &received.body,
                };
                let (verdict, tokens) = verdict::judge(&arrived, self.origin());
                tally.answered(received.status, tokens, self.price);
                if let Some(tokens) = tokens.filter(|tokens| tokens.input > 0) {
                    let estimated =
                        chunks::milli_tokens(STATIC.system) + chunks::milli_tokens(user);
                    shared.correction.learn(tokens.input, estimated);
                }
                verdict
            }
            Err(error) => Verdict::Setback(self.failed(error, tally)),
        }
    }

    fn failed(&self, error: CallError, tally: &mut Tally) -> FactsError {
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
            CallError::Flawed { status: 200, flaw } => {
                tally.unanswered(true);
                self.origin().invalid(flaw)
            }
            CallError::Flawed { status, .. } => {
                tally.unanswered(false);
                let arrived = Arrived {
                    status,
                    retry_after: None,
                    body: b"",
                };
                match verdict::judge(&arrived, self.origin()).0 {
                    Verdict::Setback(error) => error,
                    Verdict::Answer(_) | Verdict::Refuses(_) => {
                        self.origin().config(status, ConfigProblem::Rejected)
                    }
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

    fn headers(&self, keys: &KeyRing) -> Result<HeaderMap, FactsError> {
        let header = keys.header(self.config.dialect, &self.config.base_url);
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header.map_err(FactsError::Setup)? {
            headers.insert(HeaderName::from_static(name), value);
        }
        if self.config.dialect == config::Dialect::Anthropic {
            let version = HeaderValue::from_static("2023-06-01");
            headers.insert(HeaderName::from_static("anthropic-version"), version);
        }
        Ok(headers)
    }

    fn origin(&self) -> Origin<'_> {
        Origin {
            dialect: self.config.dialect,
            endpoint: &self.endpoint,
            model: &self.config.model,
        }
    }
}

/// A JSON value as bytes.
fn bytes_of(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
