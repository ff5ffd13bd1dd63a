//! The pool behind the mapping and the queue: what a killed process leaves behind comes again.

use std::sync::Arc;
use std::time::Duration;

use cloud::mapping::{
    BatchResult, EventSourceMapping, MappingEvent, MappingObserver, MappingOptions, QueueIdentity,
};
use cloud::sqs::{LocalSqs, SqsOptions};
use domain::{ArticleId, Budget};
use queue::Queue;
use runtime::clock;
use runtime::config::{AwsKeys, Secret, Sqs};
use tokio::sync::mpsc;

use crate::{PATIENCE, World};

const REGION: &str = "eu-west-1";

fn client(sqs: &LocalSqs, queue_url: &str) -> Queue {
    Queue::new(&Sqs {
        queue_url: queue_url.to_owned(),
        region: REGION.to_owned(),
        endpoint: Some(sqs.endpoint.clone()),
        keys: AwsKeys {
            access_key_id: "local".to_owned(),
            secret_access_key: Secret::new("local".to_owned()),
            session_token: None,
        },
    })
}

fn budget() -> Budget {
    Budget::starting(clock::now(), PATIENCE)
}

/// Whether each judged batch of one message was done.
fn results() -> (MappingObserver, mpsc::Receiver<bool>) {
    let (tells, hears) = mpsc::channel(100);
    let observer: MappingObserver = Arc::new(move |event| {
        if let MappingEvent::Finished { batch_result, .. } = event {
            tells.try_send(**batch_result == BatchResult::Done).unwrap();
        }
    });
    (observer, hears)
}

#[tokio::test]
async fn a_message_whose_process_died_comes_again_and_one_that_always_kills_is_a_dead_letter() {
    let world = World::new("serves", 3);
    let sqs = LocalSqs::start(&SqsOptions {
        // Long enough for a process to die in, so that no message is out twice at once.
        visibility: Duration::from_secs(3),
        max_receive_count: 2,
        ..SqsOptions::default()
    })
    .await
    .unwrap();
    let (queue, dead_letters) = (
        client(&sqs, &sqs.queue_url),
        client(&sqs, &sqs.dead_letter_url),
    );
    let ids = [1, 2, 3, 4, 5, 13].map(ArticleId::new);
    assert_eq!(queue.send(&budget(), &ids).await.sent, ids);
    let (observer, mut hears) = results();
    let identity = QueueIdentity {
        arn: sqs.queue_arn.clone(),
        region: REGION.to_owned(),
    };

    let options = MappingOptions::new(identity, 3);
    let mapping =
        EventSourceMapping::start(options, queue.clone(), world.functions.clone(), observer);
    let (mut done, mut failed) = (0, 0);
    // 2 and 4 once; 1, 3, 5 and 13 twice.
    while done + failed < 10 {
        let done_now = tokio::time::timeout(PATIENCE, hears.recv()).await.unwrap();
        *(if done_now.unwrap() {
            &mut done
        } else {
            &mut failed
        }) += 1;
    }
    let dead = dead_letters
        .receive(&budget(), 10, Duration::from_secs(10))
        .await
        .unwrap();
    mapping.stop(PATIENCE).await;

    assert_eq!((done, failed), (5, 5));
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].body.as_deref(), Some(r#"{"v":1,"article_id":13}"#));
    assert_eq!(queue.depth(&budget()).await.unwrap().total(), 0);
    let exited = world.told().iter().filter(|told| *told == "exited").count();
    assert_eq!(exited, 5);
    world.functions.stop(Duration::ZERO).await;
    sqs.stop().await;
}
