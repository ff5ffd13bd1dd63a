//! The way to an endpoint and back: connections, certificates, keys, waits that were asked for.

pub(crate) mod client;
mod connect;
pub(crate) mod keys;
pub(crate) mod retry_after;
mod sse;
