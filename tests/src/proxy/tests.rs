//! Each fault against a server that answers what it is told, and one against Postgres.

use std::io::ErrorKind;
use std::time::Duration;

use database::TestDatabase;
use domain::{Budget, Step};
use runtime::{TimedOut, clock, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_postgres::NoTls;

use super::*;

/// What is said not to come does not come within this.
const QUIET: Duration = Duration::from_millis(150);

/// More than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

async fn in_time<T>(time: Duration, future: impl Future<Output = T>) -> Result<T, TimedOut> {
    within(Step::Connect, &Budget::starting(clock::now(), time), future).await
}

/// A server that sends back what it gets, and says what it got.
struct World {
    proxy: Proxy,
    got: mpsc::UnboundedReceiver<Vec<u8>>,
    _server: JoinSet<()>,
}

impl World {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let target = listener.local_addr().expect("an address");
        let (say, got) = mpsc::unbounded_channel();
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((client, _peer)) = listener.accept().await {
                clients.spawn(echo(client, say.clone()));
            }
        });
        Self {
            proxy: Proxy::start(target).expect("a port"),
            got,
            _server: server,
        }
    }

    async fn connect(&self) -> TcpStream {
        let connected = in_time(PATIENCE, TcpStream::connect(self.proxy.address())).await;
        connected.expect("in time").expect("it listens")
    }

    async fn set(&mut self, fault: Fault) {
        self.proxy.set(fault).await.expect("the port is to be had");
    }

    /// What the server gets next.
    async fn server_gets(&mut self) -> Vec<u8> {
        let got = in_time(PATIENCE, self.got.recv()).await;
        got.expect("in time").expect("it runs")
    }

    async fn server_gets_nothing(&mut self) -> bool {
        in_time(QUIET, self.got.recv()).await.is_err()
    }

    async fn until_struck(&self) {
        until_struck(&self.proxy).await;
    }
}

async fn until_struck(proxy: &Proxy) {
    let struck = async {
        while proxy.struck() == 0 {
            tokio::task::yield_now().await;
        }
    };
    in_time(PATIENCE, struck).await.expect("the fault strikes");
}

