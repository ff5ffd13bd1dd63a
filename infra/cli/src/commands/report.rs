//! `gleaner report`: the page that people show to others, as a file or kept up to date on loopback.

mod collect;
mod serve;
mod show;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use runtime::config::Environment;
use store::Store;

use crate::args::ReportArgs;
use crate::database::{self, Absent};
use crate::print;
use crate::report_page::ReportPage;

pub(crate) async fn report(args: ReportArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let ended = if args.watch {
        serve::serve(&args, &database.store).await
    } else {
        write(&args, &database.store).await
    };
    database.close().await?;
    ended
}

async fn write(args: &ReportArgs, store: &Store) -> anyhow::Result<ExitCode> {
    let page = collect::page(args, store).await?;
    let html = page.html();
    replace(&args.output, &html)?;
    anstream::println!("{}", print::strong(&format!("{}", args.output.display())));
    anstream::println!("  {}", summary(&page, html.len()));
    if let Some(note) = &page.note {
        anstream::println!("  {}", print::wait(note));
    }
    if args.open {
        show::in_browser(&args.output.to_string_lossy())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `10 articles, 88 facts, 412 kB`.
fn summary(page: &ReportPage, bytes: usize) -> String {
    let facts = page
        .articles
        .iter()
        .map(|article| article["facts"].as_array().map_or(0, Vec::len));
    format!(
        "{}, {}, {} kB; it loads nothing, so it can be sent as it is",
        print::count(page.articles.len(), "article"),
        print::count(facts.sum(), "fact"),
        bytes.div_ceil(1_000)
    )
}

/// Whoever has the file open never sees half of a new one.
fn replace(path: &Path, html: &str) -> anyhow::Result<()> {
    let name = path.display();
    let file = path.file_name();
    let file = file.with_context(|| format!("write {name}: it is not the name of a file"))?;
    let mut beside = file.to_os_string();
    beside.push(".part");
    let beside = path.with_file_name(beside);
    let written = std::fs::write(&beside, html).and_then(|()| std::fs::rename(&beside, path));
    written.with_context(|| format!("write {name}"))
}
