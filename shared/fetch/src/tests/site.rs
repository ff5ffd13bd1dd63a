//! A TCP server on loopback that does what a script says, byte for byte.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A running site; it ends with its owner.
pub(super) struct Site {
    pub(super) addr: SocketAddr,
    accepts: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

/// One connection to a site, its request read.
pub(super) struct Visit {
    pub(super) stream: TcpStream,
    pub(super) path: String,
}

impl Site {
    /// Every request gets `answer`, then the connection is closed in order.
    pub(super) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Arc<[u8]> = answer.into().into();
        Self::playing(move |visit| {
            let answer = Arc::clone(&answer);
            async move { visit.send_and_close(&answer).await }
        })
        .await
    }

    /// Every connection runs `script` once its request has come.
    pub(super) async fn playing<F, Fut>(script: F) -> Self
    where
        F: Fn(Visit) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        let mut site = Self::accepting(move |mut stream| {
            let (script, seen) = (script.clone(), Arc::clone(&seen));
            async move {
                let Some(request) = read_head(&mut stream).await else {
                    return;
                };
                let path = request.split(' ').nth(1).unwrap_or("").to_owned();
                seen.lock().expect("no panic under it").push(request);
                script(Visit { stream, path }).await;
            }
        })
        .await;
        site.requests = requests;
        site
    }

    /// Every connection runs `script` at once.
    pub(super) async fn accepting<F, Fut>(script: F) -> Self
    where
        F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let accepts = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&accepts);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut visits = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("it listens");
                counter.fetch_add(1, Ordering::SeqCst);
                visits.spawn(script(stream));
            }
        });
        Self {
            addr,
            accepts,
            requests: Arc::default(),
            _tasks: tasks,
        }
    }

    /// Connections accepted.
    pub(super) fn accepts(&self) -> usize {
        self.accepts.load(Ordering::SeqCst)
    }

    /// Requests read, heads as they came.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic under it").clone()
    }
}

impl Visit {
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        // A client that has seen enough hangs up; that is its right, and not ours to judge here.
        if self.stream.write_all(bytes).await.is_ok() {
            self.stream.flush().await.expect("sockets do not buffer");
        }
    }

    /// Ends with FIN, and waits for the client's: closing with unread bytes would be a reset.
    pub(super) async fn send_and_close(mut self, bytes: &[u8]) {
        self.send(bytes).await;
        if self.stream.shutdown().await.is_ok() {
            drain(&mut self.stream).await;
        }
    }

    /// Ends with RST.
    pub(super) fn reset(self) {
        self.stream.set_zero_linger().expect("it is a socket");
    }
}

pub(super) async fn drain(stream: &mut (impl AsyncRead + Unpin)) {
    let mut buffer = [0; 1024];
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}

/// A request's head; `None` if the client left before its end.
pub(super) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).expect("heads are text"))
}

/// An answer with status, headers and a body whose length is announced.
pub(super) fn answer(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    for header in headers {
        bytes.extend_from_slice(format!("{header}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// A page as most sites send it.
pub(super) fn page(body: impl AsRef<[u8]>) -> Vec<u8> {
    answer("200 OK", &["Content-Type: text/html; charset=utf-8"], body)
}
