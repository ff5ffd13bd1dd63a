//! What can be invoked: the pool, or a scripted function in a test.

use std::future::Future;

use bytes::Bytes;

use super::{Functions, Invocation};

/// A function as its event sources see it.
pub trait Target: Send + Sync + 'static {
    /// Invokes it once and waits for the end.
    fn invoke(&self, payload: Bytes) -> impl Future<Output = Invocation> + Send;
}

impl Target for Functions {
    fn invoke(&self, payload: Bytes) -> impl Future<Output = Invocation> + Send {
        Self::invoke(self, payload)
    }
}
