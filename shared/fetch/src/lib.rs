//! URL to bytes, safely.
#![doc = include_str!("../README.md")]

mod answer;
mod body;
mod caps;
mod decode;
mod dial;
mod error;
mod exchange;
mod fetcher;
mod guard;
mod html;
mod page;
mod reason;
mod resolver;
#[cfg(test)]
mod tests;
mod wire;

pub use caps::Caps;
pub use error::FetchError;
pub use fetcher::Fetcher;
pub use page::{FetchTimings, Page};
pub use reason::{BadRedirect, BadUrl, Corrupt, Denial, NoAddress, Part, Phase, SetupError};
