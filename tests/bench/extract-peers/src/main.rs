//! The extraction engine beside its Rust peers, in one run on one thread, bytes in memory:
//! `cargo run --release -- CORPUS [OUT]`. CORPUS has `truth.jsonl` and `html/ID.html`; with OUT
//! each engine's texts are written to `OUT/ENGINE.jsonl` for a scorer. Times include decoding; the
//! peers are told the encoding. Pages per second count the time the thread worked, as the system
//! says it, so that what else the machine does matters little; the percentiles are by the clock. Pages a peer panics on count as empty; the stack is large, because
//! two of the peers overflow a usual one on deep pages.

use std::error::Error;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use encoding_rs::Encoding;

const STACK_BYTES: usize = 1 << 30;

struct Page {
    id: String,
    url: Option<String>,
    bytes: Vec<u8>,
    encoding: &'static Encoding,
}

type Engine = (&'static str, fn(&Page) -> String);

const ENGINES: [Engine; 3] =
    [("extract", ours), ("trafilatura-rs", trafilatura_rs), ("dom_smoothie", dom_smoothie_rs)];

fn ours(page: &Page) -> String {
    let options = extract::Options { url: page.url.as_deref(), ..Default::default() };
    extract::extract(&page.bytes, &options).text
}

fn trafilatura_rs(page: &Page) -> String {
    let (html, _, _) = page.encoding.decode(&page.bytes);
    let options = trafilatura::Options::default().with_fallback(true);
    trafilatura::extract(&html, &options).map(|found| found.content_text).unwrap_or_default()
}

fn dom_smoothie_rs(page: &Page) -> String {
    let (html, _, _) = page.encoding.decode(&page.bytes);
    let config = dom_smoothie::Config {
        text_mode: dom_smoothie::TextMode::Formatted,
        ..Default::default()
    };
    let found = dom_smoothie::Readability::new(html.as_ref(), page.url.as_deref(), Some(config))
        .and_then(|mut readability| readability.parse());
    found.map(|article| article.text_content.to_string()).unwrap_or_default()
}

fn main() -> Result<(), Box<dyn Error>> {
    let work = || run().map_err(|error| error.to_string());
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work)?;
    match thread.join() {
        Ok(result) => Ok(result?),
        Err(_) => Err("the run panicked".into()),
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let corpus = arguments.next().ok_or("usage: extract-peers CORPUS [OUT]")?;
    let out = arguments.next();
    let pages = read(&corpus)?;
    let megabytes = pages.iter().map(|page| page.bytes.len()).sum::<usize>() as f64 / 1e6;
    std::panic::set_hook(Box::new(|_| {}));
    for (name, engine) in ENGINES {
        let mut times = Vec::with_capacity(pages.len());
        let mut texts = Vec::with_capacity(pages.len());
        let mut panics = 0;
        let before = work_time();
        for page in &pages {
            let start = Instant::now();
            let text = std::panic::catch_unwind(|| engine(page));
            times.push(start.elapsed());
            panics += usize::from(text.is_err());
            texts.push(text.unwrap_or_default());
        }
        let total = work_time().saturating_sub(before);
        times.sort();
        let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
        println!(
            "{name:16} {:7.0} pages/s {:7.1} MB/s  p50 {:.2} ms  p99 {:.1} ms  max {:.1} ms  {panics} panics",
            pages.len() as f64 / total.as_secs_f64(),
            megabytes / total.as_secs_f64(),
            at(50),
            at(99),
            at(100),
        );
        if let Some(out) = &out {
            write(&out.join(format!("{name}.jsonl")), &pages, &texts)?;
        }
    }
    Ok(())
}

/// Time this thread has worked (Linux).
fn work_time() -> Duration {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = line.split(' ').next().and_then(|field| field.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

fn read(corpus: &Path) -> Result<Vec<Page>, Box<dyn Error>> {
    let truth = std::fs::File::open(corpus.join("truth.jsonl"))?;
    let mut pages = Vec::new();
    for line in BufReader::new(truth).lines() {
        let truth: serde_json::Value = serde_json::from_str(&line?)?;
        let id = truth["id"].as_str().ok_or("a line without id")?.to_owned();
        let bytes = std::fs::read(corpus.join("html").join(format!("{id}.html")))?;
        let label = extract::extract(&bytes, &extract::Options::default()).why.encoding;
        let encoding = Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        pages.push(Page { id, url: truth["url"].as_str().map(str::to_owned), bytes, encoding });
    }
    Ok(pages)
}

fn write(path: &Path, pages: &[Page], texts: &[String]) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    for (page, text) in pages.iter().zip(texts) {
        writeln!(out, "{}", serde_json::json!({ "id": page.id, "text": text }))?;
    }
    Ok(out.flush()?)
}
