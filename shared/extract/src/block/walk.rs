//! The walk over the tree that makes the blocks. It looks at the clock between nodes and between
//! the pieces of a long text.

use memchr::memrchr;

use super::hidden::{is_edit_link, is_helper, is_hidden, is_phrase, repeats_formula};
use super::place::{own_hints, place_of};
use super::{Block, Blocks, Place};
use crate::deadline::Deadline;
use crate::extracted::Cut;
use crate::hints::Hints;
use crate::html::{Node, Tag, Tree, entity};

/// Bytes of text read between two looks at the clock, and of the longest text read in one go.
const PIECE_BYTES: usize = 65_536;

/// Nodes read between two looks at the clock.
const DEADLINE_EVERY: usize = 1_024;

#[derive(Clone, Copy)]
struct Around {
    end: u32,
    node: u32,
    is_block: bool,
    hidden: bool,
    own: Hints,
    near: Hints,
    path: Hints,
    place: Place,
}

/// Collects the blocks of `tree`, `blocks_max` at most.
pub(crate) fn blocks(tree: &Tree<'_>, blocks_max: usize, deadline: &Deadline) -> Blocks {
    let mut walk = Walk::new(tree, deadline);
    for (id, node) in tree.nodes.iter().enumerate() {
        walk.leave(id);
        walk.enter(id, node);
        if id.is_multiple_of(DEADLINE_EVERY) {
            walk.look_at_clock();
        }
        if walk.out.list.len() >= blocks_max {
            walk.out.cut = Some(Cut::Blocks);
        }
        if walk.out.cut.is_some() {
            break;
        }
    }
    walk.leave(tree.nodes.len());
    walk.flush();
    walk.out.list.truncate(blocks_max);
    walk.out
}

struct Walk<'tree> {
    tree: &'tree Tree<'tree>,
    out: Blocks,
    around: Vec<Around>,
    block: Block,
    /// White space is due before the next text of the block.
    space: bool,
    /// Line breaks since the last text.
    breaks: u32,
    /// The last link that was opened.
    link: u32,
    /// Bytes of text since the last look at the clock.
    unwatched: usize,
    deadline: &'tree Deadline,
    decoded: String,
}

impl<'tree> Walk<'tree> {
    fn new(tree: &'tree Tree<'tree>, deadline: &'tree Deadline) -> Self {
        Walk {
            tree,
            out: Blocks {
                text: String::with_capacity(tree.source.len() / 4),
                list: Vec::with_capacity((tree.nodes.len() / 4).min(10_000)),
                cut: None,
            },
            around: Vec::with_capacity(64),
            block: Block::default(),
            space: false,
            breaks: 0,
            link: 0,
            unwatched: 0,
            deadline,
            decoded: String::new(),
        }
    }

    fn leave(&mut self, id: usize) {
        while let Some(top) = self.around.last()
            && top.end as usize <= id
        {
            if top.is_block {
                self.flush();
            }
            self.around.pop();
        }
    }

    fn enter(&mut self, id: usize, node: &Node) {
        match node.tag {
            Tag::Text => self.text(node),
            Tag::Br => self.breaks += 1,
            Tag::Wbr | Tag::Meta | Tag::Link | Tag::Script => {}
            tag if tag.is_void() => {
                if tag == Tag::Hr {
                    self.flush();
                }
            }
            _ => self.open(id, node),
        }
    }

    fn open(&mut self, id: usize, node: &Node) {
        let is_block = node.tag.is_block();
        if is_block {
            self.flush();
        }
        if node.tag == Tag::A {
            self.block.links += 1;
            self.link = u32::try_from(id).unwrap_or(0);
        }
        let outer = self.around.last().copied();
        let own = own_hints(self.tree, node);
        let hidden = outer.is_some_and(|outer| outer.hidden)
            || node.tag.is_hidden()
            || own.any(Hints::UNSEEN) && is_helper(self.tree, node)
            || node.tag == Tag::Span && is_edit_link(self.tree, node)
            || is_phrase(node.tag)
                && (is_hidden(self.tree, node) || repeats_formula(self.tree, id, node));
        let place = place_of(
            self.tree,
            id,
            node,
            outer.map(|outer| outer.place).unwrap_or_default(),
        );
        let (outer_own, outer_path) = outer.map_or((Hints::default(), Hints::default()), |outer| {
            (outer.own, outer.path)
        });
        let whole_page = matches!(node.tag, Tag::Document | Tag::Body | Tag::Html);
        self.around.push(Around {
            end: node.end,
            node: if is_block {
                u32::try_from(id).unwrap_or(u32::MAX)
            } else {
                outer.map_or(0, |outer| outer.node)
            },
            is_block,
            hidden,
            own: if whole_page { Hints::default() } else { own },
            near: if whole_page {
                Hints::default()
            } else {
                own.with(outer_own)
            },
            path: if whole_page {
                Hints::default()
            } else {
                outer_path.with(own)
            },
            place,
        });
    }

