//! What hostile pages cost: `cargo bench -p extract --bench hostile [-- PART OF A NAME]`. Prints
//! milliseconds of the fastest of five runs, the peak memory of a process that does nothing else,
//! and what the result says was cut, all on a 2 MB stack; last, the worst of each, and how the cost
//! grows from 10,000 to 100,000 nested elements.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its figures"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]
#![expect(clippy::format_collect, reason = "clearer in a generator of pages")]

#[path = "../tests/hostile_pages/mod.rs"]
mod hostile_pages;

use std::process::Command;
use std::time::{Duration, Instant};

use extract::{Options, extract};

const STACK_BYTES: usize = 2 * 1024 * 1024;

/// Runs of a page of which the fastest counts.
const RUNS: usize = 5;

/// The argument that makes the program run one page, whose number follows.
const ONE: &str = "--one";

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|word| word != "--bench");
    let first = arguments.next();
    if first.as_deref() == Some(ONE) {
        let number = arguments.next().unwrap().parse().unwrap();
        let work = move || run(number);
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        thread.spawn(work).unwrap().join().unwrap();
    } else {
        run_all(&first.unwrap_or_default());
    }
}

/// Each page in a process of its own, so that its peak memory is its own.
fn run_all(part: &str) {
    let names = hostile_pages::pages().into_iter().map(|case| case.name);
    let (mut slowest, mut largest) = ((0.0, ""), (0, ""));
    let mut nested = Vec::new();
    for (number, name) in names.enumerate().filter(|(_, name)| name.contains(part)) {
        let mut child = Command::new(std::env::current_exe().unwrap());
        let output = child.args([ONE, &number.to_string()]).output().unwrap();
        let line = String::from_utf8(output.stdout).unwrap();
        let [milliseconds, memory_mb, bytes, said] =
            line.trim().splitn(4, '\t').collect::<Vec<_>>()[..]
        else {
            println!("{name:26} ENDED WITH {}", output.status);
            continue;
        };
        let (milliseconds, memory_mb) = (milliseconds.parse().unwrap(), memory_mb.parse().unwrap());
        println!("{name:26} {bytes:>6} kB {milliseconds:8.1} ms {memory_mb:5} MB   {said}");
        if milliseconds > slowest.0 {
            slowest = (milliseconds, name);
        }
        largest = largest.max((memory_mb, name));
        if name.ends_with("nested div") {
            nested.push(milliseconds);
        }
    }
    println!(
        "slowest: {:.0} ms ({}); most memory: {} MB ({})",
        slowest.0, slowest.1, largest.0, largest.1
    );
    if let [some, many] = nested.as_slice() {
        println!("ten times the nesting: {:.1} times the cost", many / some);
    }
}

fn run(number: usize) {
    let page = (hostile_pages::pages()[number].page)();
    let mut fastest = Duration::MAX;
    let mut said = String::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let found = extract(&page, &Options::default());
        fastest = fastest.min(start.elapsed());
        said = format!("{:?} {:?}", found.why.cut, found.why.empty);
    }
    println!(
        "{:.2}\t{}\t{}\t{said}",
        fastest.as_secs_f64() * 1e3,
        peak_memory_mb(),
        page.len() / 1000,
    );
}

/// The process's peak memory; 0 where the system does not say it.
fn peak_memory_mb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_else(|_| String::new());
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let digits = line.and_then(|line| line.split_whitespace().next());
    digits.map_or(0, |kilobytes| kilobytes.parse::<usize>().unwrap() / 1000)
}
