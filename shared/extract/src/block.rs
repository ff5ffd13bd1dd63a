//! Blocks: the runs of visible text between the edges of block elements, in page order, with what
//! one walk over the tree learns about each.

use memchr::memrchr;

use crate::deadline::Deadline;
use crate::extracted::Cut;
use crate::hints::{Hints, hints_of};
use crate::html::{AttributeName, Node, NodeId, Tag, Tree, entity};

/// Bytes of text read between two looks at the clock, and of the longest text read in one go.
const PIECE_BYTES: usize = 65_536;

/// Nodes read between two looks at the clock.
const DEADLINE_EVERY: usize = 1_024;

/// A run of text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// Where its text stands in [`Blocks::text`].
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The innermost block element around it.
    pub(crate) node: NodeId,
    pub(crate) chars: u32,
    pub(crate) words: u32,
    pub(crate) link_chars: u32,
    pub(crate) links: u32,
    pub(crate) strong_chars: u32,
    pub(crate) commas: u32,
    pub(crate) stops: u32,
    pub(crate) digits: u32,
    pub(crate) capitals: u32,
    pub(crate) breaks: u32,
    /// Hints of the element and the two around it.
    pub(crate) near: Hints,
    /// Hints of every element around it.
    pub(crate) path: Hints,
    pub(crate) place: Place,
}

/// The elements a block stands in, as far as they matter.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state"
)]
pub(crate) struct Place {
    /// The innermost block element.
    pub(crate) tag: Tag,
    pub(crate) depth: u16,
    pub(crate) lists: u8,
    pub(crate) tables: u8,
    pub(crate) article: bool,
    pub(crate) main: bool,
    pub(crate) paragraph: bool,
    pub(crate) quote: bool,
    pub(crate) pre: bool,
    pub(crate) figure: bool,
    pub(crate) heading: u8,
    /// The nearest `article`, 0 without one.
    pub(crate) article_node: u32,
    /// The nearest row, 0 without one.
    pub(crate) row: u32,
    strong: bool,
}

impl Default for Place {
    fn default() -> Self {
        Place {
            tag: Tag::Document,
            depth: 0,
            lists: 0,
            tables: 0,
            article: false,
            main: false,
            paragraph: false,
            quote: false,
            pre: false,
            figure: false,
            heading: 0,
            article_node: 0,
            row: 0,
            strong: false,
        }
    }
}

/// The blocks of a page.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    /// The texts of all blocks, one behind the other.
    pub(crate) text: String,
    pub(crate) list: Vec<Block>,
    /// What ended the walk before the end of the page.
    pub(crate) cut: Option<Cut>,
}

impl Blocks {
    pub(crate) fn text_of(&self, block: &Block) -> &str {
        self.text.get(block.start..block.end).unwrap_or("")
    }
}

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
        }
        let outer = self.around.last().copied();
        let own = self.own_hints(node);
        let hidden = outer.is_some_and(|outer| outer.hidden) || node.tag.is_hidden();
        let place = place_of(id, node, outer.map(|outer| outer.place).unwrap_or_default());
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

    fn own_hints(&self, node: &Node) -> Hints {
        let mut hints = tag_hints(node.tag);
        for attribute in self.tree.attributes_of(node) {
            let value = attribute.value.of(self.tree.source);
            hints = hints.with(match attribute.name {
                AttributeName::Itemprop if value.eq_ignore_ascii_case("articleBody") => {
                    Hints::ARTICLE_BODY
                }
                AttributeName::Class
                | AttributeName::Id
                | AttributeName::Role
                | AttributeName::Datatype
                | AttributeName::Component
                | AttributeName::Itemprop
                | AttributeName::AriaLabel => hints_of(value),
                AttributeName::Hidden => Hints::HIDDEN,
                AttributeName::AriaHidden if value.eq_ignore_ascii_case("true") => Hints::HIDDEN,
                AttributeName::Style if hides(value) => Hints::HIDDEN,
                _ => Hints::default(),
            });
        }
        hints
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
            self.begin(around);
        }
        (self.breaks, self.space) = (0, false);
        self.out.text.push_str(word);
        self.count(word, node.in_link, around.place.strong);
    }

    fn begin(&mut self, around: &Around) {
        self.block.node = around.node as usize;
        self.block.place = around.place;
        self.block.near = around.near;
        self.block.path = around.path;
    }

    fn count(&mut self, word: &str, in_link: bool, strong: bool) {
        let mut chars = 0;
        let mut wide = 0;
        for (at, byte) in word.bytes().enumerate() {
            chars += u32::from(byte & 0xC0 != 0x80);
            match byte {
                b',' => self.block.commas += 1,
                b'.' | b'!' | b'?' => self.block.stops += 1,
                b'0'..=b'9' => self.block.digits += 1,
                b'A'..=b'Z' if at == 0 => self.block.capitals += 1,
                0xE3..=0xED => wide += 1,
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
        }
        if strong {
            self.block.strong_chars += chars;
        }
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

fn count_of(word: &str, wanted: &[char]) -> u32 {
    u32::try_from(word.chars().filter(|c| wanted.contains(c)).count()).unwrap_or(u32::MAX)
}

fn place_of(id: usize, node: &Node, outer: Place) -> Place {
    let mut place = outer;
    let id = u32::try_from(id).unwrap_or(u32::MAX);
    if node.tag.is_block() {
        place.tag = node.tag;
    }
    place.depth = node.depth;
    match node.tag {
        Tag::Ul | Tag::Ol | Tag::Dl | Tag::Menu => place.lists = place.lists.saturating_add(1),
        Tag::Table => place.tables = place.tables.saturating_add(1),
        Tag::Tr => place.row = id,
        Tag::Article => (place.article, place.article_node) = (true, id),
        Tag::Main => place.main = true,
        Tag::P => place.paragraph = true,
        Tag::Blockquote | Tag::Q => place.quote = true,
        Tag::Pre | Tag::Listing | Tag::Xmp => place.pre = true,
        Tag::Figure | Tag::Figcaption => place.figure = true,
        Tag::B | Tag::Strong => place.strong = true,
        Tag::H1 => place.heading = 1,
        Tag::H2 => place.heading = 2,
        Tag::H3 => place.heading = 3,
        Tag::H4 | Tag::H5 | Tag::H6 => place.heading = 4,
        _ => {}
    }
    place
}

fn tag_hints(tag: Tag) -> Hints {
    match tag {
        Tag::Nav | Tag::Menu => Hints::NAVIGATION,
        Tag::Header | Tag::Hgroup => Hints::HEADER,
        Tag::Footer => Hints::FOOTER,
        Tag::Aside => Hints::SIDEBAR,
        Tag::Figcaption | Tag::Figure | Tag::Caption => Hints::CAPTION,
        Tag::Form | Tag::Fieldset | Tag::Search => Hints::FORM,
        Tag::Button | Tag::Label | Tag::Legend => Hints::BUTTON,
        Tag::Article => Hints::ARTICLE,
        Tag::Main => Hints::MAIN,
        Tag::Blockquote => Hints::QUOTE,
        Tag::Time | Tag::Address => Hints::META,
        Tag::Dialog => Hints::OVERLAY,
        _ => Hints::default(),
    }
}

/// `display: none` and `visibility: hidden`, however spaced.
fn hides(style: &str) -> bool {
    let squeezed: String = style
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(256)
        .collect();
    let squeezed = squeezed.to_ascii_lowercase();
    squeezed.contains("display:none") || squeezed.contains("visibility:hidden")
}
