//! A world of a test's own: database, queue, site, model and both functions.

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use cloud::lambda::{ACCOUNT, FunctionSpec, Functions, InvocationResult, log_events};
use cloud::mapping::{self, EventSourceMapping, MappingOptions, QueueIdentity};
use cloud::sqs::{LocalSqs, SqsOptions};
use database::TestDatabase;
use domain::{ArticleId, Budget};
use queue::Queue;
use runtime::clock;
use runtime::config::{AwsKeys, Database, DatabaseTls, Secret, Sqs};
use serde_json::Value;
use site::Site;
use stand_in::StandIn;
use store::{NewArticle, Progress, Store, Summary};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// How long a test waits for the world to settle before it fails.
const SETTLE_MAX: Duration = Duration::from_secs(90);

/// Region of everything local.
const REGION: &str = "eu-west-1";

/// How a world differs from the usual one.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program that serves the functions, by `function NAME`.
    pub program: PathBuf,
    /// Article processes at once.
    pub concurrency: usize,
    /// The article function's time limit.
    pub time_limit: Duration,
    /// Messages an invocation.
    pub batch_size: u8,
    /// More variables of the article function; they win.
    pub article_env: Vec<(String, String)>,
    /// More variables of the scheduler function; they win.
    pub scheduler_env: Vec<(String, String)>,
    /// How the stand-in behaves.
    pub model: stand_in::Options,
    /// The queue.
    pub sqs: SqsOptions,
    /// A database instead of one of the tests' cluster.
    pub database_url: Option<String>,
}

impl Options {
    /// The usual world around a program.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            concurrency: 2,
            time_limit: Duration::from_secs(30),
            batch_size: 1,
            article_env: Vec::new(),
            scheduler_env: Vec::new(),
            model: stand_in::Options::default(),
            sqs: SqsOptions::default(),
            database_url: None,
        }
    }
}

/// Everything, running. `stop` ends it in order; dropping it ends it at once.
pub struct World {
    /// The verbs.
    pub store: Store,
    /// A connection outside the store: what users do to the tables.
    pub client: Client,
    /// The database's URL.
    pub database_url: String,
    /// Pages.
    pub site: Site,
    /// The model.
    pub model: StandIn,
    /// The queue's two faces.
    pub queue: Queue,
    /// The article function.
    pub article: Functions,
    /// The scheduler function.
    pub scheduler: Functions,
    sqs: LocalSqs,
    mapping: Option<EventSourceMapping>,
    options: Options,
    folder: TempDir,
    _database: Option<TestDatabase>,
}

impl World {
    /// Starts a world. The mapping does not poll until [`World::start_mapping`].
    pub async fn start(options: Options) -> Self {
        let database = match options.database_url {
            Some(_) => None,
            None => Some(migrated().await),
        };
        let own = database.as_ref().map(|database| database.url().to_owned());
        let database_url = options.database_url.clone().or(own).expect("a database");
        let store = store_at(&database_url);
        let site = Site::start().await.expect("a site");
        let any = ([127, 0, 0, 1], 0).into();
        let model = StandIn::start(any, options.model.clone())
            .await
            .expect("a model");
        let sqs = LocalSqs::start(&options.sqs).await.expect("a queue");
        let queue = Queue::new(&sqs_settings(&sqs));
        let folder = tempfile::tempdir().expect("a folder");
        let article = Functions::start(
            spec(
                "article",
                &options,
                &folder,
                article_env(&options, &database_url, &site, &model),
            ),
            log_events(),
        );
        let scheduler = Functions::start(
            spec(
                "scheduler",
                &options,
                &folder,
                scheduler_env(&options, &database_url, &sqs),
            ),
            log_events(),
        );
        let client = client(&database_url).await;
        Self {
            store,
            client,
            database_url,
            site,
            model,
            queue,
            article,
            scheduler,
            sqs,
            mapping: None,
            options,
            folder,
            _database: database,
        }
    }

    /// Starts feeding the article function.
    pub fn start_mapping(&mut self) {
        let identity = QueueIdentity {
            arn: format!("arn:aws:sqs:{REGION}:{ACCOUNT}:articles"),
            region: REGION.to_owned(),
        };
        let options = MappingOptions {
            batch_size: self.options.batch_size,
            wait: Duration::from_secs(1),
            ..MappingOptions::new(identity, self.options.concurrency)
        };
        let (queue, article) = (self.queue.clone(), self.article.clone());
        let mapping = EventSourceMapping::start(options, queue, article, mapping::log_events());
        self.mapping = Some(mapping);
    }

    /// Adds articles by URL.
    pub async fn add(&self, urls: &[String]) -> Vec<ArticleId> {
        let new = urls.iter().map(|url| NewArticle {
            url: url.clone(),
            title: None,
        });
        let new: Vec<NewArticle> = new.collect();
        self.store.add(&budget(), &new).await.expect("add").inserted
    }

