//! The account of one LLM run over one text: what was asked, what it cost, what was kept.

use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Every chunk answered; facts were kept.
    Ok,
    /// Every chunk answered, validly, that there is nothing.
    Empty,
    /// Facts were kept and something is missing: a chunk, cut text, most quotes.
    Partial,
    /// Nothing that may be stored.
    Failed,
}

impl RunStatus {
    /// The status as rows spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Empty => "empty",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// What the calls of a run used, failed calls included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Requests that were sent.
    pub calls: i32,
    /// Prompt tokens.
    pub tokens_in: i64,
    /// Prompt tokens the provider had cached.
    pub tokens_cached: i64,
    /// Answer tokens.
    pub tokens_out: i64,
    /// Answer tokens spent on reasoning.
    pub tokens_reasoning: i64,
    /// Millionths of a US dollar; `None` when a price is unknown, never 0 for that.
    pub cost_micro_usd: Option<i64>,
}

/// What one route of a chain was asked in a run, and what it used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteUsage {
    /// The model.
    pub model: String,
    /// Scheme, host and port of its endpoint; never a key.
    pub endpoint: String,
    /// Whether it gave an answer that was read: it is up, whatever else it did.
    pub answered: bool,
    /// What its calls used, failed ones too.
    pub usage: Usage,
    /// The cost of those of its calls whose cost is known.
    pub known_micro_usd: i64,
    /// Calls whose cost is not known: no price, no usage told, or never answered in full.
    pub calls_unpriced: i32,
}

/// A fact that was not kept because its quote is not in the text: what the model said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedFact {
    /// The fact.
    pub claim: String,
    /// The words it says are the article's.
    pub quote: String,
}

/// The account of a run, complete enough for its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Semver and hash of the prompt's static part.
    pub prompt_version: String,
    /// Version of the reply's schema.
    pub schema_version: String,
    /// The model that was asked for.
    pub model_requested: String,
    /// The model that the answer names.
    pub model_returned: Option<String>,
    /// Scheme, host and port of the endpoint; never a key.
    pub endpoint: String,
    /// How it ended.
    pub status: RunStatus,
    /// Chunks the text was cut into.
    pub chunks_total: i32,
    /// Chunks that answered validly.
    pub chunks_ok: i32,
    /// Characters of the text that no chunk covered (text beyond the cap).
    pub chars_cut: i32,
    /// Tokens and money, all routes together.
    pub usage: Usage,
    /// The same by route, in the order of the chain; routes that were not asked are left out.
    pub routes: Vec<RouteUsage>,
    /// Facts the model returned.
    pub facts_returned: i32,
    /// Facts that were kept.
    pub facts_kept: i32,
    /// Facts dropped because their quote is not in the text.
    pub facts_ungrounded: i32,
    /// The first of those, for people to look at.
    pub rejected: Vec<RejectedFact>,
    /// Facts merged into another.
    pub facts_merged: i32,
}
