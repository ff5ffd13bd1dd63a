//! Telemetry: one JSON object a line, straight to a file descriptor, one `write` a line.
//!
//! There is no buffer and no thread between an event and the descriptor, so a killed process loses
//! nothing that it said. A line carries the invocation's context ([`crate::Scope`]): request,
//! article, fence, step and the time left. Spans are ignored: they cost, and other people's spans
//! carry what is none of our logs' business. Crates that are not ours are heard from `warn` upward
//! only, because their inner chatter holds URLs and headers.

mod context;
mod line;
mod panic;
mod sink;

use std::cell::RefCell;
use std::fmt;

use domain::Step;
use thiserror::Error;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span, subscriber};
use tracing_core::{Interest, LevelFilter};

use crate::{Scope, clock};
pub use sink::Output;

use context::write_scope;
use line::Line;
use sink::Sink;

/// The crates whose events are heard at the configured level; the tidy test keeps the list whole.
pub const OUR_CRATES: [&str; 22] = [
    "article",
    "cli",
    "cloud",
    "database",
    "domain",
    "extract",
    "facts",
    "faulty_http",
    "fetch",
    "gleaner",
    "gleaner_under_test",
    "it",
    "migrate",
    "postgres",
    "queue",
    "runtime",
    "runtime_probe",
    "scheduler",
    "site",
    "stand_in",
    "store",
    "tests",
];

/// Telemetry was started twice.
#[derive(Clone, Copy, Debug, Error)]
#[error("start telemetry: something else listens to this process's events already")]
pub struct AlreadyStarted;

/// Starts telemetry for the process, and makes a panic a line of it.
///
/// # Errors
/// [`AlreadyStarted`] when the process has a subscriber; nothing is changed then.
pub fn init(level: Level, output: Output) -> Result<(), AlreadyStarted> {
    let sink = Sink::of(output);
    subscriber::set_global_default(Telemetry { level, sink }).map_err(|_taken| AlreadyStarted)?;
    panic::install(sink);
    Ok(())
}

/// The subscriber.
struct Telemetry {
    level: Level,
    sink: &'static Sink,
}

impl Telemetry {
    fn hears(&self, metadata: &Metadata<'_>) -> bool {
        let source = metadata.target().split("::").next().unwrap_or("");
        let most = if OUR_CRATES.contains(&source) {
            self.level
        } else {
            self.level.min(Level::WARN)
        };
        metadata.is_event() && *metadata.level() <= most
    }
}

impl Subscriber for Telemetry {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.hears(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.hears(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(self.level))
    }

    fn event(&self, event: &Event<'_>) {
        with_line(|line| {
            write_event(line, event);
            self.sink.write_line(line.finish());
        });
    }

    // Spans are never enabled, so none of these is reached with one of ours.
    fn new_span(&self, _span: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _span: &span::Id, _values: &span::Record<'_>) {}
    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}
    fn enter(&self, _span: &span::Id) {}
    fn exit(&self, _span: &span::Id) {}
}

/// Lends a line whose memory is reused by the thread. A second borrow (a `Debug` that logs) gets
/// a line of its own.
fn with_line(write: impl FnOnce(&mut Line)) {
    thread_local!(static LINE: RefCell<Line> = const { RefCell::new(Line::new()) });

    let mut write = Some(write);
    let lent = LINE.try_with(|slot| match (slot.try_borrow_mut(), write.take()) {
        (Ok(mut line), Some(write)) => write(&mut line),
        (_, unused) => write = unused,
    });
    if let (Ok(()) | Err(_), Some(write)) = (lent, write) {
        write(&mut Line::new());
    }
}

fn write_event(line: &mut Line, event: &Event<'_>) {
    let metadata = event.metadata();
    line.start(clock::wall(), *metadata.level());
    line.begin("message");
    let mut message = Message { line, found: false };
    event.record(&mut message);
    if !message.found {
        line.value(format_args!("{}", metadata.name()));
    }
    if let Some(scope) = Scope::current() {
        write_scope(line, &scope, |name| metadata.fields().field(name).is_none());
    }
    line.text("target", format_args!("{}", metadata.target()));
    event.record(&mut Fields { line });
}

/// The watchdog's line about a scope: to standard output past the logger's lock, to standard
/// error at once when that is full, and again to standard output until the deadline.
pub(crate) fn final_line(scope: &Scope) {
    let mut line = Line::new();
    line.start(clock::wall(), Level::ERROR);
    let now = scope.snapshot(clock::now());
    let (step, left) = (
        now.step.map_or("none", Step::as_str),
        now.remaining.as_millis(),
    );
    line.text(
        "message",
        format_args!("watchdog: step {step} is in flight, the invocation ends in {left} ms"),
    );
    write_scope(&mut line, scope, |_| true);
    let words = line.finish();
    let told = Sink::of(Output::Stdout).final_line(words, clock::now())
        || Sink::of(Output::Stderr).final_line(words, clock::now());
    if !told {
        // When neither stream takes them by then, there is nobody left to tell.
        Sink::of(Output::Stdout).final_line(words, scope.deadline());
    }
}

/// Takes the message out of an event, and nothing else.
struct Message<'a> {
    line: &'a mut Line,
    found: bool,
}

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" && !self.found {
            self.found = true;
            self.line.value(format_args!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" && !self.found {
            self.found = true;
            self.line.value(format_args!("{value}"));
        }
    }
}

/// Takes everything but the message.
struct Fields<'a> {
    line: &'a mut Line,
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.line.text(field.name(), format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.line.text(field.name(), format_args!("{value}"));
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.line.text(
            field.name(),
            format_args!("{}", String::from_utf8_lossy(value)),
        );
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.line
            .text(field.name(), format_args!("{}", crate::Chain(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.line.number(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.line.number(field.name(), value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.line.number(field.name(), value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.line.number(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.line.number(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.line.number(field.name(), value);
        } else {
            self.line.text(field.name(), format_args!("{value}"));
        }
    }
}
