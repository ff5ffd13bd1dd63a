//! The same table through the real article function: a process behind the Runtime API, a real page,
//! a real Postgres. What the work row says, what the attempt and the run say, whether the breaker is
//! open, how many calls were made, and how much of the deadline was left.
//!
//! Every row has a process, an endpoint and an article of its own, so that no row meets what another
//! one taught; the database is one, and its promises hold at every moment.

use std::sync::Arc;

use domain::{ArticleId, limits};
use tests::World;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::case::Case;
use super::table::{Row, TABLE};
use super::*;
use crate::path::options;

/// The function's time limit: short, so that what hangs ends soon, and long enough for two waits and
/// three calls, of which none is begun with less than [`limits::LLM_CALL_MIN`] to go.
const LIMIT: Duration = Duration::from_secs(10);

/// Rows at once: they wait more than they work.
const ROWS_AT_ONCE: usize = 12;

/// What becomes of the article.
#[derive(Clone, Copy, Debug)]
enum End {
    /// It is done: `ok`, `partial` or `no_facts`.
    Done(&'static str),
    /// The attempt is given back, and the article is due again after so many seconds.
    Snoozed(&'static str, f64, Breaker),
    /// The attempt counts, and the article is due again after a growing wait.
    Retried(&'static str),
    /// It has failed for good.
    Failed(&'static str),
}

impl End {
    /// As the log's last line spells it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done(word) => word,
            Self::Snoozed(..) => "snooze",
            Self::Retried(_) => "retry",
            Self::Failed(_) => "failed",
        }
    }
}

/// Whether everybody else is kept from asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breaker {
    Open,
    Closed,
}

/// What a verdict means for the article.
fn end_of(row: &Row) -> End {
    let asked = row
        .script
        .contains("=30")
        .then_some(30.0)
        .or_else(|| row.script.contains(":30").then_some(31.0));
    let outage = asked.unwrap_or(60.0);
    match row.verdict {
        "ok" => End::Done("ok"),
        "partial" => End::Done("partial"),
        "empty" => End::Done("no_facts"),
        "slow" => End::Snoozed("llm_timeout", 60.0, Breaker::Closed),
        "unreachable" => End::Snoozed("llm_unreachable", 60.0, Breaker::Open),
        "server" => End::Snoozed("llm_server", outage, Breaker::Open),
        "throttled" => End::Snoozed("llm_throttled", outage, Breaker::Open),
        "quota" => End::Snoozed("llm_quota", 600.0, Breaker::Open),
        "auth" => End::Snoozed("llm_auth", 600.0, Breaker::Open),
        "config" => End::Snoozed("llm_config", 600.0, Breaker::Open),
        "too_long" => End::Failed("llm_too_long"),
        "filtered" => End::Failed("llm_filtered"),
        "refused" => End::Failed("llm_refused"),
        "truncated" => End::Retried("llm_truncated"),
        "rejected" => End::Retried("llm_config"),
        "invalid" => End::Retried("llm_invalid"),
        "ungrounded" => End::Retried("llm_ungrounded"),
        other => panic!("{other} is no verdict"),
    }
}

#[tokio::test]
async fn each_fault_leaves_the_row_that_the_table_says_and_nothing_else() {
    let world = world().await;
    let places = Arc::new(Semaphore::new(ROWS_AT_ONCE));
    let mut running = JoinSet::new();
    let cases = TABLE.iter().flat_map(|row| {
        row.dialects()
            .map(move |(dialect, calls)| (row, dialect, calls))
    });
    for (number, (row, dialect, calls)) in cases.enumerate() {
        let (world, places) = (Arc::clone(&world), Arc::clone(&places));
        running.spawn(async move {
            let _place = places.acquire_owned().await.expect("it is never closed");
            let case = Case::new(&world, number, row.script, dialect).await;
            let took = check(row, &case, calls).await;
            case.stop().await;
            took
        });
    }
    let (mut longest, mut broken) = (Duration::ZERO, 0);
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok(took) => longest = longest.max(took),
            Err(_panic) => broken += 1,
        }
    }
    assert_eq!(broken, 0, "rows that did not end as the table says");

    let least = LIMIT.saturating_sub(longest);
    let reserve = limits::RESPONSE_RESERVE.min(LIMIT / 8);
    assert!(least >= reserve, "least slack to the deadline: {least:?}");
    // What hangs was given the time there was: the deadline was met, not avoided.
    assert!(longest > LIMIT / 2, "{longest:?}");
    stop(world).await;
}

