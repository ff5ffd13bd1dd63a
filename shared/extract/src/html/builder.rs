//! The tree builder: tokens to nodes, by the tree construction rules as far as they decide which
//! text stands in which element. Depth and node count are capped; the deadline is looked at
//! between tokens. Every step is bounded by the depth cap, so the whole is linear in the input.

use super::tag::{TAGS, Tag};
use super::token::{AttributeName, Span, Token, Tokenizer};
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

    // Tokens.

    fn text(&mut self, span: Span) {
        let blank = is_blank(span.of(self.tree.source));
        if blank {
            let after_block = self
                .tree
                .nodes
                .last()
                .is_some_and(|node| node.tag.is_block());
            if self.in_head || !self.has_body || (after_block && self.current().is_block()) {
                return;
            }
        } else {
            self.ensure_body();
        }
        self.node(Tag::Text, span);
    }

    fn ensure_body(&mut self) {
        if self.has_body {
            return;
        }
        self.leave_head();
        self.has_body = true;
        let body = self.node(Tag::Body, Span::default());
        self.push(body, Tag::Body, false);
    }

    fn leave_head(&mut self) {
        self.close(Tag::Head, |_| false);
        self.in_head = false;
    }

    fn start(&mut self, tag: Tag, name: Span, self_closing: bool, tokens: &mut Tokenizer<'source>) {
        match tag {
            Tag::Html => return self.html(tokens),
            Tag::Head => return self.head(tokens),
            Tag::Body => return self.body(name, tokens),
            Tag::Frameset => return,
            _ => {}
        }
        if !self.has_body && !tag.is_head_content() {
            self.ensure_body();
        }
        if tag.is_raw() {
            return self.raw(tag, name, self_closing, tokens);
        }
        self.make_room(tag);
        if tag.is_table_part() && self.count[Tag::Table as usize] == 0 {
            return;
        }
        if tag == Tag::Title && self.count[Tag::Svg as usize] == 0 {
            let span = tokens.skip_raw(Tag::Title);
            self.element(tag, span, tokens);
            return;
        }
        if matches!(tag, Tag::Plaintext) {
            let rest = tokens.take_rest();
            self.node(Tag::Text, rest);
            return;
        }
        let id = self.element(tag, name, tokens);
        let foreign = self.count[Tag::Svg as usize] + self.count[Tag::Math as usize] > 0
            || matches!(tag, Tag::Svg | Tag::Math);
        if !(tag.is_void() || self_closing && foreign) {
            let is_link = tag == Tag::A && has_href(tokens);
            self.push(id, tag, is_link);
        }
    }

    fn html(&mut self, tokens: &Tokenizer<'source>) {
        if self.tree.nodes.len() == 1 {
            let end = tokens.attributes.len();
            self.tree.attributes.extend_from_slice(&tokens.attributes);
            self.tree.nodes[0].attributes = Span::new(0, end);
        }
    }

    fn head(&mut self, tokens: &Tokenizer<'source>) {
        if !self.has_body && !self.in_head {
            let id = self.element(Tag::Head, Span::default(), tokens);
            self.push(id, Tag::Head, false);
            self.in_head = true;
        }
    }

    fn body(&mut self, name: Span, tokens: &Tokenizer<'source>) {
        if self.has_body {
            return;
        }
        self.leave_head();
        self.has_body = true;
        let id = self.element(Tag::Body, name, tokens);
        self.push(id, Tag::Body, false);
    }

    fn raw(&mut self, tag: Tag, name: Span, self_closing: bool, tokens: &mut Tokenizer<'source>) {
        if self_closing && self.count[Tag::Svg as usize] > 0 {
            return;
        }
        let linked_data = tag == Tag::Script && is_linked_data(self.tree.source, tokens);
        let id = linked_data.then(|| self.element(tag, name, tokens));
        let content = tokens.skip_raw(tag);
        match tag {
            Tag::Script => self.tree.script_bytes += content.len() as usize,
            Tag::Noscript => self.tree.noscript.push(content),
            _ => {}
        }
        if let Some(node) = id.and_then(|id| self.tree.nodes.get_mut(id as usize)) {
            node.span = content;
        }
    }

    /// Closes what the start tag of `tag` implies closed.
    fn make_room(&mut self, tag: Tag) {
        if tag.breaks_out() && self.count[Tag::Svg as usize] + self.count[Tag::Math as usize] > 0 {
            let inside = |tag| matches!(tag, Tag::ForeignObject | Tag::Desc | Tag::Title);
            if !self.close(Tag::Svg, inside) {
                self.close(Tag::Math, inside);
            }
        }
        if tag.closes_p() {
            self.close(Tag::P, |open| open.stops_scope() || open == Tag::Button);
        }
        match tag {
            Tag::Li => self.close_item(&[Tag::Li]),
            Tag::Dd | Tag::Dt => self.close_item(&[Tag::Dd, Tag::Dt]),
            Tag::A => self.close_link(),
            Tag::Nobr => self.close_formatting(Tag::Nobr),
            Tag::Button => {
                self.close(Tag::Button, Tag::stops_scope);
            }
            Tag::Option | Tag::Optgroup => {
                self.close(Tag::Option, |open| open == Tag::Select || open.is_block());
            }
            Tag::Select | Tag::Input | Tag::Textarea => {
                self.close(Tag::Select, Tag::stops_scope);
            }
            Tag::Table if self.current_is_table() => {
                self.close(Tag::Table, |_| false);
            }
            tag if tag.is_heading() && self.current().is_heading() => {
                self.pop_to(self.open.len() - 1);
            }
            tag if tag.is_table_part() => self.close_table_part(tag),
            _ => {}
        }
    }

    fn current_is_table(&self) -> bool {
        let tag = self.current();
        tag == Tag::Table || tag.is_table_part() && !matches!(tag, Tag::Td | Tag::Th | Tag::Caption)
    }

    fn close_item(&mut self, items: &[Tag]) {
        if items.iter().all(|tag| self.count[*tag as usize] == 0) {
            return;
        }
        let stops = |tag: Tag| tag.is_special() && !matches!(tag, Tag::Address | Tag::Div | Tag::P);
        let place = self
            .open
            .iter()
            .rposition(|open| items.contains(&open.tag) || stops(open.tag));
        if let Some(at) = place
            && self
                .open
                .get(at)
                .is_some_and(|open| items.contains(&open.tag))
        {
            self.pop_to(at);
        }
    }

    /// A link inside a link closes the outer one.
    fn close_link(&mut self) {
        if self.count[Tag::A as usize] > 0 {
            self.close_formatting(Tag::A);
        }
    }

    fn close_table_part(&mut self, tag: Tag) {
        let in_table = |open: Tag| matches!(open, Tag::Table | Tag::Template);
        let closes: &[Tag] = match tag {
            Tag::Td | Tag::Th => &[Tag::Td, Tag::Th, Tag::Caption],
            Tag::Tr => &[Tag::Tr, Tag::Caption],
            _ => &[Tag::Tbody, Tag::Thead, Tag::Tfoot, Tag::Tr, Tag::Caption],
        };
        for part in closes {
            self.close(*part, in_table);
        }
    }

    fn end(&mut self, tag: Tag, name: Span) {
        if matches!(tag, Tag::Body | Tag::Html | Tag::Text | Tag::Document) {
            return;
        }
        if self.beyond[tag as usize] > 0 {
            self.beyond[tag as usize] -= 1;
            return;
        }
        match tag {
            Tag::Head => self.leave_head(),
            Tag::Br => {
                self.node(Tag::Br, name);
            }
            Tag::P => {
                self.close(Tag::P, |open| open.stops_scope() || open == Tag::Button);
            }
            Tag::Li => {
                let stop = |open: Tag| open.stops_scope() || matches!(open, Tag::Ul | Tag::Ol);
                self.close(Tag::Li, stop);
            }
            Tag::Table => {
                self.close(Tag::Table, |open| open == Tag::Template);
            }
            Tag::Other => self.end_other(name),
            _ if tag.is_heading() => self.end_heading(),
            _ if tag.is_formatting() => self.close_formatting(tag),
            _ if tag.is_table_part() => {
                self.close(tag, |open| matches!(open, Tag::Table | Tag::Template));
            }
            _ if tag.stops_scope() => {
                self.close(tag, |open| matches!(open, Tag::Td | Tag::Th | Tag::Table));
            }
            _ if tag.closes_p() || matches!(tag, Tag::Dd | Tag::Dt | Tag::Button | Tag::Select) => {
                self.close(tag, Tag::stops_scope);
            }
            _ => {
                self.close(tag, Tag::is_special);
            }
        }
    }

    fn end_heading(&mut self) {
        let place = self
            .open
            .iter()
            .rposition(|o| o.tag.is_heading() || o.tag.stops_scope());
        if let Some(at) = place
            && self.open.get(at).is_some_and(|open| open.tag.is_heading())
        {
            self.pop_to(at);
        }
    }

    /// Elements without a tag of their own match by spelling.
    fn end_other(&mut self, name: Span) {
        if self.count[Tag::Other as usize] == 0 {
            return;
        }
        let (source, nodes) = (self.tree.source, &self.tree.nodes);
        let spelled = |open: &Open| {
            let name_of = nodes
                .get(open.node as usize)
                .map_or("", |node| node.span.of(source));
            open.tag == Tag::Other && name_of.eq_ignore_ascii_case(name.of(source))
        };
        let place = self
            .open
            .iter()
            .rposition(|open| spelled(open) || open.tag.is_special());
        if let Some(at) = place
            && self.open.get(at).is_some_and(spelled)
        {
            self.pop_to(at);
        }
    }

    /// Closes a formatting element; one with an open block inside only stops counting.
    fn close_formatting(&mut self, tag: Tag) {
        let Some(at) = self.find(tag, Tag::stops_scope) else {
            return;
        };
        if self.open[at..].iter().all(|open| !open.tag.is_special()) {
            self.pop_to(at);
        } else {
            let open = &mut self.open[at];
            open.closed = true;
            self.count[tag as usize] -= 1;
            self.open_links -= u32::from(open.is_link);
        }
    }
}

fn has_href(tokens: &Tokenizer<'_>) -> bool {
    tokens
        .attributes
        .iter()
        .any(|attribute| attribute.name == AttributeName::Href)
}

fn is_linked_data(source: &str, tokens: &Tokenizer<'_>) -> bool {
    tokens.attributes.iter().any(|attribute| {
        attribute.name == AttributeName::Type
            && attribute
                .value
                .of(source)
                .trim()
                .eq_ignore_ascii_case("application/ld+json")
    })
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}
