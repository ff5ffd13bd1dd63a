//! What the classifier sees of a block: small numbers about the block, its neighbours, the
//! elements around it, blocks made alike, and the page. All linear in the size of the page.

use std::collections::HashMap;

use crate::block::{Block, Blocks};
use crate::deadline::Deadline;
use crate::hints::{Hints, phrases_in};
use crate::html::{AttributeName, Tag, Tree};
use crate::model::Numbers;
use crate::shingle::Shingles;

/// Numbers per block of the first stage.
pub(crate) const FIRST: usize = 187;

/// One block's numbers.
/// The second stage's stand behind the first's [`FIRST`].
pub(crate) type Row = Numbers;

/// Blocks between two looks at the clock.
const DEADLINE_EVERY: usize = 256;

/// Wrappers looked through when the elements around a block are told apart.
const CLIMB_MAX: usize = 48;

/// What the page says apart from its blocks.
pub(crate) struct PageWords {
    pub(crate) title: Shingles,
    pub(crate) description: Shingles,
    pub(crate) body: Shingles,
    pub(crate) has_body: bool,
}

/// Sums over the blocks below a node.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) chars: u32,
    pub(crate) link_chars: u32,
    pub(crate) blocks: u32,
    pub(crate) paragraphs: u32,
    pub(crate) score: f32,
}

impl Sums {
    fn add(&mut self, other: Sums) {
        self.chars += other.chars;
        self.link_chars += other.link_chars;
        self.blocks += other.blocks;
        self.paragraphs += other.paragraphs;
        self.score += other.score;
    }
}

/// Everything the rows are made from.
pub(crate) struct Facts {
    pub(crate) sums: Vec<Sums>,
    /// For each block its elements that hold more blocks than the one before, inside out.
    pub(crate) levels: Vec<[u32; 4]>,
    /// For each block the index of its group of blocks made alike.
    pub(crate) group: Vec<u32>,
    pub(crate) groups: Vec<Sums>,
    /// The element that looks most like the container of the article.
    pub(crate) best: usize,
}

/// Gathers the sums over elements and groups.
pub(crate) fn facts(tree: &Tree<'_>, blocks: &Blocks) -> Facts {
    let sums = sums(tree, blocks);
    let levels = blocks
        .list
        .iter()
        .map(|block| levels_of(tree, &sums, block.node))
        .collect();
    let (group, groups) = groups(tree, blocks);
    let best = best_container(tree, blocks);
    Facts {
        sums,
        levels,
        group,
        groups,
        best,
    }
}

fn own_sums(block: &Block) -> Sums {
    let plain = block.chars.saturating_sub(block.link_chars);
    Sums {
        chars: block.chars,
        link_chars: block.link_chars,
        blocks: 1,
        paragraphs: u32::from(plain >= 80),
        score: prose(block),
    }
}

fn sums(tree: &Tree<'_>, blocks: &Blocks) -> Vec<Sums> {
    let mut sums = vec![Sums::default(); tree.nodes.len()];
    for block in &blocks.list {
        if let Some(slot) = sums.get_mut(block.node) {
            slot.add(own_sums(block));
        }
    }
    for (id, node) in tree.nodes.iter().enumerate().skip(1).rev() {
        let own = sums[id];
        if own.blocks > 0
            && let Some(slot) = sums.get_mut(node.parent as usize)
        {
            slot.add(own);
        }
    }
    sums
}

fn levels_of(tree: &Tree<'_>, sums: &[Sums], node: usize) -> [u32; 4] {
    let mut levels = [0; 4];
    let blocks_of = |node: usize| sums.get(node).map_or(0, |sums| sums.blocks);
    let mut at = node;
    let mut steps = 0;
    for (number, level) in levels.iter_mut().enumerate() {
        let blocks = blocks_of(at);
        while (number > 0 && blocks_of(at) == blocks) && at != 0 && steps < CLIMB_MAX {
            at = tree.nodes.get(at).map_or(0, |node| node.parent as usize);
            steps += 1;
        }
        *level = u32::try_from(at).unwrap_or(0);
    }
    levels
}

/// Blocks with the same element, parent and classes.
fn groups(tree: &Tree<'_>, blocks: &Blocks) -> (Vec<u32>, Vec<Sums>) {
    let mut known: HashMap<u64, u32> = HashMap::with_capacity(64);
    let mut groups: Vec<Sums> = Vec::new();
    let mut of_block = Vec::with_capacity(blocks.list.len());
    for block in &blocks.list {
        let next = u32::try_from(groups.len()).unwrap_or(u32::MAX);
        let index = *known.entry(signature(tree, block.node)).or_insert(next);
        if index == next {
            groups.push(Sums::default());
        }
        if let Some(sums) = groups.get_mut(index as usize) {
            sums.add(own_sums(block));
        }
        of_block.push(index);
    }
    (of_block, groups)
}

