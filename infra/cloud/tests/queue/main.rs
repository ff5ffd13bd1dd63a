//! The queue: what Gleaner relies on, through its own client and by hand.
//!
//! In process by default; `GLEANER_TEST_SQS=http://127.0.0.1:PORT` tests another SQS by the same
//! sentences (`tests/tiers/sqs.sh` does).
#![expect(clippy::unwrap_used, reason = "a test")]

mod faults;
mod wire;

use std::time::Duration;

use cloud::sqs::{LocalSqs, SqsOptions};
use domain::{ArticleId, Budget};
use queue::{Queue, Receipt, Received};
use runtime::clock;
use runtime::config::{AwsKeys, Environment, Secret, Sqs};
use serde_json::{Value, json};
use url::Url;

const REGION: &str = "eu-west-1";

/// Long polls that must end early have this long.
const LONG: Duration = Duration::from_secs(15);

fn budget() -> Budget {
    Budget::starting(clock::now(), Duration::from_secs(30))
}

/// A queue of its own with its dead-letter queue, here or elsewhere.
struct World {
    endpoint: Url,
    queue_url: String,
    dead_letter_url: String,
    local: Option<LocalSqs>,
}

impl World {
    async fn new(visibility: Duration, max_receive_count: u32) -> Self {
        let options = SqsOptions {
            visibility,
            max_receive_count,
            region: REGION.to_owned(),
            ..SqsOptions::default()
        };
        match Environment::of_process().get("GLEANER_TEST_SQS") {
            Some(endpoint) => Self::elsewhere(Url::parse(endpoint).unwrap(), &options).await,
            None => Self::here(&options).await,
        }
    }

    async fn here(options: &SqsOptions) -> Self {
        let local = LocalSqs::start(options).await.unwrap();
        Self {
            endpoint: local.endpoint.clone(),
            queue_url: local.queue_url.clone(),
            dead_letter_url: local.dead_letter_url.clone(),
            local: Some(local),
        }
    }

    async fn elsewhere(endpoint: Url, options: &SqsOptions) -> Self {
        let name = format!("test-{:016x}", fastrand::u64(..));
        let dead_letters = json!({"QueueName": format!("{name}-dead-letters")});
        let dead_letter_url = create(&endpoint, &dead_letters).await;
        let question = json!({"QueueUrl": dead_letter_url, "AttributeNames": ["QueueArn"]});
        let (_, answer) = wire::call(&endpoint, "GetQueueAttributes", &question).await;
        let redrive = json!({
            "deadLetterTargetArn": answer["Attributes"]["QueueArn"],
            "maxReceiveCount": options.max_receive_count.to_string(),
        });
        let attributes = json!({
            "VisibilityTimeout": options.visibility.as_secs().to_string(),
            "RedrivePolicy": redrive.to_string(),
        });
        let queue = json!({"QueueName": name, "Attributes": attributes});
        Self {
            queue_url: create(&endpoint, &queue).await,
            dead_letter_url,
            endpoint,
            local: None,
        }
    }

    fn queue(&self) -> Queue {
        self.client(&self.queue_url)
    }

    fn client(&self, queue_url: &str) -> Queue {
        client_at(&self.endpoint, queue_url)
    }

    async fn call(&self, action: &str, request: Value) -> (u16, Value) {
        wire::call(&self.endpoint, action, &request).await
    }

    /// The bodies that wait on the queue.
    async fn bodies(&self) -> Vec<String> {
        let received = self
            .queue()
            .receive(&budget(), 10, Duration::ZERO)
            .await
            .unwrap();
        let mut bodies: Vec<String> = received.into_iter().filter_map(|m| m.body).collect();
        bodies.sort();
        bodies
    }

    async fn end(self) {
        match self.local {
            Some(local) => local.stop().await,
            None => {
                for url in [&self.queue_url, &self.dead_letter_url] {
                    wire::call(&self.endpoint, "DeleteQueue", &json!({"QueueUrl": url})).await;
                }
            }
        }
    }
}

fn client_at(endpoint: &Url, queue_url: &str) -> Queue {
    Queue::new(&Sqs {
        queue_url: queue_url.to_owned(),
        region: REGION.to_owned(),
        endpoint: Some(endpoint.clone()),
        keys: AwsKeys {
            access_key_id: "local".to_owned(),
            secret_access_key: Secret::new("local".to_owned()),
            session_token: None,
        },
    })
}

async fn create(endpoint: &Url, request: &Value) -> String {
    let (status, answer) = wire::call(endpoint, "CreateQueue", request).await;
    assert_eq!(status, 200, "{answer}");
    answer["QueueUrl"].as_str().unwrap().to_owned()
}

fn receipts(received: &[Received]) -> Vec<Receipt> {
    let receipt = |message: &Received| Receipt {
        message_id: message.message_id.clone(),
        receipt_handle: message.receipt_handle.clone(),
    };
    received.iter().map(receipt).collect()
}

