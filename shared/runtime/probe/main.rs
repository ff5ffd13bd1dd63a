//! A program of the tests: a real process that logs, panics, hangs and dies as it is told.
//!
//! `runtime-probe ROLE …`; each role is one function below. It is no part of what is deployed.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use domain::{ArticleId, Budget, Fence, Step};
use runtime::config::{ArticleConfig, Environment, SchedulerConfig};
use runtime::telemetry::{self, Output};
use runtime::{Scope, clock, watchdog, within};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["boot", "article"] => boot(|environment| ArticleConfig::read(environment).map(|_| ())),
        ["boot", "scheduler"] => boot(|environment| SchedulerConfig::read(environment).map(|_| ())),
        ["lines", count, end] => lines(count.parse().unwrap_or(0), end),
        ["hostile"] => hostile(),
        ["panics"] => panics(),
        ["stuck", how] => stuck(how),
        ["flood"] => flood(),
        ["cost"] => cost(),
        other => {
            start();
            tracing::error!(?other, "no such role");
            ExitCode::from(64)
        }
    }
}

fn start() {
    let started = telemetry::init(tracing::Level::INFO, Output::Stdout);
    debug_assert!(started.is_ok(), "the probe starts telemetry once");
}

fn boot(read: impl FnOnce(&Environment) -> Result<(), runtime::config::ConfigFaults>) -> ExitCode {
    match runtime::boot("probe", read) {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => code,
    }
}

/// Logs `count` lines from two threads and then dies in the way that `end` names.
fn lines(count: u64, end: &str) -> ExitCode {
    start();
    std::thread::scope(|threads| {
        for half in 0..2_u64 {
            threads.spawn(move || {
                for line in (half..count).step_by(2) {
                    tracing::info!(
                        line,
                        filler = "what a line of ours usually is long",
                        "counted"
                    );
                }
            });
        }
    });
    match end {
        "abort" => std::process::abort(),
        "kill" => {
            let killed = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
            debug_assert!(killed.is_ok(), "a process may kill itself");
            ExitCode::from(70)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Logs what must not break a line.
fn hostile() -> ExitCode {
    start();
    let injected = "a\n{\"timestamp\":\"now\",\"level\":\"ERROR\",\"message\":\"forged\"}\r\n";
    tracing::info!(case = "newline", value = injected, "hostile");
    tracing::info!(
        case = "ansi",
        value = "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m",
        "hostile"
    );
    let bad: &[u8] = b"ok \xff\xfe\xc3\x28 \xed\xa0\x80 end";
    tracing::info!(case = "utf8", value = bad, "hostile");
    tracing::info!(
        case = "turned",
        value = "\u{202e}abc\u{2028}\u{0}",
        "hostile"
    );
    tracing::info!(
        case = "huge",
        value = "z".repeat(10 * 1024 * 1024),
        "hostile"
    );
    let injected_message = format!("hostile {injected}");
    tracing::info!(case = "message", "{injected_message}");
    ExitCode::SUCCESS
}

/// Panics in a task, in a thread and in a `Drop`, and goes on.
fn panics() -> ExitCode {
    start();
    on_executor(async {
        let scope = Scope::invocation("req-1", clock::now() + Duration::from_secs(60));
        let article = scope.article(ArticleId::new(42));
        article.set_fence(Fence::new(3));
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(article.run(async {
            let budget = Budget::starting(clock::now(), Duration::from_secs(10));
            let page = String::from("sécret page text");
            let cut = within(Step::Extract, &budget, async { slice(&page).len() });
            cut.await.is_ok()
        }));
        tasks.spawn(async { literal_panic() });
        tasks.spawn(async {
            drop(PanicsInDrop);
            true
        });
        let mut panicked = 0_u32;
        while let Some(ended) = tasks.join_next().await {
            panicked += u32::from(ended.is_err());
        }
        tracing::info!(panicked, "went on");
    })
}

#[expect(clippy::string_slice, reason = "the probe panics on purpose")]
fn slice(page: &str) -> &str {
    &page[..2]
}

#[expect(clippy::panic, reason = "the probe panics on purpose")]
fn literal_panic() -> bool {
    panic!("a literal");
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        literal_panic();
    }
}

/// Hangs in a step, with three seconds to its deadline.
fn stuck(how: &str) -> ExitCode {
    start();
    let started = watchdog::start();
    debug_assert!(started.is_ok(), "the probe starts one watchdog");
    let how = how.to_owned();
    on_executor(async move {
        let deadline = clock::now() + Duration::from_secs(3);
        let scope = Scope::invocation("req-7", deadline);
        let budget = Budget::until(deadline + Duration::from_secs(60));
        let article = scope.article(ArticleId::new(7));
        article.set_fence(Fence::new(9));
        let hang = article.run(async move {
            let hang = within(Step::Llm, &budget, async {
                match how.as_str() {
                    "computing" => compute_for_ever(),
                    "full" => log_into_a_full_pipe(deadline).await,
                    _ => std::future::pending::<()>().await,
                }
            });
            hang.await.is_ok()
        });
        scope.run(hang).await;
    })
}

fn compute_for_ever() {
    let mut state = 1_u64;
    loop {
        state = std::hint::black_box(state.wrapping_mul(6_364_136_223_846_793_005) | 1);
    }
}

/// Fills standard output to the last byte, and then logs until the deadline has passed.
async fn log_into_a_full_pipe(deadline: Instant) {
    let stdout = rustix::stdio::stdout();
    let non_blocking = rustix::io::ioctl_fionbio(stdout, true);
    debug_assert!(non_blocking.is_ok(), "a pipe can be made non-blocking");
    for size in [4_096, 1] {
        while rustix::io::write(stdout, &vec![b'\n'; size]).is_ok() {}
    }
    while clock::now() < deadline + Duration::from_millis(100) {
        tracing::info!("no room for this");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Logs into a stream that nobody reads, and says on standard error how long that took.
fn flood() -> ExitCode {
    start();
    let before = clock::now();
    for line in 0..200 {
        tracing::info!(line, filler = "x".repeat(3_000), "flood");
    }
    report("flooded", before.elapsed());
    // Room is made now; the next line tells what was lost.
    let mut byte = [0_u8; 1];
    let read = rustix::io::read(rustix::stdio::stdin(), &mut byte);
    debug_assert!(read.is_ok(), "the test holds the other end");
    tracing::info!("after the flood");
    ExitCode::SUCCESS
}

/// Measures a line with context and four fields.
fn cost() -> ExitCode {
    const LINES: u32 = 20_000;
    start();
    on_executor(async {
        let scope = Scope::invocation("0b9a7b5e-req", clock::now() + Duration::from_secs(60));
        let article = scope.article(ArticleId::new(42));
        let work = article.run(async {
            let before = clock::now();
            for attempt in 0..LINES {
                tracing::info!(
                    attempt,
                    outcome = "ok",
                    duration_ms = 12,
                    size_bytes = 34,
                    "article done"
                );
            }
            before.elapsed() / LINES
        });
        report("a line", work.await);
    })
}

/// A number for the test, on standard error.
fn report(what: &str, took: Duration) {
    let line = format!("{what}: {} us\n", took.as_micros());
    let written = rustix::io::write(rustix::stdio::stderr(), line.as_bytes());
    debug_assert!(written.is_ok(), "the test holds the other end");
}

fn on_executor(work: impl Future<Output = ()>) -> ExitCode {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    match executor {
        Ok(executor) => {
            executor.block_on(work);
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "build an executor");
            ExitCode::from(70)
        }
    }
}
