//! The fact finder against the LLM stand-in: every fault that an endpoint can have, what it costs,
//! how long it takes and what comes of it.

mod case;
mod chain;
mod chunks;
mod faults;
mod function;
mod hidden;
mod hidden_pages;
mod injection;
mod keys;
mod stream;
mod table;
mod wire;

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use domain::Budget;
use facts::{Article, FactFinder, FactsError, FindFailure, Found, KeepNone, Pace};
use runtime::config::{Dialect, Llm, Route, Secret};
use stand_in::{Logged, MODEL, Options, StandIn};

/// What every run of these tests may take: the stand-in answers within milliseconds, also on a
/// machine that is busy with something else.
const BUDGET: Duration = Duration::from_secs(3);

/// Waits small enough for a test, and large enough to be told from none.
const PACE: Pace = Pace {
    call_min: Duration::from_millis(50),
    wait_base: Duration::from_millis(40),
    wait_max: Duration::from_millis(500),
    width: 4,
    first_token: Duration::from_secs(2),
    stall: Duration::from_millis(400),
};

/// Every sentence is a fact by the stand-in's rules, and every one has a digit.
const TEXT: &str = "NASA launched the Artemis II mission from Florida on April 1, 2026. \
    Officials in Houston said the crew of four travelled 1,100,000 miles around the Moon. \
    The agency in Washington spent $4.1 billion on the flight, a report by Congress said in May 2026. \
    Ann Cole of Acme Corp. sold 350 parts of the ship to the agency in Berlin in 2024.";

pub(super) async fn stand_in(script: &str) -> StandIn {
    let options = Options {
        script: script.parse().expect("a sound script"),
        keep_prompts: true,
        ..Options::default()
    };
    let address = (Ipv4Addr::LOCALHOST, 0).into();
    StandIn::start(address, options).await.expect("a free port")
}

pub(super) fn route(stand_in: &StandIn, dialect: Dialect) -> Route {
    Route {
        model: MODEL.to_owned(),
        base_url: stand_in.base_url().parse().expect("a URL"),
        dialect,
    }
}

pub(super) fn config(routes: Vec<Route>, key: Option<&str>) -> Llm {
    Llm {
        routes,
        api_key: key.map(|key| Secret::new(key.to_owned())),
        api_key_secret: None,
        key_header: None,
        prices: None,
        time_max: Duration::from_mins(1),
        ca_file: None,
    }
}

pub(super) fn finder(routes: Vec<Route>) -> FactFinder {
    FactFinder::with_pace(&config(routes, None), PACE).expect("a sound configuration")
}

pub(super) fn article(text: &str) -> Article<'_> {
    Article {
        text,
        title: Some("Artemis"),
        published: Some("2026-05-20"),
        language: Some("en"),
        url: None,
    }
}

pub(super) async fn find(finder: &FactFinder, text: &str) -> Result<Found, Box<FindFailure>> {
    let budget = Budget::starting(runtime::clock::now(), BUDGET);
    finder.find(&article(text), &[], &KeepNone, &budget).await
}

/// What came of a run, in one word.
pub(super) fn word(result: &Result<Found, Box<FindFailure>>) -> &'static str {
    match result {
        Ok(found) => found.record.status.as_str(),
        Err(failure) => match failure.error {
            FactsError::Setup(_) => "setup",
            FactsError::Secret { .. } => "secret",
            FactsError::OutOfTime { .. } => "out_of_time",
            FactsError::Unreachable { .. } => "unreachable",
            FactsError::Slow { .. } => "slow",
            FactsError::Unfinished { .. } => "unfinished",
            FactsError::Server { .. } => "server",
            FactsError::Throttled { .. } => "throttled",
            FactsError::Quota { .. } => "quota",
            FactsError::Auth { .. } => "auth",
            FactsError::Config { .. } => "config",
            FactsError::Rejected { .. } => "rejected",
            FactsError::TooLong { .. } => "too_long",
            FactsError::Filtered { .. } => "filtered",
            FactsError::Refused { .. } => "refused",
            FactsError::Truncated { .. } => "truncated",
            FactsError::Invalid { .. } => "invalid",
            FactsError::Ungrounded { .. } => "ungrounded",
        },
    }
}

/// The waits between the requests of a log.
pub(super) fn waits(log: &[Logged]) -> Vec<Duration> {
    let pairs = log.windows(2);
    pairs
        .map(|pair| pair[1].at.duration_since(pair[0].at))
        .collect()
}

/// Runs once and says how long it took.
pub(super) async fn timed(
    finder: &FactFinder,
    text: &str,
) -> (Result<Found, Box<FindFailure>>, Duration) {
    let started: Instant = runtime::clock::now();
    let result = find(finder, text).await;
    (result, runtime::clock::now() - started)
}

/// Every stored quote stands at its span.
pub(super) fn assert_grounded(text: &str, facts: &[domain::Fact]) {
    for fact in facts {
        let (start, end) = (fact.span.start as usize, fact.span.end as usize);
        let words: String = text.chars().skip(start).take(end - start).collect();
        assert_eq!(words, fact.quote, "{}", fact.claim);
    }
}
