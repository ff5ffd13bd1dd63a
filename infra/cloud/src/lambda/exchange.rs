//! What stands between one process and the pool: one invocation at a time, passed over and answered.
//!
//! The Runtime API's handlers are on one side, the pool on the other. Whatever a process does out
//! of turn is a named [`Breach`]; nothing here waits for a process without the pool's own limit.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::Breach;

/// An invocation on its way to a process.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) request_id: String,
    pub(super) deadline_ms: u128,
    pub(super) arn: String,
    pub(super) trace_id: String,
    pub(super) payload: Bytes,
}

/// How a process ended an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Response(Bytes),
    Error(Bytes),
    /// It asked for the next invocation instead.
    None,
}

#[derive(Debug, Default)]
enum Phase {
    /// Nothing is on the way.
    #[default]
    Idle,
    Offered(Delivery),
    Running(String),
    Answered(Answer),
    InitFailed(Bytes),
}

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    /// Requests for the next invocation that are open.
    asking: usize,
    /// Whether it has ever asked.
    started: bool,
    /// The last invocation that was answered.
    last: Option<String>,
}

/// The exchange of one process.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    state: Mutex<State>,
    /// Wakes a process's request for the next invocation.
    offered: Notify,
    /// Wakes the pool.
    moved: Notify,
}

impl Exchange {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code under the lock can panic between two writes, so a poisoned state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process asks for the next invocation.
    pub(super) async fn next(&self) -> Delivery {
        let _asking = Asking::begin(self);
        loop {
            if let Some(delivery) = self.take_offer() {
                return delivery;
            }
            self.offered.notified().await;
        }
    }

    fn take_offer(&self) -> Option<Delivery> {
        let mut state = self.state();
        match std::mem::take(&mut state.phase) {
            Phase::Offered(delivery) => {
                state.phase = Phase::Running(delivery.request_id.clone());
                Some(delivery)
            }
            other => {
                state.phase = other;
                None
            }
        }
    }

    /// The process answers.
    pub(super) fn answer(&self, request_id: &str, answer: Answer) -> Result<(), Breach> {
        let mut state = self.state();
        match &state.phase {
            Phase::Running(current) if current == request_id => {
                state.last = Some(request_id.to_owned());
                state.phase = Phase::Answered(answer);
                self.moved.notify_one();
                Ok(())
            }
            _ if state.last.as_deref() == Some(request_id) => Err(Breach::AnsweredTwice),
            _ => Err(Breach::UnknownRequest),
        }
    }

    /// The process reports that it cannot start.
    pub(super) fn init_failed(&self, report: Bytes) -> Result<(), Breach> {
        let mut state = self.state();
        if state.started {
            return Err(Breach::LateInitError);
        }
        state.phase = Phase::InitFailed(report);
        self.moved.notify_one();
        Ok(())
    }

    /// Waits until the process asks for work; its own report if it could not start.
    pub(super) async fn ready(&self) -> Result<(), Bytes> {
        loop {
            {
                let state = self.state();
                match &state.phase {
                    Phase::InitFailed(report) => return Err(report.clone()),
                    Phase::Idle if state.asking > 0 => return Ok(()),
                    Phase::Idle | Phase::Offered(_) | Phase::Running(_) | Phase::Answered(_) => {}
                }
            }
            self.moved.notified().await;
        }
    }

    /// The process's report that it cannot start, if it made one.
    pub(super) fn init_report(&self) -> Option<Bytes> {
        match &self.state().phase {
            Phase::InitFailed(report) => Some(report.clone()),
            Phase::Idle | Phase::Offered(_) | Phase::Running(_) | Phase::Answered(_) => None,
        }
    }

    /// The pool hands over an invocation.
    pub(super) fn offer(&self, delivery: Delivery) {
        self.state().phase = Phase::Offered(delivery);
        self.offered.notify_one();
    }

    /// Waits for the answer.
    pub(super) async fn answered(&self) -> Answer {
        loop {
            if let Some(answer) = self.take_answer() {
                return answer;
            }
            self.moved.notified().await;
        }
    }

