//! What text and start tags open: the body where none was opened, raw text, elements.

use super::Builder;
use crate::html::attribute::{Attribute, AttributeName};
use crate::html::span::Span;
use crate::html::tag::Tag;
use crate::html::token::Tokenizer;

impl<'source> Builder<'source> {
    pub(super) fn text(&mut self, span: Span) {
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

    pub(super) fn ensure_body(&mut self) {
        if self.has_body {
            return;
        }
        self.leave_head();
        self.has_body = true;
        let body = self.node(Tag::Body, Span::default());
        self.push(body, Tag::Body, false);
    }

    pub(super) fn leave_head(&mut self) {
        self.close(Tag::Head, |_| false);
        self.in_head = false;
    }

    pub(super) fn start(
        &mut self,
        tag: Tag,
        name: Span,
        self_closing: bool,
        tokens: &mut Tokenizer<'source>,
    ) {
        let tag = if tag == Tag::Template && has(tokens, AttributeName::ShadowRootMode) {
            Tag::ShadowRoot
        } else {
            tag
        };
        match tag {
            Tag::Html => return self.html(name, tokens),
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
            let is_link = tag == Tag::A && has(tokens, AttributeName::Href);
            self.push(id, tag, is_link);
        }
    }

    fn html(&mut self, name: Span, tokens: &Tokenizer<'source>) {
        if self.tree.nodes.len() == 1 {
            self.tree.nodes[0].span = name;
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
        let template = tag == Tag::Script && is_template(self.tree.source, tokens);
        let content = tokens.skip_raw(tag);
        match tag {
            Tag::Script => {
                self.tree.script_bytes += content.len() as usize;
                self.tree.template_bytes += if template { content.len() as usize } else { 0 };
            }
            Tag::Noscript => self.tree.noscript.push(content),
            _ => {}
        }
        if let Some(node) = id.and_then(|id| self.tree.nodes.get_mut(id as usize)) {
            node.span = content;
        }
    }
}

fn has(tokens: &Tokenizer<'_>, name: AttributeName) -> bool {
    tokens
        .attributes
        .iter()
        .any(|attribute| attribute.name == name)
}

fn is_linked_data(source: &str, tokens: &Tokenizer<'_>) -> bool {
    kind_of(source, tokens).eq_ignore_ascii_case("application/ld+json")
}

/// Whether a script is markup that other scripts put into the page.
fn is_template(source: &str, tokens: &Tokenizer<'_>) -> bool {
    let kind = kind_of(source, tokens).to_ascii_lowercase();
    let kinds = ["template", "tmpl", "text/html", "handlebars", "mustache"];
    kinds.iter().any(|known| kind.contains(known))
}

/// The value of `type`.
fn kind_of<'source>(source: &'source str, tokens: &Tokenizer<'_>) -> &'source str {
    let kind = |attribute: &&Attribute| attribute.name == AttributeName::Type;
    let found = tokens.attributes.iter().find(kind);
    found.map_or("", |attribute| attribute.value.of(source).trim())
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}
