//! What the LLM cost.

use domain::{Budget, Step};
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::row::{get, only};
use crate::visit::{Param, Store};

// A row per day, model and endpoint, the newest day first.
const COST_BY_DAY: &str = "/* store::cost_by_day */
SELECT day::text AS day, model, endpoint, runs, runs_failed, calls, tokens_in, tokens_cached,
       tokens_out, tokens_reasoning, cost_micro_usd, runs_unpriced
  FROM llm_cost_by_day
 WHERE day > (now() AT TIME ZONE 'UTC')::date - $1::int -- days
 ORDER BY day DESC, model, endpoint";

// One row. The sum is null when nothing with a known price ran.
const SPENT_TODAY: &str = "/* store::spent_today */
SELECT sum(cost_micro_usd)::bigint AS cost_micro_usd,
       count(*) FILTER (WHERE calls > 0 AND cost_micro_usd IS NULL AND status <> 'started') AS runs_unpriced
  FROM extractions
 WHERE started_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'";

/// A day's cost of a model at an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of llm_cost_by_day")]
pub struct CostDay {
    pub day: String,
    pub model: String,
    pub endpoint: String,
    pub runs: i64,
    pub runs_failed: i64,
    pub calls: i64,
    pub tokens_in: i64,
    pub tokens_cached: i64,
    pub tokens_out: i64,
    pub tokens_reasoning: i64,
    pub cost_micro_usd: Option<i64>,
    pub runs_unpriced: i64,
}

/// What today (UTC) has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Millionths of a US dollar, of the runs whose price is known.
    pub micro_usd: i64,
    /// Runs whose price is not known, and which are missing from that.
    pub runs_unpriced: i64,
}

impl Store {
    /// Cost per day and model, for the last `days` days, today included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cost_by_day(
        &self,
        budget: &Budget,
        days: u16,
    ) -> Result<Vec<CostDay>, StoreError> {
        let params: &[Param<'_>] = &[(&i32::from(days), Type::INT4)];
        let rows = self
            .transact(Step::DbQuery, budget, COST_BY_DAY, params)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(CostDay {
                    day: get(row, "day")?,
                    model: get(row, "model")?,
                    endpoint: get(row, "endpoint")?,
                    runs: get(row, "runs")?,
                    runs_failed: get(row, "runs_failed")?,
                    calls: get(row, "calls")?,
                    tokens_in: get(row, "tokens_in")?,
                    tokens_cached: get(row, "tokens_cached")?,
                    tokens_out: get(row, "tokens_out")?,
                    tokens_reasoning: get(row, "tokens_reasoning")?,
                    cost_micro_usd: get(row, "cost_micro_usd")?,
                    runs_unpriced: get(row, "runs_unpriced")?,
                })
            })
            .collect()
    }

    /// What today has cost so far, for a daily budget.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn spent_today(&self, budget: &Budget) -> Result<Spent, StoreError> {
        let rows = self
            .transact(Step::DbQuery, budget, SPENT_TODAY, &[])
            .await?;
        let row = only(&rows)?;
        Ok(Spent {
            micro_usd: get::<Option<i64>>(row, "cost_micro_usd")?.unwrap_or(0),
            runs_unpriced: get(row, "runs_unpriced")?,
        })
    }
}