fn signature(tree: &Tree<'_>, node: usize) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = node;
    for _ in 0..3 {
        let Some(node) = tree.nodes.get(at) else {
            break;
        };
        hash = (hash ^ u64::from(node.tag as u8)).wrapping_mul(PRIME);
        let class = tree.raw_attribute(node, AttributeName::Class).unwrap_or("");
        for byte in class.bytes().take(64) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
        at = node.parent as usize;
    }
    hash
}

/// How much a block reads like a paragraph, from its shape alone.
pub(crate) fn prose(block: &Block) -> f32 {
    let plain = block.chars.saturating_sub(block.link_chars);
    if plain < 40 || block.link_chars * 5 > block.chars * 2 || block.path.any(FURNITURE) {
        return 0.0;
    }
    let length = float(plain.min(600)) / 100.0;
    let marks = float((block.commas + block.stops).min(12)) / 4.0;
    length + marks
}

/// Names that no article's text stands under.
const FURNITURE: Hints = Hints::NAVIGATION
    .with(Hints::FOOTER)
    .with(Hints::COMMENT)
    .with(Hints::CONSENT)
    .with(Hints::HIDDEN);

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of one page are far below 2^24"
)]
fn float(value: u32) -> f32 {
    value as f32
}

/// The element whose own paragraphs, and those one and two below at less weight, score most.
fn best_container(tree: &Tree<'_>, blocks: &Blocks) -> usize {
    let parent = |node: usize| tree.nodes.get(node).map_or(0, |node| node.parent as usize);
    let mut scores = vec![0.0_f32; tree.nodes.len()];
    for block in &blocks.list {
        let score = prose(block);
        let inner = matches!(
            block.place.tag,
            Tag::P | Tag::Li | Tag::Blockquote | Tag::Pre | Tag::Td | Tag::H2 | Tag::H3
        );
        let mut node = if inner {
            parent(block.node)
        } else {
            block.node
        };
        for weight in [1.0, 0.6, 0.3] {
            if let Some(slot) = scores.get_mut(node) {
                *slot += score * weight;
            }
            node = parent(node);
        }
    }
    let best = scores
        .iter()
        .enumerate()
        .skip(1)
        .max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(node, _)| node)
}

/// The rows of all blocks; `None` when the deadline passed on the way.
pub(crate) fn rows(
    tree: &Tree<'_>,
    blocks: &Blocks,
    facts: &Facts,
    words: &PageWords,
    deadline: &Deadline,
) -> Option<Vec<Row>> {
    let page = Page::new(tree, blocks, facts, words);
    let locals: Vec<Local> = blocks.list.iter().map(Page::local).collect();
    let in_time = |at: usize| !at.is_multiple_of(DEADLINE_EVERY) || !deadline.passed();
    (0..blocks.list.len())
        .map(|at| in_time(at).then(|| page.row(at, &locals)))
        .collect()
}

/// What neighbours want to know of a block.
#[derive(Clone, Copy)]
struct Local {
    length: u8,
    links: u8,
    kind: u8,
    marks: u8,
}

const NOTHING: Local = Local {
    length: 0,
    links: 0,
    kind: 255,
    marks: 0,
};

struct Page<'a> {
    tree: &'a Tree<'a>,
    blocks: &'a Blocks,
    facts: &'a Facts,
    words: &'a PageWords,
    total: Sums,
    articles: u32,
    best_article: u32,
    headline: Option<usize>,
    chars_before: Vec<u32>,
    seen: Vec<u8>,
    before: Vec<Before>,
    /// The best container and the elements it stands in, outermost first.
    around_best: Vec<usize>,
}

/// What came before a block.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    headlines: u8,
    /// How like the page's title the last headline was.
    like: u8,
    since_heading: u8,
    level: u8,
    /// Phrases of the last heading.
    phrases: u32,
    since_comment: u8,
    since_related: u8,
    since_share: u8,
    /// Articles with prose begun so far.
    articles: u8,
}

