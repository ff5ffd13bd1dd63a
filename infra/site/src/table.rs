//! What each path answers, and what was asked.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use faulty_http::{Act, Handler, Request, Response};

use super::fault::Fault;
use super::{pages, plan};

/// A log of a bench fits; memory does not grow for ever.
const LOG_MAX: usize = 100_000;

/// A request that was answered, or that an answer was begun for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// What was asked.
    pub request: Request,
    /// How the site misbehaved, if it did.
    pub fault: Option<Fault>,
}

#[derive(Debug)]
pub(super) struct Table {
    keep_alive: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    published: HashMap<String, (String, Bytes)>,
    scripts: HashMap<String, VecDeque<(Fault, u32)>>,
    log: Vec<Logged>,
}

impl Table {
    pub(super) fn new(keep_alive: bool) -> Self {
        Self {
            keep_alive,
            state: Mutex::default(),
        }
    }

    pub(super) fn publish(&self, path: &str, content_type: &str, body: Bytes) {
        let entry = (content_type.to_owned(), body);
        self.state().published.insert(path.to_owned(), entry);
    }

    pub(super) fn script(&self, path: &str, fault: Fault, times: u32) {
        let mut state = self.state();
        let script = state.scripts.entry(path.to_owned()).or_default();
        script.push_back((fault, times));
    }

    pub(super) fn log(&self) -> Vec<Logged> {
        self.state().log.clone()
    }

    /// The state is valid after every statement, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for Table {
    /// Decides the answer and logs the request; the answer is made after the lock is let go.
    fn handle(&self, request: &Request) -> Vec<Act> {
        let decision = {
            let mut state = self.state();
            let decision = state.decide(request);
            state.note(request, &decision);
            decision
        };
        let mut request = request.clone();
        request.keep &= self.keep_alive;
        match decision {
            Decision::Refuse(status) => Response::new(status).sound(&request),
            Decision::Misbehave(fault) => plan::fault(&fault, &request),
            Decision::Serve(content_type, body) => plan::content(&content_type, body, &request),
            Decision::Missing(why) => plan::text(404, &why, &request),
        }
    }
}

enum Decision {
    Refuse(u16),
    Misbehave(Fault),
    Serve(Cow<'static, str>, Bytes),
    Missing(String),
}

impl State {
    fn decide(&mut self, request: &Request) -> Decision {
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return Decision::Refuse(405);
        }
        if let Some(fault) = self.scripted(&request.path) {
            return Decision::Misbehave(fault);
        }
        if let Some(name) = request.path.strip_prefix("/fault/") {
            let fault = Fault::parse(name, |key| request.parameter(key));
            return fault.map_or_else(|it| Decision::Missing(it.to_string()), Decision::Misbehave);
        }
        self.content(&request.path)
    }

    /// The next fault of a path's script.
    fn scripted(&mut self, path: &str) -> Option<Fault> {
        let script = self.scripts.get_mut(path)?;
        while let Some((fault, left)) = script.front_mut() {
            if *left > 0 {
                *left -= 1;
                return Some(fault.clone());
            }
            script.pop_front();
        }
        None
    }

    fn content(&self, path: &str) -> Decision {
        if let Some((content_type, body)) = self.published.get(path) {
            return Decision::Serve(content_type.clone().into(), body.clone());
        }
        if path == "/" {
            return Decision::Serve("text/html; charset=utf-8".into(), pages::index());
        }
        pages::find(path).map_or_else(
            || Decision::Missing("there is no such page".to_owned()),
            |page| Decision::Serve(page.content_type.into(), Bytes::from_static(page.body)),
        )
    }

    fn note(&mut self, request: &Request, decision: &Decision) {
        if self.log.len() >= LOG_MAX {
            return;
        }
        let fault = match decision {
            Decision::Misbehave(fault) => Some(fault.clone()),
            Decision::Refuse(_) | Decision::Serve(..) | Decision::Missing(_) => None,
        };
        self.log.push(Logged {
            request: request.clone(),
            fault,
        });
    }
}
