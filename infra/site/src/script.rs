//! What each path answers, and what was asked.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::acts::Act;
use super::fault::Fault;
use super::request::Head;
use super::{pages, plan};

/// A log of a bench fits; memory does not grow for ever.
const VISITS_MAX: usize = 100_000;

/// A request that was answered, or that an answer was begun for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// GET, HEAD, …
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The query's pairs.
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The fault that was played, if one was.
    pub fault: Option<Fault>,
}

#[derive(Debug, Default)]
pub(super) struct Table {
    accepted: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    published: HashMap<String, (String, Bytes)>,
    scripts: HashMap<String, VecDeque<(Fault, u32)>>,
    visits: Vec<Visit>,
}

impl Table {
    pub(super) fn accept(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
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

    pub(super) fn visits(&self) -> Vec<Visit> {
        self.state().visits.clone()
    }

    /// Decides the answer and notes the visit; the answer is made after the lock is let go.
    pub(super) fn answer(&self, head: &Head) -> Vec<Act> {
        let decision = {
            let mut state = self.state();
            let decision = state.decide(head);
            state.note(head, &decision);
            decision
        };
        match decision {
            Decision::Refuse(status) => plan::status(status),
            Decision::Play(fault) => plan::fault(&fault, head),
            Decision::Serve(content_type, body) => plan::content(&content_type, body, head),
            Decision::Missing(why) => plan::text(404, &why, head),
        }
    }

    /// The state is valid after every statement, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Decision {
    Refuse(u16),
    Play(Fault),
    Serve(Cow<'static, str>, Bytes),
    Missing(String),
}

impl State {
    fn decide(&mut self, head: &Head) -> Decision {
        if let Some(status) = head.refused {
            return Decision::Refuse(status);
        }
        if !matches!(head.method.as_str(), "GET" | "HEAD") {
            return Decision::Refuse(405);
        }
        if let Some(fault) = self.scripted(&head.path) {
            return Decision::Play(fault);
        }
        if let Some(name) = head.path.strip_prefix("/fault/") {
            let fault = Fault::parse(name, |key| head.parameter(key));
            return fault.map_or_else(|it| Decision::Missing(it.to_string()), Decision::Play);
        }
        self.content(&head.path)
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

    fn note(&mut self, head: &Head, decision: &Decision) {
        if self.visits.len() >= VISITS_MAX || head.refused.is_some() {
            return;
        }
        let fault = match decision {
            Decision::Play(fault) => Some(fault.clone()),
            Decision::Refuse(_) | Decision::Serve(..) | Decision::Missing(_) => None,
        };
        self.visits.push(Visit {
            method: head.method.clone(),
            path: head.path.clone(),
            query: head.query.clone(),
            headers: head.headers.clone(),
            fault,
        });
    }
}
