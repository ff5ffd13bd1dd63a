//! What a cold start takes: from the start of a function's process to its first request for work.
//!
//! `cargo build --release -p scheduler -p article && cargo bench -p tests --bench cold_start [-- FOLDER]`
//!
//! The programs are those of FOLDER, or of `target/release`: what is deployed, not what benchmarks
//! are built with. The listener stands for the Runtime API; it answers nothing.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures, prints, and fails so"
)]

use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 50;

fn main() {
    let named = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release");
    let folder = named.map_or(usual, PathBuf::from);
    println!("function          MB    least   median      p95   median CPU");
    for function in ["scheduler", "article"] {
        let program = folder.join(function);
        let size = std::fs::metadata(&program)
            .expect("a built function; see the first lines of this file")
            .len();
        let (mut times, mut cpu): (Vec<Duration>, Vec<Duration>) =
            (0..ROUNDS).map(|_| cold_start(&program)).unzip();
        times.sort_unstable();
        cpu.sort_unstable();
        let at = |share: usize| ms(times[(ROUNDS - 1) * share / 100]);
        #[expect(clippy::cast_precision_loss, reason = "megabytes, to be read")]
        let size = size as f64 / 1e6;
        println!(
            "{function:<12}{size:>8.2}{:>9}{:>9}{:>9}{:>13}",
            at(0),
            at(50),
            at(95),
            ms(cpu[ROUNDS / 2])
        );
    }
}

/// Starts a function and waits for its first request: the time that passed, and the processor time of
/// the process, which says more on a busy machine.
fn cold_start(program: &Path) -> (Duration, Duration) {
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = api.local_addr().expect("an address").to_string();
    let mut command = Command::new(program);
    command
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for (name, value) in [
        ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", "gleaner"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/gleaner"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("DATABASE_URL", "postgres://gleaner:pw@127.0.0.1:1/news"),
        ("DATABASE_TLS", "verify-full"),
        ("QUEUE_URL", "http://127.0.0.1:1/000000000000/articles"),
        ("LLM_BASE_URL", "http://127.0.0.1:1/v1"),
        ("LLM_MODEL", "a-model"),
    ] {
        command.env(name, value);
    }
    let started = Instant::now();
    let mut child = command.spawn().expect("a process");
    let (mut stream, _) = api.accept().expect("a request");
    let mut head = [0; 64];
    let read = stream.read(&mut head).expect("a request line");
    let took = started.elapsed();
    let head = String::from_utf8_lossy(head.get(..read).unwrap_or_default());
    assert!(
        head.starts_with("GET /2018-06-01/runtime/invocation/next"),
        "{head}"
    );
    let cpu = on_processor(child.id());
    child.kill().expect("a running process");
    child.wait().expect("an ended process");
    (took, cpu)
}

/// Time on a processor of all threads of a process; none where there is no `/proc`.
fn on_processor(pid: u32) -> Duration {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
        return Duration::ZERO;
    };
    let stats = threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok());
    let nanos = stats.filter_map(|stat| stat.split(' ').next()?.parse::<u64>().ok());
    Duration::from_nanos(nanos.sum())
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
