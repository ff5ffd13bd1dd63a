//! The whole pipeline on one machine: real function processes, real Postgres, 400 real pages and a
//! model that answers at once. Prints articles a second, CPU and memory of the function processes,
//! and what a cold start takes.
//!
//! `cargo bench -p tests --bench pipeline [-- ARTICLES [PROCESSES]]`

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails so"
)]

use std::time::{Duration, Instant};

use tests::process::{Used, used};
use tests::{Options, World, pages};

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .filter_map(|word| word.parse().ok())
        .collect();
    let articles = numbers.first().copied().unwrap_or(400);
    let processes = numbers.get(1).copied().unwrap_or(2);
    let executor = tokio::runtime::Runtime::new().expect("an executor");
    executor.block_on(Box::pin(bench(articles, processes)));
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
async fn bench(articles: usize, processes: usize) {
    let options = Options {
        concurrency: processes,
        ..Options::new(env!("CARGO_BIN_EXE_gleaner-under-test"))
    };
    let mut world = World::start(options).await;
    world.add(&pages::publish(&world.site, processes * 2)).await;
    world.settle().await;
    let pids = world.article.warm_pids();
    let before = sum(&pids);

    let urls = pages::publish(&world.site, articles + processes * 2);
    world
        .add(urls.get(processes * 2..).unwrap_or_default())
        .await;
    let started = Instant::now();
    world.settle().await;
    let took = started.elapsed();

    let after = sum(&pids);
    let cpu = after.cpu.saturating_sub(before.cpu);
    let done = world
        .text("SELECT count(*) FROM article_work WHERE outcome = 'ok'")
        .await;
    world.assert_sound().await;
    let count = f64::from(u32::try_from(articles).unwrap_or(u32::MAX));
    println!("articles done       {done} ({articles} measured, {processes} processes)");
    println!("articles/s          {:.0}", count / took.as_secs_f64());
    println!(
        "CPU an article      {:.2} ms (function processes)",
        ms(cpu) / count
    );
    let resident = after.resident_bytes_max / 1_000_000;
    println!("resident at most    {resident} MB a function process");
    println!("per step, mean      {}", steps(&world).await);
    world.stop().await;
}

fn sum(pids: &[u32]) -> Used {
    let all = pids.iter().filter_map(|pid| used(*pid));
    all.fold(Used::default(), |sum, one| Used {
        cpu: sum.cpu + one.cpu,
        resident_bytes_max: sum.resident_bytes_max.max(one.resident_bytes_max),
    })
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

async fn steps(world: &World) -> String {
    let sql = "SELECT string_agg(format('%s %s ms', step, round(mean, 1)), ', ' ORDER BY mean DESC)
        FROM (SELECT key AS step, avg(value::numeric) AS mean
                FROM article_attempts, jsonb_each_text(steps) GROUP BY key) AS means";
    world.text(sql).await
}
