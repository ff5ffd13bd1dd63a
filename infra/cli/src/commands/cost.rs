//! `gleaner cost`: tokens and money, by day and model. An unknown price is said, never taken for 0.

use std::process::ExitCode;

use comfy_table::Cell;
use domain::MicroUsd;
use runtime::config::Environment;
use serde_json::json;
use store::CostDay;

use crate::args::JsonArgs;
use crate::database::{self, Absent};
use crate::{print, spending};

/// Days that are shown.
const DAYS: u16 = 30;

pub(crate) async fn cost(args: JsonArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let days = database
        .store
        .cost_by_day(&database::budget(), DAYS)
        .await?;
    let spent = database.store.spent_today(&database::budget()).await?;
    database.close().await?;
    if args.json {
        for day in &days {
            anstream::println!(
                "{}",
                json!({
                    "day": day.day,
                    "model": day.model,
                    "endpoint": day.endpoint,
                    "runs": day.runs,
                    "runs_failed": day.runs_failed,
                    "calls": day.calls,
                    "tokens_in": day.tokens_in,
                    "tokens_cached": day.tokens_cached,
                    "tokens_out": day.tokens_out,
                    "tokens_reasoning": day.tokens_reasoning,
                    "cost_micro_usd": day.cost_micro_usd,
                    "calls_unpriced": day.calls_unpriced,
                })
            );
        }
    } else if days.is_empty() {
        anstream::println!("No model has been asked in the last {DAYS} days.");
    } else {
        anstream::println!("{}", table(&days));
        anstream::println!("\n{}", total(&days));
        anstream::println!("{}", spending::line(&spent));
        if let Some(missing) = spending::missing(&spent) {
            anstream::println!("  {}", print::wait(&missing));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn table(days: &[CostDay]) -> comfy_table::Table {
    let headings = [
        "day (UTC)",
        "model",
        "runs",
        "failed",
        "calls",
        "tokens in",
        "cached",
        "tokens out",
        "reasoning",
        "cost",
    ];
    let mut table = print::table(&headings, &[2, 3, 4, 5, 6, 7, 8, 9]);
    for day in days {
        table.add_row(vec![
            Cell::new(&day.day),
            Cell::new(model(day, days)),
            Cell::new(day.runs),
            Cell::new(day.runs_failed),
            Cell::new(day.calls),
            Cell::new(print::thousands(day.tokens_in)),
            Cell::new(print::thousands(day.tokens_cached)),
            Cell::new(print::thousands(day.tokens_out)),
            Cell::new(print::thousands(day.tokens_reasoning)),
            Cell::new(dollars(day.cost_micro_usd, day.calls_unpriced)),
        ]);
    }
    table
}

/// The model, with its endpoint where it was asked at several.
fn model(day: &CostDay, days: &[CostDay]) -> String {
    let is_elsewhere = |other: &CostDay| other.model == day.model && other.endpoint != day.endpoint;
    if days.iter().any(is_elsewhere) {
        format!("{} at {}", day.model, day.endpoint)
    } else {
        day.model.clone()
    }
}

/// The sum over all days and models.
fn total(days: &[CostDay]) -> String {
    let known: i64 = days.iter().filter_map(|day| day.cost_micro_usd).sum();
    let unpriced: i64 = days.iter().map(|day| day.calls_unpriced).sum();
    let is_known = days.iter().any(|day| day.cost_micro_usd.is_some());
    let sum = dollars(is_known.then_some(known), unpriced);
    format!("in {DAYS} days  {}", print::strong(&sum))
}

/// The known part, and how many calls are missing from it.
fn dollars(known_micro_usd: Option<i64>, calls_unpriced: i64) -> String {
    let calls = usize::try_from(calls_unpriced).unwrap_or(usize::MAX);
    match (known_micro_usd, calls) {
        (None, _) => "price unknown".to_owned(),
        (Some(micro), 0) => MicroUsd::new(micro).to_string(),
        (Some(micro), calls) => {
            let calls = print::count(calls, "call");
            format!("{} + {calls} of unknown cost", MicroUsd::new(micro))
        }
    }
}
