//! docs/deploy.md is true: its SQL gives the functions' role what they need, and the migrate function
//! makes the schema that they work on.

use std::time::Duration;

use bytes::Bytes;
use cloud::lambda::{FunctionSpec, Functions, InvocationResult, log_events};
use database::TestDatabase;
use serde_json::Value;
use tests::{Options, World, pages};
use url::Url;

use crate::path::options;

const DOCS: &str = include_str!("../../docs/deploy.md");

/// The statements of the one SQL block, for another role than the cluster's own.
fn grants(role: &str) -> String {
    let (_, rest) = DOCS.split_once("```sql\n").expect("SQL");
    let (sql, _) = rest.split_once("```").expect("its end");
    assert!(sql.lines().count() <= 12, "{sql}");
    let renamed = sql.replace("ROLE gleaner ", &format!("ROLE {role} "));
    renamed.replace("TO gleaner;", &format!("TO {role};"))
}

#[tokio::test]
async fn the_role_of_the_docs_can_do_all_that_the_functions_do_and_no_more() {
    const ROLE: &str = "role_of_the_docs";
    let first = World::start(options()).await;
    let sql = async |text: &str| first.client.batch_execute(text).await;
    sql(&format!("DROP ROLE IF EXISTS {ROLE}"))
        .await
        .expect("none is left");
    sql(&grants(ROLE)).await.expect("the SQL of the docs");
    let mut url = Url::parse(&first.database_url).expect("a URL");
    url.set_username(ROLE).expect("a user");
    url.set_password(Some("change-me")).expect("a password");
    let login = ("DATABASE_URL".to_owned(), url.to_string());
    let site = first.site.address().to_string();
    let mut world = World::start(Options {
        database_url: Some(first.database_url.clone()),
        article_env: vec![login.clone(), ("FETCH_ALLOW_ADDRS".to_owned(), site)],
        scheduler_env: vec![login],
        ..options()
    })
    .await;
    let mut urls = pages::publish(&first.site, 2);
    urls.push(first.site.url("/fault/status?code=404"));

    world.add(&urls).await;
    let progress = Box::pin(world.settle()).await;

    assert_eq!(progress.due, 0, "{progress:?}");
    let states = "SELECT string_agg(state, ' ' ORDER BY article_id) FROM article_work";
    let logs = world.log("article") + &world.log("scheduler");
    assert_eq!(world.text(states).await, "done done failed", "{logs}");
    assert!(!logs.contains("permission denied"), "{logs}");
    for forbidden in [
        "DELETE FROM articles",
        "INSERT INTO articles (url) VALUES ('x')",
        "UPDATE articles SET url = ''",
    ] {
        let refused = sql(&format!("SET ROLE {ROLE}; {forbidden}")).await;
        sql("RESET ROLE").await.expect("the own role again");
        assert!(refused.is_err(), "{forbidden}");
    }
    world.stop().await;
    sql(&format!("DROP OWNED BY {ROLE}; DROP ROLE {ROLE}"))
        .await
        .expect("gone");
    first.stop().await;
}

#[tokio::test]
async fn the_migrate_function_makes_the_schema_and_has_nothing_to_do_the_second_time() {
    let empty = TestDatabase::create("empty", async |_url| Ok::<_, std::convert::Infallible>(()));
    let empty = empty.await.expect("a database");
    let folder = tempfile::tempdir().expect("a folder");
    let program = env!("CARGO_BIN_EXE_gleaner-under-test");
    let spec = FunctionSpec {
        args: vec!["function".into(), "migrate".into()],
        env: vec![("DATABASE_URL".to_owned(), empty.url().to_owned())],
        time_limit: Duration::from_secs(60),
        concurrency: 1,
        ..FunctionSpec::new("migrate", program, folder.path().join("migrate.log"))
    };
    let function = Functions::start(spec, log_events());
    let migrate = async || match function.invoke(Bytes::from_static(b"{}")).await.result {
        InvocationResult::Success(body) => serde_json::from_slice::<Value>(&body).expect("JSON"),
        other => panic!("{other:?}"),
    };

    let first = migrate().await;
    let second = migrate().await;

    let applied = first["applied"].as_array().map(Vec::len);
    assert!(applied.is_some_and(|count| count > 20), "{first}");
    assert_eq!(
        second["applied"].as_array().map(Vec::len),
        Some(0),
        "{second}"
    );
    function.stop(Duration::ZERO).await;
}