    /// Fires the scheduler function once; its summary.
    pub async fn schedule(&self) -> Value {
        let event = Bytes::from_static(br#"{"source":"aws.scheduler"}"#);
        match self.scheduler.invoke(event).await.result {
            InvocationResult::Success(body) => serde_json::from_slice(&body).expect("a summary"),
            other => Value::String(format!("{other:?}")),
        }
    }

    /// Invokes the article function with an event; what it answered.
    pub async fn invoke(&self, event: &Value) -> InvocationResult {
        let payload = Bytes::from(event.to_string());
        self.article.invoke(payload).await.result
    }

    /// Fires the scheduler and waits until nothing is due and nothing is at work.
    pub async fn settle(&mut self) -> Progress {
        if self.mapping.is_none() {
            self.start_mapping();
        }
        let until = clock::now() + SETTLE_MAX;
        self.schedule().await;
        loop {
            let progress = self.store.progress(&budget()).await.expect("progress");
            if progress.due + progress.queued + progress.running == 0 {
                return progress;
            }
            assert!(
                clock::now() < until,
                "the world did not settle: {progress:?}"
            );
            if progress.due > 0 {
                self.schedule().await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What became of every article.
    pub async fn summaries(&self) -> Vec<Summary> {
        self.store
            .summaries(&budget(), None, 100_000)
            .await
            .expect("summaries")
    }

    /// The one value of a query, as text.
    pub async fn text(&self, sql: &str) -> String {
        for message in self.client.simple_query(sql).await.expect(sql) {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
                return row.get(0).unwrap_or("NULL").to_owned();
            }
        }
        "no row".to_owned()
    }

    /// What a function has logged so far.
    #[must_use]
    pub fn log(&self, function: &str) -> String {
        let path = self.folder.path().join(format!("{function}.log"));
        match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_not_started) => String::new(),
        }
    }

    /// No promise is broken.
    pub async fn assert_sound(&self) {
        let violations = self.store.violations(&budget()).await.expect("violations");
        assert_eq!(violations, [], "invariants");
    }

    /// Ends everything in order.
    pub async fn stop(mut self) {
        if let Some(mapping) = self.mapping.take() {
            mapping.stop(Duration::from_secs(5)).await;
        }
        self.article.stop(Duration::ZERO).await;
        self.scheduler.stop(Duration::ZERO).await;
        self.model.stop().await;
        self.site.stop().await;
        self.sqs.stop().await;
    }
}

/// A budget for a test's own statements.
#[must_use]
pub fn budget() -> Budget {
    Budget::starting(clock::now(), Duration::from_secs(30))
}

/// A copy of the migrated template.
pub async fn migrated() -> TestDatabase {
    let key = store::schema_digest();
    let database = TestDatabase::create(&key, async |url| {
        let store = store_at(&url);
        store.migrate(&budget()).await.expect("migrate");
        store.close(&budget()).await;
        Ok::<_, Infallible>(())
    });
    database.await.expect("a database")
}

/// The verbs of the database at a URL.
#[must_use]
pub fn store_at(url: &str) -> Store {
    let settings = Database {
        secret: None,
        url: Secret::new(url.to_owned()),
        tls: DatabaseTls::Off,
        search_path: Vec::new(),
    };
    Store::new(&settings, "gleaner-tests").expect("a store")
}

/// A connection outside the store.
pub async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connect");
    let mut drivers = tokio::task::JoinSet::new();
    drivers.spawn(connection);
    drivers.detach_all();
    client
}

fn sqs_settings(sqs: &LocalSqs) -> Sqs {
    Sqs {
        queue_url: sqs.queue_url.clone(),
        region: REGION.to_owned(),
        endpoint: Some(sqs.endpoint.clone()),
        keys: AwsKeys {
            access_key_id: "local".to_owned(),
            secret_access_key: Secret::new("local".to_owned()),
            session_token: None,
        },
    }
}

fn spec(
    name: &str,
    options: &Options,
    folder: &TempDir,
    env: Vec<(String, String)>,
) -> FunctionSpec {
    let log = folder.path().join(format!("{name}.log"));
    FunctionSpec {
        args: vec!["function".into(), name.into()],
        env,
        time_limit: if name == "article" {
            options.time_limit
        } else {
            Duration::from_secs(60)
        },
        memory_mb: 512,
        concurrency: if name == "article" {
            options.concurrency
        } else {
            1
        },
        ..FunctionSpec::new(name, &options.program, log)
    }
}

fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn article_env(
    options: &Options,
    database_url: &str,
    site: &Site,
    model: &StandIn,
) -> Vec<(String, String)> {
    let usual = vec![
        pair("DATABASE_URL", database_url),
        pair("FETCH_ALLOW_ADDRS", site.address().to_string()),
        pair("LLM_BASE_URL", model.base_url()),
        pair("LLM_MODEL", stand_in::MODEL),
    ];
    with(usual, &options.article_env)
}

fn scheduler_env(options: &Options, database_url: &str, sqs: &LocalSqs) -> Vec<(String, String)> {
    let usual = vec![
        pair("DATABASE_URL", database_url),
        pair("QUEUE_URL", sqs.queue_url.clone()),
        pair("AWS_ENDPOINT_URL_SQS", sqs.endpoint.to_string()),
        pair("AWS_REGION", REGION),
        pair("AWS_ACCESS_KEY_ID", "local"),
        pair("AWS_SECRET_ACCESS_KEY", "local"),
    ];
    with(usual, &options.scheduler_env)
}

/// The usual variables, those that a test sets in place of theirs.
fn with(mut usual: Vec<(String, String)>, own: &[(String, String)]) -> Vec<(String, String)> {
    usual.retain(|(name, _)| !own.iter().any(|(theirs, _)| theirs == name));
    usual.extend(own.iter().cloned());
    usual
}
