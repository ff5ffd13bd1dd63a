//! HTML source to a tree: tokenizer, tree builder, character references.
//!
//! Written for this crate instead of built on a browser's parser: it drops scripts and styles
//! before they become nodes, keeps text as spans of the source, and its cost is linear in the
//! input whatever the nesting. Where it differs from the standard (formatting elements are not
//! reopened, text misplaced in tables stays where it stands) no visible text is lost.

pub(crate) mod attribute;
mod builder;
pub(crate) mod entity;
mod span;
mod tag;
mod token;
mod tree;

pub(crate) use attribute::AttributeName;
pub(crate) use builder::{Parsed, parse};
pub(crate) use tag::Tag;
pub(crate) use tree::{Node, NodeId, Tree};
