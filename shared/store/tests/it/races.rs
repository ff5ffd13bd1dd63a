//! Workers and schedulers against each other. The negative controls show that the fence, and not
//! luck, keeps zombies from writing.

use std::time::Duration;

use domain::ArticleId;
use store::{Claim, ClaimRequest, Claimed, NewArticle, Recorded, Run, Store, StoreError};
use tokio::task::JoinSet;

use crate::harness::{World, budget, store_at};
use crate::scenery::{fact, finish_with, open_own};

/// Articles of a race; the figures of the negative controls are for as many.
const ARTICLES: usize = 40;

/// Where a race lets its finish look.
#[derive(Clone, Copy, PartialEq)]
enum Guard {
    Fence,
    IdOnly,
    State,
}

/// The finish's own condition, weakened: what the guarantee would rest on without a fence.
async fn weaken(world: &World, guard: Guard) {
    let body = world
        .text("SELECT pg_get_functiondef('gleaner_finish'::regproc)")
        .await;
    let condition = "article_id = p_article AND fence = p_fence AND state = 'running'";
    assert!(body.contains(condition), "the condition is where it was");
    let weaker = match guard {
        Guard::Fence => return,
        Guard::IdOnly => body.replace(condition, "article_id = p_article"),
        Guard::State => body.replace(condition, "article_id = p_article AND state = 'running'"),
    };
    // Neither the account nor the attempt may save a finish that has lost its fence.
    let weaker = weaker.replace(
        "PERFORM gleaner_close_attempt",
        "PERFORM weak_close_attempt",
    );
    world.execute(&weaker).await;
    world
        .execute(
            "CREATE FUNCTION weak_close_attempt(bigint, bigint, text, text, text, bigint, jsonb)
             RETURNS void LANGUAGE sql AS 'SELECT'",
        )
        .await;
}

/// Each article gets two claims, because the first one's lease passes; the zombie of the first
/// and the worker of the second then finish, each with a claim of its own in the fact. A quarter
/// of the zombies come first, a quarter second, the others at the same time.
/// Gives, per article, how many finishes were recorded, and how many articles hold the zombie's.
async fn race(guard: Guard) -> (Vec<usize>, usize) {
    let world = World::migrated().await;
    weaken(&world, guard).await;
    let new: Vec<NewArticle> = (0..ARTICLES)
        .map(|n| NewArticle {
            url: format!("https://example.org/{n}"),
            title: None,
        })
        .collect();
    let ids = world
        .store
        .add(&budget(), &new)
        .await
        .expect("add")
        .inserted;
    let zombies = claim_all(&world, &ids).await;
    world
        .execute(
            "UPDATE article_work SET lease_until = now() - interval '1 s',
                    due_at = now() - interval '1 s'",
        )
        .await;
    let workers = claim_all(&world, &ids).await;

    let rival = store_at(&world.url);
    let mut recorded = Vec::new();
    for (turn, (zombie, worker)) in zombies.iter().zip(&workers).enumerate() {
        let (zombie, worker) = (
            says(&rival, zombie, "zombie"),
            says(&world.store, worker, "worker"),
        );
        let both = match turn % 4 {
            0 => (zombie.await, worker.await),
            1 => {
                let worker = worker.await;
                (zombie.await, worker)
            }
            _ => tokio::join!(zombie, worker),
        };
        recorded.push(usize::from(both.0) + usize::from(both.1));
    }
    let zombies = "SELECT count(DISTINCT article_id) FROM current_facts WHERE claim = 'zombie'";
    let zombies = world.text(zombies).await.parse().expect("a number");
    if guard == Guard::Fence {
        world.assert_sound().await;
    }
    (recorded, zombies)
}

/// Finishes with a fact that names who did; says whether that was recorded.
async fn says(store: &Store, (claim, run): &(Claim, Run), who: &str) -> bool {
    let mut fact = fact();
    fact.claim = who.to_owned();
    let ended = finish_with(store, claim, run, &[fact]).await;
    assert!(
        !matches!(
            ended,
            Err(StoreError::Timeout(_) | StoreError::Unavailable { .. })
        ),
        "{ended:?}"
    );
    matches!(ended, Ok(Recorded::Yes))
}

