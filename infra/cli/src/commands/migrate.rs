//! `gleaner migrate`.

use std::process::ExitCode;

use runtime::config::Environment;
use serde_json::json;

use crate::args::JsonArgs;
use crate::database::{self, Absent};
use crate::print;

pub(crate) async fn migrate(args: JsonArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, migrated) = database::open_migrated(&environment, Absent::Make).await?;
    database.close().await?;
    if args.json {
        let applied = &migrated.applied;
        anstream::println!(
            "{}",
            json!({
                "applied": applied,
                "adopted_rows": migrated.adopted_rows,
                "notes": migrated.notes,
            })
        );
        return Ok(ExitCode::SUCCESS);
    }
    match migrated.applied.len() {
        0 => anstream::println!("The schema is up to date."),
        number => anstream::println!("{} applied.", print::count(number, "migration")),
    }
    for note in &migrated.notes {
        anstream::println!("  {note}");
    }
    if migrated.adopted_rows > 0 {
        anstream::println!(
            "{} rows of the articles table adopted.",
            migrated.adopted_rows
        );
    }
    Ok(ExitCode::SUCCESS)
}
