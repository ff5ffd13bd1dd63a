//! `gleaner run` on a database that goes away and comes back, and after a run that was killed.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runtime::clock;
use site::Site;
use tests::process::signal;
use tests::proxy::{Fault, Proxy};
use tests::{Folder, pages, world};
use tokio_postgres::{Client, NoTls};
use url::Url;

const PROGRAM: &str = env!("CARGO_BIN_EXE_gleaner-under-test");

/// A run that was killed is over within this; its leases last two minutes.
const AT_ONCE: Duration = Duration::from_secs(60);

fn gleaner(folder: &Folder, arguments: &[&str], url: &str, site: &Site) -> Command {
    let mut command = folder.command(PROGRAM, arguments);
    command
        .env("DATABASE_URL", url)
        .env("FETCH_ALLOW_ADDRS", site.address().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

fn end(run: Child) -> (bool, String) {
    let output = tokio::task::block_in_place(|| run.wait_with_output()).expect("its end");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connect");
    let mut drivers = tokio::task::JoinSet::new();
    drivers.spawn(connection);
    drivers.detach_all();
    client
}

/// Waits until a query gives at least so many.
async fn until(client: &Client, sql: &str, least: i64) {
    let late = clock::now() + Duration::from_secs(90);
    loop {
        let number: i64 = client.query_one(sql, &[]).await.expect(sql).get(0);
        if number >= least {
            return;
        }
        assert!(clock::now() < late, "{number} of {least}: {sql}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_outlives_its_database_with_a_word_and_fails_nobody() {
    let database = world::migrated().await;
    let mut url = Url::parse(database.url()).expect("a URL");
    let target: SocketAddr = url.socket_addrs(|| None).expect("an address")[0];
    let mut proxy = Proxy::start(target).expect("a port");
    url.set_port(Some(proxy.address().port())).expect("a host");
    let site = Site::start().await.expect("a site");
    let folder = Folder::new();
    let mut arguments = vec!["run", "--delay", "1s"];
    let urls = pages::publish(&site, 12);
    arguments.extend(urls.iter().map(String::as_str));
    let watching = client(database.url()).await;

    let run = gleaner(&folder, &arguments, url.as_str(), &site)
        .spawn()
        .expect("a run");
    until(
        &watching,
        "SELECT count(*) FROM article_work WHERE state = 'running'",
        1,
    )
    .await;
    proxy.set(Fault::Refuse).await.expect("the port");
    tokio::time::sleep(Duration::from_secs(3)).await;
    proxy.set(Fault::None).await.expect("the port");
    let (_, said) = end(run);

    assert!(said.contains("the database: "), "no word of it: {said}");
    assert!(!said.contains("error:"), "{said}");
    // what was with a worker when the database went may wait for its lease
    let sound = "SELECT count(*) FROM article_work WHERE outcome = 'ok' OR (state <> 'failed' AND attempt <= 1)";
    until(&watching, sound, 12).await;
    proxy.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_run_that_was_killed_the_next_one_starts_at_once() {
    let database = world::migrated().await;
    let site = Site::start().await.expect("a site");
    let folder = Folder::new();
    let mut arguments = vec!["run", "--delay", "30s", "--concurrency", "2"];
    let urls = pages::publish(&site, 6);
    arguments.extend(urls.iter().map(String::as_str));
    let watching = client(database.url()).await;
    let run = gleaner(&folder, &arguments, database.url(), &site)
        .spawn()
        .expect("a run");
    until(
        &watching,
        "SELECT count(*) FROM extractions WHERE status = 'started'",
        2,
    )
    .await;
    until(
        &watching,
        "SELECT count(*) FROM article_work WHERE state = 'queued'",
        1,
    )
    .await;

    assert!(signal(run.id(), "KILL"));
    let (succeeded, _) = end(run);
    let started = clock::now();
    let again = gleaner(&folder, &["run"], database.url(), &site)
        .spawn()
        .expect("a run");
    let (_, said) = end(again);

    assert!(!succeeded, "it was killed");
    let took = clock::now() - started;
    assert!(took < AT_ONCE, "{took:?}: {said}");
    until(
        &watching,
        "SELECT count(*) FROM article_work WHERE outcome = 'ok'",
        6,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_empty_table_is_left_empty_unless_samples_are_asked_for() {
    let database = world::migrated().await;
    let site = Site::start().await.expect("a site");
    let folder = Folder::new();
    let watching = client(database.url()).await;

    let run = gleaner(&folder, &["run"], database.url(), &site)
        .spawn()
        .expect("a run");
    let (_, said) = end(run);
    let rows: i64 = watching
        .query_one("SELECT count(*) FROM articles", &[])
        .await
        .expect("a count")
        .get(0);

    assert_eq!(rows, 0, "{said}");
    assert!(said.contains("--samples"), "{said}");
}
