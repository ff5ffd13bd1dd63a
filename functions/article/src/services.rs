//! What a warm process keeps between invocations. Building it touches no network.

use std::sync::Arc;

use domain::DailyLimits;
use extract::{BadSelector, Selector};
use facts::{FactFinder, FactsError, RouteName};
use fetch::{FetchError, Fetcher};
use runtime::config::{ArticleConfig, Function};
use store::{Store, StoreError};
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::routes;

/// The adapters, ready to use.
pub struct Services {
    /// The function's own surroundings.
    pub function: Function,
    /// Postgres.
    pub store: Store,
    /// Pages.
    pub fetcher: Fetcher,
    /// The LLM.
    pub finder: FactFinder,
    /// What the LLM may cost on a day.
    pub limits: DailyLimits,
    /// Where the text of known sites is, by host.
    pub selectors: Vec<(String, Selector)>,
    /// One page of a batch is extracted at a time: a function has a share of one processor, and ten
    /// at once would each pass the time that one needs, and hold ten trees in memory.
    pub(crate) extracting: Arc<Semaphore>,
}

/// An adapter cannot be built from the configuration.
#[derive(Debug, Error)]
pub enum ServicesError {
    /// Postgres.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Pages.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The LLM.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// A selector of a known site.
    #[error("read EXTRACT_SELECTORS")]
    Selector(#[from] BadSelector),
}

impl Services {
    /// Builds every adapter.
    ///
    /// # Errors
    /// The first that cannot be built.
    pub fn new(config: &ArticleConfig) -> Result<Self, ServicesError> {
        let selectors = config.selectors.iter();
        let selectors = selectors.map(|(host, text)| Ok((host.clone(), text.parse()?)));
        let finder = FactFinder::new(&config.llm)?;
        if config.limits != DailyLimits::default() {
            for route in finder.unpriced() {
                let RouteName { model, endpoint } = route;
                tracing::warn!(
                    model,
                    endpoint,
                    "no price is known: the daily budget cannot hold"
                );
            }
        }
        Ok(Self {
            limits: config.limits,
            extracting: Arc::new(Semaphore::new(1)),
            selectors: selectors.collect::<Result<_, BadSelector>>()?,
            function: config.function.clone(),
            store: Store::new(&config.database, "gleaner-article")?,
            fetcher: Fetcher::new(&config.fetch)?,
            finder,
        })
    }

    /// Where the text is on a site that somebody knows: the entry of the host, or of a domain it
    /// is in.
    pub(crate) fn selector(&self, host: Option<&str>) -> Option<&Selector> {
        let host = host?;
        let covers = |known: &str| {
            let rest = host.strip_suffix(known);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let found = self.selectors.iter().find(|(known, _)| covers(known));
        found.map(|(_, selector)| selector)
    }

    /// The breakers of the models, in the order in which they are asked.
    pub(crate) fn breaker_keys(&self) -> Vec<String> {
        routes::keys(self.finder.routes())
    }
}
