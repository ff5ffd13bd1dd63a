//! The schedule: invokes a function at once and then at its period, with Scheduler's event.
//!
//! It never overlaps itself unless asked to: the firings that an invocation outlasts become one,
//! right after it. It never retries; the next period does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use domain::{Budget, Step};
use runtime::{OrWarn, clock, within};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::lambda::{ACCOUNT, Invocation, Target, ids};

/// Overlapping invocations at once; beyond it a firing is skipped.
const OVERLAP_MAX: usize = 8;

/// A cancelled invocation sees its process off within this.
const KILL_CAP: Duration = Duration::from_secs(10);

/// A schedule's settings.
#[derive(Clone, Debug)]
pub struct ScheduleOptions {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// From one firing to the next.
    pub period: Duration,
    /// The template's `Input`, in which `<aws.scheduler.scheduled-time>` and its like are filled
    /// in. Without it the function gets Scheduler's own event.
    pub input: Option<String>,
    /// Whether a firing may begin while the one before is still at work.
    pub overlapping: bool,
}

impl ScheduleOptions {
    /// A schedule without an input of its own that does not overlap itself.
    #[must_use]
    pub fn new(name: impl Into<String>, period: Duration) -> Self {
        Self {
            name: name.into(),
            region: "eu-west-1".to_owned(),
            period,
            input: None,
            overlapping: false,
        }
    }

    /// The payload of one firing.
    #[must_use]
    pub fn payload(&self, at: SystemTime, execution_id: &str) -> Bytes {
        let Self { name, region, .. } = self;
        let arn = format!("arn:aws:scheduler:{region}:{ACCOUNT}:schedule/default/{name}");
        let time = rfc3339(at);
        let Some(input) = &self.input else {
            let event = json!({
                "version": "0",
                "id": execution_id,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": ACCOUNT,
                "time": time,
                "region": region,
                "resources": [arn],
                "detail": "{}",
            });
            return Bytes::from(event.to_string());
        };
        let attributes = BTreeMap::from([
            ("<aws.scheduler.schedule-arn>", arn.as_str()),
            ("<aws.scheduler.scheduled-time>", time.as_str()),
            ("<aws.scheduler.execution-id>", execution_id),
            ("<aws.scheduler.attempt-number>", "1"),
        ]);
        let filled = attributes
            .iter()
            .fold(input.clone(), |text, (name, value)| {
                text.replace(name, value)
            });
        Bytes::from(filled)
    }
}

/// Whole seconds in UTC, as Scheduler writes them.
fn rfc3339(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    let whole = at.replace_nanosecond(0).unwrap_or(at);
    // Fails only for years beyond 9999, which the clock does not reach.
    whole
        .format(&Rfc3339)
        .or_warn("write the time of a firing")
        .unwrap_or_else(String::new)
}

/// Hears how each firing ended. It is called on the schedule's tasks and must not block.
pub type ScheduleObserver = Arc<dyn Fn(&Invocation) + Send + Sync>;

/// A running schedule.
#[derive(Debug)]
pub struct Schedule {
    now: Arc<Notify>,
    stop: CancellationToken,
    kill: CancellationToken,
    task: JoinSet<()>,
}

impl Schedule {
    /// Fires at once, then at its period.
    #[must_use]
    pub fn start<T: Target + Clone>(
        options: ScheduleOptions,
        target: T,
        observer: ScheduleObserver,
    ) -> Self {
        let now = Arc::new(Notify::new());
        let (stop, kill) = (CancellationToken::new(), CancellationToken::new());
        let mut task = JoinSet::new();
        task.spawn(run(Run {
            options,
            target,
            observer,
            now: Arc::clone(&now),
            stop: stop.clone(),
            kill: kill.clone(),
        }));
        Self {
            now,
            stop,
            kill,
            task,
        }
    }

    /// Fires outside the period, as soon as the firing that is at work has ended.
    pub fn fire(&self) {
        self.now.notify_one();
    }

    /// Fires no more, lets the firing at work end for `drain` at most, then kills it.
    pub async fn stop(mut self, drain: Duration) {
        self.stop.cancel();
        for limit in [drain, KILL_CAP] {
            let budget = Budget::starting(clock::now(), limit);
            match within(Step::Idle, &budget, self.task.join_next()).await {
                Ok(ended) => {
                    if let Some(ended) = ended {
                        ended.or_warn("end the schedule's task in order");
                    }
                    return;
                }
                Err(_outlasted) => self.kill.cancel(),
            }
        }
        tracing::error!("a killed scheduled invocation did not end");
    }
}

struct Run<T> {
    options: ScheduleOptions,
    target: T,
    observer: ScheduleObserver,
    now: Arc<Notify>,
    stop: CancellationToken,
    kill: CancellationToken,
}

async fn run<T: Target + Clone>(run: Run<T>) {
    let mut ticks = tokio::time::interval(run.options.period.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let at_once = if run.options.overlapping {
        OVERLAP_MAX
    } else {
        1
    };
    let mut firings = JoinSet::new();
    loop {
        let free = firings.len() < at_once;
        tokio::select! {
            biased;
            () = run.stop.cancelled() => break,
            Some(ended) = firings.join_next() => report_panic(ended),
            () = run.now.notified(), if free => begin(&run, &mut firings),
            _ = ticks.tick(), if free => begin(&run, &mut firings),
        }
    }
    loop {
        tokio::select! {
            ended = firings.join_next() => match ended {
                Some(ended) => report_panic(ended),
                None => return,
            },
            () = run.kill.cancelled() => return firings.shutdown().await,
        }
    }
}

fn begin<T: Target + Clone>(run: &Run<T>, firings: &mut JoinSet<()>) {
    let payload = run.options.payload(clock::wall(), &ids::request_id(None));
    let (target, observer) = (run.target.clone(), Arc::clone(&run.observer));
    firings.spawn(async move { observer(&target.invoke(payload).await) });
}

fn report_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(error = %error, "a scheduled invocation's task panicked");
    }
}

#[cfg(test)]
mod tests;
