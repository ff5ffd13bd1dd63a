//! The same text at the same moment: one worker asks, the others wait for what it finds.

use std::time::Duration;

use domain::ErrorClass;
use store::{
    Claim, ClaimRequest, Claimed, Gates, OpenRun, Recorded, RunIdentityRow, StoredStatus, Text,
};
use tokio::task::JoinSet;

use crate::harness::{World, budget, store_at};
use crate::scenery::{BODY, IDENTITY, add, attempt, claim, failure, finish, open};

async fn two_claims(world: &World) -> (Claim, Claim) {
    let first = add(world, "https://example.org/a").await;
    let second = add(world, "https://example.org/b").await;
    (claim(world, first).await, claim(world, second).await)
}

async fn look(world: &World, claim: &Claim, identity: &RunIdentityRow<'_>) -> OpenRun {
    let text = Text::new(BODY, "1");
    let opened = world
        .store
        .open_run(&budget(), claim, &text, identity, &Gates::default())
        .await;
    opened.expect("open")
}

#[tokio::test]
async fn a_text_at_work_is_not_asked_about_again_and_its_answer_is_reused() {
    let world = World::migrated().await;
    let (first, second) = two_claims(&world).await;
    let run = open(&world, &first).await;

    let meanwhile = look(&world, &second, &IDENTITY).await;
    finish(&world.store, &first, &run).await.expect("finish");
    let afterwards = look(&world, &second, &IDENTITY).await;

    let OpenRun::AtWork { until_in } = meanwhile else {
        panic!("{meanwhile:?}")
    };
    assert!(
        until_in <= Duration::from_secs(60) && until_in > Duration::from_secs(40),
        "{until_in:?}"
    );
    let OpenRun::Reuse(stored) = afterwards else {
        panic!("{afterwards:?}")
    };
    assert_eq!((stored.id, stored.status), (run.id, StoredStatus::Ok));
    assert_eq!(
        world.text("SELECT count(*) FROM extractions").await,
        "1",
        "a look writes nothing"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn another_prompt_or_model_is_not_kept_off() {
    let world = World::migrated().await;
    let (first, second) = two_claims(&world).await;
    open(&world, &first).await;
    let prompt = RunIdentityRow {
        prompt_version: "2.0.0",
        ..IDENTITY
    };
    let model = RunIdentityRow {
        model: "n",
        ..IDENTITY
    };

    for identity in [prompt, model] {
        let opened = look(&world, &second, &identity).await;

        assert!(matches!(opened, OpenRun::Open(_)), "{opened:?}");
    }
}

#[tokio::test]
async fn a_worker_that_gave_up_or_died_keeps_nobody_off() {
    let world = World::migrated().await;
    let (first, second) = two_claims(&world).await;
    open(&world, &first).await;
    let attempt = attempt();
    let snooze = failure(ErrorClass::LlmServer, &attempt);
    let recorded = world.store.snooze(&budget(), &first, &snooze).await;
    assert_eq!(recorded.expect("snooze"), Recorded::Yes);
    let after_a_snooze = look(&world, &second, &IDENTITY).await;
    assert!(
        matches!(after_a_snooze, OpenRun::Open(_)),
        "{after_a_snooze:?}"
    );

    let lease = Duration::from_millis(400);
    let third = add(&world, "https://example.org/c").await;
    let request = ClaimRequest {
        article: third,
        lease,
        request_id: "r-3",
    };
    world
        .execute(
            "UPDATE article_work SET state = 'retry', lease_until = NULL WHERE state = 'running'",
        )
        .await;
    let claimed = world.store.claim(&budget(), request).await.expect("claim");
    let Claimed::Work(dying) = claimed else {
        panic!("{claimed:?}")
    };
    open(&world, &dying).await;
    let last = add(&world, "https://example.org/d").await;
    let last = claim(&world, last).await;
    let before = look(&world, &last, &IDENTITY).await;
    tokio::time::sleep(lease).await;
    let after = look(&world, &last, &IDENTITY).await;

    assert!(matches!(before, OpenRun::AtWork { .. }), "{before:?}");
    assert!(matches!(after, OpenRun::Open(_)), "{after:?}");
}

#[tokio::test]
async fn of_many_that_open_at_once_one_asks() {
    const WORKERS: usize = 8;
    let world = World::migrated().await;
    for round in 0..5 {
        let body = format!("{BODY} Round {round}.");
        let mut opening = JoinSet::new();
        for worker in 0..WORKERS {
            let id = add(&world, &format!("https://example.org/{round}/{worker}")).await;
            let claim = claim(&world, id).await;
            let (store, body) = (store_at(&world.url), body.clone());
            opening.spawn(async move {
                let text = Text::new(&body, "1");
                let gates = Gates::default();
                let opened = store
                    .open_run(&budget(), &claim, &text, &IDENTITY, &gates)
                    .await;
                opened.expect("open")
            });
        }
        let all = opening.join_all().await;

        let asked = all.iter().filter(|one| matches!(one, OpenRun::Open(_)));
        let waits = all
            .iter()
            .filter(|one| matches!(one, OpenRun::AtWork { .. }));
        assert_eq!((asked.count(), waits.count()), (1, WORKERS - 1), "{all:?}");
    }
}
