//! The mapping between a scripted queue and a scripted function.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use proptest::prelude::*;
use queue::{QueueError, Receipt, Received};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::*;
use crate::lambda::Invocation;
use crate::lambda::InvocationResult;

/// Far beyond anything the tests wait for; their clock is paused.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// A queue that plays what the test put in.
#[derive(Clone, Default)]
struct Script(Arc<ScriptState>);

#[derive(Default)]
struct ScriptState {
    inbox: Mutex<VecDeque<Received>>,
    asked: Mutex<Vec<u8>>,
    /// Gives this many more messages than it is asked for.
    surplus: u8,
    receive_faults: AtomicU32,
    delete_faults: AtomicU32,
    delete_calls: AtomicU32,
    received: AtomicUsize,
    deleted: watch::Sender<Vec<String>>,
}

impl Script {
    fn holding(count: usize) -> Self {
        let state = ScriptState {
            inbox: Mutex::new((0..count).map(message).collect()),
            ..ScriptState::default()
        };
        Self(Arc::new(state))
    }

    fn deleted(&self) -> BTreeSet<String> {
        self.0.deleted.borrow().iter().cloned().collect()
    }

    async fn until_deleted(&self, count: usize) {
        let mut deleted = self.0.deleted.subscribe();
        let seen = deleted.wait_for(|deleted| deleted.len() >= count);
        let budget = Budget::starting(clock::now(), PATIENCE);
        within(Step::Idle, &budget, seen).await.unwrap().unwrap();
    }
}

fn message(number: usize) -> Received {
    Received {
        message_id: format!("m{number}"),
        receipt_handle: format!("r{number}"),
        body: Some(number.to_string()),
        ..Received::default()
    }
}

fn refusal(action: &'static str) -> QueueError {
    QueueError::Refused {
        action,
        status: 500,
        code: "InternalError".to_owned(),
    }
}

/// Takes one off a counter; false if there is none left.
fn spend(counter: &AtomicU32) -> bool {
    let spent = counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
        left.checked_sub(1)
    });
    spent.is_ok()
}

impl Source for Script {
    async fn receive(&self, max: u8, wait: Duration) -> Result<Vec<Received>, QueueError> {
        let state = &*self.0;
        state.asked.lock().unwrap().push(max);
        if spend(&state.receive_faults) {
            return Err(refusal("receive from"));
        }
        let given = {
            let mut inbox = state.inbox.lock().unwrap();
            let count = usize::from(max + state.surplus).min(inbox.len());
            inbox.drain(..count).collect::<Vec<_>>()
        };
        if given.is_empty() {
            tokio::time::sleep(wait).await;
        }
        state.received.fetch_add(given.len(), Ordering::SeqCst);
        Ok(given)
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<String>, QueueError> {
        assert!(receipts.len() <= 10);
        self.0.delete_calls.fetch_add(1, Ordering::SeqCst);
        if spend(&self.0.delete_faults) {
            return Err(refusal("delete from"));
        }
        let ids = receipts.iter().map(|receipt| receipt.message_id.clone());
        self.0.deleted.send_modify(|deleted| deleted.extend(ids));
        Ok(Vec::new())
    }
}

type Answer = dyn Fn(&[String]) -> InvocationResult + Send + Sync;

/// A function that answers what the test decides, one virtual second later.
#[derive(Clone)]
struct Function {
    answer: Arc<Answer>,
    time: Duration,
    begun: Arc<AtomicUsize>,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
}

impl Function {
    fn answering(answer: impl Fn(&[String]) -> InvocationResult + Send + Sync + 'static) -> Self {
        Self {
            answer: Arc::new(answer),
            time: Duration::from_secs(1),
            begun: Arc::default(),
            running: Arc::default(),
            most: Arc::default(),
            ended: Arc::default(),
        }
    }

    fn content() -> Self {
        Self::answering(|_| InvocationResult::Success(Bytes::from_static(b"{}")))
    }