/// The error's own name, whatever its namespace.
fn kind(answer: &Value) -> &str {
    let kind = answer["__type"].as_str().unwrap_or("none");
    kind.rsplit(['#', '.']).next().unwrap_or(kind)
}

#[tokio::test]
async fn a_message_is_received_once_and_gone_after_its_deletion() {
    let world = World::new(Duration::from_secs(60), 5).await;
    let queue = world.queue();

    let sent = queue.send(&budget(), &[ArticleId::new(42)]).await;
    let received = queue.receive(&budget(), 10, Duration::ZERO).await.unwrap();
    let hidden = queue.receive(&budget(), 10, Duration::ZERO).await.unwrap();
    let refused = queue.delete(&budget(), &receipts(&received)).await.unwrap();
    let depth = queue.depth(&budget()).await.unwrap();

    assert_eq!(sent.sent, [ArticleId::new(42)]);
    assert_eq!(received.len(), 1);
    assert_eq!(
        received[0].body.as_deref(),
        Some(r#"{"v":1,"article_id":42}"#)
    );
    assert_eq!(received[0].attributes["ApproximateReceiveCount"], "1");
    assert!(received[0].attributes.contains_key("SentTimestamp"));
    assert_eq!(received[0].md5_of_body.as_deref().map(str::len), Some(32));
    assert!(hidden.is_empty() && refused.is_empty());
    assert_eq!(depth.total(), 0);
    world.end().await;
}

#[tokio::test]
async fn a_message_that_nobody_deletes_comes_back_and_counts_its_receptions() {
    let world = World::new(Duration::from_secs(1), 5).await;
    let queue = world.queue();
    queue.send(&budget(), &[ArticleId::new(42)]).await;

    let first = queue.receive(&budget(), 10, LONG).await.unwrap();
    let second = queue.receive(&budget(), 10, LONG).await.unwrap();

    assert_eq!((first.len(), second.len()), (1, 1));
    assert_eq!(first[0].message_id, second[0].message_id);
    assert_ne!(first[0].receipt_handle, second[0].receipt_handle);
    assert_eq!(second[0].attributes["ApproximateReceiveCount"], "2");
    world.end().await;
}

#[tokio::test]
async fn a_message_that_was_received_too_often_is_a_dead_letter() {
    let world = World::new(Duration::ZERO, 2).await;
    let (queue, dead_letters) = (world.queue(), world.client(&world.dead_letter_url));
    queue.send(&budget(), &[ArticleId::new(42)]).await;
    for _ in 0..2 {
        assert_eq!(queue.receive(&budget(), 1, LONG).await.unwrap().len(), 1);
    }

    let third = queue.receive(&budget(), 1, Duration::ZERO).await.unwrap();
    let dead = dead_letters.receive(&budget(), 1, LONG).await.unwrap();

    assert!(third.is_empty(), "{third:?}");
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].body.as_deref(), Some(r#"{"v":1,"article_id":42}"#));
    world.end().await;
}

#[tokio::test]
async fn a_long_poll_ends_when_a_message_comes() {
    let world = World::new(Duration::from_secs(60), 5).await;
    let queue = world.queue();
    let begun = clock::now();

    let waits = async { queue.receive(&budget(), 10, LONG).await.unwrap() };
    // The poll is on its way first: `join` polls it first, and both are then in the server's hands.
    let sends = async { queue.send(&budget(), &[ArticleId::new(42)]).await };
    let (received, _sent) = tokio::join!(waits, sends);

    assert_eq!(received.len(), 1);
    assert!(clock::now() - begun < LONG / 2);
    world.end().await;
}

#[tokio::test]
async fn a_character_that_xml_lacks_is_refused_alone() {
    let world = World::new(Duration::ZERO, 100).await;
    let url = &world.queue_url;

    let one = json!({"QueueUrl": url, "MessageBody": "nul \u{0} byte"});
    let (status, answer) = world.call("SendMessage", one).await;
    let entries = json!([
        {"Id": "good", "MessageBody": "plain \u{1F600} text\n"},
        {"Id": "bad", "MessageBody": "a \u{FFFE} b"},
    ]);
    let batch = json!({"QueueUrl": url, "Entries": entries});
    let (batch_status, batch_answer) = world.call("SendMessageBatch", batch).await;

    assert_eq!(status, 400, "{answer}");
    assert_eq!(batch_status, 200, "{batch_answer}");
    assert_eq!(batch_answer["Successful"][0]["Id"], "good");
    assert_eq!(batch_answer["Failed"][0]["Id"], "bad");
    assert_eq!(batch_answer["Failed"][0]["SenderFault"], true);
    assert_eq!(world.bodies().await, ["plain \u{1F600} text\n"]);
    world.end().await;
}

#[tokio::test]
async fn a_batch_with_only_bad_messages_reports_them_all() {
    let world = World::new(Duration::ZERO, 100).await;
    let entries = json!([
        {"Id": "a", "MessageBody": "\u{1}"},
        {"Id": "b", "MessageBody": "\u{2}"},
    ]);

    let request = json!({"QueueUrl": world.queue_url, "Entries": entries});
    let (status, answer) = world.call("SendMessageBatch", request).await;

    assert_eq!(status, 200);
    assert_eq!(answer["Failed"].as_array().unwrap().len(), 2, "{answer}");
    assert!(world.bodies().await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_batch_over_the_total_size_is_refused_as_a_whole() {
    let world = World::new(Duration::ZERO, 100).await;
    let entry = |id: usize| json!({"Id": id.to_string(), "MessageBody": "x".repeat(200_000)});
    let entries: Vec<Value> = (0..6).map(entry).collect();

    let request = json!({"QueueUrl": world.queue_url, "Entries": entries});
    let (status, answer) = world.call("SendMessageBatch", request).await;

    assert_eq!(
        (status, kind(&answer)),
        (400, "BatchRequestTooLong"),
        "{answer}"
    );
    assert!(world.bodies().await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_malformed_batch_is_refused_as_a_whole() {
    let world = World::new(Duration::ZERO, 100).await;
    let entry = |id: &str| json!({"Id": id, "MessageBody": "text"});
    for (entries, expected) in [
        (vec![], "EmptyBatchRequest"),
        (vec![entry("a"), entry("a")], "BatchEntryIdsNotDistinct"),
        (vec![entry("not allowed")], "InvalidBatchEntryId"),
        (
            (0..11).map(|id| entry(&id.to_string())).collect(),
            "TooManyEntriesInBatchRequest",
        ),
    ] {
        let request = json!({"QueueUrl": world.queue_url, "Entries": entries});

        let (status, answer) = world.call("SendMessageBatch", request).await;

        assert_eq!((status, kind(&answer)), (400, expected), "{answer}");
    }
    assert!(world.bodies().await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_made_up_receipt_handle_is_refused_alone() {
    let world = World::new(Duration::from_secs(60), 100).await;
    let queue = world.queue();
    queue.send(&budget(), &[ArticleId::new(42)]).await;
    let mut both = receipts(&queue.receive(&budget(), 1, LONG).await.unwrap());
    both.push(Receipt {
        message_id: "m".to_owned(),
        receipt_handle: "made-up".to_owned(),
    });

    let single = json!({"QueueUrl": world.queue_url, "ReceiptHandle": "made-up"});
    let (status, answer) = world.call("DeleteMessage", single).await;
    let refused = queue.delete(&budget(), &both).await.unwrap();
    let refused_alone = queue.delete(&budget(), &both[1..]).await.unwrap();

    assert_eq!(status, 400, "{answer}");
    assert_eq!(kind(&answer), "ReceiptHandleIsInvalid");
    assert_eq!(
        (refused, refused_alone),
        (vec!["m".to_owned()], vec!["m".to_owned()])
    );
    assert_eq!(
        queue.depth(&budget()).await.unwrap().total(),
        0,
        "the true one was deleted"
    );
    world.end().await;
}

/// What lets a delete be tried again after an answer that got lost.
#[tokio::test]
async fn a_second_deletion_of_the_same_message_is_no_error() {
    let world = World::new(Duration::from_secs(60), 100).await;
    let queue = world.queue();
    queue.send(&budget(), &[ArticleId::new(42)]).await;
    let receipts = receipts(&queue.receive(&budget(), 1, LONG).await.unwrap());

    let first = queue.delete(&budget(), &receipts).await.unwrap();
    let second = queue.delete(&budget(), &receipts).await.unwrap();

    assert_eq!(receipts.len(), 1);
    assert!(
        first.is_empty() && second.is_empty(),
        "{first:?} {second:?}"
    );
    world.end().await;
}

#[tokio::test]
async fn a_receive_count_may_be_written_as_text() {
    let world = World::new(Duration::ZERO, 100).await;
    let target = json!({"QueueUrl": world.dead_letter_url, "AttributeNames": ["QueueArn"]});
    let (_, answer) = world.call("GetQueueAttributes", target).await;
    let policy = json!({
        "deadLetterTargetArn": answer["Attributes"]["QueueArn"],
        "maxReceiveCount": "1",
    });

    let attributes = json!({"RedrivePolicy": policy.to_string()});
    let request = json!({"QueueUrl": world.queue_url, "Attributes": attributes});
    let (status, answer) = world.call("SetQueueAttributes", request).await;

    assert_eq!(status, 200, "{answer}");
    let queue = world.queue();
    queue.send(&budget(), &[ArticleId::new(42)]).await;
    assert_eq!(queue.receive(&budget(), 1, LONG).await.unwrap().len(), 1);
    assert!(
        queue
            .receive(&budget(), 1, Duration::ZERO)
            .await
            .unwrap()
            .is_empty()
    );
    world.end().await;
}
