//! `gleaner cost`: tokens and money, by day and model. An unknown price is said, never taken for 0.

use std::process::ExitCode;

use comfy_table::Cell;
use runtime::config::Environment;
use serde_json::json;
use store::CostDay;

use crate::args::JsonArgs;
use crate::database::{self, Absent};
use crate::print;

/// Days that are told.
const DAYS: u16 = 30;

pub(crate) async fn cost(args: JsonArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let days = database
        .store
        .cost_by_day(&database::budget(), DAYS)
        .await?;
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
                    "runs_unpriced": day.runs_unpriced,
                })
            );
        }
    } else if days.is_empty() {
        anstream::println!("No model has been asked in the last {DAYS} days.");
    } else {
        anstream::println!("{}", table(&days));
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
        "tokens out",
        "USD",
    ];
    let mut table = print::table(&headings, &[2, 3, 4, 5, 6, 7]);
    for day in days {
        table.add_row(vec![
            Cell::new(&day.day),
            Cell::new(&day.model),
            Cell::new(day.runs),
            Cell::new(day.runs_failed),
            Cell::new(day.calls),
            Cell::new(day.tokens_in),
            Cell::new(day.tokens_out),
            Cell::new(dollars(day)),
        ]);
    }
    table
}

/// The known part, with a mark where some runs have no known price.
fn dollars(day: &CostDay) -> String {
    match (day.cost_micro_usd, day.runs_unpriced) {
        (None, _) => "price unknown".to_owned(),
        (Some(micro), 0) => print::dollars(micro),
        (Some(micro), _) => format!("{} + unknown", print::dollars(micro)),
    }
}
