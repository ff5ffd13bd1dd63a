//! Which parts of a text go into which call.

pub(crate) mod chunks;
pub(crate) mod cover;
pub(crate) mod sentences;
