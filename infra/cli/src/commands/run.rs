//! `gleaner run`: everything up, what is due worked off, the result told.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use domain::ArticleId;
use local::site::{PAGES, Site};
use runtime::clock;
use runtime::config::Environment;
use store::{NewArticle, Progress, Store};

use crate::args::RunArgs;
use crate::database::{self, Absent, Opened};
use crate::failure::advise;
use crate::place::Place;
use crate::result::{self, Ended, Result};
use crate::screen::{Screen, Shown};
use crate::seen::{SharedSeen, lock, mapping_observer, schedule_observer};
use crate::signals::Signals;
use crate::stack::{Stack, StackOptions};
use crate::surroundings::Surroundings;
use crate::{print, urls};

/// Between two looks at the backlog.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A look may take this share of the time: a large backlog is looked at less often.
const LOOK_SHARE: u32 = 10;

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
    let Worked { ids, how, stand_in } = match worked {
        Ok(worked) => worked,
        Err(error) => {
            close_after_failure(database).await;
            return Err(error);
        }
    };
    let result = Result {
        database: &database,
        place: &Place::of(&environment),
        ids: &ids,
        how,
        stand_in,
        took: clock::now() - started,
        json: args.json,
    };
    let code = result::tell(&result).await?;
    database.close().await?;
    Ok(code)
}

/// A prefix that no URL has.
const NOWHERE: &str = "nowhere:";

/// What a run leaves to tell.
struct Worked {
    ids: BTreeSet<ArticleId>,
    how: Ended,
    stand_in: bool,
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
) -> anyhow::Result<Worked> {
    let place = Place::of(environment);
    place.make()?;
    let options = StackOptions {
        concurrency: args.concurrency,
        watch: args.watch,
        delay: args.delay,
    };
    if !database.is_foreign {
        // nobody else works on this database: what a killed run left behind is due at once
        database
            .store
            .release_abandoned(&database::budget())
            .await?;
    }
    let samples = wants_samples(environment, urls, database).await?;
    let line = screen.begin("starting queue, model and site");
    let surroundings = Surroundings::start(environment, &place, options, samples).await?;
    let stand_in = surroundings.has_stand_in();
    line.done(if stand_in {
        "queue, and a stand-in for the LLM (rules, not a language model)"
    } else {
        "queue; facts from your LLM"
    });
    add(urls, surroundings.site(), &database.store, screen).await?;
    if !database.is_foreign {
        let served = surroundings.site().map(|site| site.url("/"));
        let served = served.as_deref().unwrap_or(NOWHERE);
        let store = &database.store;
        store.release_waiting(&database::budget(), served).await?;
    }

    let seen = SharedSeen::default();
    let observers = (mapping_observer(&seen), schedule_observer(&seen));
    let stack = Stack::start(
        environment,
        &place,
        database,
        surroundings,
        options,
        observers,
    )?;
    let watched = watch(args, &database.store, &stack, &seen, screen, signals).await;
    screen.clear();
    let drain = match &watched {
        Ok(Ended::Interrupted) => DRAIN,
        Ok(Ended::NothingDue | Ended::HeldBack) | Err(_) => Duration::from_secs(2),
    };
    tokio::select! {
        () = stack.stop(drain) => {}
        () = signals.next() => bail!("stopped at once; what was at work comes due again"),
    }
    let ids = std::mem::take(&mut lock(&seen).articles);
    Ok(Worked {
        ids,
        how: watched?,
        stand_in,
    })
}

/// The samples are for a database of ours: when nothing else is asked for, or when some of them
/// are not done yet.
async fn wants_samples(
    environment: &Environment,
    urls: &[String],
    database: &Opened,
) -> anyhow::Result<bool> {
    let place = Place::of(environment);
    if place.site_port().is_some() && !database.is_foreign {
        return Ok(true);
    }
    if !urls.is_empty() {
        return Ok(false);
    }
    let progress = database.store.progress(&database::budget()).await?;
    Ok(!database.is_foreign || progress.is_empty)
}

