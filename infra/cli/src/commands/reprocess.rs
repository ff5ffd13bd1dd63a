//! `gleaner reprocess`: finished articles are due again; readers keep the facts they have until
//! the new ones are complete.

use std::process::ExitCode;

use runtime::config::Environment;
use serde_json::json;
use store::Reprocess;

use crate::args::ReprocessArgs;
use crate::database::{self, Absent};
use crate::print;

pub(crate) async fn reprocess(args: ReprocessArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let which = Reprocess {
        prompt_version: args.prompt_version,
        model: args.model,
        status: args.status,
    };
    let due = database
        .store
        .reprocess(&database::migration_budget(), &which)
        .await?;
    database.close().await?;
    if args.json {
        anstream::println!("{}", json!({ "due": due }));
    } else {
        let due = usize::try_from(due).unwrap_or(0);
        anstream::println!("{} due again.", print::count(due, "article"));
    }
    Ok(ExitCode::SUCCESS)
}
