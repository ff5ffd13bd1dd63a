//! The backlog of a run: looked at until it is empty, or until nothing can be done about it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use domain::Budget;
use runtime::{Chain, clock};
use store::{Progress, Store, StoreError};

use crate::args::RunArgs;
use crate::failure::advise;
use crate::run_progress::{SharedProgress, lock};
use crate::screen::{BacklogBar, Screen};
use crate::signals::Signals;
use crate::stack::Stack;
use crate::{print, worker_log};

/// Between two looks at the backlog.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A look may take this share of the time: a large backlog is looked at less often.
const LOOK_SHARE: u32 = 10;

/// One look; a database that does not answer in this is said to be away.
const LOOK_CAP: Duration = Duration::from_secs(5);

/// A run that ends by itself gives up after this long without any change and without any worker.
const NOTHING_MOVED: Duration = Duration::from_secs(45);

/// Ids that may be on no queue are sent again after this, and not more often.
const RELEASE_EVERY: Duration = Duration::from_secs(5);

/// The same trouble is told again after this.
const SAY_AGAIN: Duration = Duration::from_secs(10);

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nothing is due and nothing is at work.
    NothingDue,
    /// The day's LLM budget is spent: what is due is not sent.
    HeldBack,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

/// What a run is watched with.
pub(super) struct Watched<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) store: &'a Store,
    pub(super) stack: &'a Stack,
    pub(super) progress: &'a SharedProgress,
    /// Where the workers' log lines go.
    pub(super) worker_log: PathBuf,
}

/// Looks at the backlog until nothing is due and nothing is at work, or until Ctrl-C. A database that
/// is away is waited for: what is at work is not lost by looking away.
pub(super) async fn until_idle(
    run: &Watched<'_>,
    screen: &mut Screen,
    signals: &mut Signals,
) -> anyhow::Result<Ended> {
    let mut pause = LOOK_EVERY;
    let mut movement = Movement::new();
    let mut words = Words::default();
    let mut released = clock::now();
    loop {
        let looked = clock::now();
        let backlog = match look(run, &mut released).await {
            Ok(backlog) => Some(backlog),
            Err(error) if error.may_pass() => {
                words.say(screen, "the database", &Chain(&error).to_string());
                lock(run.progress).has_unsent = true;
                None
            }
            Err(error) => return Err(error.into()),
        };
        pause = pause_after(looked, pause);
        let finished = news(run, screen, &mut words)?;
        if let Some(backlog) = &backlog {
            screen.show(bar(backlog, finished));
            if let Some(ended) = end_of(run, backlog) {
                return Ok(ended);
            }
            if movement.has_stopped(backlog, finished) && !run.args.watch {
                return Err(stuck(backlog, &words));
            }
            if backlog.due > 0 && backlog.queued < i64::from(run.args.concurrency) * 8 {
                run.stack.schedule.fire();
            }
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

/// The backlog, after what died has been let go of.
async fn look(run: &Watched<'_>, released: &mut Instant) -> Result<Progress, StoreError> {
    let budget = Budget::starting(clock::now(), LOOK_CAP);
    let backlog = run.store.progress(&budget).await?;
    let died = lock(run.progress).died.clone();
    // a worker that died need not be waited for until its lease ends
    for request_id in died {
        run.store.release_worker(&budget, &request_id).await?;
        lock(run.progress).died.retain(|other| *other != request_id);
    }
    // what is on no queue need not be waited for until it is sent again by itself
    if clock::now() - *released > RELEASE_EVERY && lock(run.progress).has_unsent {
        run.store.release_queued(&budget).await?;
        lock(run.progress).has_unsent = false;
        *released = clock::now();
        return run.store.progress(&budget).await;
    }
    Ok(backlog)
}

/// What happened since the last look; gives how many articles are finished.
fn news(run: &Watched<'_>, screen: &Screen, words: &mut Words) -> anyhow::Result<u64> {
    let mut progress = lock(run.progress);
    if let Some(trouble) = progress.trouble.take() {
        let advice = "look into .gleaner/logs; `cargo gleaner doctor` checks the database";
        return Err(advise(anyhow::anyhow!(trouble), advice));
    }
    if let Some(error) = progress.pass_error.take() {
        words.say(screen, "the scheduler", &error);
    }
    if std::mem::take(&mut progress.has_unrecorded)
        && let Some(error) = worker_log::newest_error(&run.worker_log)
    {
        words.say(screen, "a worker", &error);
    }
    Ok(progress.finished)
}

fn end_of(run: &Watched<'_>, backlog: &Progress) -> Option<Ended> {
    let at_work = backlog.queued + backlog.running;
    if run.args.watch || at_work > 0 || lock(run.progress).has_unsent {
        return None;
    }
    if backlog.due == 0 {
        return Some(Ended::NothingDue);
    }
    lock(run.progress).is_held_back.then_some(Ended::HeldBack)
}

/// Nothing is at work and nothing has changed for too long, although there is something to do.
fn stuck(backlog: &Progress, words: &Words) -> anyhow::Error {
    let waiting = backlog.due + backlog.queued;
    let seconds = NOTHING_MOVED.as_secs();
    let what = format!("work on {waiting} articles: nothing has moved for {seconds} s");
    let error = match &words.last {
        Some(last) => anyhow::anyhow!(last.clone()).context(what),
        None => anyhow::anyhow!(what),
    };
    advise(
        error,
        "look into .gleaner/logs; `--watch` goes on trying; nothing is lost",
    )
}

/// Whether the counts of a run change.
struct Movement {
    counts: [i64; 4],
    since: Instant,
}

impl Movement {
    fn new() -> Self {
        Self {
            counts: [-1; 4],
            since: clock::now(),
        }
    }

    /// Takes the newest counts. What is with a worker may take its time.
    fn has_stopped(&mut self, backlog: &Progress, finished: u64) -> bool {
        let counts = [
            backlog.due + backlog.queued,
            backlog.running,
            backlog.later,
            i64::try_from(finished).unwrap_or(i64::MAX),
        ];
        if counts != self.counts || backlog.running > 0 {
            self.counts = counts;
            self.since = clock::now();
        }
        clock::now() - self.since > NOTHING_MOVED
    }
}

/// What is said of trouble that may pass: at once, and not again and again.
#[derive(Default)]
struct Words {
    last: Option<String>,
    said: Option<Instant>,
}

impl Words {
    fn say(&mut self, screen: &Screen, who: &str, error: &str) {
        let words = format!("{who}: {}", print::plain(error));
        let is_new = self.last.as_deref() != Some(words.as_str());
        let is_old = |said| clock::now() - said > SAY_AGAIN;
        if is_new || self.said.is_none_or(is_old) {
            let line = print::short(&words, 300);
            screen.say(&format!("  {} {line}; trying again", print::wait("!")));
            self.said = Some(clock::now());
        }
        self.last = Some(words);
    }
}

fn pause_after(looked: Instant, least: Duration) -> Duration {
    ((clock::now() - looked) * LOOK_SHARE)
        .clamp(LOOK_EVERY, Duration::from_secs(5))
        .max(least.min(LOOK_EVERY))
}

fn bar(backlog: &Progress, finished: u64) -> BacklogBar {
    let number = |count: i64| u64::try_from(count).unwrap_or(0);
    BacklogBar {
        finished,
        waiting: number(backlog.due + backlog.queued),
        running: number(backlog.running),
        not_done: number(backlog.later),
    }
}
