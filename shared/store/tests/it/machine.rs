//! The state machine under whatever order of events: users, schedulers, workers, zombies, time.
//! After each event every promise holds, and no article is out of sight.
//!
//! A few short runs by default; `GLEANER_MACHINE_RUNS` and `GLEANER_MACHINE_STEPS` ask for more
//! (the aim is 1,000 × 200).

use std::time::Duration;

use domain::{ArticleId, ErrorClass, RunStatus};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use runtime::config::Environment;
use store::{
    AttemptFailure, Claim, ClaimRequest, Claimed, NewArticle, OpenRun, Recorded, Run, RunResult,
    Text,
};

use crate::harness::{World, budget};
use crate::scenery::{IDENTITY, attempt, fact, failure, record};

/// Few, so that zombies, workers and users meet on the same rows.
const ARTICLES_MAX: usize = 4;

/// What happens next. Numbers choose among what is there at that moment.
#[derive(Clone, Debug)]
enum Event {
    Add,
    InsertBlank,
    InsertProcessed,
    InsertRoundTheTriggers,
    Delete(usize),
    ChangeUrl(usize),
    Unprocess(usize),
    Process(usize),
    Due,
    Claim(usize),
    OpenRun(usize),
    Finish(usize, bool),
    Retry(usize),
    Snooze(usize),
    Fail(usize),
    GiveBack,
    Reconcile,
    LeasesPass,
    WaitsPass,
    RetryIds(usize),
    Reprocess,
    Release,
}

fn event() -> impl Strategy<Value = Event> {
    let n = 0..64_usize;
    prop_oneof![
        6 => Just(Event::Add),
        1 => Just(Event::InsertBlank),
        1 => Just(Event::InsertProcessed),
        1 => Just(Event::InsertRoundTheTriggers),
        1 => n.clone().prop_map(Event::Delete),
        2 => n.clone().prop_map(Event::ChangeUrl),
        4 => n.clone().prop_map(Event::Unprocess),
        1 => n.clone().prop_map(Event::Process),
        4 => Just(Event::Due),
        14 => n.clone().prop_map(Event::Claim),
        4 => n.clone().prop_map(Event::OpenRun),
        14 => (n.clone(), any::<bool>()).prop_map(|(n, empty)| Event::Finish(n, empty)),
        3 => n.clone().prop_map(Event::Retry),
        2 => n.clone().prop_map(Event::Snooze),
        1 => n.clone().prop_map(Event::Fail),
        1 => Just(Event::GiveBack),
        2 => Just(Event::Reconcile),
        2 => Just(Event::LeasesPass),
        2 => Just(Event::WaitsPass),
        1 => n.prop_map(Event::RetryIds),
        1 => Just(Event::Reprocess),
        1 => Just(Event::Release),
    ]
}

/// A worker: its claim, its run when it has one, and whether it has already spoken.
struct Worker {
    claim: Claim,
    run: Option<Run>,
    spoken: bool,
}

/// The database, and what the test remembers of it.
struct Machine {
    world: World,
    ids: Vec<ArticleId>,
    workers: Vec<Worker>,
    queued: Vec<ArticleId>,
    urls: usize,
    opened: usize,
    done: usize,
}

fn pick<T>(items: &mut [T], n: usize) -> Option<&mut T> {
    let len = items.len().max(1);
    items.get_mut(n % len)
}

/// One of the newest workers: old zombies have nothing new to show.
fn recent(workers: &mut [Worker], n: usize) -> Option<&mut Worker> {
    let newest = workers.len().saturating_sub(ARTICLES_MAX * 2);
    pick(workers.get_mut(newest..)?, n)
}

impl Machine {
    async fn new() -> Self {
        Self {
            world: World::migrated().await,
            ids: Vec::new(),
            workers: Vec::new(),
            queued: Vec::new(),
            urls: 0,
            opened: 0,
            done: 0,
        }
    }

    async fn happen(&mut self, event: &Event) {
        match event {
            Event::Add
            | Event::InsertBlank
            | Event::InsertProcessed
            | Event::InsertRoundTheTriggers => self.insert(event).await,
            Event::Delete(n) => self.user("DELETE FROM articles", *n).await,
            Event::ChangeUrl(n) => self.user("UPDATE articles SET url = url || '/'", *n).await,
            Event::Unprocess(n) => {
                self.user("UPDATE articles SET processed_at = NULL", *n)
                    .await;
            }
            Event::Process(n) => {
                self.user("UPDATE articles SET processed_at = now()", *n)
                    .await;
            }
            Event::Claim(n) => self.claim(*n).await,
            Event::OpenRun(n) => self.open(*n).await,
            Event::Finish(n, empty) => self.finish(*n, *empty).await,
            Event::Retry(n) | Event::Snooze(n) | Event::Fail(n) => self.set_back(*n, event).await,
            Event::LeasesPass => {
                let sql = "UPDATE article_work SET lease_until = now(), due_at = now() WHERE state = 'running'";
                self.world.execute(sql).await;
            }
            Event::WaitsPass => {
                let sql =
                    "UPDATE article_work SET due_at = now() WHERE state IN ('retry', 'queued')";
                self.world.execute(sql).await;
            }
            Event::Due | Event::GiveBack | Event::Reconcile => self.schedule(event).await,
            Event::RetryIds(_) | Event::Reprocess | Event::Release => self.operate(event).await,
        }
    }

