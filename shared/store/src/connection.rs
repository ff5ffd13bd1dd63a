//! One connection and the driver that moves its bytes. The driver is no task of its own: it is
//! polled together with each request, so it can neither die unseen nor be forgotten.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Instant, SystemTime};

use runtime::clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{CancelToken, Client, Socket};

use crate::error::StoreError;

type Driver = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// A connection in use or kept for the next use.
pub(crate) struct Connection {
    client: Client,
    driver: Driver,
    /// When it last answered, by both clocks: only the wall clock runs on while a sandbox is frozen.
    last_answer: (Instant, SystemTime),
}

impl Connection {
    pub(crate) fn new<T>(client: Client, driver: tokio_postgres::Connection<Socket, T>) -> Self
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Self {
            client,
            driver: Box::pin(driver),
            last_answer: (clock::now(), clock::wall()),
        }
    }

    /// When the server last answered.
    pub(crate) fn last_answer(&self) -> (Instant, SystemTime) {
        self.last_answer
    }

    /// What asks the server to stop this connection's query, even after the connection is gone.
    pub(crate) fn cancel_token(&self) -> CancelToken {
        self.client.cancel_token()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs a request against the driver. If the driver ends first, the request would pend for
    /// ever; it is given up at once instead.
    pub(crate) async fn drive<'c, F, R, T>(&'c mut self, request: R) -> Result<T, StoreError>
    where
        R: FnOnce(&'c Client) -> F,
        F: Future<Output = Result<T, StoreError>>,
    {
        let Self {
            client,
            driver,
            last_answer,
        } = self;
        let mut request = pin!(request(client));
        let answer = poll_fn(|context| {
            // Twice: the first poll hands the request to the driver, the second takes an answer
            // that the driver has just read.
            if let Poll::Ready(answer) = request.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
            let ended = driver.as_mut().poll(context);
            if let Poll::Ready(answer) = request.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
            match ended {
                Poll::Ready(end) => Poll::Ready(Err(StoreError::lost(end.err().as_ref()))),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        if answer.is_ok() {
            *last_answer = (clock::now(), clock::wall());
        }
        answer
    }

    /// Closes cleanly: dropping the client makes the driver send it and end.
    pub(crate) async fn close(self) {
        let Self { client, driver, .. } = self;
        drop(client);
        if let Err(error) = driver.await {
            tracing::debug!(error = %error, "a database connection did not close in order");
        }
    }
}
