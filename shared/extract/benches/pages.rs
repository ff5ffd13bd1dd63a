//! Pages per second of one thread, bytes in memory: `cargo bench -p extract [-- FOLDER]`.
//!
//! FOLDER holds `*.html`; without it the small set in `tests/corpus` is used. Prints pages/s,
//! MB/s, p50, p99, the longest page and peak memory of the whole extraction, and beside it the
//! floor: decoding and parsing alone.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use extract::{Options, extract, parse_only};

/// Passes over all pages; the fastest time of each page counts, which leaves out what else the
/// machine did.
const PASSES: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/html");
    let given = std::env::args_os()
        .skip(1)
        .find(|a| !a.to_string_lossy().starts_with("--"));
    let folder = given.map_or(small, PathBuf::from);
    let pages = read(&folder)?;
    let bytes: usize = pages.iter().map(Vec::len).sum();
    println!(
        "{} pages, {:.1} MB, {} kB mean, best of {PASSES} passes, one thread",
        pages.len(),
        mega(bytes),
        bytes / pages.len().max(1) / 1000
    );
    let options = Options::default();
    let floor = time(&pages, |page| {
        black_box(parse_only(page, &options));
    });
    let before = peak_memory_kb();
    let whole = time(&pages, |page| {
        black_box(extract(page, &options));
    });
    report("decode + parse (floor)", bytes, &floor);
    report("whole extraction", bytes, &whole);
    if let (Some(before), Some(after)) = (before, peak_memory_kb()) {
        let pages_mb = mega(bytes);
        println!(
            "peak memory {:.0} MB ({pages_mb:.0} MB of it are the pages; the floor's peak was {:.0} MB)",
            kilo(after),
            kilo(before)
        );
    }
    Ok(())
}

fn read(folder: &Path) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            files.push(path);
        }
    }
    files.sort();
    let mut pages = Vec::with_capacity(files.len());
    for file in files {
        pages.push(std::fs::read(file)?);
    }
    if pages.is_empty() {
        Err("no *.html in the folder".into())
    } else {
        Ok(pages)
    }
}

/// The fastest time of each page.
fn time(pages: &[Vec<u8>], mut work: impl FnMut(&[u8])) -> Vec<Duration> {
    let mut best = vec![Duration::MAX; pages.len()];
    for _ in 0..PASSES {
        for (page, best) in pages.iter().zip(&mut best) {
            let start = Instant::now();
            work(page);
            *best = start.elapsed().min(*best);
        }
    }
    best
}

fn report(name: &str, bytes: usize, times: &[Duration]) {
    let mut sorted = times.to_vec();
    sorted.sort();
    let total: Duration = sorted.iter().sum();
    let at = |share: usize| {
        sorted
            .get(sorted.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{name:24} {:8.0} pages/s {:8.1} MB/s   p50 {:.3} ms   p99 {:.3} ms   max {:.3} ms",
        pages_per_second(times.len(), total),
        mega(bytes) / total.as_secs_f64(),
        milli(at(50)),
        milli(at(99)),
        milli(sorted.last().copied().unwrap_or_default()),
    );
}

fn pages_per_second(pages: usize, total: Duration) -> f64 {
    count(pages) / total.as_secs_f64()
}

fn milli(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn mega(bytes: usize) -> f64 {
    count(bytes) / 1e6
}

fn kilo(kilobytes: usize) -> f64 {
    count(kilobytes) / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "figures to print")]
fn count(number: usize) -> f64 {
    number as f64
}

/// The process's peak memory, where the system says it.
fn peak_memory_kb() -> Option<usize> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return None;
    };
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let digits = line
        .split_whitespace()
        .nth(1)?
        .bytes()
        .filter(u8::is_ascii_digit);
    Some(digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0')))
}