    async fn insert(&mut self, event: &Event) {
        if self.ids.len() >= ARTICLES_MAX {
            return;
        }
        self.urls += 1;
        let url = format!("https://example.org/{}", self.urls);
        let sql = match event {
            Event::InsertBlank => "INSERT INTO articles (url) VALUES (' ') RETURNING id".to_owned(),
            Event::InsertProcessed => {
                format!(
                    "INSERT INTO articles (url, processed_at) VALUES ('{url}', now()) RETURNING id"
                )
            }
            Event::InsertRoundTheTriggers => format!(
                "SET session_replication_role = replica;
                 INSERT INTO articles (url) VALUES ('{url}') RETURNING id"
            ),
            _ => {
                let new = NewArticle { url, title: None };
                let added = self.world.store.add(&budget(), &[new]).await.expect("add");
                self.ids.extend(added.inserted);
                return;
            }
        };
        let id: i64 = self.world.text(&sql).await.parse().expect("an id");
        self.world
            .execute("SET session_replication_role = origin")
            .await;
        self.ids.push(ArticleId::new(id));
        // An orphan is out of sight until the reconciler's next pass, which is part of a round.
        self.world
            .store
            .reconcile(&budget())
            .await
            .expect("reconcile");
    }

    async fn user(&mut self, sql: &str, n: usize) {
        let Some(id) = pick(&mut self.ids, n).copied() else {
            return;
        };
        self.world.execute(&format!("{sql} WHERE id = {id}")).await;
        if sql.starts_with("DELETE") {
            self.ids.retain(|other| *other != id);
        }
    }

    /// Judges what a worker was told: it writes if, and only if, its fence was the current one of
    /// a running row. (The same words said twice are the same record.)
    fn heard(&mut self, n: usize, held: bool, recorded: bool) {
        let Some(worker) = recent(&mut self.workers, n) else {
            return;
        };
        if !worker.spoken {
            assert_eq!(recorded, held, "{:?}", worker.claim);
        }
        assert!(recorded || !held, "{:?}", worker.claim);
        worker.spoken |= recorded;
    }

    async fn claim(&mut self, n: usize) {
        let Some(id) = pick(&mut self.ids, n).copied() else {
            return;
        };
        let before = self
            .world
            .text(&format!(
                "SELECT fence FROM article_work WHERE article_id = {id}"
            ))
            .await;
        let request = ClaimRequest {
            article: id,
            lease: Duration::from_secs(60),
            request_id: "machine",
        };
        if let Claimed::Work(claim) = self
            .world
            .store
            .claim(&budget(), request)
            .await
            .expect("claim")
        {
            let before: i64 = before.parse().expect("a fence");
            assert_eq!(
                claim.fence.get(),
                before + 1,
                "each claim has a fence of its own"
            );
            assert!(claim.attempt <= claim.max_attempts);
            self.workers.push(Worker {
                claim,
                run: None,
                spoken: false,
            });
        }
    }

    async fn open(&mut self, n: usize) {
        let Some(worker) = recent(&mut self.workers, n) else {
            return;
        };
        self.opened += 1;
        let prompt = format!("{}.0.0", self.opened % 5);
        let body = format!("{} Article {}.", crate::scenery::BODY, worker.claim.article);
        let text = Text::new(&body, "1");
        let identity = store::RunIdentityRow {
            prompt_version: &prompt,
            ..IDENTITY
        };
        let opened = self
            .world
            .store
            .open_run(
                &budget(),
                &worker.claim,
                &text,
                &identity,
                &store::Gates::default(),
            )
            .await;
        match opened.expect("open") {
            OpenRun::Open(run) => worker.run = Some(run),
            OpenRun::Reuse(stored) => {
                let finish = store::Finish {
                    result: RunResult::Reused(stored),
                    attempt: &attempt(),
                    routes: &[],
                };
                let ended = self
                    .world
                    .store
                    .finish(&budget(), &worker.claim, &finish)
                    .await;
                if ended.expect("finish") == Recorded::Yes {
                    worker.spoken = true;
                    self.done += 1;
                }
            }
            OpenRun::LeaseLost
            | OpenRun::AtWork { .. }
            | OpenRun::BreakerOpen { .. }
            | OpenRun::BudgetSpent { .. } => {}
        }
    }

