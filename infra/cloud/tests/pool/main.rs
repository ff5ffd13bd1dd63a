//! The process pool against real processes that break its rules on command.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::exit,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test, and the process it breaks"
)]

mod child;
mod ends;
mod mapped;
mod serves;
mod starts;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cloud::lambda::{
    FunctionSpec, Functions, Invocation, InvocationResult, PoolEvent, PoolObserver,
};
use runtime::config::Environment;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

/// Longest wait for something that must come; far beyond any healthy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The child of the other tests: without a runner there is nothing to play.
#[test]
#[ignore = "it is the process that the other tests start"]
fn function_process() {
    let environment = Environment::of_process();
    if let Some(manner) = environment.get("MANNER") {
        child::play(manner, &environment);
    }
}

/// A runner of its own, to be killed: it invokes one function that never answers.
#[test]
#[ignore = "it is the runner that another test kills"]
fn runner_process() {
    let environment = Environment::of_process();
    let Some(address) = environment.get("HOME_ADDRESS") else {
        return;
    };
    let log = environment.get("CHILD_LOG").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let functions = Functions::start(spec("serves", log.as_ref(), 1), ignore());
        functions
            .invoke(order(&json!({"do": "call-home", "address": address})))
            .await;
    });
}

fn spec(manner: &str, log: &Path, concurrency: usize) -> FunctionSpec {
    let mut spec = FunctionSpec::new("article", std::env::current_exe().unwrap(), log);
    spec.args = ["--exact", "function_process", "--ignored", "--nocapture"]
        .map(Into::into)
        .to_vec();
    spec.env = vec![("MANNER".to_owned(), manner.to_owned())];
    spec.time_limit = PATIENCE;
    spec.concurrency = concurrency;
    spec
}

fn order(order: &Value) -> Bytes {
    Bytes::from(order.to_string())
}

fn ignore() -> PoolObserver {
    Arc::new(|_, _| {})
}

/// A pool and what it told.
struct World {
    functions: Functions,
    told: Arc<Mutex<Vec<String>>>,
    directory: TempDir,
}

impl World {
    fn new(manner: &str, concurrency: usize) -> Self {
        Self::with(manner, concurrency, |_| {})
    }

    fn with(manner: &str, concurrency: usize, change: impl FnOnce(&mut FunctionSpec)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut spec = spec(manner, &directory.path().join("log"), concurrency);
        change(&mut spec);
        let told = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&told);
        let observer: PoolObserver = Arc::new(move |_, event| {
            hears.lock().unwrap().push(match event {
                PoolEvent::Started { .. } => "started".to_owned(),
                PoolEvent::StartFailed { again, .. } => format!("start failed, again: {again}"),
                PoolEvent::WarmLost(_) => "warm lost".to_owned(),
                PoolEvent::Breach(breach) => format!("{breach:?}"),
                PoolEvent::Finished(invocation) => invocation.result.as_str().to_owned(),
            });
        });
        let functions = Functions::start(spec, observer);
        Self {
            functions,
            told,
            directory,
        }
    }

    async fn invoke(&self, what: Value) -> Invocation {
        let invocation = self.functions.invoke(order(&what));
        tokio::time::timeout(PATIENCE, invocation)
            .await
            .expect("an invocation ends")
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

fn answer(invocation: &Invocation) -> Value {
    match &invocation.result {
        InvocationResult::Success(body) => serde_json::from_slice(body).unwrap(),
        other => panic!("no answer but {other:?}"),
    }
}

/// A process that called home.
async fn greet(home: &TcpListener) -> TcpStream {
    let (mut caller, _) = home.accept().await.unwrap();
    assert_eq!(caller.read_u8().await.unwrap(), b'!');
    caller
}
