//! The harness: everything a test of more than one crate needs, up in one call.
//!
//! Real function processes, real Postgres, a real queue protocol, real sockets. Tests change the
//! world only through what a user, a site or a model could do.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test fails so"
)]

mod folder;
pub mod pages;
pub mod process;
pub mod proxy;
pub mod tls_front;
pub mod world;

pub use folder::Folder;
pub use world::{Options, World, client};
