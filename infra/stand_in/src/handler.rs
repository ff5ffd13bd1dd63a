//! What every request gets, and the log.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use faulty_http::{Act, Handler, Request, Response};

use super::fault::Fault;
use super::options::{LABEL, MODEL, Options};
use super::reply::{Envelope, json};
use super::request::{Body, ChatRequest, Form, Sentences};
use super::script::Script;
use super::{respond, rules};

/// Requests kept in the log: a benchmark sends far more than anybody reads.
const LOG_MAX: usize = 10_000;

/// One request, as logged.
#[derive(Clone, Debug)]
pub struct Logged {
    /// When it had been read.
    pub at: Instant,
    /// What it asked.
    pub request: ChatRequest,
    /// Whether it carried a key.
    pub has_key: bool,
    /// The fault in its reply; `None` for a sound reply.
    pub fault: Option<Fault>,
    /// Facts that the rules picked.
    pub facts: usize,
    /// Its prompt, when prompts are kept.
    pub prompt: Option<String>,
    /// Its body as it came, when prompts are kept.
    pub body: Option<String>,
}

/// Script and log, which all connections share.
#[derive(Debug)]
pub(super) struct Chat {
    options: Options,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    script: Script,
    log: VecDeque<Logged>,
    requests: u64,
}

impl Chat {
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

    pub(super) fn set_script(&self, script: Script) {
        let mut inner = self.inner();
        inner.script = script;
        inner.log.clear();
        inner.requests = 0;
    }

    /// Decides what a request for facts gets, and logs it.
    fn chat(&self, anthropic: bool, request: &Request) -> Vec<Act> {
        let Ok(body) = serde_json::from_slice::<Body<'_>>(&request.body) else {
            let body = r#"{"error":{"message":"the body is not JSON of this dialect"}}"#;
            return json(400, body).sound(request);
        };
        let prompt = body.prompt();
        let sentences = Sentences::of(&prompt);
        let mut asked = body.summary(anthropic, &sentences);
        asked.form.bounds = asked.form.schema && contains(&request.body, b"\"maxItems\"");
        let picked = rules::pick(&sentences);
        let envelope = Envelope {
            form: asked.form,
            prompt_bytes: request.body.len(),
        };
        let key = key(request);
        let mut inner = self.inner();
        let fault = inner.script.take(&asked, &prompt, key);
        inner.requests += 1;
        if inner.log.len() == LOG_MAX {
            inner.log.pop_front();
        }
        let logged = Logged {
            at: runtime::clock::now(),
            has_key: key.is_some(),
            fault: fault.as_ref().map(|it| it.fault),
            facts: picked.len(),
            prompt: self.options.keep_prompts.then(|| prompt.to_string()),
            body: (self.options.keep_prompts)
                .then(|| String::from_utf8_lossy(&request.body).into_owned()),
            request: asked,
        };
        tracing::debug!(
            fault = logged.fault.map(Fault::as_str),
            facts = logged.facts,
            sentences = logged.request.sentences_asked,
            "{LABEL}: answered a request"
        );
        inner.log.push_back(logged);
        drop(inner);
        let mut acts = respond::acts(fault.as_ref(), &picked, envelope, request);
        if !self.options.delay.is_zero() {
            acts.insert(0, Act::Wait(self.options.delay));
        }
        acts
    }
}

impl Handler for Chat {
    fn handle(&self, request: &Request) -> Vec<Act> {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", path) if path.ends_with("/chat/completions") => self.chat(false, request),
            ("POST", path) if path.ends_with("/messages") => self.chat(true, request),
            ("GET", path) if path.ends_with("/models") => models().sound(request),
            ("GET", "/") => about().sound(request),
            _ => json(404, r#"{"error":{"message":"no such path"}}"#).sound(request),
        }
    }
}

/// The key that a request carries, in whichever header.
fn key(request: &Request) -> Option<&str> {
    let bearer = request.header("authorization");
    let bearer = bearer.map(|value| value.trim_start_matches("Bearer "));
    let own = || request.header("x-api-key").or(request.header("api-key"));
    bearer.or_else(own)
}

fn contains(body: &[u8], word: &[u8]) -> bool {
    body.windows(word.len()).any(|at| at == word)
}

fn models() -> Response {
    let body = serde_json::json!({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": LABEL}]});
    json(200, body.to_string())
}

fn about() -> Response {
    let body = format!("{MODEL}: {LABEL}. POST /v1/chat/completions or /v1/messages\n");
    Response::new(200)
        .header("content-type", "text/plain")
        .body(body)
}

// What the log shows of a request's form is also what scripts ask for.
impl Logged {
    /// The form of the request.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.request.form
    }
}
