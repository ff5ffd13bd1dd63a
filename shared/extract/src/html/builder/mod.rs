//! The tree builder: tokens to nodes, by the tree construction rules as far as they decide which
//! text stands in which element. Depth and node count are capped; the deadline is looked at
//! between tokens. Every step is bounded by the depth cap, so the whole is linear in the input.

mod closing;
mod opening;

use super::span::Span;
use super::tag::{TAGS, Tag};
use super::token::{Token, Tokenizer};
use super::tree::{Node, Tree};
use crate::deadline::Deadline;
use crate::extracted::Cut;
use crate::options::Limits;

/// Bytes read between two looks at the clock.
const DEADLINE_EVERY: usize = 4096;

/// A tree and what was left out of it.
pub(crate) struct Parsed<'source> {
    pub(crate) tree: Tree<'source>,
    pub(crate) cut: Vec<Cut>,
}

/// Parses `source` up to the limits and the deadline.
pub(crate) fn parse<'source>(
    source: &'source str,
    limits: &Limits,
    deadline: &Deadline,
) -> Parsed<'source> {
    let mut builder = Builder::new(source, limits);
    let mut tokens = Tokenizer::new(source);
    let mut next_look = DEADLINE_EVERY;
    while let Some(token) = tokens.next_token() {
        builder.take(token, &mut tokens);
        if builder.tree.nodes.len() >= limits.nodes_max {
            builder.cut.push(Cut::Nodes);
            break;
        }
        if tokens.position() >= next_look {
            next_look = tokens.position() + DEADLINE_EVERY;
            if deadline.passed() {
                builder.cut.push(Cut::Deadline);
                break;
            }
        }
    }
    builder.finish(tokens.attributes_cut)
}

struct Open {
    node: u32,
    tag: Tag,
    /// A formatting element whose end tag came before that of a block inside it.
    closed: bool,
    is_link: bool,
}

struct Builder<'source> {
    tree: Tree<'source>,
    cut: Vec<Cut>,
    depth_max: usize,
    open: Vec<Open>,
    /// Open elements of each tag.
    count: [u32; TAGS],
    /// Elements of each tag that were not opened because of the depth cap.
    beyond: [u32; TAGS],
    beyond_total: u32,
    open_links: u32,
    has_body: bool,
    in_head: bool,
}

impl<'source> Builder<'source> {
    fn new(source: &'source str, limits: &Limits) -> Self {
        let guess = (source.len() / 40).min(limits.nodes_max);
        let mut builder = Builder {
            tree: Tree {
                source,
                nodes: Vec::with_capacity(guess),
                attributes: Vec::with_capacity(guess),
                script_bytes: 0,
                template_bytes: 0,
                noscript: Vec::new(),
            },
            cut: Vec::new(),
            depth_max: limits.depth_max,
            open: Vec::with_capacity(64),
            count: [0; TAGS],
            beyond: [0; TAGS],
            beyond_total: 0,
            open_links: 0,
            has_body: false,
            in_head: false,
        };
        let document = builder.node(Tag::Document, Span::default());
        builder.push(document, Tag::Document, false);
        builder
    }

    fn take(&mut self, token: Token, tokens: &mut Tokenizer<'source>) {
        match token {
            Token::Text(span) => self.text(span),
            Token::Start {
                tag,
                name,
                self_closing,
            } => self.start(tag, name, self_closing, tokens),
            Token::End { tag, name } => self.end(tag, name),
            Token::Nothing => {}
        }
    }

    fn finish(mut self, attributes_cut: bool) -> Parsed<'source> {
        self.pop_to(0);
        if attributes_cut {
            self.cut.push(Cut::Attributes);
        }
        if self.beyond.iter().any(|count| *count > 0) || self.beyond_total > 0 {
            self.cut.push(Cut::Depth);
        }
        Parsed {
            tree: self.tree,
            cut: self.cut,
        }
    }

    // Nodes and the stack of open elements.

    fn node(&mut self, tag: Tag, span: Span) -> u32 {
        let id = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
        let at = u32::try_from(self.tree.attributes.len()).unwrap_or(u32::MAX);
        self.tree.nodes.push(Node {
            tag,
            in_link: self.open_links > 0,
            depth: u16::try_from(self.open.len()).unwrap_or(u16::MAX),
            parent: self.open.last().map_or(0, |open| open.node),
            end: id + 1,
            span,
            attributes: Span { start: at, end: at },
        });
        id
    }

    /// A node with the attributes of the tag just read.
    fn element(&mut self, tag: Tag, span: Span, tokens: &Tokenizer<'source>) -> u32 {
        let id = self.node(tag, span);
        self.tree.attributes.extend_from_slice(&tokens.attributes);
        let end = u32::try_from(self.tree.attributes.len()).unwrap_or(u32::MAX);
        if let Some(node) = self.tree.nodes.get_mut(id as usize) {
            node.attributes.end = end;
        }
        id
    }

    fn push(&mut self, node: u32, tag: Tag, is_link: bool) {
        if self.open.len() >= self.depth_max {
            self.beyond[tag as usize] += 1;
            self.beyond_total += 1;
            return;
        }
        self.count[tag as usize] += 1;
        self.open_links += u32::from(is_link);
        self.open.push(Open {
            node,
            tag,
            closed: false,
            is_link,
        });
    }

    /// Closes every element above the lowest `height` of the stack.
    fn pop_to(&mut self, height: usize) {
        let end = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
        while self.open.len() > height
            && let Some(open) = self.open.pop()
        {
            if !open.closed {
                self.count[open.tag as usize] -= 1;
                self.open_links -= u32::from(open.is_link);
            }
            if let Some(node) = self.tree.nodes.get_mut(open.node as usize) {
                node.end = end;
            }
        }
        // What the depth cap flattened stood inside what is closed now.
        if self.open.len() + 1 < self.depth_max && self.beyond_total > 0 {
            self.beyond = [0; TAGS];
        }
    }

    /// The place in the stack of the innermost open `tag`, looking no further than `stop`.
    fn find(&self, tag: Tag, stop: impl Fn(Tag) -> bool) -> Option<usize> {
        if self.count[tag as usize] == 0 {
            return None;
        }
        let mut places = self
            .open
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, open)| !open.closed);
        places
            .find(|(_, open)| open.tag == tag || stop(open.tag))
            .and_then(|(at, open)| (open.tag == tag).then_some(at))
    }

    fn close(&mut self, tag: Tag, stop: impl Fn(Tag) -> bool) -> bool {
        let found = self.find(tag, stop);
        if let Some(at) = found {
            self.pop_to(at);
        }
        found.is_some()
    }

    fn current(&self) -> Tag {
        self.open.last().map_or(Tag::Document, |open| open.tag)
    }
}
