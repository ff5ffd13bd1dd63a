//! `gleaner add URL…`.

use std::process::ExitCode;

use runtime::config::Environment;
use serde_json::json;
use store::NewArticle;

use crate::args::AddArgs;
use crate::database::{self, Absent};
use crate::{print, urls};

pub(crate) async fn add(args: AddArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let urls = urls::collect(&args.urls, args.file.as_deref())?;
    let (database, _migrated) = database::open_migrated(&environment, Absent::Make).await?;
    let articles = urls.into_iter().map(|url| NewArticle { url, title: None });
    let articles: Vec<NewArticle> = articles.collect();
    let added = database.store.add(&database::budget(), &articles).await?;
    database.close().await?;
    if args.json {
        anstream::println!(
            "{}",
            json!({ "inserted": added.inserted, "known": added.known })
        );
    } else {
        let new = print::count(added.inserted.len(), "new article");
        anstream::println!("{new}, {} already known.", added.known.len());
        anstream::println!("{}", print::faint("`cargo gleaner run` processes them."));
    }
    Ok(ExitCode::SUCCESS)
}