impl<'a> Page<'a> {
    fn new(tree: &'a Tree<'a>, blocks: &'a Blocks, facts: &'a Facts, words: &'a PageWords) -> Self {
        let total = facts.sums.first().copied().unwrap_or_default();
        let mut page = Page {
            tree,
            blocks,
            facts,
            words,
            total,
            articles: 0,
            best_article: 0,
            headline: None,
            chars_before: Vec::with_capacity(blocks.list.len()),
            seen: Vec::with_capacity(blocks.list.len()),
            before: Vec::with_capacity(blocks.list.len()),
            around_best: path_to(tree, facts.best),
        };
        page.find_articles();
        page.find_headline();
        page.count_repeats();
        page.look_back();
        page
    }

    fn find_articles(&mut self) {
        let mut best = -1.0;
        for (id, node) in self.tree.nodes.iter().enumerate() {
            if node.tag == Tag::Article {
                self.articles += 1;
                let score = self.facts.sums.get(id).map_or(0.0, |sums| sums.score);
                if score > best {
                    best = score;
                    self.best_article = u32::try_from(id).unwrap_or(0);
                }
            }
        }
    }

    /// The heading most like the page's title; the first of the highest rank without one.
    fn find_headline(&mut self) {
        let headings = self
            .blocks
            .list
            .iter()
            .enumerate()
            .filter(|(_, b)| b.place.heading > 0);
        let likeness = |block: &Block| {
            let like = self.words.title.share_of(self.blocks.text_of(block));
            u32::from(like) * 4 + 4 - u32::from(block.place.heading)
        };
        let mut best = None;
        for (at, block) in headings {
            let value = likeness(block);
            if best.is_none_or(|(known, _)| value > known) {
                best = Some((value, at));
            }
        }
        self.headline = best.map(|(_, at)| at);
    }

    fn count_repeats(&mut self) {
        let mut before = 0;
        let mut known: HashMap<&str, u8> = HashMap::with_capacity(self.blocks.list.len());
        for block in &self.blocks.list {
            self.chars_before.push(before);
            before += block.chars;
            let count = known.entry(self.blocks.text_of(block)).or_insert(0);
            self.seen.push(*count);
            *count = count.saturating_add(1);
        }
    }

    fn look_back(&mut self) {
        let mut now = Before {
            since_comment: 255,
            since_related: 255,
            since_share: 255,
            ..Before::default()
        };
        let mut article = 0;
        for block in &self.blocks.list {
            let place = block.place;
            if place.article_node != article && place.article_node != 0 {
                article = place.article_node;
                let score = self
                    .facts
                    .sums
                    .get(article as usize)
                    .map_or(0.0, |sums| sums.score);
                now.articles = now.articles.saturating_add(u8::from(score > 3.0));
            }
            for count in [
                &mut now.since_heading,
                &mut now.since_comment,
                &mut now.since_related,
                &mut now.since_share,
            ] {
                *count = if *count == 255 {
                    255
                } else {
                    (*count + 1).min(200)
                };
            }
            if block.path.any(Hints::COMMENT) {
                now.since_comment = 0;
            }
            if block.near.any(Hints::RELATED) {
                now.since_related = 0;
            }
            if block.near.any(Hints::SHARE) {
                now.since_share = 0;
            }
            self.before.push(now);
            let text = self.blocks.text_of(block);
            if place.heading == 1 {
                now.headlines = now.headlines.saturating_add(1);
                now.like = self.words.title.share_of(text);
            }
            if place.heading > 0 || block.strong_chars == block.chars && block.chars < 80 {
                now.since_heading = 0;
                now.level = if place.heading > 0 { place.heading } else { 5 };
                now.phrases = phrases_in(text);
            }
        }
    }

    fn back(&self, row: &mut RowWriter, at: usize) {
        let before = self.before[at];
        row.put(before.headlines);
        row.put(before.like);
        row.put(before.since_heading);
        row.put(before.level);
        row.put(before.since_comment);
        row.put(before.since_related);
        row.put(before.since_share);
        row.put(before.articles);
        row.bits(before.phrases, 14);
    }

    fn local(block: &Block) -> Local {
        Local {
            length: log(block.chars),
            links: share(block.link_chars, block.chars),
            kind: kind(block),
            marks: small(block.commas + block.stops),
        }
    }

    fn row(&self, at: usize, locals: &[Local]) -> Row {
        let mut row = RowWriter {
            row: [0; 256],
            at: 0,
        };
        let block = &self.blocks.list[at];
        let text = self.blocks.text_of(block);
        Page::shape(&mut row, block, text, locals[at]);
        Page::neighbours(&mut row, at, locals);
        self.position(&mut row, at, block);
        self.elements(&mut row, at, block);
        self.words(&mut row, text, block);
        self.back(&mut row, at);
        row.bits(block.near.0, 32);
        row.bits(block.path.0, 32);
        debug_assert_eq!(row.at, FIRST);
        row.row
    }

