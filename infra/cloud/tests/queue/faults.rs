//! The queue's client on the queue's bad days. In process only: another SQS takes no commands.

use std::collections::BTreeSet;
use std::time::Duration;

use cloud::sqs::{LocalSqs, QueueFault, QueueRequest, SqsOptions};
use domain::{ArticleId, Budget};
use queue::{Queue, QueueError};
use runtime::clock;

use crate::{LONG, budget, client_at, receipts};

/// Tries of the client for one request.
const TRIES: usize = 2;

async fn world() -> (LocalSqs, Queue) {
    let sqs = LocalSqs::start(&SqsOptions::default()).await.unwrap();
    let queue = client_at(&sqs.endpoint, &sqs.queue_url);
    (sqs, queue)
}

fn ids(count: i64) -> Vec<ArticleId> {
    (0..count).map(ArticleId::new).collect()
}

#[tokio::test]
async fn one_failure_is_tried_again_unnoticed() {
    for fault in [QueueFault::InternalError, QueueFault::Throttled] {
        let (sqs, queue) = world().await;
        for request in [
            QueueRequest::Send,
            QueueRequest::Receive,
            QueueRequest::Delete,
        ] {
            sqs.faults.set(request, fault);
        }

        let report = queue.send(&budget(), &ids(1)).await;
        let received = queue.receive(&budget(), 10, Duration::ZERO).await.unwrap();
        let refused = queue.delete(&budget(), &receipts(&received)).await.unwrap();

        assert_eq!(sqs.faults.fired(), 3, "{fault:?}");
        assert_eq!(report.sent, ids(1));
        assert_eq!((received.len(), refused.len()), (1, 0));
        assert_eq!(queue.depth(&budget()).await.unwrap().total(), 0);
        sqs.stop().await;
    }
}

#[tokio::test]
async fn a_send_that_keeps_failing_accounts_for_every_id() {
    let (sqs, queue) = world().await;
    for _ in 0..TRIES {
        sqs.faults
            .set(QueueRequest::Send, QueueFault::InternalError);
    }

    let report = queue.send(&budget(), &ids(10)).await;

    assert_eq!(sqs.faults.fired(), TRIES);
    assert!(
        matches!(
            report.stopped,
            Some(QueueError::Refused { status: 500, .. })
        ),
        "{report:?}"
    );
    let refused: Vec<ArticleId> = report.refused.iter().map(|refused| refused.id).collect();
    assert_eq!((report.sent, refused), (vec![], ids(10)));
    assert_eq!(queue.depth(&budget()).await.unwrap().total(), 0);
    sqs.stop().await;
}

#[tokio::test]
async fn refused_entries_are_told_one_by_one_and_the_others_are_sent() {
    for sender_fault in [true, false] {
        let (sqs, queue) = world().await;
        let fault = QueueFault::RefusedEntries {
            count: 3,
            sender_fault,
        };
        sqs.faults.set(QueueRequest::Send, fault);

        let report = queue.send(&budget(), &ids(25)).await;

        assert_eq!(sqs.faults.fired(), 1);
        assert!(report.stopped.is_none());
        assert!(
            report
                .refused
                .iter()
                .all(|refused| refused.sender_fault == sender_fault)
        );
        let refused: BTreeSet<ArticleId> = report.refused.iter().map(|entry| entry.id).collect();
        let sent: BTreeSet<ArticleId> = report.sent.into_iter().collect();
        assert_eq!((refused.len(), sent.len()), (3, 22));
        assert!(refused.is_disjoint(&sent));
        assert_eq!(queue.depth(&budget()).await.unwrap().total(), 22);
        sqs.stop().await;
    }
}

#[tokio::test]
async fn a_silent_queue_holds_nobody_longer_than_the_budget() {
    const CAP: Duration = Duration::from_millis(300);
    let (sqs, queue) = world().await;
    for request in [
        QueueRequest::Send,
        QueueRequest::Receive,
        QueueRequest::Depth,
    ] {
        sqs.faults.set(request, QueueFault::Hang);
    }
    let capped = || Budget::starting(clock::now(), CAP);
    let begun = clock::now();

    let report = queue.send(&capped(), &ids(1)).await;
    let received = queue.receive(&capped(), 1, Duration::ZERO).await;
    let depth = queue.depth(&capped()).await;

    let took = clock::now() - begun;
    assert_eq!(sqs.faults.fired(), 3);
    assert!(
        matches!(report.stopped, Some(QueueError::TimedOut { .. })),
        "{report:?}"
    );
    assert!(
        matches!(received, Err(QueueError::TimedOut { .. })),
        "{received:?}"
    );
    assert!(
        matches!(depth, Err(QueueError::TimedOut { .. })),
        "{depth:?}"
    );
    assert!(took >= CAP * 3 && took < LONG, "{took:?}");
    sqs.stop().await;
}

#[tokio::test]
async fn an_answer_that_got_lost_may_send_twice_but_never_deletes_in_vain() {
    let (sqs, queue) = world().await;
    sqs.faults.set(QueueRequest::Send, QueueFault::LostAnswer);
    sqs.faults.set(QueueRequest::Delete, QueueFault::LostAnswer);

    let report = queue.send(&budget(), &ids(1)).await;
    let received = queue.receive(&budget(), 10, Duration::ZERO).await.unwrap();
    let refused = queue.delete(&budget(), &receipts(&received)).await.unwrap();

    assert_eq!(sqs.faults.fired(), 2);
    assert_eq!(report.sent, ids(1));
    assert_eq!(
        received.len(),
        2,
        "at least once: the consumer bears duplicates"
    );
    assert!(refused.is_empty());
    assert_eq!(queue.depth(&budget()).await.unwrap().total(), 0);
    sqs.stop().await;
}

#[tokio::test]
async fn a_queue_that_is_gone_is_unreachable() {
    let (sqs, queue) = world().await;
    sqs.stop().await;

    let report = queue.send(&budget(), &ids(1)).await;

    assert!(
        matches!(report.stopped, Some(QueueError::Unreachable { .. })),
        "{report:?}"
    );
    assert_eq!(report.refused.len(), 1);
}
