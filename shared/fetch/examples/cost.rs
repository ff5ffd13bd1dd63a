//! What a fetch costs this crate: processor time on the fetching thread alone, peak memory on
//! bombs, and the start of the first plain and the first TLS fetch. Linux only, as it reads `/proc`.
//!
//! `cargo run --profile local -p fetch --example cost`

#![expect(clippy::print_stdout, reason = "its output is the point")]

use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use domain::Budget;
use fetch::{FetchError, Fetcher};
use flate2::Compression;
use flate2::write::GzEncoder;
use runtime::{clock, config};
use rustix::time::{ClockId, clock_gettime};

const FETCHES: u32 = 2_000;
const PAGE_BYTES: usize = 170_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let page = page();
    let plain = serve(answer("", &page))?;
    let gzip = serve(answer("Content-Encoding: gzip\r\n", &gzipped(&page)?))?;
    let brotli = serve(answer("Content-Encoding: br\r\n", &brotlied(&page)?))?;
    let gzip_bomb = serve(answer("Content-Encoding: gzip\r\n", &bomb(gzipped)?))?;
    let brotli_bomb = serve(answer("Content-Encoding: br\r\n", &bomb(brotlied)?))?;

    let before = cpu()?;
    let fetcher = Fetcher::new(&config::Fetch {
        allow_addrs: vec![plain, gzip, brotli, gzip_bomb, brotli_bomb],
        ..config::Fetch::default()
    })?;
    println!("Fetcher::new             {:>9.1?}", since(before)?);
    let before = cpu()?;
    get(&fetcher, plain).await?;
    println!("first plain fetch        {:>9.1?}", since(before)?);
    for (name, site) in [("plain", plain), ("gzip", gzip), ("brotli", brotli)] {
        let (before, started) = (cpu()?, clock::now());
        for _ in 0..FETCHES {
            let body = get(&fetcher, site).await?;
            assert_eq!(body, PAGE_BYTES, "the page came whole");
        }
        let (cpu, wall) = (since(before)?, clock::now() - started);
        let rate = f64::from(FETCHES) / wall.as_secs_f64();
        println!(
            "{name:<8} 170 kB, cpu each {:>9.1?}   {rate:>6.0} a second",
            cpu / FETCHES
        );
    }
    for (name, site) in [("gzip", gzip_bomb), ("brotli", brotli_bomb)] {
        reset_peak()?;
        let resting = memory("VmRSS")?;
        let before = cpu()?;
        let outcome = get(&fetcher, site).await;
        assert!(outcome.is_err(), "the bomb was cut off");
        println!(
            "{name:<6} bomb of 256 MiB, cpu {:>9.1?}   peak memory +{} KiB",
            since(before)?,
            memory("VmHWM")? - resting
        );
    }
    let before = cpu()?;
    let refused = fetcher.fetch(&format!("https://{plain}/"), &budget()).await;
    assert!(refused.is_err(), "it speaks no TLS");
    println!("first TLS attempt        {:>9.1?}", since(before)?);
    Ok(())
}

async fn get(fetcher: &Fetcher, site: SocketAddr) -> std::result::Result<usize, FetchError> {
    let page = fetcher
        .fetch(&format!("http://{site}/story"), &budget())
        .await?;
    Ok(page.body.len())
}

fn budget() -> Budget {
    Budget::starting(clock::now(), Duration::from_mins(1))
}

/// Text that packs about as well as news pages do.
fn page() -> Vec<u8> {
    let mut page = b"<!doctype html><html><body>".to_vec();
    let mut number = 7_u64;
    while page.len() < PAGE_BYTES {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let line = format!("<p class=\"story-text\">Paragraph {number} of the story.</p>\n");
        page.extend_from_slice(line.as_bytes());
    }
    page.truncate(PAGE_BYTES);
    page
}

fn gzipped(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn brotlied(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 5,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut bytes, &mut packed, &params)?;
    Ok(packed)
}

/// Packs 256 MiB of nothing, on a thread of its own: its memory is not reused by the fetches.
fn bomb(pack: fn(&[u8]) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let packed = thread::spawn(move || pack(&vec![0; 256 * 1024 * 1024]).ok()).join();
    Ok(packed.ok().flatten().ok_or("the bomb was not made")?)
}

fn answer(header: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{header}Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Serves `answer` to everybody, from a thread whose processor time is not counted.
fn serve(answer: Vec<u8>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let addr = listener.local_addr()?;
    let answer = Arc::new(answer);
    thread::Builder::new().spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 2_048];
            let asked = matches!(stream.read(&mut request), Ok(1..));
            // A client that has seen enough hangs up: no matter.
            let _hung_up = asked && stream.write_all(&answer).is_err();
        }
    })?;
    Ok(addr)
}

/// Time this thread has spent on a processor.
fn cpu() -> Result<Duration> {
    Ok(Duration::try_from(clock_gettime(ClockId::ThreadCPUTime))?)
}

fn since(before: Duration) -> Result<Duration> {
    Ok(cpu()?.saturating_sub(before))
}

/// A line of the process's memory account, in KiB.
fn memory(name: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(value.ok_or("no such line")?.parse()?)
}

/// Lets the peak count from here.
fn reset_peak() -> Result<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}
