//! Processing again: readers always see one complete set of facts, and nothing is paid for twice.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tests::{Options, World, pages, world};
use tokio_postgres::NoTls;

use crate::path::options;

/// Another model over the database and the site of a world.
fn beside(world: &World, model: &str) -> Options {
    Options {
        database_url: Some(world.database_url.clone()),
        article_env: vec![
            ("LLM_MODEL".to_owned(), model.to_owned()),
            (
                "FETCH_ALLOW_ADDRS".to_owned(),
                world.site.address().to_string(),
            ),
        ],
        model: stand_in::Options {
            delay: Duration::from_millis(400),
            ..stand_in::Options::default()
        },
        ..options()
    }
}

fn reprocess(world: &World, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_gleaner-under-test"))
        .arg("reprocess")
        .args(arguments)
        .arg("--json")
        .env("DATABASE_URL", &world.database_url)
        .stdin(Stdio::null())
        .output()
        .expect("the command");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Reads the facts of all articles again and again; how often, and how often there was a gap or a
/// mix of two runs.
async fn read(url: String, articles: i64, stop: Arc<AtomicBool>, gaps: Arc<AtomicU64>) -> u64 {
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connect");
    let mut drivers = tokio::task::JoinSet::new();
    drivers.spawn(connection);
    let whole = "SELECT count(*) FROM (
        SELECT f.article_id FROM current_facts f JOIN extractions e ON e.id = f.extraction_id
         GROUP BY f.article_id
        HAVING count(DISTINCT f.extraction_id) = 1 AND count(*) = max(e.facts_kept)) AS whole";
    let mut reads = 0;
    while !stop.load(Ordering::SeqCst) {
        let seen: i64 = client.query_one(whole, &[]).await.expect("read").get(0);
        gaps.fetch_add(u64::from(seen != articles), Ordering::SeqCst);
        reads += 1;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    reads
}

#[tokio::test]
async fn a_reader_never_sees_a_gap_or_a_mix_while_articles_are_processed_again() {
    let mut first = World::start(options()).await;
    first.add(&pages::publish(&first.site, 4)).await;
    first.settle().await;
    let prompt = first
        .text("SELECT max(prompt_version) FROM extractions")
        .await;
    let (stop, gaps) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let mut reader = tokio::task::JoinSet::new();
    let url = first.database_url.clone();
    reader.spawn(read(url, 4, Arc::clone(&stop), Arc::clone(&gaps)));

    let mut second = World::start(beside(&first, "model-two")).await;
    let by_model = reprocess(&first, &["--model", stand_in::MODEL]);
    second.settle().await;
    let mut third = World::start(beside(&first, "model-three")).await;
    let by_prompt = reprocess(&first, &["--prompt-version", &prompt]);
    third.settle().await;
    let partial = "UPDATE extractions e SET status = 'partial' FROM article_work w \
                   WHERE w.extraction_id = e.id AND w.article_id = 1; \
                   UPDATE article_work SET outcome = 'partial' WHERE article_id = 1";
    first
        .client
        .batch_execute(partial)
        .await
        .expect("one is partial");
    let by_status = reprocess(&first, &["--status", "partial"]);
    third.settle().await;
    stop.store(true, Ordering::SeqCst);
    let reads = reader
        .join_next()
        .await
        .expect("a reader")
        .expect("it ends");

    assert_eq!(
        [by_model, by_prompt, by_status],
        [r#"{"due":4}"#, r#"{"due":4}"#, r#"{"due":1}"#].map(str::to_owned)
    );
    assert_eq!(
        (second.model.requests(), third.model.requests()),
        (4, 5),
        "work happened"
    );
    assert!(reads > 100, "{reads} reads");
    assert_eq!(gaps.load(Ordering::SeqCst), 0, "of {reads} reads");
    let models = "SELECT string_agg(DISTINCT e.model_requested, ' ') FROM article_work w \
                  JOIN extractions e ON e.id = w.extraction_id";
    assert_eq!(first.text(models).await, "model-three");
    first.assert_sound().await;
    third.stop().await;
    second.stop().await;
    first.stop().await;
}

#[tokio::test]
async fn the_same_text_prompt_schema_and_model_is_paid_for_once() {
    let mut world = World::start(Options {
        concurrency: 1,
        ..options()
    })
    .await;
    let page = site::PAGES[1];
    for path in ["/one", "/two", "/three"] {
        world
            .site
            .publish(path, page.content_type, page.body.to_vec());
    }
    let urls = ["/one", "/two", "/three"].map(|path| world.site.url(path));
    world.add(&urls).await;
    world.settle().await;
    let first = world.model.requests();

    reprocess(&world, &["--model", stand_in::MODEL]);
    world.settle().await;

    assert_eq!(
        (first, world.model.requests()),
        (1, 1),
        "one call for three articles, twice"
    );
    let facts = "SELECT count(DISTINCT n) || ' ' || count(*) FROM \
                 (SELECT article_id, count(*) AS n FROM current_facts GROUP BY article_id) AS by_article";
    assert_eq!(
        world.text(facts).await,
        "1 3",
        "all three have the same facts"
    );
    let paid = world.text("SELECT sum(calls) FROM llm_cost_by_day").await;
    assert_eq!(paid, "1");
    let spent = world
        .store
        .spent_today(&world::budget())
        .await
        .expect("spent");
    assert_eq!(spent.calls_unpriced, 0);
    world.assert_sound().await;
    world.stop().await;
}