    fn text(&mut self, node: &Node) {
        let Some(around) = self.around.last().copied() else {
            return;
        };
        if around.hidden {
            return;
        }
        let mut rest = node.span.of(self.tree.source);
        while !rest.is_empty() && self.out.cut.is_none() {
            let (piece, after) = rest.split_at(end_of_piece(rest));
            self.piece(piece, node, &around);
            rest = after;
        }
    }

    fn piece(&mut self, raw: &str, node: &Node, around: &Around) {
        self.unwatched += raw.len();
        if self.unwatched >= PIECE_BYTES {
            self.look_at_clock();
        }
        let mut decoded = std::mem::take(&mut self.decoded);
        let text = if raw.contains('&') {
            decoded.clear();
            entity::decode_into(raw, &mut decoded);
            decoded.as_str()
        } else {
            raw
        };
        if around.place.pre {
            self.preformatted(text, node, around);
        } else {
            self.words(text, node, around);
        }
        self.decoded = decoded;
    }

    fn look_at_clock(&mut self) {
        self.unwatched = 0;
        if self.deadline.passed() {
            self.out.cut = Some(Cut::Deadline);
        }
    }

    fn words(&mut self, text: &str, node: &Node, around: &Around) {
        self.space |= text.starts_with(char::is_whitespace);
        let mut first = true;
        for word in text.split_whitespace() {
            if !first {
                self.space = true;
            }
            first = false;
            self.word(word, node, around);
        }
        self.space |= !first && text.ends_with(char::is_whitespace);
    }

    fn preformatted(&mut self, text: &str, node: &Node, around: &Around) {
        for (number, line) in text.lines().enumerate() {
            if number > 0 {
                self.breaks = self.breaks.max(1);
            }
            self.words(line, node, around);
        }
        if text.ends_with('\n') {
            self.breaks = self.breaks.max(1);
        }
    }

    fn word(&mut self, word: &str, node: &Node, around: &Around) {
        let has_text = self.out.text.len() > self.block.start;
        if self.breaks > 1 && has_text && !around.place.pre {
            self.flush();
        } else if self.breaks > 0 && has_text {
            self.out.text.push('\n');
            self.block.breaks += 1;
        } else if self.space && has_text {
            self.out.text.push(' ');
        }
        if self.out.text.len() == self.block.start {
            self.begin(around, node.in_link);
        }
        (self.breaks, self.space) = (0, false);
        if self.count(word, node.in_link, around.place.strong) {
            self.out.text.extend(word.chars().filter(|c| !is_hint(*c)));
        } else {
            self.out.text.push_str(word);
        }
    }

    fn begin(&mut self, around: &Around, in_link: bool) {
        self.block.starts_in_link = in_link;
        self.block.node = around.node as usize;
        self.block.place = around.place;
        self.block.near = around.near;
        self.block.path = around.path;
    }

    /// Counts a word; whether it may have a hint for line breaks inside.
    fn count(&mut self, word: &str, in_link: bool, strong: bool) -> bool {
        let mut chars = 0;
        let mut wide = 0;
        let mut hints = false;
        for (at, byte) in word.bytes().enumerate() {
            chars += u32::from(byte & 0xC0 != 0x80);
            match byte {
                b',' => self.block.commas += 1,
                b'.' | b'!' | b'?' => self.block.stops += 1,
                b'0'..=b'9' => self.block.digits += 1,
                b'A'..=b'Z' if at == 0 => self.block.capitals += 1,
                0xE3..=0xED => wide += 1,
                0xAD | 0x8B | 0xA0 | 0xBF => hints = true,
                _ => {}
            }
        }
        if wide > 0 {
            self.block.commas += count_of(word, &['、', '，']);
            self.block.stops += count_of(word, &['。', '！', '？']);
        }
        self.block.chars += chars;
        // A script without spaces: about two characters make a word.
        self.block.words += 1 + wide / 2;
        if in_link {
            self.block.link_chars += chars;
            self.block.link = self.link;
        }
        if strong {
            self.block.strong_chars += chars;
        }
        hints
    }

    fn flush(&mut self) {
        (self.space, self.breaks) = (false, 0);
        let end = self.out.text.len();
        if end > self.block.start {
            self.block.end = end;
            let next = Block {
                start: end,
                ..Block::default()
            };
            self.out.list.push(std::mem::replace(&mut self.block, next));
        }
    }
}

/// Where the first piece of a text ends: after [`PIECE_BYTES`], but never inside a character
/// reference.
fn end_of_piece(text: &str) -> usize {
    if text.len() <= PIECE_BYTES {
        return text.len();
    }
    let end = text.floor_char_boundary(PIECE_BYTES);
    let tail = end - entity::REFERENCE_BYTES_MAX;
    let begun = text
        .as_bytes()
        .get(tail..end)
        .and_then(|tail| memrchr(b'&', tail));
    begun.map_or(end, |at| tail + at)
}

/// Characters that only say where a line may break, and marks of byte order: searching and quoting
/// would fail on them.
const fn is_hint(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

fn count_of(word: &str, wanted: &[char]) -> u32 {
    u32::try_from(word.chars().filter(|c| wanted.contains(c)).count()).unwrap_or(u32::MAX)
}
