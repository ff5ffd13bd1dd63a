//! Every hostile page on a 2 MB stack, in a process with nothing else in it: bounded in time and
//! memory, and the article that a reader would see is in the text.

#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test may panic"
)]

mod hostile_pages;

use std::thread;
use std::time::Duration;

use extract::{Extracted, Options, extract};
use hostile_pages::pages;

const STACK_BYTES: usize = 2 * 1024 * 1024;

/// The peak of the whole process, the page and its making included.
const MEMORY_KB_MAX: u64 = 300_000;

/// Work of one page in a debug build; a release build needs a tenth of it (the benchmark prints it).
const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn every_hostile_page_ends_in_time_and_memory_with_its_article() {
    let mut without = Vec::new();
    for case in pages() {
        let page = (case.page)();

        let (found, took) = on_small_stack(page);

        assert!(took < PATIENCE, "{} took {took:?}", case.name);
        assert!(peak_memory_kb() < MEMORY_KB_MAX, "{}", case.name);
        assert_eq!(found.text.is_empty(), found.why.empty.is_some());
        if !found.text.contains("ask for another report") {
            without.push(case.name);
        }
    }

    // What was put into these reads more like an article than the article does.
    let better = ["articles", "5 MB of linked data", "one linked body"];
    assert_eq!(without[..3], better);
    assert_eq!(without[3..], ["empty"]);
}

fn on_small_stack(page: Vec<u8>) -> (Extracted, Duration) {
    let work = move || {
        let found = extract(&page, &Options::default());
        (found, work_time())
    };
    let thread = thread::Builder::new().stack_size(STACK_BYTES);
    thread.spawn(work).unwrap().join().unwrap()
}

/// Time this thread has worked, where the system says it; nothing elsewhere.
fn work_time() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat");
    said.map_or(Duration::ZERO, |line| {
        Duration::from_nanos(line.split(' ').next().unwrap().parse().unwrap())
    })
}

/// The process's peak memory, where the system says it; nothing elsewhere.
fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_else(|_| String::new());
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let digits = line.and_then(|line| line.split_whitespace().next());
    digits.map_or(0, |digits| digits.parse().unwrap())
}
