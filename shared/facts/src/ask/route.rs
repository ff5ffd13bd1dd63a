//! One model at one endpoint: ask it until it answers, refuses for good, or its allowance is used.

use domain::Budget;
use http::{HeaderMap, HeaderName, HeaderValue};
use runtime::OrWarn as _;
use runtime::clock;
use runtime::config;
use url::Url;

use crate::answer::response_class::{Answer, Origin, Response, ResponseClass, classify_response};
use crate::article::RouteName;
use crate::ask::prompt::STATIC;
use crate::ask::request_form::{Ladder, RequestForm, STEPS_MAX};
use crate::ask::retry::{self, Allowance, Next, Pace};
use crate::cost::prices::{Price, Prices};
use crate::cost::tally::Tally;
use crate::dialect;
use crate::error::{ConfigProblem, FactsError, SecretError, Stage};
use crate::http::client::{self, CallError};
use crate::http::keys::{KeyChain, KeyRing};
use crate::http::retry_after;
use crate::plan::chunks::{self, Correction};

/// Calls that one question takes at most: every form, every repeat, and the one that works.
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
            let form = self.ladder.form();
            let keys = shared.keys.ring(&shared.client, budget).await;
            let keys = keys.map_err(|source| self.no_key(source))?;
            let headers = self.headers(&keys)?;
            let failure = match self.call(shared, headers, user, form, tally, budget).await {
                ResponseClass::Answer(answer) => return Ok(answer),
                ResponseClass::Refuses(feature) => {
                    if self.ladder.step(form, feature) {
                        continue;
                    }
                    self.origin().config(400, ConfigProblem::NoCommonForm)
                }
                ResponseClass::Failure(error) => error,
            };
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
                    let again = shared.keys.read_again(&shared.client, &keys, budget).await;
                    if !again.map_err(|source| self.no_key(source))? {
                        return Err(failure);
                    }
                }
                Next::GiveUp => return Err(failure),
            }
            last = Some(failure);
        }
        Err(last.unwrap_or_else(|| self.origin().config(400, ConfigProblem::NoCommonForm)))
    }

    /// One call and what its response means.
    async fn call(
        &self,
        shared: &Shared,
        headers: HeaderMap,
        user: &str,
        form: RequestForm,
        tally: &mut Tally,
        budget: &Budget,
    ) -> ResponseClass {
        let body = dialect::body(self.config.dialect, &self.config.model, user, form);
        let Some(body) = body.or_warn("write the request") else {
            return ResponseClass::Failure(self.origin().config(0, ConfigProblem::NoCommonForm));
        };
        match client::post(&shared.client, &self.address, headers, body, budget).await {
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
                let (class, tokens) = classify_response(&response, self.origin());
                tally.answered(received.status, tokens, self.price);
                if let Some(tokens) = tokens.filter(|tokens| tokens.input > 0) {
                    let estimated =
                        chunks::milli_tokens(STATIC.system) + chunks::milli_tokens(user);
                    shared.correction.learn(tokens.input, estimated);
                }
                class
            }
            Err(error) => ResponseClass::Failure(self.failed(error, tally)),
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
                let response = Response {
                    status,
                    retry_after: None,
                    body: b"",
                };
                match classify_response(&response, self.origin()).0 {
                    ResponseClass::Failure(error) => error,
                    ResponseClass::Answer(_) | ResponseClass::Refuses(_) => {
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
