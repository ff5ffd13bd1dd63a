//! What a person sees while a run is under way: a line for each step that took a while, a bar for
//! the backlog. Nothing of it goes to standard output, which belongs to the result.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use runtime::clock;

use crate::print;

/// A run's display; silent when JSON is asked for.
pub(crate) struct Screen {
    is_silent: bool,
    bar: Option<ProgressBar>,
}

/// What the bar shows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BacklogBar {
    pub(crate) finished: u64,
    pub(crate) waiting: u64,
    pub(crate) running: u64,
    pub(crate) not_done: u64,
}

impl Screen {
    pub(crate) fn new(is_silent: bool) -> Self {
        Self {
            is_silent,
            bar: None,
        }
    }

    /// Begins a step; its line appears when it ends, with a spinner until then.
    pub(crate) fn begin(&self, what: &str) -> StepLine {
        let spinner = (!self.is_silent && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_message(what.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        StepLine {
            spinner,
            started: clock::now(),
            is_silent: self.is_silent,
        }
    }

    /// Prints a line above the bar.
    pub(crate) fn say(&self, line: &str) {
        if self.is_silent {
            return;
        }
        match &self.bar {
            Some(bar) if !bar.is_hidden() => bar.println(line),
            _ => anstream::eprintln!("{line}"),
        }
    }

    /// Shows the backlog.
    pub(crate) fn show(&mut self, backlog: BacklogBar) {
        if self.is_silent {
            return;
        }
        let bar = self.bar.get_or_insert_with(backlog_bar);
        bar.set_length(backlog.finished + backlog.waiting + backlog.running);
        bar.set_position(backlog.finished);
        let not_done = match backlog.not_done {
            0 => String::new(),
            number => format!(", {number} not done"),
        };
        bar.set_message(format!("{} at work{not_done}", backlog.running));
    }

    /// Takes the bar away.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn backlog_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = "  {spinner} {bar:32.green/dim} {pos}/{len} articles, {msg}, {elapsed}";
    // the template is a constant that `the_bars_template_is_sound` checks
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A step under way.
pub(crate) struct StepLine {
    spinner: Option<ProgressBar>,
    started: Instant,
    is_silent: bool,
}

impl StepLine {
    /// Ends the step with what came of it.
    pub(crate) fn done(self, what: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
        if !self.is_silent {
            let took = print::faint(&print::time(clock::now() - self.started));
            anstream::eprintln!("  {} {what}  {took}", print::good("✓"));
        }
    }
}

impl Drop for StepLine {
    fn drop(&mut self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bars_template_is_sound() {
        let bar = backlog_bar();

        assert!(!bar.is_finished());
        assert!(ProgressStyle::with_template("{bar:32.green/dim} {pos}/{len} {msg}").is_ok());
    }
}
