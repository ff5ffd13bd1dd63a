//! What a panic in the middle of an attempt leaves known.

use std::time::Duration;

use domain::{Fence, RunRecord};
use runtime::config::{ArticleConfig, Environment};
use store::{Claim, RunId};

use super::*;

/// Services of a world that nobody has to start: nothing here is asked.
fn services() -> Services {
    let environment = Environment::of_pairs([
        ("DATABASE_URL", "postgres://gleaner@127.0.0.1:1/news"),
        ("LLM_BASE_URL", "http://127.0.0.1:1/v1"),
        ("LLM_MODEL", "a-model"),
    ]);
    let config = ArticleConfig::read(&environment).expect("a sound configuration");
    Services::new(&config).expect("services")
}

fn claim() -> Claim {
    Claim {
        article: ArticleId::new(7),
        fence: Fence::new(1),
        attempt: 1,
        max_attempts: 5,
        url: "https://example.org/story".to_owned(),
        title: None,
        errors_before: Vec::new(),
        snoozes: 0,
        snoozed_class: None,
        breakers: Vec::new(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_leaves_its_step_the_times_and_the_run() {
    let (services, claim, now) = (services(), claim(), clock::now());
    let invocation = Invocation::begin("r", now + Duration::from_mins(2), now);
    let mut attempt = Attempt::begin(&services, &claim, &invocation, now);

    let ended = caught(async {
        attempt.enter(Step::Fetch);
        attempt.leave();
        attempt.run = Some((RunId::new(3), None));
        attempt.enter(Step::Llm);
        tokio::time::sleep(Duration::from_secs(9)).await;
        broken();
    });
    assert!(ended.await.is_err(), "it was caught");
    let error = attempt.panicked();

    assert_eq!(error.to_string(), "panicked in step llm");
    let steps: Vec<Step> = attempt.record.steps.iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, [Step::Claim, Step::Fetch, Step::Llm]);
    let (_, took) = attempt.record.steps[2];
    assert!((took.as_secs_f64() - 9.0).abs() < 0.1, "{took:?}");
    let opened: Option<(RunId, Option<&RunRecord>)> = attempt.opened();
    assert_eq!(opened, Some((RunId::new(3), None)));
}

#[tokio::test]
async fn a_panic_on_a_blocking_thread_is_caught_like_any_other() {
    let ended = caught(async {
        let task = tokio::task::spawn_blocking(broken);
        match task.await {
            Ok(()) => (),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    });

    assert!(ended.await.is_err());
}

fn broken() {
    panic!("a bug on purpose")
}
