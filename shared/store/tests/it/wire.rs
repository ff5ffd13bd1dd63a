//! The wire and the server fail: every verb ends in time, says why, and leaves no half-written row.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use domain::{Budget, ErrorClass};
use runtime::clock;
use runtime::config::{Database, DatabaseTls, Secret};
use store::{ClaimRequest, Claimed, Recorded, Store, StoreError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::harness::{World, budget, store_at};
use crate::scenery::{add, attempt, claim, failure, finish, finish_with, open};

/// A proxy before the server that can lose answers.
struct Proxy {
    url: String,
    mute: Arc<AtomicBool>,
    /// Answers that were swallowed.
    lost: Arc<AtomicU32>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    async fn before(url: &str) -> Self {
        let target = url.rsplit('@').next().expect("an address");
        let target = target.split('/').next().expect("an address").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let address = listener.local_addr().expect("address").to_string();
        let mute = Arc::new(AtomicBool::new(false));
        let lost = Arc::new(AtomicU32::new(0));
        let mut tasks = JoinSet::new();
        let (muted, counter) = (Arc::clone(&mute), Arc::clone(&lost));
        let through = target.clone();
        tasks.spawn(async move {
            let mut pipes = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&through).await.expect("connect");
                let (muted, counter) = (Arc::clone(&muted), Arc::clone(&counter));
                pipes.spawn(pipe(client, server, muted, counter));
            }
        });
        Self {
            url: url.replace(&target, &address),
            mute,
            lost,
            _tasks: tasks,
        }
    }
}

/// Requests always pass; answers are swallowed while `mute` is set, for good on that connection.
async fn pipe(client: TcpStream, server: TcpStream, mute: Arc<AtomicBool>, lost: Arc<AtomicU32>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let requests = async {
        match tokio::io::copy(&mut from_client, &mut to_server).await {
            Ok(_) | Err(_) => to_server.shutdown().await,
        }
    };
    let answers = async {
        let mut buffer = [0_u8; 8_192];
        let mut deaf = false;
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            deaf |= mute.load(Ordering::SeqCst);
            if deaf {
                lost.fetch_add(1, Ordering::SeqCst);
                mute.store(false, Ordering::SeqCst);
            } else if to_client.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
    };
    tokio::join!(requests, answers).0.unwrap_or(());
}

