//! A name server on loopback, UDP and TCP, that answers what a script says.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;

/// What a question gets.
#[derive(Clone)]
pub(super) enum Says {
    /// These addresses, those of the family that was asked for.
    Addresses(Vec<IpAddr>),
    /// The name does not exist.
    NoSuchName,
    /// A failure code: 2 is SERVFAIL, 5 REFUSED.
    Code(u8),
    /// Nothing at all.
    Silence,
    /// "Ask again over TCP", and there these addresses.
    TcpOnly(Vec<IpAddr>),
    /// Bytes that are no DNS message.
    Garbage,
}

/// A question: name, and whether IPv6 addresses are wanted.
pub(super) struct Question<'a> {
    pub(super) name: &'a str,
    pub(super) v6: bool,
    /// How many questions came before.
    pub(super) nth: usize,
}

pub(super) struct NameServer {
    pub(super) addr: SocketAddr,
    questions: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl NameServer {
    pub(super) async fn saying<F>(script: F) -> Self
    where
        F: Fn(&Question<'_>) -> Says + Send + Sync + 'static,
    {
        let (udp, tcp) = same_port().await;
        let addr = udp.local_addr().expect("it is bound");
        let questions = Arc::<AtomicUsize>::default();
        let script = Arc::new(script);
        let mut tasks = JoinSet::new();
        tasks.spawn(serve_udp(udp, Arc::clone(&script), Arc::clone(&questions)));
        tasks.spawn(serve_tcp(tcp, script, Arc::clone(&questions)));
        Self {
            addr,
            questions,
            _tasks: tasks,
        }
    }

    /// Questions that came.
    pub(super) fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }
}

async fn same_port() -> (UdpSocket, TcpListener) {
    for _ in 0..50 {
        let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let addr = udp.local_addr().expect("it is bound");
        if let Ok(tcp) = TcpListener::bind(addr).await {
            return (udp, tcp);
        }
    }
    panic!("no port is free for both UDP and TCP");
}

async fn serve_udp<F>(udp: UdpSocket, script: Arc<F>, questions: Arc<AtomicUsize>)
where
    F: Fn(&Question<'_>) -> Says + Send + Sync + 'static,
{
    let mut buffer = [0; 4096];
    loop {
        let (length, peer) = udp.recv_from(&mut buffer).await.expect("it is bound");
        let nth = questions.fetch_add(1, Ordering::SeqCst);
        if let Some(reply) = reply(&buffer[..length], nth, &*script, false) {
            udp.send_to(&reply, peer)
                .await
                .expect("loopback carries it");
        }
    }
}

async fn serve_tcp<F>(tcp: TcpListener, script: Arc<F>, questions: Arc<AtomicUsize>)
where
    F: Fn(&Question<'_>) -> Says + Send + Sync + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let (mut stream, _) = tcp.accept().await.expect("it listens");
        let (script, questions) = (Arc::clone(&script), Arc::clone(&questions));
        connections.spawn(async move {
            while let Ok(length) = stream.read_u16().await {
                let mut query = vec![0; length.into()];
                if stream.read_exact(&mut query).await.is_err() {
                    return;
                }
                let nth = questions.fetch_add(1, Ordering::SeqCst);
                if let Some(reply) = reply(&query, nth, &*script, true) {
                    let length = u16::try_from(reply.len()).expect("replies are short");
                    let framed = [&length.to_be_bytes()[..], &reply].concat();
                    stream.write_all(&framed).await.expect("the client waits");
                }
            }
        });
    }
}

const HEADER: usize = 12;

fn reply<F>(query: &[u8], nth: usize, script: &F, over_tcp: bool) -> Option<Vec<u8>>
where
    F: Fn(&Question<'_>) -> Says,
{
    let (name, end) = read_name(query);
    let v6 = query[end + 1] == 28;
    let question = &query[HEADER..end + 4];
    let says = script(&Question {
        name: &name,
        v6,
        nth,
    });
    let (code, truncated, addresses) = match says {
        Says::Silence => return None,
        Says::Garbage => return Some(query[..5].to_vec()),
        Says::NoSuchName => (3, false, Vec::new()),
        Says::Code(code) => (code, false, Vec::new()),
        Says::Addresses(addresses) => (0, false, addresses),
        Says::TcpOnly(addresses) if over_tcp => (0, false, addresses),
        Says::TcpOnly(_) => (0, true, Vec::new()),
    };
    let mut records = Vec::new();
    let mut count = 0_u16;
    for ip in addresses.into_iter().filter(|ip| ip.is_ipv6() == v6) {
        let (kind, data) = match ip {
            IpAddr::V4(ip) => (1_u8, ip.octets().to_vec()),
            IpAddr::V6(ip) => (28, ip.octets().to_vec()),
        };
        let length = u8::try_from(data.len()).expect("4 or 16");
        // The question's name, type, class IN, a TTL of 0, the address.
        records.extend_from_slice(&[0xc0, 0x0c, 0, kind, 0, 1, 0, 0, 0, 0, 0, length]);
        records.extend_from_slice(&data);
        count += 1;
    }
    let flags = [0x81 | if truncated { 2 } else { 0 }, 0x80 | code];
    let counts = [[0, 1], count.to_be_bytes(), [0, 0], [0, 0]].concat();
    Some([&query[..2], &flags, &counts, question, &records].concat())
}

/// The name of the first question, and where it ends.
fn read_name(query: &[u8]) -> (String, usize) {
    let mut labels = Vec::new();
    let mut at = HEADER;
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    (labels.join("."), at + 1)
}
