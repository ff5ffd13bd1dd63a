//! What a run has brought so far, and whether that may be stored.

use domain::{RouteUsage, RunRecord, RunStatus};

use crate::article::{RouteName, RunIdentity};
use crate::ask::chain::Trail;
use crate::ask::route::Route;
use crate::chunk_sink::ChunkReply;
use crate::error::FactsError;
use crate::keep::ground_and_merge::KeptFacts;

/// What has come back so far.
pub(crate) struct Run {
    pub(crate) chars_cut: i32,
    pub(crate) chunks_total: i32,
    pub(crate) replies: Vec<ChunkReply>,
    pub(crate) trail: Trail,
    pub(crate) errors: Vec<(i32, FactsError)>,
}

impl Run {
    /// All answers, those that were cut too.
    pub(crate) fn replies(&self) -> impl Iterator<Item = &ChunkReply> {
        self.replies.iter().chain(&self.trail.beginnings)
    }

    fn returned(&self) -> i32 {
        self.replies().map(|reply| reply.returned).sum()
    }

    /// The status of a run that may be stored, or why it may not.
    pub(crate) fn status(&self, kept_facts: &KeptFacts) -> Result<RunStatus, FactsError> {
        let mut errors = self.errors.iter().map(|(_, error)| error);
        if let Some(passing) = errors
            .clone()
            .find(|error| !error.traits().is_about_the_text)
        {
            return Err(passing.clone());
        }
        let kept = kept_facts.facts.len();
        let returned = self.returned();
        if kept == 0 {
            return match errors.next() {
                Some(error) => Err(error.clone()),
                None if returned > 0 => Err(FactsError::Ungrounded { returned }),
                None => Ok(RunStatus::Empty),
            };
        }
        let incomplete = self.replies.iter().any(|reply| reply.incomplete);
        let lost =
            i64::from(returned) - i64::try_from(kept + kept_facts.merged).unwrap_or(i64::MAX);
        let most_lost = lost * 2 > i64::from(returned);
        if !self.errors.is_empty() || incomplete || self.chars_cut > 0 || most_lost {
            return Ok(RunStatus::Partial);
        }
        Ok(RunStatus::Ok)
    }

    /// The account of the run, whatever became of it.
    pub(crate) fn record(
        &self,
        identity: RunIdentity,
        routes: &[Route],
        kept_facts: &KeptFacts,
        status: &Result<RunStatus, FactsError>,
    ) -> RunRecord {
        RunRecord {
            prompt_version: identity.prompt_version,
            schema_version: identity.schema_version,
            model_requested: identity.model,
            model_returned: self.replies.iter().find_map(|reply| reply.model.clone()),
            endpoint: identity.endpoint,
            status: status.as_ref().map_or(RunStatus::Failed, |status| *status),
            chunks_total: self.chunks_total,
            chunks_ok: count(self.replies.len()),
            chars_cut: self.chars_cut,
            usage: self.trail.usage(),
            routes: self.route_usage(routes),
            facts_returned: self.returned(),
            facts_kept: count(kept_facts.facts.len()),
            facts_ungrounded: count(kept_facts.ungrounded),
            rejected: kept_facts.rejected.clone(),
            facts_merged: count(kept_facts.merged),
        }
    }

    fn route_usage(&self, routes: &[Route]) -> Vec<RouteUsage> {
        let asked = self.trail.routes.iter().filter_map(|(at, asked)| {
            let RouteName { model, endpoint } = routes.get(*at)?.name();
            let usage = asked.tally.usage();
            (usage.calls > 0).then(|| RouteUsage {
                model,
                endpoint,
                answered: asked.answered,
                usage,
                known_micro_usd: asked.tally.known_micro_usd(),
                calls_unpriced: asked.tally.unpriced(),
            })
        });
        asked.collect()
    }
}

pub(crate) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
