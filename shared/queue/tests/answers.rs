//! The queue against an endpoint that answers by script: what it does not say is done is not done.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::{ArticleId, Budget};
use queue::{Queue, QueueError, Receipt};
use runtime::clock;
use runtime::config::{AwsKeys, Secret, Sqs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// An endpoint that gives every request the same answer.
struct Endpoint {
    queue: Queue,
    asked: Arc<AtomicUsize>,
    _serving: JoinSet<Infallible>,
}

impl Endpoint {
    async fn answering(body: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                connections.spawn(answer(stream, body, Arc::clone(&counted)));
            }
        });
        let queue = Queue::new(&Sqs {
            queue_url: format!("http://{address}/000000000000/articles"),
            region: "eu-west-1".to_owned(),
            endpoint: Some(format!("http://{address}").parse().expect("a URL")),
            keys: AwsKeys {
                access_key_id: "local".to_owned(),
                secret_access_key: Secret::new("local".to_owned()),
                session_token: None,
            },
        });
        Self {
            queue,
            asked,
            _serving: serving,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Answers a connection's requests until it is closed.
async fn answer(mut stream: TcpStream, body: &'static str, asked: Arc<AtomicUsize>) {
    let mut bytes = Vec::new();
    while stream.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        let Some((head, rest)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.split("content-length: ").nth(1);
        let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
        if rest.len() < length.unwrap_or(0) {
            continue;
        }
        bytes.clear();
        asked.fetch_add(1, Ordering::SeqCst);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let whole = [head.as_bytes(), body.as_bytes()].concat();
        stream.write_all(&whole).await.expect("a reader");
    }
}

fn budget() -> Budget {
    Budget::starting(clock::now(), Duration::from_secs(10))
}

fn ids(count: i64) -> Vec<ArticleId> {
    (1..=count).map(ArticleId::new).collect()
}

fn numbers(ids: impl IntoIterator<Item = ArticleId>) -> Vec<i64> {
    ids.into_iter().map(ArticleId::get).collect()
}

#[tokio::test]
async fn only_what_the_queue_says_it_took_counts_as_sent() {
    let endpoint = Endpoint::answering(
        r#"{"Successful":[{"Id":"2","MessageId":"m2","MD5OfMessageBody":"x"}],
            "Failed":[{"Id":"0","Code":"InternalError","SenderFault":false}]}"#,
    )
    .await;

    let report = endpoint.queue.send(&budget(), &ids(4)).await;

    assert_eq!(endpoint.asked(), 1);
    assert_eq!(numbers(report.sent), [3]);
    let refused = report.refused.iter();
    let refused: Vec<_> = refused
        .map(|entry| (entry.id.get(), entry.code.as_str()))
        .collect();
    assert_eq!(
        refused,
        [
            (1, "InternalError"),
            (2, "not_confirmed"),
            (4, "not_confirmed")
        ]
    );
    assert!(report.stopped.is_none(), "{:?}", report.stopped);
}

#[tokio::test]
async fn a_refusal_under_a_name_that_was_not_sent_makes_nothing_count_as_sent() {
    let endpoint = Endpoint::answering(
        r#"{"Successful":[{"Id":"0","MessageId":"m0","MD5OfMessageBody":"x"}],
            "Failed":[{"Id":"article-2","Code":"InternalError","SenderFault":false}]}"#,
    )
    .await;

    let report = endpoint.queue.send(&budget(), &ids(2)).await;

    assert_eq!(endpoint.asked(), 1);
    assert_eq!(numbers(report.sent), [0_i64; 0]);
    assert_eq!(numbers(report.refused.iter().map(|entry| entry.id)), [1, 2]);
    let stopped = report.stopped.expect("a reason");
    assert_eq!(
        stopped.to_string(),
        "send a batch to the queue: it answered for entry \"article-2\", once too often in a batch of 2"
    );
}

#[tokio::test]
async fn an_empty_answer_means_that_nothing_was_sent() {
    let endpoint = Endpoint::answering("{}").await;

    let report = endpoint.queue.send(&budget(), &ids(25)).await;

    assert_eq!(endpoint.asked(), 3);
    assert_eq!((report.sent.len(), report.refused.len()), (0, 25));
}

#[tokio::test]
async fn only_what_the_queue_says_it_deleted_counts_as_deleted() {
    let receipt = |number: u8| Receipt {
        message_id: format!("m{number}"),
        receipt_handle: format!("r{number}"),
    };
    let receipts = [receipt(0), receipt(1), receipt(2)];
    let partial = Endpoint::answering(
        r#"{"Successful":[{"Id":"1"}],"Failed":[{"Id":"2","Code":"ReceiptHandleIsInvalid","SenderFault":true}]}"#,
    )
    .await;
    let foreign = Endpoint::answering(
        r#"{"Successful":[{"Id":"0"},{"Id":"1"},{"Id":"2"}],"Failed":[{"Id":"9","Code":"x","SenderFault":true}]}"#,
    )
    .await;

    let kept = partial.queue.delete(&budget(), &receipts).await;
    let unclear = foreign.queue.delete(&budget(), &receipts).await;

    assert_eq!(kept.expect("an answer"), ["m0", "m2"]);
    assert!(
        matches!(&unclear, Err(QueueError::Answer { entry, size: 3, .. }) if entry == "9"),
        "{unclear:?}"
    );
    assert_eq!((partial.asked(), foreign.asked()), (1, 1));
}
