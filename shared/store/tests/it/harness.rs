//! A database of its own for each test, empty or migrated, and what tests do to it.

use std::convert::Infallible;
use std::time::Duration;

use database::TestDatabase;
use domain::Budget;
use runtime::clock;
use runtime::config::{Database, DatabaseTls, Secret};
use store::Store;
use tokio_postgres::{Client, NoTls};

/// A connection outside the store: what users and tests do to the tables.
pub(crate) async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connect");
    let mut drivers = tokio::task::JoinSet::new();
    drivers.spawn(connection);
    drivers.detach_all();
    client
}

/// A database of a test's own.
pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) client: Client,
    pub(crate) store: Store,
    _database: TestDatabase,
}

impl World {
    /// An empty database.
    pub(crate) async fn empty() -> Self {
        Self::over(TestDatabase::empty().await.expect("a database")).await
    }

    /// A migrated database.
    pub(crate) async fn migrated() -> Self {
        let key = store::schema_digest();
        let database = TestDatabase::create(&key, async |url| {
            let store = store_at(&url);
            store.migrate(&budget()).await.expect("migrate");
            store.close(&budget()).await;
            Ok::<_, Infallible>(())
        });
        Self::over(database.await.expect("a database")).await
    }

    async fn over(database: TestDatabase) -> Self {
        Self {
            client: client(database.url()).await,
            store: store_at(database.url()),
            url: database.url().to_owned(),
            _database: database,
        }
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.client.batch_execute(sql).await.expect(sql);
    }

    /// The one value of a query, as text.
    pub(crate) async fn text(&self, sql: &str) -> String {
        let rows = self.client.simple_query(sql).await.expect(sql);
        for message in rows {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                return row.get(0).unwrap_or("NULL").to_owned();
            }
        }
        "no row".to_owned()
    }

    /// No promise is broken.
    pub(crate) async fn assert_sound(&self) {
        let violations = self.store.violations(&budget()).await.expect("violations");
        assert_eq!(violations, []);
    }
}

pub(crate) fn store_at(url: &str) -> Store {
    let database = Database {
        secret: None,
        url: Secret::new(url.to_owned()),
        tls: DatabaseTls::Off,
        search_path: Vec::new(),
    };
    Store::new(&database, "store tests").expect("the URL is sound")
}

/// The same database, as another role, whose password is `x`.
pub(crate) fn store_as(url: &str, role: &str) -> Store {
    let (_, server) = url.split_once('@').expect("a login");
    store_at(&format!("postgres://{role}:x@{server}"))
}

pub(crate) fn budget() -> Budget {
    Budget::starting(clock::now(), Duration::from_secs(30))
}
