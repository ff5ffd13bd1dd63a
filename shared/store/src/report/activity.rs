//! What the pipeline did in a stretch of time: outcomes, times, pages, hosts; and what waits.

use std::time::{Duration, SystemTime};

use domain::{Budget, ErrorClass, Step};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::error::StoreError;
use crate::row::{get, only};
use crate::store::{Param, Store};

// One row: when the first attempt of the stretch ended; null when none did.
const BEGAN: &str = "/* store::activity_began */
SELECT extract(epoch FROM now() - min(ended_at))::float8 AS ago_s
  FROM article_attempts
 WHERE ended_at >= now() - make_interval(secs => $1) -- stretch";

// A row per bucket and outcome, the oldest first.
const OUTCOMES: &str = "/* store::outcomes_over_time */
SELECT to_timestamp(floor(extract(epoch FROM ended_at) / $2) * $2) AS at, -- width of a bucket
       outcome, count(*) AS attempts
  FROM article_attempts
 WHERE ended_at >= now() - make_interval(secs => $1) -- stretch
 GROUP BY 1, 2
 ORDER BY 1, 2";

// A row per step, and one for whole attempts; of the newest hundred thousand attempts.
const STEPS: &str = "/* store::step_times */
WITH newest AS (
    SELECT steps, ended_at - started_at AS took
      FROM article_attempts
     WHERE ended_at >= now() - make_interval(secs => $1) -- stretch
     ORDER BY ended_at DESC LIMIT 100000),
times AS (
    SELECT s.key AS step, s.value::float8 AS ms FROM newest, jsonb_each_text(steps) AS s
    UNION ALL
    SELECT 'whole attempt', extract(epoch FROM took) * 1000 FROM newest)
SELECT step, count(*) AS times,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS p50_ms,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY ms) AS p95_ms
  FROM times GROUP BY step ORDER BY p50_ms DESC, step";

// A row per age that some waiting article has, the youngest first; 0: due later.
const WAITING: &str = "/* store::waiting_ages */
SELECT width_bucket(extract(epoch FROM now() - due_at)::float8,
                    ARRAY[0, 60, 600, 3600, 21600, 86400]::float8[]) AS age, count(*) AS articles
  FROM article_work
 WHERE state IN ('new', 'queued', 'retry')
 GROUP BY 1 ORDER BY 1";

// A row per kind of page, the most frequent first.
const PAGES: &str = "/* store::page_kinds */
SELECT CASE WHEN outcome IN ('ok', 'partial', 'no_facts') THEN 'article'
            WHEN starts_with(error_class, 'page_') THEN substr(error_class, 6)
            ELSE coalesce(reason, error_class) END AS kind,
       count(*) AS pages
  FROM article_attempts
 WHERE ended_at >= now() - make_interval(secs => $1) -- stretch
   AND (outcome IN ('ok', 'partial', 'no_facts')
        OR starts_with(error_class, 'page_')
        OR error_class IN ('no_text', 'not_html', 'too_large', 'body_corrupt'))
 GROUP BY 1 ORDER BY pages DESC, kind LIMIT 12";

// A row per host that refused at least once, the most refusing first.
const HOSTS: &str = "/* store::refusing_hosts */
SELECT coalesce(lower(substring(a.url::text FROM '^[A-Za-z]+://(?:[^/?#@]*@)?([^/?#]+)')), '(no host)') AS host,
       count(*) AS attempts,
       count(*) FILTER (WHERE t.error_class = ANY($2)) AS refused, -- classes of a refusal
       (array_agg(t.error_class ORDER BY t.ended_at DESC)
            FILTER (WHERE t.error_class = ANY($2)))[1] AS class,
       (array_agg(t.http_status ORDER BY t.ended_at DESC)
            FILTER (WHERE t.error_class = ANY($2)))[1] AS status
  FROM article_attempts t JOIN articles a ON a.id = t.article_id
 WHERE t.ended_at >= now() - make_interval(secs => $1) -- stretch
 GROUP BY 1
HAVING count(*) FILTER (WHERE t.error_class = ANY($2)) > 0
 ORDER BY refused DESC, host LIMIT 20";

/// Classes by which a host says no, or nothing.
const REFUSALS: [ErrorClass; 17] = [
    ErrorClass::DnsNotFound,
    ErrorClass::DnsTimeout,
    ErrorClass::DnsFailed,
    ErrorClass::ConnectFailed,
    ErrorClass::ConnectTimeout,
    ErrorClass::TlsInvalid,
    ErrorClass::FetchTimeout,
    ErrorClass::FetchReset,
    ErrorClass::HttpDenied,
    ErrorClass::HttpGone,
    ErrorClass::HttpRejected,
    ErrorClass::HttpThrottled,
    ErrorClass::HttpServer,
    ErrorClass::PageChallenge,
    ErrorClass::PageGeoBlock,
    ErrorClass::PageLogin,
    ErrorClass::PageConsentWall,
];

/// Widths of a bucket that a person can read, in seconds: a minute to a month.
const WIDTHS_S: [u32; 9] = [
    60, 300, 900, 3_600, 10_800, 43_200, 86_400, 604_800, 2_592_000,
];