    fn shape(row: &mut RowWriter, block: &Block, text: &str, local: Local) {
        row.put(local.length);
        row.put(log(block.words));
        row.put(local.links);
        row.put(small(block.links));
        row.put(small(block.stops));
        row.put(small(block.commas));
        row.put(share(block.digits, block.chars));
        row.put(share(block.capitals, block.words));
        row.put(share(block.strong_chars, block.chars));
        row.put(small(block.breaks));
        row.put(local.kind);
        row.put(block.place.heading);
        row.put(block.place.lists);
        row.put(block.place.tables);
        row.flag(block.place.paragraph);
        row.flag(block.place.quote);
        row.flag(block.place.pre);
        row.flag(block.place.figure);
        row.put(small(block.chars * 8 / block.words.max(1)));
        row.put(last_mark(text));
        row.put(first_mark(text));
        row.flag(text.contains(['|', '©', '»', '›', '→']));
        row.flag(block.chars < 300 && text.contains('@'));
        row.flag(block.chars < 300 && text.contains("://"));
    }

    fn neighbours(row: &mut RowWriter, at: usize, locals: &[Local]) {
        let own = locals[at];
        for offset in [-3_isize, -2, -1, 1, 2, 3] {
            let near = at.checked_add_signed(offset).and_then(|at| locals.get(at));
            let near = near.copied().unwrap_or(NOTHING);
            row.put(near.length);
            row.put(near.links);
            row.flag(near.kind == own.kind);
            if offset.abs() == 1 {
                row.put(near.kind);
                row.put(near.marks);
            }
        }
    }

    fn position(&self, row: &mut RowWriter, at: usize, block: &Block) {
        let count = u32::try_from(self.blocks.list.len()).unwrap_or(u32::MAX);
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        row.put(share(index, count));
        row.put(share(self.chars_before[at], self.total.chars));
        let from_headline = self.headline.map_or(0, |headline| distance(headline, at));
        row.put(from_headline);
        row.flag(self.headline == Some(at));
        row.put(log(self.total.chars));
        row.put(log(count));
        row.put(share(self.total.link_chars, self.total.chars));
        row.put(log(self.total.paragraphs));
        row.put(small(self.articles));
        row.flag(block.place.article);
        row.flag(block.place.main);
        row.flag(self.articles > 0 && block.place.article_node == self.best_article);
        row.put(self.seen[at]);
    }

    fn elements(&self, row: &mut RowWriter, at: usize, block: &Block) {
        let sums_of = |node: u32| {
            self.facts
                .sums
                .get(node as usize)
                .copied()
                .unwrap_or_default()
        };
        for level in &self.facts.levels[at][1..] {
            let sums = sums_of(*level);
            row.put(log(sums.chars));
            row.put(share(sums.chars, self.total.chars));
            row.put(share(sums.link_chars, sums.chars));
            row.put(small(sums.paragraphs));
            row.put(share(sums.paragraphs, sums.blocks));
        }
        let group = self.facts.groups[self.facts.group[at] as usize];
        row.put(log(group.chars));
        row.put(share(group.chars, self.total.chars));
        row.put(share(group.link_chars, group.chars));
        row.put(small(group.blocks));
        row.put(share(group.paragraphs, group.blocks));
        let (steps, up, common) = self.to_best(block.node);
        row.put(steps);
        row.put(up);
        row.put(share(
            self.total.chars - sums_of(common).chars,
            self.total.chars,
        ));
        let own = sums_of(u32::try_from(block.node).unwrap_or(0));
        row.put(share(block.chars, own.chars));
    }

    /// Steps from a node up to the best container, or to what encloses both, and how many more
    /// that one lies above the best container.
    fn to_best(&self, node: usize) -> (u8, u8, u32) {
        let best = self.facts.best;
        let holds = |outer: usize, inner: usize| {
            let end = self
                .tree
                .nodes
                .get(outer)
                .map_or(0, |node| node.end as usize);
            outer == 0 || (outer..end).contains(&inner)
        };
        let outside = self
            .around_best
            .partition_point(|outer| holds(*outer, node));
        let at = outside
            .checked_sub(1)
            .and_then(|last| self.around_best.get(last));
        let at = at.copied().unwrap_or(0);
        let depth = |node: usize| self.tree.nodes.get(node).map_or(0, |node| node.depth);
        let steps = u8::try_from(depth(node).saturating_sub(depth(at))).unwrap_or(u8::MAX);
        let up = u8::try_from(depth(best).saturating_sub(depth(at))).unwrap_or(u8::MAX);
        // Inside the container itself the climb ends at it or above a block that is its parent.
        (steps.min(40), up, u32::try_from(at).unwrap_or(0))
    }

