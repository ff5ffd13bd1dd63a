//! A server that may misbehave: HTTP/1.1 on loopback, written byte by byte, because an HTTP library
//! would not lie.
//!
//! Requests are read whole, under caps. What is answered is decided elsewhere: a [`Handler`] gets the
//! request and gives the [`Act`]s to perform on its connection. `site` and `stand_in` are two of them.

mod act;
mod request;
mod response;
mod server;

pub use act::Act;
pub use request::Request;
pub use response::{Response, chunk, gzip};
pub use server::{Handler, Server};
