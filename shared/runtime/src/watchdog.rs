//! The watchdog: a thread of the operating system that writes an invocation's final line.
//!
//! [`RESPONSE_RESERVE`] before the deadline it names every article in flight and its step, with a
//! write that neither blocks nor waits for the logger's lock. So the step is known even when the
//! executor is held by a computation and nothing that runs on it will ever speak again.

use std::future::Future;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use domain::limits::RESPONSE_RESERVE;

use crate::scope::Scope;
use crate::{clock, telemetry};

/// How long the thread sleeps when nothing is in flight and nobody calls it.
const SLEEP_MAX: Duration = Duration::from_hours(1);

static WATCHED: Mutex<Watched> = Mutex::new(Watched::new());
static CHANGED: Condvar = Condvar::new();

/// The scopes in flight: at most one invocation and its batch.
struct Watched {
    scopes: Vec<Entry>,
    entered: u64,
    /// When the thread wakes by itself; nothing while it does not run.
    wakes_at: Option<Instant>,
}

impl Watched {
    const fn new() -> Self {
        Self {
            scopes: Vec::new(),
            entered: 0,
            wakes_at: None,
        }
    }
}

struct Entry {
    token: u64,
    scope: Scope,
    speaks_at: Instant,
    spoken: bool,
}

/// Starts the thread. A second start is an error, because the first still runs.
///
/// # Errors
/// When the system gives no thread, or the watchdog runs already.
pub fn start() -> io::Result<()> {
    {
        let mut watched = lock();
        if watched.wakes_at.is_some() {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        watched.wakes_at = Some(clock::now());
    }
    thread::Builder::new()
        .name("watchdog".to_owned())
        .stack_size(256 * 1024)
        .spawn(keep_watch)
        .map(drop)
}

impl Scope {
    /// Runs `future` in this scope, under the watchdog's eye.
    pub async fn run<F: Future>(self, future: F) -> F::Output {
        let _watched = watch(&self);
        self.surround(future).await
    }
}

/// Watches a scope until the guard is dropped.
fn watch(scope: &Scope) -> Watch {
    let now = clock::now();
    let left = scope.deadline().saturating_duration_since(now);
    // Of a very short limit, half is left to the work before the watchdog speaks.
    let reserve = RESPONSE_RESERVE.min(left / 2);
    let mut watched = lock();
    watched.entered += 1;
    let entry = Entry {
        token: watched.entered,
        scope: scope.clone(),
        speaks_at: now + left.saturating_sub(reserve),
        spoken: false,
    };
    let earlier = watched
        .wakes_at
        .is_some_and(|wakes| entry.speaks_at < wakes);
    let watch = Watch { token: entry.token };
    watched.scopes.push(entry);
    drop(watched);
    if earlier {
        CHANGED.notify_one();
    }
    watch
}

/// Ends the watch over its scope when dropped.
struct Watch {
    token: u64,
}

impl Drop for Watch {
    fn drop(&mut self) {
        lock().scopes.retain(|entry| entry.token != self.token);
    }
}

fn lock() -> MutexGuard<'static, Watched> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread: sleeps until the next scope is to be spoken of, for as long as the process lives.
fn keep_watch() {
    let mut watched = lock();
    loop {
        let now = clock::now();
        let due = take_due(&mut watched, now);
        if !due.is_empty() {
            drop(watched);
            speak(&due);
            watched = lock();
            continue;
        }
        let wakes_at = next_wake(&watched, now);
        watched.wakes_at = Some(wakes_at);
        let sleep = wakes_at.saturating_duration_since(now);
        let (woken, _) = CHANGED
            .wait_timeout(watched, sleep)
            .unwrap_or_else(PoisonError::into_inner);
        watched = woken;
    }
}

/// The scopes whose moment has come: the articles in flight, or the invocation when there is none.
fn take_due(watched: &mut Watched, now: Instant) -> Vec<Scope> {
    let mut due = Vec::new();
    for entry in &mut watched.scopes {
        if !entry.spoken && entry.speaks_at <= now {
            entry.spoken = true;
            due.push(entry.scope.clone());
        }
    }
    let articles: Vec<Scope> = due
        .iter()
        .filter(|scope| scope.is_article())
        .cloned()
        .collect();
    due.retain(|scope| scope.is_article() || !articles.iter().any(|one| one.is_within(scope)));
    due
}

fn next_wake(watched: &Watched, now: Instant) -> Instant {
    let waiting = watched.scopes.iter().filter(|entry| !entry.spoken);
    let next = waiting.map(|entry| entry.speaks_at).min();
    next.unwrap_or(now + SLEEP_MAX).min(now + SLEEP_MAX)
}

fn speak(due: &[Scope]) {
    for scope in due {
        telemetry::final_line(scope);
    }
}

#[cfg(test)]
mod tests {
    use domain::ArticleId;

    use super::*;

    fn entry(scope: &Scope, speaks_at: Instant) -> Entry {
        Entry {
            token: 0,
            scope: scope.clone(),
            speaks_at,
            spoken: false,
        }
    }

    #[test]
    fn an_invocation_is_named_only_when_no_article_of_it_is_in_flight() {
        let now = clock::now();
        let busy = Scope::invocation("busy", now);
        let bare = Scope::invocation("bare", now);
        let article = busy.article(ArticleId::new(1));
        let mut watched = Watched::new();
        watched.scopes = vec![entry(&busy, now), entry(&article, now), entry(&bare, now)];

        let due = take_due(&mut watched, now);

        let named: Vec<_> = due
            .iter()
            .map(|scope| (scope.request_id(), scope.is_article()))
            .collect();
        assert_eq!(named, [("busy", true), ("bare", false)]);
        assert!(
            take_due(&mut watched, now).is_empty(),
            "nobody is named twice"
        );
    }

    #[test]
    fn the_thread_wakes_for_the_earliest_scope_that_was_not_named() {
        let now = clock::now();
        let scope = Scope::invocation("r", now);
        let mut watched = Watched::new();
        let second = Duration::from_secs(1);
        watched.scopes = vec![
            entry(&scope, now + 3 * second),
            entry(&scope, now + 2 * second),
        ];

        assert_eq!(next_wake(&watched, now), now + 2 * second);
        take_due(&mut watched, now + 2 * second);
        assert_eq!(next_wake(&watched, now), now + 3 * second);
    }
}
