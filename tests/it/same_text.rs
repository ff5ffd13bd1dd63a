//! The same text at two addresses, at the same moment, in two function processes: it is paid for once,
//! also when the process that asks is killed.

use std::time::Duration;

use cloud::lambda::{FunctionSpec, Functions, InvocationResult, log_events};
use domain::ArticleId;
use runtime::clock;
use tests::process::signal;
use tests::{Options, World};

use crate::path::{event, failures, options};

const PAGE: &str = "<!DOCTYPE html><html lang=\"en\"><head><title>A bridge opens</title></head><body><article>\
    <p>The harbour bridge in Halden opened on Monday, May 4, 2026, after nine years of work, the city said. Four hundred \
    guests crossed it in the first train, a report by the Harbour Post said.</p><p>It cost $4.1 billion, twice what was \
    planned in 2017, and 1,200 people from Berlin and Oslo built it. Ann Cole of Acme Corp. sold 350 parts of it to the \
    city in 2024.</p></article></body></html>";

/// The function's time limit, which the lease outlives by some seconds.
const LIMIT: Duration = Duration::from_secs(5);

/// How long a killed worker's lease may last, with some to spare.
const LEASE_MAX: Duration = Duration::from_secs(20);

async fn world() -> World {
    World::start(Options {
        time_limit: LIMIT,
        ..options()
    })
    .await
}

/// Articles with the same text.
async fn copies(world: &World, count: usize) -> Vec<ArticleId> {
    let mut urls = Vec::new();
    for copy in 0..count {
        let path = format!("/copies/{copy}");
        let page = PAGE.to_owned();
        world.site.publish(&path, "text/html; charset=utf-8", page);
        urls.push(world.site.url(&path));
    }
    world.add(&urls).await
}

async fn deliver(functions: &Functions, article: ArticleId) -> InvocationResult {
    let payload = event(&[article]).to_string();
    functions.invoke(payload.into()).await.result
}

async fn state(world: &World, article: ArticleId) -> String {
    let sql = format!(
        "SELECT concat_ws(' ', state, coalesce(outcome, error_class), attempt, due_at < now() + interval '11 seconds')
           FROM article_work WHERE article_id = {article}"
    );
    world.text(&sql).await
}

#[tokio::test]
async fn two_workers_with_the_same_text_at_the_same_moment_pay_for_it_once() {
    let world = world().await;
    let ids = copies(&world, 2).await;
    world
        .model
        .set_script("delay;ms=1200;times=always".parse().expect("a script"));

    let (first, second) = tokio::join!(
        deliver(&world.article, ids[0]),
        deliver(&world.article, ids[1])
    );

    for result in [&first, &second] {
        assert_eq!(failures(result), Vec::<String>::new());
    }
    assert_eq!(world.article.warm_pids().len(), 2, "two processes");
    assert_eq!(world.model.requests(), 1, "it is paid for once");
    for id in ids {
        assert!(state(&world, id).await.starts_with("done ok 1"));
    }
    let runs = "SELECT string_agg(concat_ws(' ', calls, reused_from IS NOT NULL, facts_kept > 0), ', ' ORDER BY id)
                  FROM extractions";
    assert_eq!(world.text(runs).await, "1 f t, 0 t t");
    assert_eq!(world.text("SELECT sum(calls) FROM llm_ledger").await, "1");
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn the_copies_of_a_killed_worker_wait_for_its_lease_and_no_longer() {
    let world = world().await;
    let ids = copies(&world, 2).await;
    let doomed = Functions::start(one_process(&world), log_events());
    let pid = warm(&world, &doomed).await;
    world
        .model
        .set_script("delay;ms=30000;times=always".parse().expect("a script"));

    let (killed, ()) = tokio::join!(deliver(&doomed, ids[0]), async {
        asked(&world, 1).await;
        assert!(signal(pid, "KILL"), "it was at work");
    });
    let waits = deliver(&world.article, ids[1]).await;
    let requests = world.model.requests();
    let meanwhile = state(&world, ids[1]).await;
    world.model.set_script("".parse().expect("an empty script"));
    lease_ends(&world, ids[0]).await;
    due_now(&world, ids[1]).await;
    let asks = deliver(&world.article, ids[1]).await;
    let reuses = deliver(&world.article, ids[0]).await;

    assert!(
        !matches!(killed, InvocationResult::Success(_)),
        "{killed:?}"
    );
    assert_eq!(
        (meanwhile.as_str(), requests),
        ("retry text_at_work 0 t", 1)
    );
    for result in [&waits, &asks, &reuses] {
        assert_eq!(failures(result), Vec::<String>::new());
    }
    assert_eq!(state(&world, ids[1]).await, "done ok 1 t");
    assert_eq!(state(&world, ids[0]).await, "done ok 2 t");
    assert_eq!(world.model.requests(), 1, "one of them asks");
    assert_eq!(world.text("SELECT count(*) FROM lost_runs").await, "1");
    world.assert_sound().await;
    doomed.stop(Duration::ZERO).await;
    world.stop().await;
}

/// The article function with one process of its own.
fn one_process(world: &World) -> FunctionSpec {
    let spec = world.article.spec().clone();
    FunctionSpec {
        concurrency: 1,
        log: spec.log.with_file_name("doomed.log"),
        ..spec
    }
}

/// Lets the one process work on another text; its number.
async fn warm(world: &World, functions: &Functions) -> u32 {
    let page = PAGE.replace("Halden", "Bergen");
    world
        .site
        .publish("/warm", "text/html; charset=utf-8", page);
    let ids = world.add(&[world.site.url("/warm")]).await;
    deliver(functions, ids[0]).await;
    functions.warm_pids()[0]
}

/// Waits until the model was asked so often.
async fn asked(world: &World, times: u64) {
    let until = clock::now() + LIMIT;
    while world.model.requests() < times {
        assert!(clock::now() < until, "the model is not asked");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn lease_ends(world: &World, article: ArticleId) {
    let ended =
        format!("SELECT lease_until < now() FROM article_work WHERE article_id = {article}");
    let until = clock::now() + LEASE_MAX;
    while world.text(&ended).await != "t" {
        assert!(clock::now() < until, "the lease does not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn due_now(world: &World, article: ArticleId) {
    let sql = format!("UPDATE article_work SET due_at = now() WHERE article_id = {article}");
    world.client.batch_execute(&sql).await.expect("due");
}
