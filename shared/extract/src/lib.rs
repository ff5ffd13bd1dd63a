#![doc = include_str!("../README.md")]

mod block;
mod content;
mod deadline;
mod encoding;
mod explain;
mod extracted;
mod family;
mod features;
mod hints;
mod html;
mod link_lists;
mod metadata;
mod model;
mod options;
mod page;
mod second;
mod select;
mod shingle;
#[cfg(feature = "training")]
pub mod training;
mod unseen;
mod verdict;

pub use extracted::{
    BlockNote, Candidate, Cut, EmptyReason, Extracted, Precision, Published, Source, Suspect, Why,
};
pub use options::{Limits, Options};
pub use page::{Parse, extract, parse_only};
pub use select::{BadSelector, Selector};

/// The version of the extraction: it changes whenever the same page may give another text.
pub const VERSION: &str = concat!("gleaner-", env!("CARGO_PKG_VERSION"), "-1");
