//! What start tags imply closed, and what end tags close.

use super::{Builder, Open};
use crate::html::span::Span;
use crate::html::tag::Tag;

impl Builder<'_> {
    /// Closes what the start tag of `tag` implies closed.
    pub(super) fn make_room(&mut self, tag: Tag) {
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
            Tag::Rb | Tag::Rt | Tag::Rtc | Tag::Rp => self.close_reading(tag),
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

    /// The parts of a ruby close each other; a reading stays within its container.
    fn close_reading(&mut self, tag: Tag) {
        let within = |open: Tag| open == Tag::Ruby || tag == Tag::Rt && open == Tag::Rtc;
        for part in [Tag::Rp, Tag::Rt, Tag::Rb, Tag::Rtc] {
            if part != Tag::Rtc || tag != Tag::Rt {
                self.close(part, within);
            }
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

    pub(super) fn end(&mut self, tag: Tag, name: Span) {
        if matches!(tag, Tag::Body | Tag::Html | Tag::Text | Tag::Document) {
            return;
        }
        if self.beyond[tag as usize] > 0 {
            self.beyond[tag as usize] -= 1;
            return;
        }
        match tag {
            // Declared shadow roots and other templates are written alike.
            Tag::Template if self.innermost_is_shadow() => {
                self.close(Tag::ShadowRoot, |_| false);
            }
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

    fn innermost_is_shadow(&self) -> bool {
        let template = |open: &&Open| matches!(open.tag, Tag::Template | Tag::ShadowRoot);
        let innermost = self.open.iter().rev().find(template);
        innermost.is_some_and(|open| open.tag == Tag::ShadowRoot)
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
