//! Block B of the fault matrix on the wire: the store against a database that cannot be reached, at
//! three moments. Every call ends in its time, says why, repeats nothing, and works again after.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use database::TestDatabase;
use domain::Budget;
use runtime::clock;
use runtime::config::{Database, DatabaseTls, Secret};
use store::{NewArticle, Store, StoreError};
use tests::proxy::{Fault, Proxy};
use url::Url;

/// What a call is given while a fault is in force.
const CAP: Duration = Duration::from_secs(1);

/// A call ends at its cap and this; the guarantee says 0.3 s, on a machine that is not full of
/// compilers.
const SLACK: Duration = Duration::from_secs(2);

/// What a call is given when nothing is wrong but a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

const FAULTS: [Fault; 7] = [
    Fault::Refuse,
    Fault::Unreachable,
    Fault::Reset,
    Fault::Blackhole,
    Fault::Mute,
    Fault::Drip(Duration::from_millis(20)),
    Fault::Cut(8),
];

/// When the fault begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// Before the first connection.
    Connect,
    /// While a connection is kept idle.
    Idle,
    /// When a transaction is sent, before it arrives.
    Sent,
}

struct World {
    proxy: Proxy,
    store: Store,
    _database: TestDatabase,
}

impl World {
    async fn new() -> Self {
        let key = store::schema_digest();
        let database = TestDatabase::create(&key, async |url| {
            let store = store_at(&url);
            store.migrate(&within(PATIENCE)).await.expect("migrations");
            store.close(&within(PATIENCE)).await;
            Ok::<_, Infallible>(())
        });
        let database = database.await.expect("a database");
        let mut url = Url::parse(database.url()).expect("a URL");
        let target: SocketAddr = url.socket_addrs(|| None).expect("an address")[0];
        let proxy = Proxy::start(target).expect("a port");
        url.set_port(Some(proxy.address().port())).expect("a host");
        Self {
            proxy,
            store: store_at(url.as_str()),
            _database: database,
        }
    }
}

fn store_at(url: &str) -> Store {
    let database = Database {
        secret: None,
        url: Secret::new(url.to_owned()),
        tls: DatabaseTls::Off,
        search_path: Vec::new(),
    };
    Store::new(&database, "fault tests").expect("a sound URL")
}

fn within(time: Duration) -> Budget {
    Budget::starting(clock::now(), time)
}

fn article(name: &str) -> [NewArticle; 1] {
    [NewArticle {
        url: format!("https://example.org/{name}"),
        title: None,
    }]
}

/// Puts `fault` in force at `moment`.
async fn arrange(world: &mut World, fault: Fault, moment: Moment) {
    if moment != Moment::Connect {
        let known = world.store.add(&within(PATIENCE), &article("before")).await;
        known.expect("nothing is wrong yet");
    }
    match moment {
        Moment::Connect | Moment::Idle => world.proxy.set(fault).await.expect("the port"),
        Moment::Sent => world.proxy.set_when_sent("gleaner_add", fault),
    }
}

/// Whether the error is one that this fault may have. A fault that is silent is a time-out, one
/// that breaks the connection is not; after the statement was sent, its end may be unknown.
fn fits(error: &StoreError, fault: Fault) -> bool {
    match error {
        StoreError::Timeout(_) => !matches!(fault, Fault::Refuse | Fault::Reset),
        StoreError::Unavailable { .. } | StoreError::CommitUnknown { .. } => true,
        _ => false,
    }
}

/// Whether the server has done what was sent as the fault began, where that is certain. A hole
/// delivers what it held when it closes, perhaps before the next call and perhaps not; a connection
/// that is cut in its first answer may take the statement behind it along, unread.
fn heard(fault: Fault) -> Option<bool> {
    match fault {
        Fault::None | Fault::Mute | Fault::Drip(_) => Some(true),
        Fault::Refuse | Fault::Reset => Some(false),
        Fault::Unreachable | Fault::Blackhole | Fault::Cut(_) => None,
    }
}

async fn strike(fault: Fault, moment: Moment) {
    let mut world = World::new().await;
    arrange(&mut world, fault, moment).await;
    let started = clock::now();

    let struck = world.store.add(&within(CAP), &article("during")).await;

    let took = clock::now() - started;
    assert!(took < CAP + SLACK, "{fault:?} at {moment:?} took {took:?}");
    assert_eq!(
        world.proxy.fault(),
        fault,
        "{fault:?} at {moment:?} did not fire"
    );
    let error = struck.expect_err("the database is out of reach");
    assert!(fits(&error, fault), "{fault:?} at {moment:?}: {error:?}");

    world.proxy.set(Fault::None).await.expect("the port");
    let after = world.store.add(&within(PATIENCE), &article("during")).await;
    let after = after.expect("the database is back");
    // Once, whether the answer was lost or the request.
    assert_eq!(
        after.inserted.len() + after.known.len(),
        1,
        "{fault:?} at {moment:?}"
    );
    if moment == Moment::Sent
        && let Some(heard) = heard(fault)
    {
        assert_eq!(after.known.len() == 1, heard, "{fault:?} at {moment:?}");
    }
    let broken = world.store.violations(&within(PATIENCE)).await;
    assert_eq!(
        broken.expect("an answer").len(),
        0,
        "{fault:?} at {moment:?}"
    );
    world.store.close(&within(PATIENCE)).await;
    world.proxy.stop().await;
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_at_first_is_told_in_time() {
    for fault in FAULTS {
        strike(fault, Moment::Connect).await;
    }
}

#[tokio::test]
async fn a_database_that_goes_while_a_connection_is_idle_is_told_in_time() {
    for fault in FAULTS {
        strike(fault, Moment::Idle).await;
    }
}

#[tokio::test]
async fn a_database_that_goes_when_a_transaction_is_sent_is_told_in_time() {
    for fault in FAULTS {
        strike(fault, Moment::Sent).await;
    }
}