/// One fault, from the message to the row; how long the function took.
async fn check(row: &Row, case: &Case, calls: usize) -> Duration {
    let (article, _) = case.article(0).await;

    let took = case.deliver(article).await;

    let (log, name) = (case.stand_in.log(), &case.name);
    let (end, record) = (end_of(row), case.record(article).await);
    assert!(row.was_played(&log), "never played: {name}: {record}");
    assert_eq!(log.len(), calls, "calls of {name}: {record}");
    assert_eq!(record, recorded(end, calls), "{name}");
    assert_waits(row, &waits(&log), name);
    case.assert_logged(article, end.as_str());
    match end {
        End::Done(_) | End::Failed(_) => {}
        End::Snoozed(class, wait, breaker) => {
            let due_in = case.due_in(article).await.expect("it is due again");
            assert!(
                (wait - 5.0..=wait + 1.0).contains(&due_in),
                "{name}: due in {due_in} s"
            );
            let open_for = case.breaker(class).await;
            assert_eq!(
                open_for.is_some(),
                breaker == Breaker::Open,
                "{name}: {open_for:?}"
            );
            if breaker == Breaker::Open {
                assert!(
                    open_for.is_some_and(|open| open <= wait + 1.0 && open > wait - 5.0),
                    "{name}: {open_for:?}"
                );
                nobody_else_asks(case, calls).await;
            }
        }
        End::Retried(class) => {
            let due_in = case.due_in(article).await.expect("it is due again");
            assert!((10.0..=60.0).contains(&due_in), "{name}: due in {due_in} s");
            the_last_attempt_fails(case, article, class).await;
        }
    }
    case.assert_sound().await;
    took
}

/// What the tables say after an end.
fn recorded(end: End, calls: usize) -> String {
    let (work, attempt, has_facts, is_done, ended, run) = match end {
        End::Done(word) => {
            let has_facts = word != "no_facts";
            let run = if has_facts { word } else { "empty" };
            (
                format!("done {word} -"),
                1,
                has_facts,
                true,
                format!("{word} -"),
                run,
            )
        }
        End::Snoozed(class, ..) => (
            format!("retry - {class}"),
            0,
            false,
            false,
            format!("snooze {class}"),
            "failed",
        ),
        End::Retried(class) => (
            format!("retry - {class}"),
            1,
            false,
            false,
            format!("retry {class}"),
            "failed",
        ),
        End::Failed(class) => (
            format!("failed - {class}"),
            1,
            false,
            false,
            format!("failed {class}"),
            "failed",
        ),
    };
    let letter = |is: bool| if is { "t" } else { "f" };
    format!(
        "{work} attempt {attempt} facts {} processed {} ended {ended} run {run} calls {calls}",
        letter(has_facts),
        letter(is_done)
    )
}

/// Between two calls to an endpoint that said "not now" lies its own wait, which doubles.
fn assert_waits(row: &Row, waits: &[Duration], name: &str) {
    let not_now = row
        .fault()
        .parse::<u16>()
        .is_ok_and(|status| status == 429 || status == 408 || status == 409 || status >= 500);
    if not_now {
        let mut least = Duration::from_millis(375);
        for wait in waits {
            assert!(*wait >= least, "{name}: {waits:?}");
            least *= 2;
        }
    }
}

/// With the breaker open another article costs neither a call nor a fetch nor an attempt.
async fn nobody_else_asks(case: &Case, calls: usize) {
    let (other, path) = case.article(1).await;

    case.deliver(other).await;

    let record = case.record(other).await;
    let expected = "retry - llm_breaker_open attempt 0 facts f processed f ended snooze llm_breaker_open run calls";
    assert_eq!(
        record.split_whitespace().collect::<Vec<_>>(),
        expected.split_whitespace().collect::<Vec<_>>(),
        "{}",
        case.name
    );
    assert_eq!(case.stand_in.log().len(), calls, "{}", case.name);
    assert_eq!(case.world.site.requests(&path), 0, "{}", case.name);
}

/// What is never answered soundly does not go round for ever, and never passes for "no facts".
async fn the_last_attempt_fails(case: &Case, article: ArticleId, class: &str) {
    let sql = format!(
        "UPDATE article_work SET attempt = max_attempts - 1, due_at = now() WHERE article_id = {article}"
    );
    case.world
        .client
        .batch_execute(&sql)
        .await
        .expect("one attempt left");

    case.deliver(article).await;

    let record = case.record(article).await;
    let expected =
        format!("failed - {class} attempt 5 facts f processed f ended retry {class} run failed");
    assert!(record.starts_with(&expected), "{}: {record}", case.name);
}

#[tokio::test]
async fn a_wait_that_an_endpoint_asks_for_is_kept_inside_the_invocation_when_it_fits() {
    let world = world().await;
    let mut running = JoinSet::new();
    let forms = [
        "429;retry_after=1.2",
        "429;retry_after=ms:1200",
        "429;retry_after=date:1",
        "429;retry_after=reset:1200ms",
        "429;retry_after=google:1.2s",
        "503;retry_after=1.2",
    ];
    for (number, script) in forms.into_iter().enumerate() {
        let world = Arc::clone(&world);
        running.spawn(async move {
            let case = Case::new(&world, number, script, Dialect::OpenAi).await;
            let (article, _) = case.article(0).await;

            case.deliver(article).await;

            let waits = waits(&case.stand_in.log());
            assert_eq!(
                case.record(article).await,
                recorded(End::Done("ok"), 2),
                "{script}"
            );
            assert!(waits[0] >= Duration::from_secs(1), "{script}: {waits:?}");
            case.stop().await;
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.expect("the wait was kept");
    }
    stop(world).await;
}

async fn world() -> Arc<World> {
    let options = tests::Options {
        time_limit: LIMIT,
        ..options()
    };
    Arc::new(World::start(options).await)
}

async fn stop(world: Arc<World>) {
    Arc::into_inner(world)
        .expect("every row has ended")
        .stop()
        .await;
}
