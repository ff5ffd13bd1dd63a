//! A stand-in for an LLM: rules, not a language model.
//!
//! It speaks both dialects on loopback, reads the numbered sentences of the prompt (or plain text)
//! and picks facts by rules; its quotes are verbatim. So the first run of Gleaner needs no key and
//! no network, and the same replies come back every time. By script it misbehaves in every way that
//! endpoints are known to: see [`Fault`].

mod fault;
mod handler;
mod options;
mod reply;
mod request;
mod respond;
mod rules;
mod script;
mod stream;
mod words;

use std::net::SocketAddr;
use std::sync::Arc;

use faulty_http::Server;
use thiserror::Error;

pub use fault::{Fault, UnknownFault};
pub use handler::Logged;
pub use options::{LABEL, MODEL, Options};
pub use request::{ChatRequest, Form};
pub use script::{BadScript, RetryAfter, Script, ScriptedFault};

use handler::Chat;

/// Why a stand-in does not run.
#[derive(Debug, Error)]
pub enum StandInError {
    /// The address cannot be listened on.
    #[error("listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The address is not of this machine alone.
    #[error("listen on {address}: the stand-in is for this machine alone; use a loopback address")]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
}

/// A running stand-in. Dropping it stops it at once; [`Self::stop`] also waits for the end.
pub struct StandIn {
    server: Server,
    chat: Arc<Chat>,
}

impl StandIn {
    /// Starts listening; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is not loopback or cannot be listened on.
    pub async fn start(address: SocketAddr, options: Options) -> Result<Self, StandInError> {
        if !address.ip().is_loopback() && !options.for_containers {
            return Err(StandInError::NotLoopback { address });
        }
        let chat = Arc::new(Chat::new(options));
        let handler = Arc::clone(&chat);
        let server = Server::start(address, handler).await;
        let server = server.map_err(|source| StandInError::Listen { address, source })?;
        Ok(Self { server, chat })
    }

    /// The base URL for clients: `http://127.0.0.1:PORT/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address())
    }

    /// The address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The requests so far, oldest first; at most the last 10,000.
    #[must_use]
    pub fn log(&self) -> Vec<Logged> {
        self.chat.log()
    }

    /// How many requests there were.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.chat.requests()
    }

    /// Replaces the script and empties the log.
    pub fn set_script(&self, script: Script) {
        self.chat.set_script(script);
    }

    /// Closes every connection and ends.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

#[cfg(test)]
mod tests;
