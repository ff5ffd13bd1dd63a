//! The day's money: what is spent is counted, what may not be spent is not asked for, and both are
//! told wherever somebody looks.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use domain::{BudgetLevel, MicroUsd};
use serde_json::Value;

use tests::{Folder, Options, World, pages, world};

use crate::path::{event, failures, options};

/// A dollar for a million tokens, either way: a page of the samples costs some thousandths.
const PRICES: &str = r#"{"offline-extractive-v1":{"in":1,"out":1}}"#;

fn priced(stop: &str) -> Options {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Options {
        article_env: vec![
            pair("LLM_PRICES", PRICES),
            pair("LLM_BUDGET_STOP_USD", stop),
        ],
        scheduler_env: vec![
            pair("LLM_BUDGET_STOP_USD", stop),
            pair("GLEANER_TARGET_DEPTH", "1"),
        ],
        ..options()
    }
}

#[tokio::test]
async fn a_spent_budget_holds_back_what_is_due_and_what_is_queued_until_the_next_day() {
    let mut world = World::start(priced("0.000001")).await;
    let ids = world.add(&pages::publish(&world.site, 6)).await;
    world.start_mapping();
    let first = world.schedule().await;
    idle(&world).await;
    let asked = world.model.requests();

    let held = world.schedule().await;
    let queued = world.invoke(&event(&ids[5..])).await;

    assert_eq!(
        (&first["sent"], &first["llm_budget"]),
        (&1.into(), &"within".into())
    );
    assert_eq!(asked, 1, "the budget was spent on something");
    assert_eq!(
        (&held["sent"], &held["stopped"]),
        (&0.into(), &"llm_budget".into())
    );
    assert_eq!(held["llm_budget"], "spent");
    assert_eq!(held["backlog"], 5);
    assert!(held["llm_spent_micro_usd"].as_i64() > Some(1_000), "{held}");
    assert!(world.log("scheduler").contains("the LLM budget is spent"));
    assert_eq!(failures(&queued), Vec::<String>::new());
    assert_eq!(world.model.requests(), asked, "nothing was asked");
    let row = "SELECT concat_ws(' ', state, error_class, attempt, \
                       extract(epoch FROM due_at - ends_at) BETWEEN 0 AND 5) \
               FROM article_work, llm_budget_today WHERE error_class IS NOT NULL";
    assert_eq!(
        world.text(row).await,
        "retry llm_budget 0 t",
        "snoozed until midnight"
    );
    assert!(world.log("article").contains(r#""reason":"llm_budget""#));

    world
        .client
        .batch_execute(
            "UPDATE llm_ledger SET day = day - 1; UPDATE article_work SET due_at = now() WHERE state = 'retry'",
        )
        .await
        .expect("a day passes");
    let next = world.schedule().await;
    assert_eq!(
        (&next["llm_budget"], &next["sent"]),
        (&"within".into(), &1.into())
    );
    idle(&world).await;
    assert_eq!(world.model.requests(), asked + 1);
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn what_is_at_work_when_the_limit_is_reached_is_all_that_a_day_overshoots_by() {
    let stop = MicroUsd::new(10_000);
    let mut options = priced("0.01");
    options.scheduler_env.pop(); // all on the queue at once
    let mut world = World::start(options).await;
    world.add(&pages::publish(&world.site, 30)).await;

    world.start_mapping();
    world.schedule().await;
    idle(&world).await;

    let spent = world
        .store
        .spent_today(&world::budget())
        .await
        .expect("spent");
    let dearest = world
        .text("SELECT max(cost_micro_usd) FROM extractions")
        .await;
    let dearest: i64 = dearest.parse().expect("a number");
    assert_eq!(spent.level(), BudgetLevel::Spent);
    let most = stop.get() + 2 * dearest;
    assert!(
        spent.known.get() <= most,
        "two workers, one article each: {} of {most}",
        spent.known
    );
    let by_article = world
        .text("SELECT sum(cost_micro_usd) FROM extractions")
        .await;
    assert_eq!(
        by_article,
        spent.known.get().to_string(),
        "every micro-dollar is in the ledger"
    );
    let done = "SELECT count(*) FROM article_work WHERE state = 'done'";
    let done: u64 = world.text(done).await.parse().expect("a number");
    assert!(done > 0 && done < 30, "{done}");
    assert_eq!(
        world.model.requests(),
        done,
        "who was held back was not asked for"
    );
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn a_budget_that_cannot_hold_says_so_and_never_counts_the_unknown_as_nothing() {
    let mut options = priced("5");
    options.article_env[0] = ("LLM_MODEL".to_owned(), "a-model-without-a-price".to_owned());
    let mut world = World::start(options).await;
    world.add(&pages::publish(&world.site, 1)).await;
    world.settle().await;

    let summary = world.schedule().await;

    assert_eq!(summary["llm_budget"], "blind");
    assert_eq!(
        (&summary["llm_unpriced"], &summary["llm_spent_micro_usd"]),
        (&1.into(), &0.into())
    );
    assert!(
        world
            .log("scheduler")
            .contains("the LLM budget cannot hold")
    );
    assert!(
        world.log("article").contains("no price is known"),
        "at the start"
    );
    let days = world
        .store
        .cost_by_day(&world::budget(), 1)
        .await
        .expect("cost");
    assert_eq!((days[0].cost_micro_usd, days[0].calls_unpriced), (None, 1));
    world.stop().await;
}

/// Waits until nothing is queued and nothing is at work.
async fn idle(world: &World) {
    for _ in 0..2_000 {
        let progress = world
            .store
            .progress(&world::budget())
            .await
            .expect("progress");
        if progress.queued + progress.running == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    panic!("it does not come to rest");
}

fn gleaner(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gleaner-under-test"));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    for name in ["DATABASE_URL", "QUEUE_URL", "LLM_MODEL", "LLM_BASE_URL"] {
        command.env_remove(name);
    }
    command
        .envs(env.iter().copied())
        .output()
        .expect("the command")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_run_that_may_not_spend_ends_with_a_word_and_not_with_success() {
    let folder = Folder::new();
    let nothing = [("LLM_BUDGET_STOP_USD", "0")];

    let run = gleaner(folder.path(), &["run"], &nothing);
    let as_json = gleaner(folder.path(), &["run", "--json"], &nothing);
    let status = gleaner(folder.path(), &["status"], &[]);
    let doctor = gleaner(folder.path(), &["doctor"], &[]);
    let after = gleaner(folder.path(), &["run"], &[]);

    assert_eq!(run.status.code(), Some(1), "{run:?}");
    for part in [
        "Nothing was sent.",
        "spent; nothing is sent until 00:00 UTC",
        "LLM_BUDGET_STOP_USD",
    ] {
        assert!(
            out(&run).contains(part),
            "{part:?} is missing:\n{}",
            out(&run)
        );
    }
    let told = out(&as_json);
    let summary: Value = serde_json::from_str(told.lines().last().expect("a line")).expect("JSON");
    assert_eq!(
        (as_json.status.code(), &summary["held_back"]),
        (Some(1), &"llm_budget".into())
    );
    assert!(out(&status).contains("stop at $0.00"), "{}", out(&status));
    assert!(out(&doctor).contains("spent"), "{}", out(&doctor));
    assert!(
        after.status.success(),
        "without a limit all is done: {after:?}"
    );
}

#[test]
fn a_limit_that_stops_before_it_warns_starts_nothing() {
    let folder = Folder::new();

    let run = gleaner(
        folder.path(),
        &["run"],
        &[("LLM_BUDGET_WARN_USD", "5"), ("LLM_BUDGET_STOP_USD", "4")],
    );

    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    assert!(
        told.contains("LLM_BUDGET_STOP_USD is $4.00, less than LLM_BUDGET_WARN_USD"),
        "{told}"
    );
}
