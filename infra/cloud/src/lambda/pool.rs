//! The pool: as many processes as there are invocations at once, up to the function's concurrency.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::{Budget, Step};
use runtime::{clock, within};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::exchange::{Answer, Delivery};
use super::process::{Ended, Process};
use super::{FunctionSpec, Invocation, InvocationResult, PoolEvent, PoolObserver, StartError, ids};

/// Starts for one invocation. Lambda, too, starts anew once when a start went wrong.
const STARTS_MAX: u32 = 3;

/// First wait before a start that follows a failed one; it doubles up to [`START_WAIT_MAX`], so that
/// a function that cannot start does not eat the machine.
const START_WAIT: Duration = Duration::from_millis(100);
const START_WAIT_MAX: Duration = Duration::from_secs(5);

/// After the drain, invocations that were told to end need this long at most to see their killed
/// processes off.
const KILL_CAP: Duration = Duration::from_secs(10);

/// A function: its processes and the way to invoke it. Clones are handles to the same pool.
#[derive(Clone)]
pub struct Functions {
    pool: Arc<Pool>,
}

struct Pool {
    spec: FunctionSpec,
    arn: String,
    observer: PoolObserver,
    slots: Semaphore,
    warm: Mutex<Vec<Process>>,
    failed_starts: AtomicU32,
    in_flight: watch::Sender<usize>,
    kill: CancellationToken,
}

impl std::fmt::Debug for Functions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Functions")
            .field("name", &self.pool.spec.name)
            .finish_non_exhaustive()
    }
}

/// Invocations that the stop had to cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Invocations that were killed because they outlasted the drain.
    pub killed: usize,
}

impl Functions {
    /// A pool without processes; the first invocation starts the first.
    #[must_use]
    pub fn start(spec: FunctionSpec, observer: PoolObserver) -> Self {
        let slots = Semaphore::new(spec.concurrency.clamp(1, Semaphore::MAX_PERMITS));
        let pool = Pool {
            arn: spec.arn(),
            spec,
            observer,
            slots,
            warm: Mutex::new(Vec::new()),
            failed_starts: AtomicU32::new(0),
            in_flight: watch::Sender::new(0),
            kill: CancellationToken::new(),
        };
        Self {
            pool: Arc::new(pool),
        }
    }

    /// The function's description.
    #[must_use]
    pub fn spec(&self) -> &FunctionSpec {
        &self.pool.spec
    }

    /// Invokes the function and waits for its end, for a free slot first. Bounded by the starts, the
    /// time limit and, for the slot, by the invocations before it. Dropping the future kills the
    /// process.
    pub async fn invoke(&self, payload: Bytes) -> Invocation {
        let request_id = ids::request_id(self.pool.spec.request_prefix);
        let pool = &*self.pool;
        let _counted = InFlight::begin(&pool.in_flight);
        let Ok(_slot) = pool.slots.acquire().await else {
            return pool.finished(Invocation {
                request_id,
                result: InvocationResult::Stopped,
                duration: Duration::ZERO,
                cold: false,
            });
        };
        let invocation = pool.invoke(request_id, payload).await;
        pool.finished(invocation)
    }

    /// Process ids of the warm processes, the next one to be used last.
    #[must_use]
    pub fn warm_pids(&self) -> Vec<u32> {
        self.pool.warm().iter().map(|process| process.pid).collect()
    }

    /// Takes no more invocations, lets those in flight end for `drain` at most, then kills.
    pub async fn stop(&self, drain: Duration) -> Drained {
        let pool = &*self.pool;
        pool.slots.close();
        let cut = pool.all_ended(drain).await.err().unwrap_or(0);
        pool.kill.cancel();
        if let Err(left) = pool.all_ended(KILL_CAP).await {
            tracing::error!(left, "killed invocations did not end");
        }
        let processes = std::mem::take(&mut *pool.warm());
        for process in processes {
            process.end().await;
        }
        Drained { killed: cut }
    }
}