    async fn finish(&mut self, n: usize, empty: bool) {
        if recent(&mut self.workers, n).is_some_and(|worker| worker.run.is_none()) {
            self.open(n).await;
        }
        let Some(worker) = recent(&mut self.workers, n) else {
            return;
        };
        let Some(run) = &worker.run else { return };
        let held = holds(&self.world, &worker.claim).await;
        let facts = if empty { vec![] } else { vec![fact()] };
        let status = if empty {
            RunStatus::Empty
        } else {
            RunStatus::Ok
        };
        let record = record(status, i32::from(!empty));
        let finish = store::Finish {
            result: RunResult::Fresh {
                run: run.id,
                record: &record,
                facts: &facts,
            },
            attempt: &attempt(),
            routes: &[],
        };
        let ended = self
            .world
            .store
            .finish(&budget(), &worker.claim, &finish)
            .await;
        let recorded = ended.expect("finish") == Recorded::Yes;
        self.done += usize::from(recorded && held);
        self.heard(n, held, recorded);
    }

    async fn set_back(&mut self, n: usize, event: &Event) {
        let Some(worker) = recent(&mut self.workers, n) else {
            return;
        };
        let held = holds(&self.world, &worker.claim).await;
        let (attempt, failed) = (attempt(), record(RunStatus::Failed, 0));
        let failure = AttemptFailure {
            wait: Duration::from_secs(600),
            run: worker.run.as_ref().map(|run| (run.id, Some(&failed))),
            ..failure(ErrorClass::HttpServer, &attempt)
        };
        let store = &self.world.store;
        let ended = match event {
            Event::Retry(_) => store.retry(&budget(), &worker.claim, &failure).await,
            Event::Snooze(_) => store.snooze(&budget(), &worker.claim, &failure).await,
            _ => store.fail(&budget(), &worker.claim, &failure).await,
        };
        let recorded = ended.expect("set back") != Recorded::LeaseLost;
        self.heard(n, held, recorded);
    }

    async fn schedule(&mut self, event: &Event) {
        let store = &self.world.store;
        match event {
            Event::Due => {
                let due = store
                    .due(&budget(), 5, Duration::from_secs(900))
                    .await
                    .expect("due");
                self.queued = due.queued;
            }
            Event::GiveBack => {
                store
                    .give_back(&budget(), &self.queued)
                    .await
                    .expect("give back");
            }
            _ => {
                store.reconcile(&budget()).await.expect("reconcile");
            }
        }
    }

    async fn operate(&mut self, event: &Event) {
        let store = &self.world.store;
        match event {
            Event::RetryIds(n) => {
                let id = pick(&mut self.ids, *n).copied();
                store
                    .retry_ids(&budget(), id.as_slice())
                    .await
                    .expect("retry");
            }
            Event::Reprocess => {
                let all = store::Reprocess {
                    status: Some(RunStatus::Ok),
                    ..store::Reprocess::default()
                };
                store.reprocess(&budget(), &all).await.expect("reprocess");
            }
            _ => {
                store.release_abandoned(&budget()).await.expect("release");
            }
        }
    }

    /// Every promise holds, and what is not final comes due within the longest wait.
    async fn check(&self, event: &Event) {
        let broken = self
            .world
            .store
            .violations(&budget())
            .await
            .expect("violations");
        assert_eq!(broken, [], "after {event:?}");
    }
}

/// Whether a claim's fence is the current one of a running row.
async fn holds(world: &World, claim: &Claim) -> bool {
    let (id, fence) = (claim.article, claim.fence);
    let sql = format!(
        "SELECT count(*) FROM article_work
          WHERE article_id = {id} AND fence = {fence} AND state = 'running'"
    );
    world.text(&sql).await == "1"
}

fn number(name: &str, default: u32) -> u32 {
    let environment = Environment::of_process();
    environment
        .get(name)
        .map_or(default, |text| text.parse().expect(name))
}

#[test]
fn every_promise_holds_after_every_event() {
    let runs = number("GLEANER_MACHINE_RUNS", 4);
    let steps = number("GLEANER_MACHINE_STEPS", 80) as usize;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let config = Config {
        cases: runs,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    };
    let done = std::cell::Cell::new(0);

    let ended = TestRunner::new(config).run(&prop::collection::vec(event(), steps), |events| {
        runtime.block_on(async {
            let mut machine = Machine::new().await;
            for event in &events {
                machine.happen(event).await;
                machine.check(event).await;
            }
            done.set(done.get() + machine.done);
        });
        Ok(())
    });

    ended.expect("no sequence of events breaks a promise");
    assert!(done.get() > 0, "articles were finished on the way");
}
