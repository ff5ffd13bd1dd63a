//! Telemetry as the outside sees it: real processes, real pipes and files, real deaths.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails so")]

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use runtime::clock;
use serde_json::Value;

const LINES: usize = 100_000;

fn probe(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runtime-probe"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn output_of(arguments: &[&str]) -> Output {
    probe(arguments).output().expect("run the probe")
}

fn json_lines(bytes: &[u8]) -> Vec<Value> {
    assert!(
        bytes.is_empty() || bytes.ends_with(b"\n"),
        "the last line is whole"
    );
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| {
            assert!(line.len() < 32 * 1024, "a line of {} bytes", line.len());
            serde_json::from_slice(line)
                .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)))
        })
        .collect()
}

/// Every number from 0 to [`LINES`] stands on exactly one line.
fn assert_all_counted(bytes: &[u8]) {
    let mut seen = vec![0_u8; LINES];
    for line in json_lines(bytes) {
        assert_eq!(line["message"], "counted", "{line}");
        let number = line["line"].as_u64().expect("a number");
        seen[usize::try_from(number).expect("small")] += 1;
    }
    assert!(seen.iter().all(|times| *times == 1), "each line once");
}

#[test]
fn no_line_is_lost_to_a_pipe_however_the_process_ends() {
    for end in ["kill", "abort", "exit"] {
        let output = output_of(&["lines", &LINES.to_string(), end]);

        assert_eq!(output.status.success(), end == "exit", "{end} happened");
        assert_all_counted(&output.stdout);
    }
}

#[test]
fn no_line_is_lost_to_a_file_however_the_process_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    for end in ["kill", "abort", "exit"] {
        let path = folder.path().join(end);
        let file = File::create(&path).expect("a file");

        let status = probe(&["lines", &LINES.to_string(), end])
            .stdout(file)
            .status()
            .expect("run the probe");

        assert_eq!(status.success(), end == "exit", "{end} happened");
        assert_all_counted(&std::fs::read(&path).expect("read it back"));
    }
}

#[test]
fn nothing_in_a_field_breaks_out_of_its_line() {
    let output = output_of(&["hostile"]);

    let lines = json_lines(&output.stdout);
    assert_eq!(lines.len(), 6, "one line an event");
    assert!(
        lines.iter().all(|line| line["level"] == "INFO"),
        "none is forged"
    );
    let raw_marks = |byte: &u8| *byte < 0x20 && *byte != b'\n' || *byte == 0x7f;
    assert!(
        !output.stdout.iter().any(raw_marks),
        "no raw control character"
    );
    let value = |case: &str| {
        let line = lines.iter().find(|line| line["case"] == case);
        line.and_then(|line| line["value"].as_str()).expect(case)
    };
    assert!(value("newline").starts_with("a\n{"));
    assert!(value("ansi").starts_with("\u{1b}[2J"));
    assert!(value("utf8").starts_with("ok \u{fffd}") && value("utf8").ends_with(" end"));
    assert!(value("turned").starts_with('\u{202e}'));
    assert!(
        value("huge").contains("…[cut 104"),
        "{}",
        value("huge").len()
    );
}

#[test]
fn a_panic_is_one_line_with_its_article_and_never_the_text_it_panicked_over() {
    let output = output_of(&["panics"]);

    let lines = json_lines(&output.stdout);
    let panics: Vec<&Value> = lines
        .iter()
        .filter(|line| line["level"] == "ERROR")
        .collect();
    assert_eq!(panics.len(), 3, "{lines:?}");
    let sliced = panics
        .iter()
        .find(|line| line["article_id"] == 42)
        .expect("its context");
    assert_eq!(sliced["step"], "extract");
    assert_eq!(sliced["fence"], 3);
    assert_eq!(sliced["request_id"], "req-1");
    assert!(
        sliced["place"]
            .as_str()
            .expect("a place")
            .contains("main.rs:")
    );
    let literal = panics
        .iter()
        .filter(|line| line["message"] == "panic: a literal");
    assert_eq!(literal.count(), 2);
    let everything = [output.stdout.as_slice(), &output.stderr].concat();
    assert!(!String::from_utf8_lossy(&everything).contains("cret page"));
    assert_eq!(
        lines.last().expect("a line")["panicked"],
        3,
        "the process went on"
    );
}

/// A child that is killed at the end of the test, whatever happens.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().expect("kill the probe");
        self.0.wait().expect("reap the probe");
    }
}

