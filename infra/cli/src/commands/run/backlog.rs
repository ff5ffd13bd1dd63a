//! The backlog of a run: looked at until it is empty, or until nothing can be done about it.

use std::time::{Duration, Instant};

use runtime::clock;
use store::{Progress, Store};

use crate::args::RunArgs;
use crate::database;
use crate::failure::advise;
use crate::run_progress::{SharedProgress, lock};
use crate::screen::{BacklogBar, Screen};
use crate::signals::Signals;
use crate::stack::Stack;

/// Between two looks at the backlog.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A look may take this share of the time: a large backlog is looked at less often.
const LOOK_SHARE: u32 = 10;

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

/// Looks at the backlog until nothing is due and nothing is at work, or until Ctrl-C.
pub(super) async fn until_idle(
    args: &RunArgs,
    store: &Store,
    stack: &Stack,
    progress: &SharedProgress,
    screen: &mut Screen,
    signals: &mut Signals,
) -> anyhow::Result<Ended> {
    let mut pause = LOOK_EVERY;
    loop {
        let looked = clock::now();
        let backlog = store.progress(&database::budget()).await?;
        pause = pause_after(looked, pause);
        release(store, progress).await?;
        let (finished, is_held_back) = {
            let mut progress = lock(progress);
            if let Some(trouble) = progress.trouble.take() {
                let advice = "look into .gleaner/logs; `cargo gleaner doctor` checks the database";
                return Err(advise(anyhow::anyhow!(trouble), advice));
            }
            (progress.finished, progress.is_held_back)
        };
        screen.show(bar(&backlog, finished));
        if backlog.due == 0 && backlog.queued == 0 && backlog.running == 0 && !args.watch {
            return Ok(Ended::NothingDue);
        }
        if is_held_back && backlog.queued == 0 && backlog.running == 0 && !args.watch {
            return Ok(Ended::HeldBack);
        }
        if backlog.due > 0 && backlog.queued < i64::from(args.concurrency) * 8 {
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

/// A worker that died need not be waited for until its lease ends.
async fn release(store: &Store, progress: &SharedProgress) -> anyhow::Result<()> {
    let died = std::mem::take(&mut lock(progress).died);
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

fn bar(backlog: &Progress, finished: u64) -> BacklogBar {
    let number = |count: i64| u64::try_from(count).unwrap_or(0);
    BacklogBar {
        finished,
        waiting: number(backlog.due + backlog.queued),
        running: number(backlog.running),
        not_done: number(backlog.later),
    }
}
