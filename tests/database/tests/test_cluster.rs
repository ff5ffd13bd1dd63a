//! Databases for tests, from the outside.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use std::sync::atomic::{AtomicU32, Ordering};

use database::{TestClusterError, TestDatabase};
use tokio_postgres::{Client, NoTls};

async fn with<T>(url: &str, work: impl AsyncFnOnce(Client) -> T) -> T {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("it answers");
    let (done, closed) = tokio::join!(work(client), connection);
    closed.expect("the connection ends in order");
    done
}

async fn migrate(url: String) -> Result<(), tokio_postgres::Error> {
    with(&url, async |client| {
        client
            .batch_execute("CREATE TABLE things (name text)")
            .await
    })
    .await
}

async fn things(url: &str) -> i64 {
    let count = with(url, async |client| {
        client.query_one("SELECT count(*) FROM things", &[]).await
    });
    count.await.expect("a migrated database").get(0)
}

#[tokio::test]
async fn no_test_sees_what_another_writes() {
    let one = TestDatabase::create("things", migrate).await.expect("one");
    let two = TestDatabase::create("things", migrate).await.expect("two");

    let insert = "INSERT INTO things VALUES ('a')";
    let written = with(one.url(), async |client| client.execute(insert, &[]).await).await;

    assert_eq!(written.expect("an insert"), 1);
    assert_eq!(things(one.url()).await, 1);
    assert_eq!(things(two.url()).await, 0);
}

#[tokio::test]
async fn a_schema_is_migrated_once_for_all_tests() {
    let key = format!("once {:?}", std::time::SystemTime::UNIX_EPOCH.elapsed());
    let migrations = AtomicU32::new(0);
    let counted = |url| {
        migrations.fetch_add(1, Ordering::SeqCst);
        migrate(url)
    };

    let made = tokio::join!(
        TestDatabase::create(&key, counted),
        TestDatabase::create(&key, counted),
        TestDatabase::create(&key, counted),
    );

    let made = [made.0, made.1, made.2].map(|it| it.expect("a database"));
    assert_eq!(things(made[2].url()).await, 0);
    assert_eq!(migrations.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_migration_that_fails_leaves_no_template() {
    let key = format!("fails {:?}", std::time::SystemTime::UNIX_EPOCH.elapsed());
    let fails = async |url: String| {
        with(&url, async |client| {
            client.batch_execute("CREATE NONSENSE").await
        })
        .await
    };

    let failed = TestDatabase::create(&key, fails).await;
    let second = TestDatabase::create(&key, migrate).await;

    assert!(
        matches!(failed, Err(TestClusterError::Migrate(_))),
        "{failed:?}"
    );
    assert_eq!(things(second.expect("migrated now").url()).await, 0);
}

#[tokio::test]
async fn a_database_goes_with_its_test_even_while_it_is_connected() {
    let database = TestDatabase::empty().await.expect("a database");
    let url = database.url().to_owned();
    let (client, connection) = tokio_postgres::connect(&url, NoTls)
        .await
        .expect("it answers");

    drop(database);

    let (answer, _closed) = tokio::join!(client.execute("SELECT 1", &[]), connection);
    assert!(answer.is_err());
    let gone = tokio_postgres::connect(&url, NoTls).await;
    let code = gone.err().and_then(|error| error.code().cloned());
    assert_eq!(
        code,
        Some(tokio_postgres::error::SqlState::UNDEFINED_DATABASE)
    );
}