fn spawn(arguments: &[&str]) -> Killed {
    let mut command = probe(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Killed(command.spawn().expect("start the probe"))
}

fn first_line(from: impl Read) -> String {
    let mut line = String::new();
    BufReader::new(from)
        .read_line(&mut line)
        .expect("read a line");
    line
}

fn assert_final_line(line: &str, started: Instant) {
    let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert_eq!(line["level"], "ERROR");
    assert!(
        line["message"]
            .as_str()
            .expect("text")
            .starts_with("watchdog: step llm"),
        "{line}"
    );
    assert_eq!(line["step"], "llm");
    assert_eq!(line["article_id"], 7);
    assert_eq!(line["fence"], 9);
    assert_eq!(line["request_id"], "req-7");
    // The deadline is 3 s after the start.
    assert!(
        (1..=1_500).contains(&line["remaining_ms"].as_u64().expect("a number")),
        "{line}"
    );
    assert!(
        started.elapsed() >= Duration::from_millis(1_500),
        "it does not speak early"
    );
}

#[test]
fn the_watchdog_names_the_step_of_a_hang() {
    let started = clock::now();
    let mut child = spawn(&["stuck", "waiting"]);

    let line = first_line(child.0.stdout.take().expect("a pipe"));

    assert_final_line(&line, started);
}

#[test]
fn the_watchdog_speaks_while_a_computation_holds_the_executor() {
    let started = clock::now();
    let mut child = spawn(&["stuck", "computing"]);

    let line = first_line(child.0.stdout.take().expect("a pipe"));

    assert_final_line(&line, started);
}

#[test]
fn a_full_standard_output_does_not_silence_the_watchdog() {
    let started = clock::now();
    let mut child = spawn(&["stuck", "full"]);

    let ended = child.0.wait().expect("it ends after its deadline");
    let words = first_line(child.0.stderr.take().expect("a pipe"));
    let mut filled = Vec::new();
    let mut stdout = child.0.stdout.take().expect("a pipe");
    stdout
        .read_to_end(&mut filled)
        .expect("read what was taken");

    assert!(ended.success());
    assert_final_line(&words, started);
    assert!(
        filled.iter().all(|byte| *byte == b'\n'),
        "standard output had no room"
    );
}

#[test]
fn a_full_standard_output_holds_work_up_for_a_second_and_the_loss_is_told() {
    let mut child = spawn(&["flood"]);

    let report = first_line(child.0.stderr.take().expect("a pipe"));
    let mut stdout = child.0.stdout.take().expect("a pipe");
    let mut bytes = vec![0; 40_000];
    stdout.read_exact(&mut bytes).expect("make room");
    let mut stdin = child.0.stdin.take().expect("a pipe");
    stdin.write_all(b"!").expect("tell the probe to go on");
    stdout.read_to_end(&mut bytes).expect("read the rest");

    let took_us: u64 = report
        .split(' ')
        .nth(1)
        .and_then(|us| us.parse().ok())
        .expect(&report);
    assert!(
        (900_000..10_000_000).contains(&took_us),
        "held up once, for a second: {report}"
    );
    let lines = json_lines(&bytes);
    let flood = lines
        .iter()
        .filter(|line| line["message"] == "flood")
        .count() as u64;
    let account = lines.iter().find_map(|line| line["lines_dropped"].as_u64());
    assert!(
        flood > 0 && flood < 200,
        "some were taken, some were not: {flood}"
    );
    assert_eq!(flood + account.expect("an account"), 200);
    assert_eq!(lines.last().expect("a line")["message"], "after the flood");
}

#[test]
fn a_closed_standard_output_does_not_end_the_process() {
    let mut child = spawn(&["flood"]);

    drop(child.0.stdout.take());
    drop(child.0.stdin.take());
    let status = child.0.wait().expect("it ends by itself");

    assert!(status.success(), "{status}");
}

#[test]
fn a_line_costs_little() {
    let output = output_of(&["cost"]);

    let report = String::from_utf8(output.stderr).expect("text");
    let us: u64 = report
        .split(' ')
        .nth(2)
        .and_then(|us| us.parse().ok())
        .expect(&report);
    let lines = json_lines(&output.stdout);
    assert_eq!(lines.len(), 20_000);
    assert_eq!(lines[0]["article_id"], 42);
    // Measured 4 µs in release; the bound is for a debug build on a busy machine.
    assert!(us <= 200, "{us} µs a line");
}