async fn echo(mut client: TcpStream, say: mpsc::UnboundedSender<Vec<u8>>) {
    let mut piece = vec![0; 4_096];
    while let Ok(read @ 1..) = client.read(&mut piece).await {
        if say.send(piece[..read].to_vec()).is_err() {
            return;
        }
        if client.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
}

async fn send(client: &mut TcpStream, bytes: &[u8]) {
    client.write_all(bytes).await.expect("it is open");
}

/// As many bytes as `N`.
async fn receive<const N: usize>(client: &mut TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    let read = in_time(PATIENCE, client.read_exact(&mut bytes)).await;
    read.expect("in time").expect("it is open");
    bytes
}

async fn is_quiet(client: &mut TcpStream) -> bool {
    in_time(QUIET, client.read_u8()).await.is_err()
}

async fn error_of(client: &mut TcpStream) -> Option<ErrorKind> {
    let read = in_time(PATIENCE, client.read_u8()).await;
    read.expect("it ends").err().map(|error| error.kind())
}

#[tokio::test]
async fn without_a_fault_everything_passes() {
    let world = World::new().await;
    let mut client = world.connect().await;
    let sent: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();

    let (mut reader, mut writer) = client.split();
    let mut received = vec![0; sent.len()];
    let (wrote, read) = tokio::join!(writer.write_all(&sent), reader.read_exact(&mut received));

    wrote.expect("it is open");
    read.expect("it is open");
    assert!(received == sent);
    assert_eq!((world.proxy.accepted(), world.proxy.struck()), (1, 0));
    world.proxy.stop().await;
}

#[tokio::test]
async fn a_crashed_server_resets_and_then_refuses_until_it_is_back() {
    let mut world = World::new().await;
    let mut open = world.connect().await;
    send(&mut open, b"a").await;
    receive::<1>(&mut open).await;

    world.set(Fault::Refuse).await;
    let struck = error_of(&mut open).await;
    let refused = TcpStream::connect(world.proxy.address()).await;
    world.set(Fault::None).await;
    let mut again = world.connect().await;
    send(&mut again, b"b").await;

    assert_eq!(struck, Some(ErrorKind::ConnectionReset));
    assert_eq!(
        refused.err().map(|it| it.kind()),
        Some(ErrorKind::ConnectionRefused)
    );
    assert_eq!(&receive::<1>(&mut again).await, b"b");
    assert_eq!(world.proxy.struck(), 1);
    world.proxy.stop().await;
}

#[tokio::test]
async fn out_of_reach_a_connection_is_neither_made_nor_refused() {
    let mut world = World::new().await;

    world.set(Fault::Unreachable).await;
    let hangs = in_time(QUIET, TcpStream::connect(world.proxy.address())).await;
    world.set(Fault::None).await;
    let mut again = world.connect().await;
    send(&mut again, b"b").await;

    assert!(hangs.is_err(), "{hangs:?}");
    assert_eq!(&receive::<1>(&mut again).await, b"b");
    world.proxy.stop().await;
}

#[tokio::test]
async fn new_and_open_connections_are_reset() {
    let mut world = World::new().await;
    let mut open = world.connect().await;
    send(&mut open, b"a").await;
    receive::<1>(&mut open).await;

    world.set(Fault::Reset).await;
    let mut new = world.connect().await;

    assert_eq!(error_of(&mut open).await, Some(ErrorKind::ConnectionReset));
    assert_eq!(error_of(&mut new).await, Some(ErrorKind::ConnectionReset));
    assert_eq!(world.proxy.struck(), 2);
    world.proxy.stop().await;
}

#[tokio::test]
async fn a_black_hole_holds_bytes_and_gives_them_back() {
    let mut world = World::new().await;
    world.set(Fault::Blackhole).await;
    let mut client = world.connect().await;

    send(&mut client, b"held").await;
    world.until_struck().await;
    let quiet = is_quiet(&mut client).await;
    let held = world.server_gets_nothing().await;
    world.set(Fault::None).await;

    assert!(quiet && held);
    assert_eq!(&receive::<4>(&mut client).await, b"held");
    world.proxy.stop().await;
}

#[tokio::test]
async fn a_mute_server_hears_and_its_answers_are_lost() {
    let mut world = World::new().await;
    let mut client = world.connect().await;
    world.set(Fault::Mute).await;

    send(&mut client, b"lost").await;
    let arrived = world.server_gets().await;
    world.until_struck().await;
    let quiet = is_quiet(&mut client).await;
    world.set(Fault::None).await;
    send(&mut client, b"next").await;

    assert_eq!((&arrived[..], quiet), (&b"lost"[..], true));
    assert_eq!(&receive::<4>(&mut client).await, b"next");
    assert_eq!(world.proxy.struck(), 1);
    world.proxy.stop().await;
}

#[tokio::test]
async fn a_drip_takes_its_time_for_each_byte() {
    let mut world = World::new().await;
    world.set(Fault::Drip(Duration::from_millis(20))).await;
    let mut client = world.connect().await;
    let started = clock::now();

    send(&mut client, b"slow!").await;

    assert_eq!(&receive::<5>(&mut client).await, b"slow!");
    assert!(clock::now() - started >= Duration::from_millis(80));
    assert_eq!(world.proxy.struck(), 1);
    world.proxy.stop().await;
}

#[tokio::test]
async fn an_answer_is_cut_after_exactly_so_many_bytes() {
    let mut world = World::new().await;
    let mut client = world.connect().await;
    send(&mut client, b"whole").await;
    receive::<5>(&mut client).await;

    world.set(Fault::Cut(3)).await;
    send(&mut client, b"broken").await;
    let mut rest = Vec::new();
    let ended = in_time(PATIENCE, client.read_to_end(&mut rest)).await;

    ended.expect("in time").expect("in order");
    assert_eq!(rest, b"bro");
    assert_eq!(world.proxy.struck(), 1);
    world.proxy.stop().await;
}

#[tokio::test]
async fn a_trigger_is_pulled_by_its_bytes_even_in_two_pieces_and_once() {
    let mut world = World::new().await;
    let mut client = world.connect().await;
    send(&mut client, b"COMMIT").await;
    receive::<6>(&mut client).await;
    world.proxy.set_when_sent("COMMIT", Fault::Mute);

    send(&mut client, b"; COM").await;
    let first = receive::<5>(&mut client).await;
    let before = world.proxy.fault();
    send(&mut client, b"MIT;").await;
    world.until_struck().await;
    let quiet = is_quiet(&mut client).await;
    let after = world.proxy.fault();
    world.set(Fault::None).await;
    send(&mut client, b"COMMIT").await;

    assert_eq!((&first, before), (b"; COM", Fault::None));
    assert!(quiet);
    assert_eq!(after, Fault::Mute);
    assert_eq!(&receive::<6>(&mut client).await, b"COMMIT");
    world.proxy.stop().await;
}

#[tokio::test]
async fn a_trigger_that_resets_does_not_let_its_bytes_pass() {
    let mut world = World::new().await;
    let mut client = world.connect().await;
    world.proxy.set_when_sent("COMMIT", Fault::Reset);

    send(&mut client, b"COMMIT").await;

    assert_eq!(
        error_of(&mut client).await,
        Some(ErrorKind::ConnectionReset)
    );
    assert!(world.server_gets_nothing().await);
    world.proxy.stop().await;
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_a_commit() {
    let database = TestDatabase::empty().await.expect("a database");
    let direct = url::Url::parse(database.url()).expect("a URL");
    let target = direct.socket_addrs(|| None).expect("an address")[0];
    let mut proxy = Proxy::start(target).expect("a port");
    let mut through = direct.clone();
    through
        .set_port(Some(proxy.address().port()))
        .expect("a host");
    let connected = tokio_postgres::connect(through.as_str(), NoTls).await;
    let (client, connection) = connected.expect("it answers");
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    client
        .batch_execute("CREATE TABLE t (); BEGIN; INSERT INTO t DEFAULT VALUES")
        .await
        .expect("rows");
    proxy.set_when_sent("COMMIT", Fault::Mute);

    let commit = client.batch_execute("COMMIT");
    let unanswered = in_time(PATIENCE, async {
        tokio::select! {
            biased;
            () = until_struck(&proxy) => true,
            _answer = commit => false,
        }
    });
    let unanswered = unanswered.await.expect("one of them");

    let connected = tokio_postgres::connect(direct.as_str(), NoTls).await;
    let (client, connection) = connected.expect("it answers");
    driver.spawn(connection);
    let rows = client
        .query_one("SELECT count(*) FROM t", &[])
        .await
        .expect("an answer");
    assert!(unanswered);
    assert_eq!((rows.get::<_, i64>(0), proxy.struck()), (1, 1));
    proxy.set(Fault::None).await.expect("it listens");
    proxy.stop().await;
}