/// Adds the user's pages, or the samples when there are none.
async fn add(
    urls: &[String],
    site: Option<&Site>,
    store: &Store,
    screen: &Screen,
) -> anyhow::Result<()> {
    let own = urls.iter().map(|url| NewArticle {
        url: url.clone(),
        title: None,
    });
    let own: Vec<NewArticle> = own.collect();
    if !own.is_empty() {
        let added = store.add(&database::budget(), &own).await?;
        let known = match added.known.len() {
            0 => String::new(),
            number => format!(", {number} already known"),
        };
        screen.say(&format!(
            "  + {}{known}",
            print::count(added.inserted.len(), "new page")
        ));
        return Ok(());
    }
    let Some(site) = site else { return Ok(()) };
    let samples = PAGES.iter().map(|page| NewArticle {
        url: site.url(page.path),
        title: Some(page.title.to_owned()),
    });
    let samples: Vec<NewArticle> = samples.collect();
    let added = store.add(&database::budget(), &samples).await?;
    if !added.inserted.is_empty() {
        let number = added.inserted.len();
        screen.say(&format!(
            "  + {number} sample pages of the US government, served from here"
        ));
    }
    Ok(())
}

/// Looks at the backlog until nothing is due and nothing is at work, or until Ctrl-C.
async fn watch(
    args: &RunArgs,
    store: &Store,
    stack: &Stack,
    seen: &SharedSeen,
    screen: &mut Screen,
    signals: &mut Signals,
) -> anyhow::Result<Ended> {
    let mut pause = LOOK_EVERY;
    loop {
        let looked = clock::now();
        let progress = store.progress(&database::budget()).await?;
        pause = pause_after(looked, pause);
        release(store, seen).await?;
        let (finished, is_held_back) = {
            let mut seen = lock(seen);
            if let Some(trouble) = seen.trouble.take() {
                let advice = "look into .gleaner/logs; `cargo gleaner doctor` checks the database";
                return Err(advise(anyhow::anyhow!(trouble), advice));
            }
            (seen.finished, seen.is_held_back)
        };
        screen.show(shown(&progress, finished));
        if progress.due == 0 && progress.queued == 0 && progress.running == 0 && !args.watch {
            return Ok(Ended::NothingDue);
        }
        if is_held_back && progress.queued == 0 && progress.running == 0 && !args.watch {
            return Ok(Ended::HeldBack);
        }
        if progress.due > 0 && progress.queued < i64::from(args.concurrency) * 8 {
            stack.schedule.fire();
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = signals.next() => {
                screen.clear();
                screen.say("  stopping: articles at work may end; Ctrl-C again stops at once");
                return Ok(Ended::Interrupted);
            }
        }
    }
}

/// A worker that was seen to die need not be waited for until its lease ends.
async fn release(store: &Store, seen: &SharedSeen) -> anyhow::Result<()> {
    let died = std::mem::take(&mut lock(seen).died);
    for request_id in died {
        store
            .release_worker(&database::budget(), &request_id)
            .await?;
    }
    Ok(())
}

fn pause_after(looked: Instant, least: Duration) -> Duration {
    ((clock::now() - looked) * LOOK_SHARE)
        .clamp(LOOK_EVERY, Duration::from_secs(5))
        .max(least.min(LOOK_EVERY))
}

fn shown(progress: &Progress, finished: u64) -> Shown {
    let number = |count: i64| u64::try_from(count).unwrap_or(0);
    Shown {
        finished,
        waiting: number(progress.due + progress.queued),
        running: number(progress.running),
        not_done: number(progress.later),
    }
}

/// Waits for the end of our own server, which should not come; for ever when it is not ours.
async fn server_end(server: &mut Option<local::postgres::Postgres>) -> anyhow::Error {
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

/// After a failure the failure is what counts; a server that does not stop is told beside it.
async fn close_after_failure(database: Opened) {
    if let Err(error) = database.close().await {
        anstream::eprintln!("{}: {error:#}", print::wait("warning"));
    }
}