    /// The answer, if it is there.
    pub(super) fn take_answer(&self) -> Option<Answer> {
        let mut state = self.state();
        match std::mem::take(&mut state.phase) {
            Phase::Answered(answer) => Some(answer),
            other => {
                state.phase = other;
                None
            }
        }
    }
}

/// One open request for the next invocation; gone when its connection is.
struct Asking<'a>(&'a Exchange);

impl<'a> Asking<'a> {
    fn begin(exchange: &'a Exchange) -> Self {
        let mut state = exchange.state();
        state.asking += 1;
        state.started = true;
        if let Phase::Running(request_id) = &state.phase {
            state.last = Some(request_id.clone());
            state.phase = Phase::Answered(Answer::None);
        }
        exchange.moved.notify_one();
        Self(exchange)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.state().asking -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(request_id: &str) -> Delivery {
        Delivery {
            request_id: request_id.to_owned(),
            deadline_ms: 0,
            arn: String::new(),
            trace_id: String::new(),
            payload: Bytes::from_static(b"{}"),
        }
    }

    /// A process that has taken invocation `a`.
    async fn running() -> Exchange {
        let exchange = Exchange::default();
        exchange.offer(delivery("a"));
        assert_eq!(exchange.next().await.request_id, "a");
        exchange
    }

    #[tokio::test]
    async fn an_answer_reaches_the_pool_once() {
        let exchange = running().await;

        assert_eq!(exchange.answer("a", Answer::Response("1".into())), Ok(()));

        assert_eq!(exchange.answered().await, Answer::Response("1".into()));
        assert_eq!(exchange.take_answer(), None);
    }

    #[tokio::test]
    async fn a_second_answer_is_refused_before_and_after_the_pool_took_the_first() {
        let exchange = running().await;
        assert_eq!(exchange.answer("a", Answer::Response("1".into())), Ok(()));

        let early = exchange.answer("a", Answer::Error("2".into()));
        let first = exchange.answered().await;
        let late = exchange.answer("a", Answer::Error("3".into()));

        assert_eq!(
            (early, late),
            (Err(Breach::AnsweredTwice), Err(Breach::AnsweredTwice))
        );
        assert_eq!(first, Answer::Response("1".into()));
    }

    #[tokio::test]
    async fn an_answer_to_an_unknown_request_changes_nothing() {
        let exchange = running().await;

        let refused = exchange.answer("b", Answer::Response("1".into()));

        assert_eq!(refused, Err(Breach::UnknownRequest));
        assert_eq!(exchange.take_answer(), None);
        assert_eq!(exchange.answer("a", Answer::Response("2".into())), Ok(()));
    }

    #[tokio::test]
    async fn asking_for_more_instead_of_answering_ends_the_invocation_without_an_answer() {
        let exchange = running().await;

        let next = exchange.next();
        let answer = exchange.answered();

        tokio::select! {
            biased;
            _ = next => panic!("there is no second invocation"),
            answer = answer => assert_eq!(answer, Answer::None),
        }
    }

    #[tokio::test]
    async fn a_process_that_hung_up_is_not_ready() {
        let exchange = Exchange::default();
        {
            let next = std::pin::pin!(exchange.next());
            assert!(futures_poll(next).is_none());
            assert_eq!(exchange.ready().await, Ok(()));
        }

        let ready = std::pin::pin!(exchange.ready());

        assert!(futures_poll(ready).is_none());
    }

    #[tokio::test]
    async fn an_init_error_counts_only_before_the_first_request_for_work() {
        let early = Exchange::default();
        assert_eq!(early.init_failed("no".into()), Ok(()));
        assert_eq!(early.ready().await, Err("no".into()));

        let late = running().await;
        assert_eq!(late.init_failed("no".into()), Err(Breach::LateInitError));
    }

    /// Polls once.
    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.poll(&mut context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        }
    }
}