fn short(time: Duration) -> Budget {
    Budget::starting(clock::now(), time)
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_read_back_and_not_repeated() {
    let world = World::migrated().await;
    let proxy = Proxy::before(&world.url).await;
    let store = store_at(&proxy.url);
    let id = add(&world, "https://example.org/a").await;
    let claim = claim(&world, id).await;
    let run = open(&world, &claim).await;
    store
        .status(&short(Duration::from_secs(5)))
        .await
        .expect("connected");
    proxy.mute.store(true, Ordering::SeqCst);

    let facts = [crate::scenery::fact()];
    let record = crate::scenery::record(domain::RunStatus::Ok, 1);
    let attempt = attempt();
    let result = store::RunResult::Fresh {
        run: run.id,
        record: &record,
        facts: &facts,
    };
    let finishing = store::Finish {
        result,
        attempt: &attempt,
        routes: &[],
    };
    let recorded = store
        .finish(&short(Duration::from_secs(2)), &claim, &finishing)
        .await;

    assert!(proxy.lost.load(Ordering::SeqCst) > 0, "the answer was lost");
    assert_eq!(recorded.expect("read back"), Recorded::Yes);
    assert_eq!(world.text("SELECT count(*) FROM facts").await, "1");
    assert_eq!(world.text("SELECT count(*) FROM extractions").await, "1");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_failure_whose_answer_is_lost_counts_once() {
    let world = World::migrated().await;
    let proxy = Proxy::before(&world.url).await;
    let store = store_at(&proxy.url);
    let id = add(&world, "https://example.org/a").await;
    let claim = claim(&world, id).await;
    store
        .status(&short(Duration::from_secs(5)))
        .await
        .expect("connected");
    proxy.mute.store(true, Ordering::SeqCst);
    let attempt = attempt();
    let snooze = failure(ErrorClass::LlmServer, &attempt);

    let recorded = store
        .snooze(&short(Duration::from_secs(2)), &claim, &snooze)
        .await;

    assert!(proxy.lost.load(Ordering::SeqCst) > 0, "the answer was lost");
    assert_eq!(recorded.expect("read back"), Recorded::Yes);
    let row = "SELECT state || attempt || fence FROM article_work";
    assert_eq!(world.text(row).await, "retry01");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_server_that_falls_silent_costs_the_budget_and_no_more() {
    let world = World::migrated().await;
    let proxy = Proxy::before(&world.url).await;
    let store = store_at(&proxy.url);
    store
        .status(&short(Duration::from_secs(5)))
        .await
        .expect("connected");
    proxy.mute.store(true, Ordering::SeqCst);
    let started = clock::now();

    let cut = store.status(&short(Duration::from_millis(300))).await;

    assert!(matches!(cut, Err(StoreError::Timeout(_))), "{cut:?}");
    let took = clock::now() - started;
    assert!(
        took < Duration::from_millis(900),
        "{took:?}, cancel included"
    );
    let again = store.status(&short(Duration::from_secs(5))).await;
    assert!(
        again.is_ok(),
        "the next verb has a connection of its own: {again:?}"
    );
}

#[tokio::test]
async fn a_server_that_accepts_and_never_speaks_is_a_timeout_of_connecting() {
    let mute = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let port = mute.local_addr().expect("address").port();
    let store = store_at(&format!("postgres://u@127.0.0.1:{port}/d"));

    let cut = store.status(&short(Duration::from_millis(200))).await;

    let Err(StoreError::Timeout(timed_out)) = cut else {
        panic!("{cut:?}")
    };
    assert_eq!(timed_out.step, domain::Step::DbConnect);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let world = World::migrated().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let port = closed.local_addr().expect("address").port();
    drop(closed);

    let refused = store_at(&format!("postgres://u@127.0.0.1:{port}/d"))
        .status(&budget())
        .await;
    let absent = store_at(&format!("{}_absent", world.url))
        .status(&budget())
        .await;
    let no_tls = Database {
        secret: None,
        url: Secret::new(world.url.clone()),
        tls: DatabaseTls::VerifyFull { ca_file: None },
        search_path: Vec::new(),
    };
    let no_tls = Store::new(&no_tls, "t")
        .expect("sound")
        .status(&budget())
        .await;
    let bare = World::empty().await.store.status(&budget()).await;

    let Err(StoreError::Unavailable { source }) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(source.io, Some(ErrorKind::ConnectionRefused));
    assert!(
        matches!(&absent, Err(StoreError::Schema { .. })),
        "{absent:?}"
    );
    let Err(StoreError::Tls { source }) = &no_tls else {
        panic!("{no_tls:?}")
    };
    assert!(
        source.what.contains("server does not support TLS"),
        "{source}"
    );
    let Err(StoreError::Schema { problem, .. }) = &bare else {
        panic!("{bare:?}")
    };
    assert!(problem.contains("gleaner migrate"), "{problem}");
}

#[tokio::test]
async fn a_killed_backend_is_noticed_and_the_next_visit_reconnects() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let held = claim(&world, id).await;
    let run = open(&world, &held).await;
    let killed = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                  WHERE application_name = 'store tests' AND datname = current_database()";
    assert_eq!(world.text(killed).await, "1");

    let recorded = finish(&world.store, &held, &run).await;

    assert_eq!(recorded.expect("on a new connection"), Recorded::Yes);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_row_that_somebody_locks_costs_the_budget_and_frees_the_server() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    world
        .execute("BEGIN; SELECT FROM article_work FOR UPDATE")
        .await;
    let request = ClaimRequest {
        article: id,
        lease: Duration::from_secs(60),
        request_id: "r",
    };
    let started = clock::now();

    let waiting = world
        .store
        .claim(&short(Duration::from_secs(1)), request)
        .await;
    let took = clock::now() - started;
    world.execute("ROLLBACK").await;

    assert!(waiting.is_err(), "{waiting:?}");
    assert!(took < Duration::from_millis(1_600), "{took:?}");
    let held = claim(&world, id).await;
    assert_eq!(held.attempt, 1, "the one that was given up did not count");
    let run = open(&world, &held).await;
    let recorded = finish(&world.store, &held, &run).await.expect("finish");
    assert_eq!(recorded, Recorded::Yes);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_kept_connection_serves_many_visits_and_another_only_when_it_is_taken() {
    let world = World::migrated().await;
    for _ in 0..20 {
        world.store.queued_count(&budget()).await.expect("count");
    }
    let open = "SELECT count(*) FROM pg_stat_activity
                WHERE application_name = 'store tests' AND datname = current_database()";
    assert_eq!(world.text(open).await, "1");

    let budget_of_both = budget();
    let (one, two) = tokio::join!(
        world.store.queued_count(&budget_of_both),
        world.store.queued_count(&budget_of_both)
    );

    assert!(one.is_ok() && two.is_ok());
    let id = add(&world, "https://example.org/a").await;
    let held = claim(&world, id).await;
    let run = crate::scenery::open(&world, &held).await;
    finish_with(&world.store, &held, &run, &[])
        .await
        .expect("finish");
}

#[tokio::test]
async fn no_setting_outlives_its_transaction() {
    let world = World::migrated().await;
    let before = "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'";
    assert_eq!(world.text(before).await, "0");
    world.store.queued_count(&budget()).await.expect("count");

    let again = world.store.status(&budget()).await;

    assert!(again.is_ok());
    let functions = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'gleaner%'
                     AND NOT coalesce(array_to_string(proconfig, ',') LIKE '%search_path=%', false)";
    assert_eq!(
        world.text(functions).await,
        "0",
        "search_path is pinned everywhere"
    );
}

#[tokio::test]
async fn a_claim_whose_answer_is_lost_is_read_back_and_counted_once() {
    let world = World::migrated().await;
    let proxy = Proxy::before(&world.url).await;
    let store = store_at(&proxy.url);
    let id = add(&world, "https://example.org/a").await;
    store
        .status(&short(Duration::from_secs(5)))
        .await
        .expect("connected");
    proxy.mute.store(true, Ordering::SeqCst);
    let request = ClaimRequest {
        article: id,
        lease: Duration::from_secs(60),
        request_id: "r-1",
    };

    let claimed = store.claim(&short(Duration::from_secs(2)), request).await;

    assert!(proxy.lost.load(Ordering::SeqCst) > 0, "the answer was lost");
    let Ok(Claimed::Work(claim)) = claimed else {
        panic!("not read back: {claimed:?}");
    };
    assert_eq!((claim.attempt, claim.fence.get()), (1, 1));
    let twin = store.claim(&budget(), request).await.expect("claim");
    assert_eq!(twin, Claimed::NotDue, "the same request may hold it once");
    let attempts = "SELECT count(*) FROM article_attempts";
    assert_eq!(world.text(attempts).await, "1");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_page_of_due_ids_whose_answer_is_lost_is_read_back_and_sent_now() {
    let world = World::migrated().await;
    let proxy = Proxy::before(&world.url).await;
    let store = store_at(&proxy.url);
    let mut added = Vec::new();
    for n in 0..5 {
        added.push(add(&world, &format!("https://example.org/{n}")).await);
    }
    store
        .status(&short(Duration::from_secs(5)))
        .await
        .expect("connected");
    proxy.mute.store(true, Ordering::SeqCst);

    let due = store
        .due(&short(Duration::from_secs(2)), 3, Duration::from_secs(900))
        .await;

    assert!(proxy.lost.load(Ordering::SeqCst) > 0, "the answer was lost");
    assert_eq!(due.expect("read back").queued, added[..3]);
    let queued = "SELECT count(*) FROM article_work WHERE state = 'queued'";
    assert_eq!(world.text(queued).await, "3", "no second page was taken");
    world.assert_sound().await;
}
