//! What the local cloud itself costs: an empty function behind the pool alone, and behind queue,
//! mapping and pool together.
//!
//! `cargo run --profile local -p cloud --example overhead -- [INVOCATIONS] [CONCURRENCY]`
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cloud::lambda::{self, FunctionSpec, Functions, InvocationResult};
use cloud::mapping::{self, EventSourceMapping, MappingEvent, MappingOptions, QueueIdentity};
use cloud::sqs::{LocalSqs, SqsOptions};
use domain::{ArticleId, Budget};
use lambda_runtime::{LambdaEvent, service_fn};
use queue::Queue;
use runtime::clock;
use runtime::config::{AwsKeys, Secret, Sqs};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

type Fault = Box<dyn Error + Send + Sync>;

/// The argument that turns this program into the function.
const FUNCTION: &str = "function";

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == FUNCTION) {
        lambda::child::exit_when_orphaned()?;
        let function = service_fn(async |_: LambdaEvent<Value>| Ok::<_, Fault>(json!({})));
        return executor(1)?.block_on(lambda_runtime::run(function));
    }
    let number = |index: usize, default: usize| match arguments.get(index) {
        Some(text) => text.parse(),
        None => Ok(default),
    };
    let (invocations, concurrency) = (number(0, 10_000)?, number(1, 4)?);
    executor(2)?.block_on(async {
        pool(invocations, concurrency).await?;
        stack(invocations, concurrency).await
    })
}

fn executor(threads: usize) -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(threads).enable_all().build()
}

fn functions(concurrency: usize) -> Result<Functions, Fault> {
    let log = std::env::temp_dir().join("gleaner-overhead.log");
    let mut spec = FunctionSpec::new("empty", std::env::current_exe()?, log);
    spec.args = vec![FUNCTION.into()];
    spec.concurrency = concurrency;
    Ok(Functions::start(spec, lambda::log_events()))
}

/// The pool alone, invoked directly.
async fn pool(invocations: usize, concurrency: usize) -> Result<(), Fault> {
    let functions = functions(concurrency)?;
    let payload = Bytes::from_static(br#"{"Records":[]}"#);
    for _ in 0..concurrency {
        succeed(&functions.invoke(payload.clone()).await.result)?;
    }
    let mark = Mark::set();
    let mut callers: JoinSet<Result<(), Fault>> = JoinSet::new();
    for _ in 0..concurrency {
        let (functions, payload) = (functions.clone(), payload.clone());
        callers.spawn(async move {
            for _ in 0..invocations / concurrency {
                succeed(&functions.invoke(payload.clone()).await.result)?;
            }
            Ok(())
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    mark.print("pool", invocations);
    functions.stop(Duration::ZERO).await;
    Ok(())
}

fn succeed(result: &InvocationResult) -> Result<(), Fault> {
    match result {
        InvocationResult::Success(_) => Ok(()),
        other => Err(format!("the empty function did not succeed: {other:?}").into()),
    }
}

/// Queue, mapping and pool.
async fn stack(invocations: usize, concurrency: usize) -> Result<(), Fault> {
    let sqs = LocalSqs::start(&SqsOptions::default()).await?;
    let queue = Queue::new(&Sqs {
        queue_url: sqs.queue_url.clone(),
        region: "eu-west-1".to_owned(),
        endpoint: Some(sqs.endpoint.clone()),
        keys: AwsKeys {
            access_key_id: "local".to_owned(),
            secret_access_key: Secret::new("local".to_owned()),
            session_token: None,
        },
    });
    let functions = functions(concurrency)?;
    let ids: Vec<ArticleId> = (0..).take(invocations).map(ArticleId::new).collect();
    let budget = Budget::starting(clock::now(), Duration::from_secs(60));
    let mark = Mark::set();
    let report = queue.send(&budget, &ids).await;
    mark.print("send", report.sent.len());

    let (done, mut finished) = mpsc::channel(invocations.max(1));
    let observer: mapping::MappingObserver = Arc::new(move |event| {
        if let MappingEvent::Finished { batch_result, .. } = event
            && done
                .try_send(**batch_result == mapping::BatchResult::Done)
                .is_err()
        {
            println!("more batches than messages");
        }
    });
    let identity = QueueIdentity {
        arn: sqs.queue_arn.clone(),
        region: "eu-west-1".to_owned(),
    };
    let options = MappingOptions::new(identity, concurrency);
    let mark = Mark::set();
    let mapping = EventSourceMapping::start(options, queue.clone(), functions.clone(), observer);
    for _ in 0..invocations {
        if finished.recv().await != Some(true) {
            return Err("a batch failed".into());
        }
    }
    mark.print("queue, mapping, pool", invocations);
    mapping.stop(Duration::from_secs(5)).await;
    let budget = Budget::starting(clock::now(), Duration::from_secs(5));
    println!("left on the queue: {}", queue.depth(&budget).await?.total());
    functions.stop(Duration::ZERO).await;
    sqs.stop().await;
    Ok(())
}

/// A moment, and the processor time used until then.
struct Mark {
    at: Instant,
    used: Duration,
}

impl Mark {
    fn set() -> Self {
        Self {
            at: clock::now(),
            used: used(),
        }
    }

    fn print(&self, what: &str, count: usize) {
        let (took, used) = (clock::now() - self.at, used().saturating_sub(self.used));
        let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
        println!(
            "{what}: {:.0}/s, {} µs of processor time in the runner each",
            f64::from(count) / took.as_secs_f64(),
            (used / count).as_micros(),
        );
    }
}

/// Processor time of this process, its children not included.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}
