//! `gleaner run`: everything up, what is due worked off, a report of it printed.

mod backlog;
mod pages;
mod run_report;
mod run_report_json;
mod run_report_text;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use runtime::clock;
use runtime::config::Environment;

use crate::args::RunArgs;
use crate::commands::run::backlog::{Ended, Watched, until_idle};
use crate::commands::run::run_report::{RunEnd, RunReport};
use crate::data_dir::DataDir;
use crate::database::{self, Absent, Opened};
use crate::failure::advise;
use crate::local_services::LocalServices;
use crate::run_lock::RunLock;
use crate::run_progress::{SharedProgress, lock, mapping_observer, schedule_observer};
use crate::screen::Screen;
use crate::signals::Signals;
use crate::stack::{Stack, StackOptions};
use crate::{print, urls};

/// After Ctrl-C, articles at work may end for this long.
const DRAIN: Duration = Duration::from_secs(20);

pub(crate) async fn run(args: RunArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let urls = urls::collect(&args.urls, args.file.as_deref())?;
    let started = clock::now();
    let mut screen = Screen::new(args.json);
    let mut signals = Signals::listen()?;
    screen.say(&print::strong(&format!(
        "gleaner {}",
        env!("CARGO_PKG_VERSION")
    )));

    let mut database = open(&environment, &screen).await?;
    let mut server = database.server.take();
    let worked = tokio::select! {
        worked = work(&args, &environment, &urls, &database, &mut screen, &mut signals) => worked,
        ended = server_end(&mut server) => Err(ended),
    };
    database.server = server;
    screen.clear();
    let end = match worked {
        Ok(end) => end,
        Err(error) => {
            close_after_failure(database).await;
            return Err(error);
        }
    };
    let data_dir = DataDir::of(&environment);
    let report = RunReport::read(&database, &data_dir, end, clock::now() - started).await?;
    if args.json {
        run_report_json::print(&report);
    } else {
        run_report_text::print(&report);
    }
    let code = report.exit_code();
    database.close().await?;
    Ok(code)
}

/// The database, up to date.
async fn open(environment: &Environment, screen: &Screen) -> anyhow::Result<Opened> {
    let line = screen.begin("starting Postgres");
    let opened = database::open(environment, Absent::Make).await?;
    match &opened.server {
        Some(server) => line.done(&format!(
            "Postgres {} on port {}",
            server.major(),
            server.port()
        )),
        None if opened.is_foreign => line.done("database of DATABASE_URL"),
        None => {
            let running = anyhow::anyhow!("start a run: another one is under way here");
            let advice = "wait for it, stop it, or set GLEANER_DATA to another folder";
            return Err(advise(running, advice));
        }
    }
    let line = screen.begin("migrating");
    let migrated = opened.store.migrate(&database::migration_budget()).await?;
    if migrated.adopted_rows > 0 {
        line.done(&format!(
            "adopted {} rows of your articles table",
            migrated.adopted_rows
        ));
    } else if !migrated.applied.is_empty() {
        line.done(&format!(
            "schema made, {}",
            print::count(migrated.applied.len(), "migration")
        ));
    }
    if opened.is_foreign {
        for note in &migrated.notes {
            screen.say(&format!("    {note}"));
        }
    }
    Ok(opened)
}

/// Everything between an open database and a drained backlog.
async fn work(
    args: &RunArgs,
    environment: &Environment,
    urls: &[String],
    database: &Opened,
    screen: &mut Screen,
    signals: &mut Signals,
) -> anyhow::Result<RunEnd> {
    let data_dir = DataDir::of(environment);
    data_dir.make()?;
    let run_lock = RunLock::take(&data_dir)?;
    let options = StackOptions {
        concurrency: args.concurrency,
        watch: args.watch,
        timeout: args.timeout,
        request_prefix: run_lock.prefix,
    };
    release(environment, database, &run_lock).await?;
    let samples = pages::wants_samples(args, &data_dir, urls, database);
    let line = screen.begin("starting queue, model and site");
    let services = LocalServices::start(environment, &data_dir, args.delay, samples).await?;
    let stand_in = services.has_stand_in();
    line.done(if stand_in {
        "queue, and a stand-in for the LLM (rules, not a language model)"
    } else {
        "queue; facts from your LLM"
    });
    pages::add(urls, services.site(), &database.store, screen).await?;
    pages::explain_empty(database, screen).await?;
    if !database.is_foreign {
        pages::release_waiting(services.site(), &database.store).await?;
    }

    let progress = SharedProgress::default();
    let observers = (mapping_observer(&progress), schedule_observer(&progress));
    let stack = Stack::start(
        environment,
        &data_dir,
        database,
        services,
        options,
        observers,
    )?;
    let watched = Watched {
        args,
        store: &database.store,
        stack: &stack,
        progress: &progress,
        worker_log: data_dir.log("article"),
    };
    let ended = until_idle(&watched, screen, signals).await;
    screen.clear();
    let drain = match &ended {
        Ok(Ended::Interrupted) => DRAIN,
        Ok(Ended::NothingDue | Ended::HeldBack) | Err(_) => Duration::from_secs(2),
    };
    tokio::select! {
        () = stack.stop(drain) => {}
        () = signals.next() => bail!("stopped at once; what was at work comes due again"),
    }
    let ids = std::mem::take(&mut lock(&progress).articles);
    Ok(RunEnd {
        ids,
        how: ended?,
        stand_in,
    })
}

/// Makes what a run before left behind due at once.
async fn release(
    environment: &Environment,
    database: &Opened,
    run_lock: &RunLock,
) -> anyhow::Result<()> {
    let (store, budget) = (&database.store, database::budget());
    if !database.is_foreign {
        // nobody else works on this database
        store.release_abandoned(&budget).await?;
        return Ok(());
    }
    if let Some(ids) = run_lock.ids_before() {
        store.release_run(&budget, &ids).await?;
    }
    if environment.get("QUEUE_URL").is_none() {
        store.release_queued(&budget).await?;
    }
    Ok(())
}

/// Waits for the end of our own server, which should not come; for ever when it is not ours.
async fn server_end(server: &mut Option<postgres::Postgres>) -> anyhow::Error {
    let Some(server) = server else {
        return std::future::pending().await;
    };
    let log = server.log_file();
    let ended = server.ended().await.context("watch Postgres");
    let what = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
    let error = anyhow::anyhow!("keep Postgres up: it ended ({what})");
    advise(
        error,
        format!("run again: nothing is lost; its log is {}", log.display()),
    )
}

/// After a failure the failure is what counts; a server that does not stop is reported beside it.
async fn close_after_failure(database: Opened) {
    if let Err(error) = database.close().await {
        anstream::eprintln!("{}: {error:#}", print::wait("warning"));
    }
}
