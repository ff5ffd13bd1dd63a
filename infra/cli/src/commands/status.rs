//! `gleaner status`.

use std::process::ExitCode;
use std::time::Duration;

use comfy_table::Cell;
use runtime::config::Environment;
use serde_json::json;
use store::{FailureClass, Spent, StateCount};

use crate::args::JsonArgs;
use crate::database::{self, Absent};
use crate::{print, spending};

pub(crate) async fn status(args: JsonArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let states = database.store.status(&database::budget()).await?;
    let failures = database
        .store
        .failures_by_class(&database::budget())
        .await?;
    let spent = database.store.spent_today(&database::budget()).await?;
    database.close().await?;
    if args.json {
        print_json(&states, &failures, &spent);
    } else {
        print_text(&states, &failures, &spent);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_json(states: &[StateCount], failures: &[FailureClass], spent: &Spent) {
    let states = states.iter().map(|it| {
        json!({
            "state": it.state,
            "articles": it.articles,
            "oldest_s": it.oldest_s,
            "overdue_s": it.overdue_s,
        })
    });
    let failures = failures.iter().map(|it| {
        json!({
            "class": it.class,
            "state": it.state,
            "articles": it.articles,
            "example": it.example,
            "error": it.error,
        })
    });
    let (states, failures): (Vec<_>, Vec<_>) = (states.collect(), failures.collect());
    anstream::println!(
        "{}",
        json!({ "states": states, "failures": failures, "llm": spending::json(spent) })
    );
}

fn print_text(states: &[StateCount], failures: &[FailureClass], spent: &Spent) {
    let mut table = print::table(&["state", "articles", "oldest", "overdue"], &[1, 2, 3]);
    for state in states {
        table.add_row(vec![
            Cell::new(&state.state),
            Cell::new(state.articles),
            Cell::new(age(state.oldest_s)),
            Cell::new(age(state.overdue_s.filter(|seconds| *seconds >= 0.5))),
        ]);
    }
    anstream::println!("{table}");
    anstream::println!("\n{}", spending::line(spent));
    if let Some(missing) = spending::missing(spent) {
        anstream::println!("  {}", print::wait(&missing));
    }
    if failures.is_empty() {
        return;
    }
    let mut table = print::table(
        &["class", "state", "articles", "example", "newest error"],
        &[2, 3],
    );
    for failure in failures {
        let error = failure.error.as_deref().unwrap_or_default();
        table.add_row(vec![
            Cell::new(print::bad(failure.class.as_str())),
            Cell::new(&failure.state),
            Cell::new(failure.articles),
            Cell::new(failure.example),
            Cell::new(print::short(&print::plain(error), 70)),
        ]);
    }
    anstream::println!("\n{table}");
    anstream::println!(
        "\n{}",
        print::faint(
            "`gleaner why ID` shows every attempt; `gleaner retry --class CLASS` tries again."
        )
    );
}

fn age(seconds: Option<f64>) -> String {
    let duration = seconds.and_then(|s| Duration::try_from_secs_f64(s.max(0.0)).ok());
    duration.map_or_else(String::new, print::time)
}