/// Buckets in a picture at most.
const BUCKETS_MAX: f64 = 60.0;

/// What happened in a stretch of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    /// Ended attempts by time and outcome, the oldest first.
    pub outcomes: Vec<OutcomeCount>,
    /// The width of a bucket of time.
    pub bucket: Duration,
    /// Times by step, the slowest first.
    pub steps: Vec<StepTime>,
    /// Waiting articles by age.
    pub waiting: Vec<(WaitingAge, u64)>,
    /// What the pages were, the most frequent first.
    pub pages: Vec<(String, u64)>,
    /// Hosts that refused, the most refusing first.
    pub hosts: Vec<RefusingHost>,
}

/// Attempts that ended in a bucket of time with one outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct OutcomeCount {
    pub at: SystemTime,
    pub outcome: String,
    pub attempts: u64,
}

/// How long a step takes.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StepTime {
    pub step: String,
    pub times: u64,
    pub p50_ms: f64,
    pub p95_ms: f64,
}

/// How long an article has been due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum WaitingAge {
    DueLater,
    UnderAMinute,
    UnderTenMinutes,
    UnderAnHour,
    UnderSixHours,
    UnderADay,
    Longer,
}

/// A host that refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RefusingHost {
    pub host: String,
    pub attempts: u64,
    pub refused: u64,
    /// The newest class.
    pub class: Option<String>,
    /// Its HTTP status.
    pub status: Option<i32>,
}

impl Store {
    /// What happened within the last `stretch`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn activity(
        &self,
        budget: &Budget,
        stretch: Duration,
    ) -> Result<Activity, StoreError> {
        let stretch = stretch.as_secs_f64();
        let over = &[(&stretch as _, Type::FLOAT8)];
        let query = |sql, params| self.transact(Step::DbQuery, budget, sql, params);
        let ago: Option<f64> = get(only(&query(BEGAN, over).await?)?, "ago_s")?;
        let width = width_of(ago.unwrap_or(0.0));
        let seconds = f64::from(width);
        let outcomes: &[Param<'_>] = &[(&stretch, Type::FLOAT8), (&seconds, Type::FLOAT8)];
        let refusals = REFUSALS.map(ErrorClass::as_str);
        let refusals = refusals.as_slice();
        let hosts: &[Param<'_>] = &[(&stretch, Type::FLOAT8), (&refusals, Type::TEXT_ARRAY)];
        Ok(Activity {
            bucket: Duration::from_secs(width.into()),
            outcomes: read(&query(OUTCOMES, outcomes).await?, outcome)?,
            steps: read(&query(STEPS, over).await?, step)?,
            waiting: read(&query(WAITING, &[]).await?, waiting)?,
            pages: read(&query(PAGES, over).await?, |row| {
                Ok((get(row, "kind")?, count(row, "pages")?))
            })?,
            hosts: read(&query(HOSTS, hosts).await?, host)?,
        })
    }
}

/// The narrowest bucket by which a stretch fits into a picture.
fn width_of(stretch_s: f64) -> u32 {
    let fits = |width: &&u32| stretch_s / f64::from(**width) <= BUCKETS_MAX;
    let widest = 2_592_000;
    WIDTHS_S.iter().find(fits).copied().unwrap_or(widest)
}

fn read<T>(rows: &[Row], one: fn(&Row) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
    rows.iter().map(one).collect()
}

fn count(row: &Row, column: &str) -> Result<u64, StoreError> {
    let number: i64 = get(row, column)?;
    Ok(u64::try_from(number).unwrap_or(0))
}

fn outcome(row: &Row) -> Result<OutcomeCount, StoreError> {
    Ok(OutcomeCount {
        at: get(row, "at")?,
        outcome: get(row, "outcome")?,
        attempts: count(row, "attempts")?,
    })
}

fn step(row: &Row) -> Result<StepTime, StoreError> {
    Ok(StepTime {
        step: get(row, "step")?,
        times: count(row, "times")?,
        p50_ms: get(row, "p50_ms")?,
        p95_ms: get(row, "p95_ms")?,
    })
}

fn waiting(row: &Row) -> Result<(WaitingAge, u64), StoreError> {
    let age = match get::<i32>(row, "age")? {
        0 => WaitingAge::DueLater,
        1 => WaitingAge::UnderAMinute,
        2 => WaitingAge::UnderTenMinutes,
        3 => WaitingAge::UnderAnHour,
        4 => WaitingAge::UnderSixHours,
        5 => WaitingAge::UnderADay,
        _ => WaitingAge::Longer,
    };
    Ok((age, count(row, "articles")?))
}

fn host(row: &Row) -> Result<RefusingHost, StoreError> {
    Ok(RefusingHost {
        host: get(row, "host")?,
        attempts: count(row, "attempts")?,
        refused: count(row, "refused")?,
        class: get(row, "class")?,
        status: get(row, "status")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_fits_into_a_picture_whatever_its_length() {
        for (stretch_s, width) in [
            (0.0, 60),
            (3_600.0, 60),
            (7.0 * 86_400.0, 10_800),
            (30.0 * 86_400.0, 43_200),
            (1e9, 2_592_000),
        ] {
            assert_eq!(width_of(stretch_s), width, "{stretch_s}");
        }
    }
}
