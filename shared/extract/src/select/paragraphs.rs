//! The text of chosen elements as paragraphs.

use crate::block::is_hidden;
use crate::html::{NodeId, Tag, Tree, entity};

/// What a selector named.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selected {
    pub(crate) text: String,
    /// Whether the bound of the text left a part out.
    pub(crate) cut: bool,
}

/// Text as it grows, white space folded.
pub(super) struct Paragraphs {
    text: String,
    gap: Gap,
    bytes_max: usize,
    full: bool,
}

/// What comes before the next word.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    None,
    Space,
    Paragraph,
}

impl Paragraphs {
    pub(super) fn new(bytes_max: usize) -> Paragraphs {
        Paragraphs {
            text: String::new(),
            gap: Gap::None,
            bytes_max,
            full: false,
        }
    }

    /// Adds the text of an element; one past its last node.
    pub(super) fn read(&mut self, tree: &Tree<'_>, id: NodeId) -> NodeId {
        let end = tree.nodes.get(id).map_or(id, |node| node.end as usize);
        // Ends of the blocks that are open.
        let mut open = Vec::new();
        let mut words = String::new();
        let mut at = id;
        while at < end
            && !self.full
            && let Some(node) = tree.nodes.get(at)
        {
            while open.last().is_some_and(|end| *end <= at) {
                open.pop();
                self.end();
            }
            if node.tag == Tag::Text {
                words.clear();
                entity::decode_into(node.span.of(tree.source), &mut words);
                self.add(&words);
            } else if node.tag.is_hidden()
                || node.tag == Tag::Script
                // What the selector names is wanted, shown or not.
                || at != id && is_hidden(tree, node)
            {
                at = node.end as usize;
                continue;
            } else if node.tag.is_block() || node.tag == Tag::Br {
                self.end();
                open.push(node.end as usize);
            }
            at += 1;
        }
        self.end();
        end
    }

    pub(super) fn finish(self) -> Option<Selected> {
        (!self.text.is_empty()).then_some(Selected {
            text: self.text,
            cut: self.full,
        })
    }

    fn end(&mut self) {
        self.gap = Gap::Paragraph;
    }

    fn add(&mut self, words: &str) {
        if words.starts_with(char::is_whitespace) && self.gap == Gap::None {
            self.gap = Gap::Space;
        }
        for word in words.split_whitespace() {
            self.full |= self.text.len() + word.len() + "\n\n".len() > self.bytes_max;
            if self.full {
                return;
            }
            match self.gap {
                Gap::Paragraph if !self.text.is_empty() => self.text.push_str("\n\n"),
                Gap::Space if !self.text.is_empty() => self.text.push(' '),
                Gap::None | Gap::Space | Gap::Paragraph => {}
            }
            self.text.push_str(word);
            self.gap = Gap::Space;
        }
        if !words.ends_with(char::is_whitespace) && self.gap == Gap::Space {
            self.gap = Gap::None;
        }
    }
}
