//! The tree: nodes in document order in one vector, so that a subtree is a range of indices and
//! every walk is a loop. Text and attributes stay spans of the source.

use super::attribute::{Attribute, AttributeName};
use super::entity;
use super::span::Span;
use super::tag::Tag;

/// Index of a node; the document itself is node 0.
pub(crate) type NodeId = usize;

/// An element, a text, or the document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) tag: Tag,
    /// A text inside a link that is still open there.
    pub(crate) in_link: bool,
    pub(crate) depth: u16,
    pub(crate) parent: u32,
    /// One past the last node of the subtree.
    pub(crate) end: u32,
    /// The text, or the raw content of a script, or the element's name.
    pub(crate) span: Span,
    pub(super) attributes: Span,
}

/// Bytes read of a value or a text that is one: titles and the like have a hundred.
const VALUE_BYTES_MAX: usize = 8_192;

/// Nodes below a title or the like that are read for its text.
const NODES_MAX: usize = 1_000;

/// At most `bytes` of `text`.
fn beginning(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// A parsed page.
#[derive(Debug)]
pub(crate) struct Tree<'source> {
    pub(crate) source: &'source str,
    pub(crate) nodes: Vec<Node>,
    pub(super) attributes: Vec<Attribute>,
    /// Bytes of scripts that were dropped.
    pub(crate) script_bytes: usize,
    /// Of these, bytes of markup that scripts put into the page.
    pub(crate) template_bytes: usize,
    /// The content of `<noscript>` elements.
    pub(crate) noscript: Vec<Span>,
}

impl<'source> Tree<'source> {
    /// The encoded value of an attribute, or its beginning.
    pub(crate) fn raw_attribute(&self, node: &Node, name: AttributeName) -> Option<&'source str> {
        self.attributes_of(node)
            .find(|found| found.name == name)
            .map(|found| beginning(found.value.of(self.source), VALUE_BYTES_MAX))
    }

    /// The decoded value of an attribute.
    pub(crate) fn attribute(&self, node: &Node, name: AttributeName) -> Option<String> {
        self.raw_attribute(node, name).map(entity::decode)
    }

    /// The decoded raw content of an element such as `<title>`, or its beginning.
    pub(crate) fn raw_text(&self, node: &Node) -> String {
        entity::decode(beginning(node.span.of(self.source), VALUE_BYTES_MAX))
    }

    /// The attributes of an element, still encoded.
    pub(crate) fn attributes_of(&self, node: &Node) -> impl Iterator<Item = &Attribute> {
        let Span { start, end } = node.attributes;
        self.attributes
            .get(start as usize..end as usize)
            .unwrap_or(&[])
            .iter()
    }

    /// The text below a node, decoded, white space collapsed; at most about `limit` bytes of it,
    /// from its first [`NODES_MAX`] nodes.
    pub(crate) fn text_of(&self, id: NodeId, limit: usize) -> String {
        let mut raw = String::new();
        let end = self.nodes.get(id).map_or(id, |node| node.end as usize);
        for node in self
            .nodes
            .get(id..end)
            .unwrap_or(&[])
            .iter()
            .take(NODES_MAX)
        {
            if raw.len() >= limit {
                break;
            }
            match node.tag {
                Tag::Text => {
                    let text = node.span.of(self.source);
                    entity::decode_into(beginning(text, VALUE_BYTES_MAX), &mut raw);
                }
                tag if tag.is_block() || tag == Tag::Br => raw.push(' '),
                _ => {}
            }
        }
        raw.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
