//! What the LLM cost.

use std::time::Duration;

use domain::{Budget, BudgetLevel, DailyLimits, MicroUsd, Step};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::{Param, Store};

// A row per day, model and endpoint, the newest day first.
const COST_BY_DAY: &str = "/* store::cost_by_day */
SELECT day::text AS day, model, endpoint, runs, runs_failed, calls, tokens_in, tokens_cached,
       tokens_out, tokens_reasoning, cost_micro_usd, calls_unpriced
  FROM llm_cost_by_day
 WHERE day > (now() AT TIME ZONE 'UTC')::date - $1::int -- days
 ORDER BY day DESC, model, endpoint";

// One row. Limits that are given are kept, for whoever looks without knowing them.
const TELL_LIMITS: &str = "/* store::tell_limits */
WITH told AS (
    UPDATE llm_limits
       SET warn_micro_usd = $1, -- warn
           stop_micro_usd = $2, -- stop
           told_at = now()
     WHERE (warn_micro_usd, stop_micro_usd) IS DISTINCT FROM ($1::bigint, $2::bigint)
        OR told_at IS NULL
    RETURNING 1)
SELECT day::text AS day, spent_micro_usd, calls_unpriced, runs_lost, $1::bigint AS warn_micro_usd,
       $2::bigint AS stop_micro_usd, (extract(epoch FROM ends_at - now()) * 1000)::bigint AS ends_in_ms
  FROM llm_budget_today";

// One row.
const SPENT_TODAY: &str = "/* store::spent_today */
SELECT day::text AS day, spent_micro_usd, calls_unpriced, runs_lost, warn_micro_usd, stop_micro_usd,
       (extract(epoch FROM ends_at - now()) * 1000)::bigint AS ends_in_ms
  FROM llm_budget_today";

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
    /// As far as it is known; `None` when nothing is.
    pub cost_micro_usd: Option<i64>,
    /// Calls whose cost is missing from that.
    pub calls_unpriced: i64,
}

/// What today (UTC) has cost so far, beside what it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The day.
    pub day: String,
    /// As far as it is known.
    pub known: MicroUsd,
    /// Calls whose cost is not known, and which are missing from that.
    pub calls_unpriced: i64,
    /// Runs whose worker vanished before it could tell what they cost.
    pub runs_lost: i64,
    /// The limits: the scheduler's, as it was last started.
    pub limits: DailyLimits,
    /// Until the next day begins.
    pub ends_in: Duration,
}

impl Spent {
    /// How it stands to the limits.
    #[must_use]
    pub fn level(&self) -> BudgetLevel {
        let is_blind = self.calls_unpriced > 0 || self.runs_lost > 0;
        self.limits.level(self.known, is_blind)
    }
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
                    calls_unpriced: get(row, "calls_unpriced")?,
                })
            })
            .collect()
    }

    /// What today has cost so far.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn spent_today(&self, budget: &Budget) -> Result<Spent, StoreError> {
        let rows = self
            .transact(Step::DbQuery, budget, SPENT_TODAY, &[])
            .await?;
        read_spent(only(&rows)?)
    }

    /// The same under these limits, which are kept for whoever looks without knowing them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tell_limits(
        &self,
        budget: &Budget,
        limits: DailyLimits,
    ) -> Result<Spent, StoreError> {
        let (warn, stop) = (
            limits.warn.map(MicroUsd::get),
            limits.stop.map(MicroUsd::get),
        );
        let params: &[Param<'_>] = &[(&warn, Type::INT8), (&stop, Type::INT8)];
        let rows = self
            .transact(Step::DbQuery, budget, TELL_LIMITS, params)
            .await?;
        read_spent(only(&rows)?)
    }
}

fn read_spent(row: &Row) -> Result<Spent, StoreError> {
    let money = |column| get::<Option<i64>>(row, column).map(|it| it.map(MicroUsd::new));
    let ends_in_ms: i64 = get(row, "ends_in_ms")?;
    Ok(Spent {
        day: get(row, "day")?,
        known: MicroUsd::new(get(row, "spent_micro_usd")?),
        calls_unpriced: get(row, "calls_unpriced")?,
        runs_lost: get(row, "runs_lost")?,
        limits: DailyLimits {
            warn: money("warn_micro_usd")?,
            stop: money("stop_micro_usd")?,
        },
        ends_in: Duration::from_millis(u64::try_from(ends_in_ms).unwrap_or(0)),
    })
}