    fn taking(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }
}

impl Target for Function {
    async fn invoke(&self, payload: Bytes) -> Invocation {
        let event: Value = serde_json::from_slice(&payload).unwrap();
        let records = event["Records"].as_array().unwrap();
        let ids: Vec<String> = records
            .iter()
            .map(|record| record["messageId"].as_str().unwrap().to_owned())
            .collect();
        self.begun.fetch_add(1, Ordering::SeqCst);
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        tokio::time::sleep(self.time).await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        self.ended.fetch_add(1, Ordering::SeqCst);
        Invocation {
            request_id: "r".to_owned(),
            result: (self.answer)(&ids),
            duration: self.time,
            cold: false,
        }
    }
}

type Told = Arc<Mutex<Vec<String>>>;

fn options(batch_size: u8, maximum_concurrency: usize) -> MappingOptions {
    let queue = QueueIdentity {
        arn: "arn:aws:sqs:eu-west-1:123456789012:articles".to_owned(),
        region: "eu-west-1".to_owned(),
    };
    MappingOptions {
        batch_size,
        ..MappingOptions::new(queue, maximum_concurrency)
    }
}

fn start(
    options: MappingOptions,
    queue: &Script,
    function: &Function,
) -> (EventSourceMapping, Told) {
    let told = Told::default();
    let hears = Arc::clone(&told);
    let observer: MappingObserver = Arc::new(move |event| {
        hears.lock().unwrap().push(match event {
            MappingEvent::Finished { batch_result, .. } => format!("{batch_result:?}"),
            MappingEvent::ReceiveFailed { in_a_row, .. } => format!("receive failed {in_a_row}"),
            MappingEvent::NotDeleted { message_ids, .. } => format!("not deleted {message_ids:?}"),
        });
    });
    (
        EventSourceMapping::start(options, queue.clone(), function.clone(), observer),
        told,
    )
}

#[tokio::test(start_paused = true)]
async fn no_more_is_received_than_there_are_free_slots() {
    let queue = Script::holding(50);
    let function = Function::content();
    let (mapping, _told) = start(options(1, 3), &queue, &function);

    queue.until_deleted(50).await;

    mapping.stop(PATIENCE).await;
    assert_eq!(
        function.most.load(Ordering::SeqCst),
        3,
        "the slots were busy, and no more"
    );
    assert!(queue.0.asked.lock().unwrap().iter().all(|max| *max <= 3));
    assert_eq!(queue.deleted().len(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_full_house_receives_nothing() {
    let queue = Script::holding(10);
    let function = Function::content().taking(PATIENCE * 2);
    let (mapping, _told) = start(options(1, 4), &queue, &function);

    tokio::time::sleep(PATIENCE).await;

    assert_eq!(queue.0.received.load(Ordering::SeqCst), 4);
    mapping.stop(Duration::ZERO).await;
}

#[tokio::test(start_paused = true)]
async fn batches_are_as_large_as_allowed_and_one_slot_each() {
    let queue = Script::holding(25);
    let function = Function::content();
    let (mapping, _told) = start(options(10, 2), &queue, &function);

    queue.until_deleted(25).await;

    mapping.stop(PATIENCE).await;
    assert_eq!(function.begun.load(Ordering::SeqCst), 3);
    assert_eq!(function.most.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_gives_more_than_asked_still_meets_the_concurrency() {
    let queue = Script(Arc::new(ScriptState {
        inbox: Mutex::new((0..30).map(message).collect()),
        surplus: 5,
        ..ScriptState::default()
    }));
    let function = Function::content();
    let (mapping, _told) = start(options(1, 2), &queue, &function);

    queue.until_deleted(30).await;

    mapping.stop(PATIENCE).await;
    assert_eq!(function.most.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_batch_is_left_on_the_queue() {
    let queue = Script::holding(3);
    let function = Function::answering(|_| InvocationResult::TimedOut);
    let (mapping, told) = start(options(1, 3), &queue, &function);

    tokio::time::sleep(PATIENCE).await;
    mapping.stop(PATIENCE).await;

    assert_eq!(function.ended.load(Ordering::SeqCst), 3);
    assert_eq!(queue.0.delete_calls.load(Ordering::SeqCst), 0);
    assert_eq!(
        *told.lock().unwrap(),
        [r#"Failed(Invocation("timed_out"))"#; 3]
    );
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_fails_is_asked_again_after_growing_waits() {
    let queue = Script::holding(1);
    queue.0.receive_faults.store(5, Ordering::SeqCst);
    let function = Function::content();
    let begun = clock::now();
    let one_poller = MappingOptions {
        pollers: 1,
        ..options(1, 1)
    };
    let (mapping, told) = start(one_poller, &queue, &function);

    queue.until_deleted(1).await;

    // 100 + 200 + 400 + 800 + 1600 ms, and the function's second.
    let waited = clock::now() - begun;
    assert!((4_100..4_200).contains(&waited.as_millis()), "{waited:?}");
    assert_eq!(told.lock().unwrap()[4], "receive failed 5");
    mapping.stop(PATIENCE).await;
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_fails_is_tried_three_times_and_then_told() {
    for (faults, deleted) in [(2, true), (3, false)] {
        let queue = Script::holding(1);
        queue.0.delete_faults.store(faults, Ordering::SeqCst);
        let (mapping, told) = start(options(1, 1), &queue, &Function::content());

        tokio::time::sleep(PATIENCE).await;
        mapping.stop(PATIENCE).await;

        assert_eq!(queue.0.delete_calls.load(Ordering::SeqCst), 3);
        assert_eq!(queue.deleted().len(), usize::from(deleted));
        let told_so = told
            .lock()
            .unwrap()
            .contains(&r#"not deleted ["m0"]"#.to_owned());
        assert_eq!(told_so, !deleted);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_what_is_in_flight_and_deletes_it() {
    let queue = Script::holding(10);
    let function = Function::content().taking(Duration::from_secs(50));
    let (mapping, _told) = start(options(1, 4), &queue, &function);
    tokio::time::sleep(Duration::from_secs(1)).await;

    mapping.stop(Duration::from_secs(60)).await;

    assert_eq!(function.begun.load(Ordering::SeqCst), 4);
    assert_eq!(queue.deleted().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_stop_drops_what_outlasts_the_drain_and_deletes_nothing_of_it() {
    let queue = Script::holding(10);
    let function = Function::content().taking(PATIENCE);
    let (mapping, _told) = start(options(1, 4), &queue, &function);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begun = clock::now();

    mapping.stop(Duration::from_secs(60)).await;

    assert_eq!((clock::now() - begun).as_secs(), 60);
    assert_eq!(function.begun.load(Ordering::SeqCst), 4);
    assert_eq!(function.ended.load(Ordering::SeqCst), 0);
    assert!(queue.deleted().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn over_any_backlog_just_what_was_not_reported_as_failed_is_deleted(
        count in 0..60_usize,
        batch_size in 1..=10_u8,
        concurrency in 1..8_usize,
        pollers in 1..4_usize,
        failing in proptest::collection::btree_set(0..60_usize, 0..20),
    ) {
        let failing: BTreeSet<String> = failing.iter().map(|number| format!("m{number}")).collect();
        let reported = failing.clone();
        let function = Function::answering(move |ids| {
            let failures: Vec<Value> = ids
                .iter()
                .filter(|id| reported.contains(*id))
                .map(|id| json!({"itemIdentifier": id}))
                .collect();
            InvocationResult::Success(json!({"batchItemFailures": failures}).to_string().into())
        });
        let queue = Script::holding(count);
        let all: BTreeSet<String> = (0..count).map(|number| format!("m{number}")).collect();
        let options = MappingOptions { pollers, ..options(batch_size, concurrency) };
        let paused = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();

        paused.block_on(async {
            let (mapping, _told) = start(options, &queue, &function);
            tokio::time::sleep(PATIENCE).await;
            mapping.stop(PATIENCE).await;
        });

        let expected: BTreeSet<String> = all.difference(&failing).cloned().collect();
        prop_assert_eq!(queue.0.received.load(Ordering::SeqCst), count);
        prop_assert!(function.most.load(Ordering::SeqCst) <= concurrency);
        prop_assert_eq!(queue.deleted(), expected);
    }
}
