//! URL to bytes, safely.
#![doc = include_str!("../README.md")]

mod answer;
mod body;
mod caps;
mod cookies;
mod decode;
mod dial;
mod error;
mod fetcher;
mod guard;
mod head_tags;
mod html;
mod http_exchange;
mod journey;
mod page;
mod reason;
mod refresh;
mod reservations;
mod resolver;
mod robots;
#[cfg(test)]
mod tests;
mod wire;

pub use caps::Caps;
pub use error::FetchError;
pub use fetcher::Fetcher;
pub use page::{Fetched, Page, Validators};
pub use reason::{BadRedirect, BadUrl, Corrupt, Denial, NoAddress, Part, Phase, SetupError};
pub use reservations::Reservations;
pub use robots::{PRODUCT_TOKEN, ROBOTS_BYTES_MAX, RobotsRules, RobotsTxt};
