//! What may be stored: grounded, supported, merged.

pub(crate) mod ground_and_merge;
mod merge;
mod support;
