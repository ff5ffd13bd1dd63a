//! `gleaner retry`: failed and waiting articles are due again, from their first attempt on.

use std::process::ExitCode;

use runtime::config::Environment;
use serde_json::json;

use crate::args::RetryArgs;
use crate::database::{self, Absent};
use crate::print;

pub(crate) async fn retry(args: RetryArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let due = match args.class {
        Some(class) => {
            database
                .store
                .retry_class(&database::budget(), class)
                .await?
        }
        None => {
            database
                .store
                .retry_ids(&database::budget(), &args.ids)
                .await?
        }
    };
    database.close().await?;
    let missed: Vec<_> = args.ids.iter().filter(|id| !due.contains(id)).collect();
    if args.json {
        anstream::println!("{}", json!({ "due": due, "not_due": missed }));
    } else {
        anstream::println!("{} due again.", print::count(due.len(), "article"));
        for id in &missed {
            anstream::println!(
                "  {id}: {}",
                print::wait("unknown, done, at work, or without a url")
            );
        }
    }
    Ok(if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
