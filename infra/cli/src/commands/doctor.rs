//! `gleaner doctor`: the invariants of the database. Exit code 1 when one is broken.

use std::process::ExitCode;

use runtime::config::Environment;
use serde_json::json;

use crate::args::JsonArgs;
use crate::database::{self, Absent};
use crate::print;

/// Violations that are shown; each kind is one too many already.
const SHOWN_MAX: usize = 20;

pub(crate) async fn doctor(args: JsonArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let broken = database.store.violations(&database::budget()).await?;
    let states = database.store.status(&database::budget()).await?;
    database.close().await?;
    let articles: i64 = states.iter().map(|state| state.articles).sum();
    if args.json {
        let told = broken.iter().map(
            |it| json!({ "invariant": it.invariant, "article": it.article, "detail": it.detail }),
        );
        let told: Vec<_> = told.collect();
        anstream::println!("{}", json!({ "articles": articles, "violations": told }));
    } else if broken.is_empty() {
        anstream::println!(
            "{} every invariant holds, {articles} articles",
            print::good("✓")
        );
    } else {
        for it in broken.iter().take(SHOWN_MAX) {
            let detail = it.detail.as_deref().unwrap_or_default();
            anstream::println!(
                "{} article {}: {}  {detail}",
                print::bad("✗"),
                it.article,
                it.invariant
            );
        }
        anstream::println!("{}", print::bad(&print::count(broken.len(), "violation")));
    }
    Ok(if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
