//! What hostile pages cost: `cargo bench -p extract --bench hostile`. Prints milliseconds of the
//! fastest of three runs, what the result says was cut, and the peak memory after each page, all on
//! a 2 MB stack; last, how the cost grows from 10,000 to 100,000 nested elements.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its figures"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]
#![expect(clippy::format_collect, reason = "clearer in a generator of pages")]

#[path = "../tests/hostile_pages/mod.rs"]
mod hostile_pages;

use std::time::{Duration, Instant};

use extract::{Options, extract};

const STACK_BYTES: usize = 2 * 1024 * 1024;

fn main() {
    let thread = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(run)
        .unwrap();
    thread.join().unwrap();
}

fn run() {
    let mut nested = Vec::new();
    for (name, page) in hostile_pages::pages() {
        let mut fastest = Duration::MAX;
        let mut said = String::new();
        for _ in 0..3 {
            let start = Instant::now();
            let found = extract(&page, &Options::default());
            fastest = fastest.min(start.elapsed());
            said = format!("{:?} {:?}", found.why.cut, found.why.empty);
        }
        if name.ends_with("nested div") {
            nested.push(fastest);
        }
        println!(
            "{name:24} {:6} kB {:8.1} ms   peak {:>12}   {said}",
            page.len() / 1000,
            fastest.as_secs_f64() * 1e3,
            peak_memory(),
        );
    }
    if let [some, many] = nested.as_slice() {
        println!(
            "ten times the nesting: {:.1} times the cost",
            many.as_secs_f64() / some.as_secs_f64()
        );
    }
}

/// The process's peak memory with its unit, where the system says it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_else(|_| String::new());
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("unknown").trim().to_owned()
}