    fn words(&self, row: &mut RowWriter, text: &str, block: &Block) {
        row.put(self.words.title.share_of(text));
        row.put(self.words.description.share_of(text));
        row.put(if self.words.has_body {
            self.words.body.share_of(text)
        } else {
            200
        });
        let phrases = if block.chars <= 400 {
            phrases_in(text)
        } else {
            0
        };
        row.bits(phrases, 14);
        row.put(u8::try_from(phrases.count_ones()).unwrap_or(0));
    }
}

/// A node and its ancestors, the document first.
fn path_to(tree: &Tree<'_>, node: usize) -> Vec<usize> {
    let parent = |at: &usize| {
        let node = tree.nodes.get(*at).filter(|_| *at != 0)?;
        Some(node.parent as usize)
    };
    let mut path: Vec<usize> = std::iter::successors(Some(node), parent).collect();
    path.reverse();
    path
}

struct RowWriter {
    row: Row,
    at: usize,
}

impl RowWriter {
    fn put(&mut self, value: u8) {
        if let Some(slot) = self.row.get_mut(self.at) {
            *slot = value;
        }
        self.at += 1;
    }

    fn flag(&mut self, value: bool) {
        self.put(u8::from(value));
    }

    fn bits(&mut self, bits: u32, count: u32) {
        for bit in 0..count {
            self.put(u8::from(bits >> bit & 1 == 1));
        }
    }
}

/// Logarithm in eighths of a doubling.
pub(crate) fn log(value: u32) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the logarithm of a u32 in eighths is at most 256, and casts saturate"
    )]
    {
        (float(value + 1).log2() * 8.0) as u8
    }
}

/// Percent, from 0 to 100.
pub(crate) fn share(part: u32, whole: u32) -> u8 {
    if whole == 0 {
        return 0;
    }
    u8::try_from(u64::from(part.min(whole)) * 100 / u64::from(whole)).unwrap_or(100)
}

pub(crate) fn small(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

/// Blocks from `from` to `to`, 128 for none, less for before.
pub(crate) fn distance(from: usize, to: usize) -> u8 {
    let clip = |count: usize| u8::try_from(count.min(100)).unwrap_or(100);
    if to >= from {
        128 + clip(to - from)
    } else {
        128 - clip(from - to)
    }
}

/// The element's kind, alike kinds side by side.
fn kind(block: &Block) -> u8 {
    match block.place.tag {
        Tag::P => 0,
        Tag::Blockquote => 1,
        Tag::Pre => 2,
        Tag::Li => 3,
        Tag::Dd | Tag::Dt => 4,
        Tag::Td | Tag::Th => 5,
        Tag::H1 => 6,
        Tag::H2 => 7,
        Tag::H3 => 8,
        Tag::H4 | Tag::H5 | Tag::H6 => 9,
        Tag::Article | Tag::Section | Tag::Main => 10,
        Tag::Div => 11,
        Tag::Body => 12,
        Tag::Figcaption | Tag::Figure | Tag::Caption => 13,
        Tag::Form | Tag::Button => 14,
        Tag::Header => 15,
        Tag::Footer | Tag::Nav | Tag::Aside => 16,
        _ => 17,
    }
}

/// How a block ends: sentence, quotation, colon, ellipsis, digit, other.
fn last_mark(text: &str) -> u8 {
    match text.chars().next_back() {
        Some('.' | '!' | '?' | '。' | '！' | '？' | '।') => 5,
        Some('"' | '”' | '“' | '»' | '’' | '\'' | ')' | '」' | '）') => 4,
        Some(':' | '：' | ';' | ',' | '、') => 3,
        Some('…') => 2,
        Some(c) if c.is_numeric() => 1,
        _ => 0,
    }
}

/// How a block begins: capital, small letter, digit, quotation, other.
fn first_mark(text: &str) -> u8 {
    match text.chars().next() {
        Some(c) if c.is_uppercase() => 4,
        Some(c) if c.is_lowercase() => 3,
        Some(c) if c.is_alphabetic() => 2,
        Some(c) if c.is_numeric() => 1,
        Some('"' | '“' | '„' | '«' | '\'' | '‘' | '「') => 5,
        _ => 0,
    }
}
