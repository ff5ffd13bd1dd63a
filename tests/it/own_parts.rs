//! `gleaner run` with the user's own parts: their pages, their database, their queue, their model.

use std::io::Write as _;
use std::process::{Output, Stdio};

use cloud::sqs::{LocalSqs, SqsOptions};
use database::TestDatabase;
use serde_json::Value;
use site::Site;
use stand_in::StandIn;
use tests::{Folder, pages};
use tokio_postgres::{Client, NoTls};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gleaner-under-test");

/// Runs the command to its end; what it reads on standard input, and which variables it has besides.
fn run(folder: &Folder, arguments: &[&str], input: &str, variables: &[(&str, &str)]) -> Output {
    tokio::task::block_in_place(|| {
        let mut child = folder
            .command(PROGRAM, arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command");
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).expect("a reader");
        drop(stdin);
        child.wait_with_output().expect("its end")
    })
}

/// The summary, the last line of `--json`.
fn summary(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stdout);
    let last = told.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connect");
    let mut drivers = tokio::task::JoinSet::new();
    drivers.spawn(connection);
    drivers.detach_all();
    client
}

async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.expect(sql).get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_from_arguments_a_file_and_standard_input_are_all_worked_off() {
    let site = Site::start().await.expect("a site");
    let allowed = site.address().to_string();
    let allowed = [("FETCH_ALLOW_ADDRS", allowed.as_str())];
    let urls = pages::publish(&site, 4);
    let folder = Folder::new();
    let list = format!("# two of them\n\n{}\n{}\n", urls[1], urls[2]);
    std::fs::write(folder.path().join("urls.txt"), list).expect("a file");

    let arguments = ["run", "--json", "--file", "urls.txt", urls[0].as_str()];
    let first = run(&folder, &arguments, "", &allowed);
    let again = run(
        &folder,
        &["run", "--json", "-"],
        &format!("{}\n{}\n", urls[0], urls[3]),
        &allowed,
    );

    assert!(first.status.success(), "{first:?}");
    assert_eq!(summary(&first)["states"]["done"], 3, "{first:?}");
    assert_eq!(summary(&first)["articles"], 3, "{first:?}");
    assert!(again.status.success(), "{again:?}");
    assert_eq!(
        summary(&again)["states"]["done"],
        4,
        "no samples beside one's own pages: {again:?}"
    );
    assert_eq!(
        summary(&again)["articles"],
        1,
        "a known page is not fetched again: {again:?}"
    );
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_run_works_off_what_is_due_in_the_users_own_table_and_adds_no_samples() {
    let site = Site::start().await.expect("a site");
    let allowed = site.address().to_string();
    let database = TestDatabase::empty().await.expect("a database");
    let client = client(database.url()).await;
    let table = "CREATE TABLE articles (id serial PRIMARY KEY, url varchar, title varchar, processed_at timestamp)";
    client.batch_execute(table).await.expect("the old table");
    let sql = "INSERT INTO articles (url, processed_at) VALUES ($1, NULL), ($2, NULL), ($3, now())";
    let urls = pages::publish(&site, 3);
    client
        .execute(sql, &[&urls[0], &urls[1], &urls[2]])
        .await
        .expect("three rows");
    let folder = Folder::new();

    let ran = run(
        &folder,
        &["run", "--json"],
        "",
        &[
            ("DATABASE_URL", database.url()),
            ("FETCH_ALLOW_ADDRS", &allowed),
        ],
    );

    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(summary(&ran)["articles"], 2, "{ran:?}");
    assert_eq!(number(&client, "SELECT count(*) FROM articles").await, 3);
    assert_eq!(
        number(
            &client,
            "SELECT count(*) FROM articles WHERE processed_at IS NULL"
        )
        .await,
        0
    );
    let facts = "SELECT count(DISTINCT article_id) FROM current_facts";
    assert_eq!(
        number(&client, facts).await,
        2,
        "the third was done by the old script"
    );
    assert!(
        !folder.path().join(".gleaner/postgres").exists(),
        "a database of ours was made"
    );
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_and_a_model_of_the_users_own_are_the_ones_that_are_used() {
    let any = ([127, 0, 0, 1], 0).into();
    let sqs = LocalSqs::start(&SqsOptions::default())
        .await
        .expect("a queue");
    let model = StandIn::start(any, stand_in::Options::default())
        .await
        .expect("a model");
    let folder = Folder::new();

    let ran = run(
        &folder,
        &["run", "--json"],
        "",
        &[
            ("QUEUE_URL", &sqs.queue_url),
            ("AWS_ENDPOINT_URL_SQS", sqs.endpoint.as_str()),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "theirs"),
            ("AWS_SECRET_ACCESS_KEY", "theirs"),
            ("LLM_BASE_URL", &model.base_url()),
            ("LLM_MODEL", stand_in::MODEL),
        ],
    );

    assert!(ran.status.success(), "{ran:?}");
    let told = summary(&ran);
    assert_eq!(told["states"]["done"], 10, "{told}");
    assert_eq!(told["stand_in"], false, "a model of one's own: {told}");
    assert!(model.requests() >= 10, "{}", model.requests());
    model.stop().await;
    sqs.stop().await;
}
