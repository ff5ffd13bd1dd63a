#![doc = include_str!("../README.md")]

mod binary;
mod block;
mod classify;
mod deadline;
mod encoding;
mod explain;
mod extract;
mod extracted;
mod hints;
mod html;
mod metadata;
mod options;
mod page_kind;
mod render;
mod rules;
mod select;
mod shingle;
#[cfg(feature = "training")]
pub mod training;

pub use extract::{Parse, extract, parse_only};
pub use extracted::{
    BlockNote, Candidate, Cut, EmptyReason, Extracted, PageKind, Precision, Published, Source,
    Suspect, Why,
};
pub use options::{Limits, Options};
pub use select::{BadSelector, Selector};

/// The version of the extraction: it changes whenever the same page may give another text.
pub const VERSION: &str = concat!("gleaner-", env!("CARGO_PKG_VERSION"), "-2");
