//! The finder against the table: verdict, calls, waits. No wall time passes the deadline, no quota is
//! asked twice, and "no facts" comes of a valid empty reply alone.

use domain::RunStatus;
use tokio::task::JoinSet;

use super::table::{Row, TABLE};
use super::*;

/// Rows that run at once: most of their time is waiting.
const ROWS_AT_ONCE: usize = 8;

#[tokio::test]
async fn each_fault_ends_as_the_table_says_in_both_dialects_within_its_time() {
    for rows in TABLE.chunks(ROWS_AT_ONCE) {
        let mut running = JoinSet::new();
        for row in rows {
            running.spawn(async {
                for (dialect, calls) in row.dialects() {
                    check(row, dialect, calls).await;
                }
            });
        }
        while let Some(ended) = running.join_next().await {
            ended.expect("a row as the table says");
        }
    }
}

async fn check(row: &Row, dialect: Dialect, calls: usize) {
    let stand_in = stand_in(row.script).await;
    let finder = finder(vec![route(&stand_in, dialect)]);

    let (result, took) = timed(&finder, TEXT).await;

    let log = stand_in.log();
    let case = format!("{} {dialect:?}: {result:#?}", row.script);
    assert_eq!((word(&result), log.len()), (row.verdict, calls), "{case}");
    assert!(
        took <= BUDGET + Duration::from_millis(300),
        "{took:?} {case}"
    );
    assert!(row.was_played(&log), "never played: {case}");
    let (record, facts) = match &result {
        Ok(found) => (&found.record, &found.facts),
        Err(failure) => (&failure.record, &failure.salvage),
    };
    assert_eq!(
        record.usage.calls,
        i32::try_from(calls).expect("few"),
        "{case}"
    );
    assert_eq!(
        record.status == RunStatus::Empty,
        row.verdict == "empty",
        "{case}"
    );
    assert_eq!(result.is_ok(), record.status != RunStatus::Failed, "{case}");
    assert_grounded(TEXT, facts);
    stand_in.stop().await;
}

#[tokio::test]
async fn waits_are_kept_in_every_form_they_are_asked_for() {
    for script in [
        "429;retry_after=0.2",
        "429;retry_after=ms:200",
        "429;retry_after=reset:200ms",
        "429;retry_after=google:0.2s",
        "503;retry_after=0.2",
    ] {
        let stand_in = stand_in(script).await;
        let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);

        let result = find(&finder, TEXT).await;

        let waits = waits(&stand_in.log());
        assert_eq!((word(&result), waits.len()), ("ok", 1), "{script}");
        assert!(
            waits[0] >= Duration::from_millis(200),
            "{script}: {waits:?}"
        );
        stand_in.stop().await;
    }
}

#[tokio::test]
async fn own_waits_double_and_a_longer_one_than_fits_is_handed_back() {
    let stand_in = stand_in("500;times=always").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);

    find(&finder, TEXT).await.expect_err("it always fails");
    let waits = waits(&stand_in.log());

    assert!(
        waits[0] >= Duration::from_millis(30) && waits[1] >= Duration::from_millis(60),
        "{waits:?}"
    );
    stand_in.set_script(
        "429;retry_after=7;times=always"
            .parse()
            .expect("a sound script"),
    );
    let failure = find(&finder, TEXT).await.expect_err("it always fails");
    assert_eq!(failure.error.retry_after(), Some(Duration::from_secs(7)));
    stand_in.stop().await;
}

#[tokio::test]
async fn what_an_endpoint_refused_once_it_is_not_sent_again() {
    let script = "no_json_schema;times=always, no_max_completion_tokens;times=always, no_temperature;times=always";
    let stand_in = stand_in(script).await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);

    find(&finder, TEXT).await.expect("a form is found");
    let learning = stand_in.requests();
    find(&finder, TEXT).await.expect("the form is known");

    assert_eq!((learning, stand_in.requests()), (4, 5));
    let form = stand_in.log()[4].form();
    assert!(
        form.json_object && form.max_tokens && !form.temperature,
        "{form:?}"
    );
    stand_in.stop().await;
}

#[tokio::test]
async fn a_long_text_that_is_said_to_be_empty_is_asked_once_more() {
    let long = TEXT.repeat(6);
    let stand_in = stand_in("no_facts").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);

    let second_thoughts = find(&finder, &long).await;
    let asked = stand_in.requests();
    stand_in.set_script("no_facts;times=always".parse().expect("a sound script"));
    let still_empty = find(&finder, &long).await;

    assert_eq!((word(&second_thoughts), asked), ("ok", 2));
    assert_eq!((word(&still_empty), stand_in.requests()), ("empty", 2));
    stand_in.stop().await;
}

#[tokio::test]
async fn tokens_of_failed_calls_count_and_an_unknown_price_is_none() {
    let stand_in = stand_in("prose").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);

    let both = find(&finder, TEXT)
        .await
        .expect("the second call")
        .record
        .usage;
    let one = find(&finder, TEXT).await.expect("a call").record.usage;

    assert_eq!((both.calls, one.calls), (2, 1));
    assert!(
        both.tokens_in > one.tokens_in && one.tokens_in > 0,
        "{both:?} {one:?}"
    );
    assert_eq!(one.cost_micro_usd, Some(0), "the stand-in is free");
    let mut other = route(&stand_in, Dialect::OpenAi);
    other.model = "nobody-knows-its-price".to_owned();
    let unknown = find(&self::finder(vec![other]), TEXT)
        .await
        .expect("a call");
    assert_eq!(unknown.record.usage.cost_micro_usd, None);
    stand_in.stop().await;
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_unreachable_and_nothing_hangs() {
    let stand_in = stand_in("").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);
    stand_in.stop().await;

    let (result, took) = timed(&finder, TEXT).await;

    assert_eq!(word(&result), "unreachable");
    assert!(took < BUDGET, "{took:?}");
}

#[tokio::test]
async fn nothing_is_asked_with_less_time_than_a_call_needs() {
    let stand_in = stand_in("").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);
    let budget = Budget::starting(runtime::clock::now(), Duration::from_millis(20));

    let result = finder.find(&article(TEXT), &[], &KeepNone, &budget).await;

    assert_eq!((word(&result), stand_in.requests()), ("out_of_time", 0));
    stand_in.stop().await;
}
