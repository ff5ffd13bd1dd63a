//! The accept loop, connections with keep-alive, and the log.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::fault::Fault;
use super::heard::{Form, Heard, Request, Sentences};
use super::http::{Answer, Asked, Inbox};
use super::play::{self, Delivery};
use super::reply::Envelope;
use super::script::Script;
use super::{LABEL, MODEL, Options, rules};

/// Requests kept in the log: a benchmark sends far more than anybody reads.
const LOG_MAX: usize = 10_000;

/// Connections at once: more than a run of hundreds of workers needs, fewer than descriptors allow.
const CONNECTIONS_MAX: usize = 900;

/// One request, as logged.
#[derive(Clone, Debug)]
pub struct Logged {
    /// When it had been read.
    pub at: Instant,
    /// What it asked.
    pub heard: Heard,
    /// Whether it carried a key.
    pub has_key: bool,
    /// What was played to it; `None` for a sound reply.
    pub fault: Option<Fault>,
    /// Facts that the rules picked.
    pub facts: usize,
    /// Its prompt, when prompts are kept.
    pub prompt: Option<String>,
}

/// What the connections share.
pub(super) struct Stage {
    options: Options,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    script: Script,
    log: VecDeque<Logged>,
    requests: u64,
}

impl Stage {
    pub(super) fn new(options: Options) -> Self {
        let inner = Inner {
            script: options.script.clone(),
            ..Inner::default()
        };
        Self {
            options,
            inner: Mutex::new(inner),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log(&self) -> Vec<Logged> {
        self.inner().log.iter().cloned().collect()
    }

    pub(super) fn requests(&self) -> u64 {
        self.inner().requests
    }

    pub(super) fn play(&self, script: Script) {
        let mut inner = self.inner();
        inner.script = script;
        inner.log.clear();
        inner.requests = 0;
    }

    /// Decides what one request gets, and logs it.
    fn meet(&self, asked: &Asked) -> Delivery {
        let path = asked.path.split('?').next().unwrap_or("");
        let anthropic = match (asked.method.as_str(), path) {
            ("POST", path) if path.ends_with("/chat/completions") => false,
            ("POST", path) if path.ends_with("/messages") => true,
            ("GET", path) if path.ends_with("/models") => return Delivery::Whole(models()),
            ("GET", "/") => return Delivery::Whole(about()),
            _ => {
                return Delivery::Whole(Answer::json(
                    404,
                    r#"{"error":{"message":"no such path"}}"#,
                ));
            }
        };
        let Ok(request) = serde_json::from_slice::<Request<'_>>(&asked.body) else {
            let body = r#"{"error":{"message":"the body is not JSON of this dialect"}}"#;
            return Delivery::Whole(Answer::json(400, body));
        };
        let prompt = request.prompt();
        let sentences = Sentences::of(&prompt);
        let heard = request.heard(anthropic, &sentences);
        let picked = rules::pick(&sentences);
        let envelope = Envelope {
            form: heard.form,
            prompt_bytes: asked.body.len(),
        };
        let key = asked.key.as_deref();
        let mut inner = self.inner();
        let act = inner.script.take(&heard, &prompt, key);
        inner.requests += 1;
        if inner.log.len() == LOG_MAX {
            inner.log.pop_front();
        }
        let logged = Logged {
            at: runtime::clock::now(),
            has_key: key.is_some(),
            fault: act.as_ref().map(|act| act.fault),
            facts: picked.len(),
            prompt: self.options.keep_prompts.then(|| prompt.to_string()),
            heard,
        };
        tracing::debug!(
            fault = logged.fault.map(Fault::as_str),
            facts = logged.facts,
            sentences = logged.heard.sentences_asked,
            "{LABEL}: answered a request"
        );
        inner.log.push_back(logged);
        drop(inner);
        play::deliver(act.as_ref(), &picked, envelope)
    }
}

fn models() -> Answer {
    let body = serde_json::json!({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": LABEL}]});
    Answer::json(200, body.to_string())
}

fn about() -> Answer {
    Answer {
        content_type: "text/plain",
        ..Answer::json(
            200,
            format!("{MODEL}: {LABEL}. POST /v1/chat/completions or /v1/messages\n"),
        )
    }
}

/// Accepts until stopped; then closes what is open.
pub(super) async fn serve(listener: TcpListener, stage: Arc<Stage>, stopping: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                Ok((stream, _peer)) => {
                    connections.spawn(connection(stream, Arc::clone(&stage)));
                }
                Err(error) => {
                    tracing::warn!(error = %error, "the stand-in could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    connections.shutdown().await;
}

/// Serves one connection. Its errors are the client's business: it saw them too.
async fn connection(mut stream: TcpStream, stage: Arc<Stage>) {
    if let Err(error) = converse(&mut stream, &stage).await {
        tracing::debug!(error = %error, "a connection to the stand-in broke");
    }
}

async fn converse(stream: &mut TcpStream, stage: &Stage) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut inbox = Inbox::default();
    while let Some(asked) = inbox.next(stream).await? {
        let delivery = stage.meet(&asked);
        if !stage.options.delay.is_zero() {
            tokio::time::sleep(stage.options.delay).await;
        }
        if !send(stream, delivery).await? {
            break;
        }
    }
    Ok(())
}

/// Sends an answer in its way; whether the connection goes on.
async fn send(stream: &mut TcpStream, delivery: Delivery) -> io::Result<bool> {
    match delivery {
        Delivery::Whole(answer) => stream.write_all(&answer.bytes()).await?,
        Delivery::Later(answer, wait) => {
            tokio::time::sleep(wait).await;
            stream.write_all(&answer.bytes()).await?;
        }
        Delivery::Never => {
            until_the_client_leaves(stream).await?;
            return Ok(false);
        }
        Delivery::Half(answer) => {
            send_half(stream, &answer).await?;
            until_the_client_leaves(stream).await?;
            return Ok(false);
        }
        Delivery::Drip(answer, pause) => {
            for byte in answer.bytes() {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(pause).await;
            }
        }
        Delivery::Close => return Ok(false),
        Delivery::Reset => {
            stream.set_zero_linger()?;
            return Ok(false);
        }
        Delivery::ResetBody(answer) => {
            send_half(stream, &answer).await?;
            // The half has to arrive before the reset overtakes it.
            tokio::time::sleep(Duration::from_millis(20)).await;
            stream.set_zero_linger()?;
            return Ok(false);
        }
        Delivery::Short(answer) => {
            send_half(stream, &answer).await?;
            return Ok(false);
        }
    }
    Ok(true)
}

async fn send_half(stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
    let half = answer.body.len() / 2;
    let mut bytes = answer.head(answer.body.len());
    bytes.extend_from_slice(answer.body.get(..half).unwrap_or(&[]));
    stream.write_all(&bytes).await
}

async fn until_the_client_leaves(stream: &mut TcpStream) -> io::Result<()> {
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}

// What the log shows of a request's form is also what scripts ask for.
impl Logged {
    /// The form of the request.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.heard.form
    }
}