async fn claim_all(world: &World, ids: &[ArticleId]) -> Vec<(Claim, Run)> {
    let mut claims = Vec::new();
    for id in ids {
        let claim = crate::scenery::claim(world, *id).await;
        let run = open_own(world, &claim).await;
        claims.push((claim, run));
    }
    claims
}

#[tokio::test]
async fn a_worker_whose_lease_was_taken_writes_nothing() {
    let (recorded, zombies) = Box::pin(race(Guard::Fence)).await;

    assert_eq!(recorded.len(), ARTICLES);
    assert!(recorded.iter().all(|times| *times == 1), "{recorded:?}");
    assert_eq!(zombies, 0);
}

#[tokio::test]
async fn without_the_fence_articles_complete_twice() {
    let (recorded, _) = Box::pin(race(Guard::IdOnly)).await;

    assert!(recorded.contains(&2), "{recorded:?}");
}

#[tokio::test]
async fn a_fence_by_state_lets_zombies_write() {
    let (_, zombies) = Box::pin(race(Guard::State)).await;

    assert!(zombies > 0);
}

#[tokio::test]
async fn ten_deliveries_at_once_make_one_claim() {
    let world = World::migrated().await;
    let id = crate::scenery::add(&world, "https://example.org/a").await;

    let mut deliveries = JoinSet::new();
    for n in 0..10 {
        let store = store_at(&world.url);
        deliveries.spawn(async move {
            let request = ClaimRequest {
                article: id,
                lease: Duration::from_secs(60),
                request_id: &format!("r-{n}"),
            };
            store.claim(&budget(), request).await.expect("claim")
        });
    }
    let claims = deliveries.join_all().await;

    let worked = claims.iter().filter(|it| matches!(it, Claimed::Work(_)));
    assert_eq!(worked.count(), 1);
    let not_due = claims.iter().filter(|it| **it == Claimed::NotDue);
    assert_eq!(not_due.count(), 9);
    world.assert_sound().await;
}

#[tokio::test]
async fn eight_overlapping_passes_take_each_id_once() {
    const ROWS: usize = 4_000;
    let world = World::migrated().await;
    world
        .execute(&format!(
            "INSERT INTO articles (url) SELECT 'https://example.org/' || n
               FROM generate_series(1, {ROWS}) n"
        ))
        .await;

    let mut passes = JoinSet::new();
    for _ in 0..8 {
        let store = store_at(&world.url);
        passes.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let due = store.due(&budget(), 100, Duration::from_secs(900)).await;
                let due = due.expect("due");
                if due.queued.is_empty() {
                    return taken;
                }
                taken.push(due.queued);
            }
        });
    }
    let passes = passes.join_all().await;

    let busy = passes.iter().filter(|pages| !pages.is_empty()).count();
    assert!(busy >= 2, "the passes overlapped: {busy}");
    let mut ids: Vec<ArticleId> = passes.into_iter().flatten().flatten().collect();
    let sent = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((sent, ids.len()), (ROWS, ROWS));
    let queued = world.store.queued_count(&budget()).await.expect("count");
    assert_eq!(queued, 4_000);
}

#[tokio::test]
async fn the_same_url_added_twice_at_once_makes_one_row() {
    let world = World::migrated().await;

    let mut adding = JoinSet::new();
    for _ in 0..6 {
        let store = store_at(&world.url);
        adding.spawn(async move {
            let new = NewArticle {
                url: " https://example.org/a ".to_owned(),
                title: None,
            };
            store
                .add(&budget(), &[new.clone(), new])
                .await
                .expect("add")
        });
    }
    let added = adding.join_all().await;

    let inserted: usize = added.iter().map(|it| it.inserted.len()).sum();
    let known: usize = added.iter().map(|it| it.known.len()).sum();
    assert_eq!((inserted, known), (1, 5));
    assert_eq!(world.text("SELECT count(*) FROM articles").await, "1");
}
