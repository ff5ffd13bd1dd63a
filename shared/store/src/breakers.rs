//! Breakers: what invocations tell each other about the routes to the LLM.
//!
//! A row for each route that failed lately. Between two probes of an open one nobody asks it; any
//! answer of the route, to whichever article, closes it.

use std::time::Duration;

use domain::ErrorClass;
use domain::limits::SNOOZE_MAX;
use serde_json::{Value, json};

use crate::claim::millis;

/// The breaker of a model at an endpoint.
#[must_use]
pub fn breaker_key(model: &str, endpoint: &str) -> String {
    format!("{model}@{endpoint}")
}

/// How a route was when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteHealth {
    /// Its breaker; see [`breaker_key`].
    pub key: String,
    /// Up, or out in some way.
    pub state: RouteState,
}

/// Whether a route answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteState {
    /// It does: its breaker is closed.
    Up,
    /// It does not: its breaker opens, or counts a strike.
    Out {
        /// Why.
        class: ErrorClass,
        /// Until the first probe.
        open_for: Duration,
        /// So many failures in a row open it.
        strikes: i32,
    },
}

/// The routes as `gleaner_note_breakers` reads them; `None` when there is nothing to note.
pub(crate) fn breakers_json(routes: &[RouteHealth]) -> Option<Value> {
    let told = routes.iter().map(|route| match route.state {
        RouteState::Up => json!({ "key": route.key, "up": true }),
        RouteState::Out {
            class,
            open_for,
            strikes,
        } => json!({
            "key": route.key,
            "up": false,
            "class": class.as_str(),
            "open_ms": millis(open_for.min(SNOOZE_MAX)),
            "strikes": strikes,
        }),
    });
    (!routes.is_empty()).then(|| told.collect())
}
