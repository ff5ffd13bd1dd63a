//! A panic becomes one JSON line.
//!
//! Only a message that is a literal of the source is shown: a formatted one can hold what it
//! panicked over, such as the page's text in a slicing error. The place is always told.

use std::panic::{self, PanicHookInfo};

use tracing::Level;

use super::context::write_scope;
use super::line::Line;
use super::sink::Sink;
use crate::{Scope, clock};

/// The client of the Runtime API panics over an answer that Lambda itself never gives.
const RUNTIME_HINT: &str = "the Runtime API's answer lacks a header that Lambda sends, such as \
    Lambda-Runtime-Deadline-Ms: an emulator has to send it";

/// Installs the hook for the whole process.
pub(super) fn install(sink: &'static Sink) {
    panic::set_hook(Box::new(move |info| {
        let mut line = Line::new();
        describe(&mut line, info);
        sink.write_line(line.finish());
    }));
}

fn describe(line: &mut Line, info: &PanicHookInfo<'_>) {
    line.start(clock::wall(), Level::ERROR);
    let payload = info.payload();
    match payload.downcast_ref::<&'static str>() {
        Some(literal) => line.text("message", format_args!("panic: {literal}")),
        None => line.text(
            "message",
            format_args!("panic: (a message with values, withheld)"),
        ),
    }
    if let Some(scope) = Scope::current() {
        write_scope(line, &scope, |_| true);
    }
    if let Some(place) = info.location() {
        if place.file().contains("lambda_runtime") {
            line.text("hint", format_args!("{RUNTIME_HINT}"));
        }
        line.text("place", format_args!("{place}"));
    }
    let thread = std::thread::current();
    line.text(
        "thread",
        format_args!("{}", thread.name().unwrap_or("unnamed")),
    );
}