impl Pool {
    fn warm(&self) -> std::sync::MutexGuard<'_, Vec<Process>> {
        // A list of processes is whole after every push and pop.
        self.warm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: &PoolEvent<'_>) {
        (self.observer)(&self.spec.name, event);
    }

    fn finished(&self, invocation: Invocation) -> Invocation {
        self.tell(&PoolEvent::Finished(&invocation));
        invocation
    }

    /// Waits for the end of everything in flight; how many are left otherwise.
    async fn all_ended(&self, limit: Duration) -> Result<(), usize> {
        let mut in_flight = self.in_flight.subscribe();
        let budget = Budget::starting(clock::now(), limit);
        let ended = within(Step::Idle, &budget, in_flight.wait_for(|count| *count == 0)).await;
        let left = *self.in_flight.borrow();
        match ended {
            Ok(_) => Ok(()),
            Err(_cut) if left == 0 => Ok(()),
            Err(_cut) => Err(left),
        }
    }

    async fn invoke(&self, request_id: String, payload: Bytes) -> Invocation {
        let (mut process, cold) = match self.ready_process().await {
            Ok(ready) => ready,
            Err(error) => {
                let result = match error {
                    StartError::Stopped => InvocationResult::Stopped,
                    error => InvocationResult::NotStarted(error),
                };
                return Invocation {
                    request_id,
                    result,
                    duration: Duration::ZERO,
                    cold: true,
                };
            }
        };
        let limit = self.spec.time_limit;
        let delivery = Delivery {
            request_id: request_id.clone(),
            deadline_ms: (ids::since_epoch() + limit).as_millis(),
            arn: self.arn.clone(),
            trace_id: ids::trace_id(),
            payload,
        };
        let started = clock::now();
        let ended = process.run(delivery, limit, &self.kill).await;
        let duration = clock::now() - started;
        let (result, usable) = judge(ended);
        if usable && !self.kill.is_cancelled() {
            self.warm().push(process);
        } else {
            process.end().await;
        }
        Invocation {
            request_id,
            result,
            duration,
            cold,
        }
    }

    /// A process that asks for work, and whether it was started for this.
    async fn ready_process(&self) -> Result<(Process, bool), StartError> {
        // Ends: every turn takes one off a list that only other slots add to, and each of those
        // adds what it took.
        while let Some(mut process) = self.take_warm() {
            match process.ready(self.spec.init_limit, &self.kill).await {
                Ok(()) => return Ok((process, false)),
                Err(error) => {
                    self.tell(&PoolEvent::WarmLost(&error));
                    process.end().await;
                }
            }
        }
        let mut tries = 1;
        loop {
            match self.start_process().await {
                Ok(process) => {
                    self.failed_starts.store(0, Ordering::Relaxed);
                    return Ok((process, true));
                }
                Err(error) => {
                    let in_a_row = self.failed_starts.fetch_add(1, Ordering::Relaxed) + 1;
                    let again = tries < STARTS_MAX && error.is_transient();
                    self.tell(&PoolEvent::StartFailed {
                        error: &error,
                        in_a_row,
                        again,
                    });
                    if !again {
                        return Err(error);
                    }
                }
            }
            tries += 1;
        }
    }

    fn take_warm(&self) -> Option<Process> {
        self.warm().pop()
    }

    async fn start_process(&self) -> Result<Process, StartError> {
        self.wait_after_failures().await?;
        let mut process = Process::spawn(&self.spec, &self.observer).await?;
        match process.ready(self.spec.init_limit, &self.kill).await {
            Ok(()) => {
                let init = clock::now() - process.born;
                self.tell(&PoolEvent::Started {
                    pid: process.pid,
                    init,
                });
                Ok(process)
            }
            Err(error) => {
                process.end().await;
                Err(error)
            }
        }
    }

    async fn wait_after_failures(&self) -> Result<(), StartError> {
        let failures = self.failed_starts.load(Ordering::Relaxed);
        if failures == 0 {
            return Ok(());
        }
        let wait = START_WAIT * 2_u32.pow(failures.min(10) - 1);
        tokio::select! {
            () = tokio::time::sleep(wait.min(START_WAIT_MAX)) => Ok(()),
            () = self.kill.cancelled() => Err(StartError::Stopped),
        }
    }
}

/// What an invocation's end means, and whether its process can take another.
fn judge(ended: Ended) -> (InvocationResult, bool) {
    match ended {
        Ended::Answer(Answer::Response(body)) => (InvocationResult::Success(body), true),
        Ended::Answer(Answer::Error(body)) => (InvocationResult::FunctionError(body), true),
        Ended::Answer(Answer::None) => (InvocationResult::Unanswered, true),
        Ended::Exited(status) => (InvocationResult::Exited(status), false),
        Ended::TimedOut => (InvocationResult::TimedOut, false),
        Ended::Killed => (InvocationResult::Stopped, false),
        Ended::Watch(error) => (
            InvocationResult::NotStarted(StartError::Watch(error)),
            false,
        ),
    }
}

/// Counts an invocation for as long as it lives, a dropped one too.
struct InFlight<'a>(&'a watch::Sender<usize>);

impl<'a> InFlight<'a> {
    fn begin(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
