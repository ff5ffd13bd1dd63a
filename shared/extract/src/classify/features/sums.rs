//! Sums over elements and over blocks made alike, and which element holds most of the prose.

use std::collections::HashMap;

use super::numbers::float;
use crate::block::{Block, Blocks};
use crate::hints::Hints;
use crate::html::{AttributeName, Tag, Tree};

/// Wrappers looked through when the elements around a block are told apart.
const CLIMB_MAX: usize = 48;

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
    pub(super) fn add(&mut self, other: Sums) {
        self.chars += other.chars;
        self.link_chars += other.link_chars;
        self.blocks += other.blocks;
        self.paragraphs += other.paragraphs;
        self.score += other.score;
    }
}

/// Everything the rows are made from.
pub(crate) struct PageSums {
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
pub(crate) fn page_sums(tree: &Tree<'_>, blocks: &Blocks) -> PageSums {
    let sums = sums(tree, blocks);
    let levels = blocks
        .list
        .iter()
        .map(|block| levels_of(tree, &sums, block.node))
        .collect();
    let (group, groups) = groups(tree, blocks);
    let best = best_container(tree, blocks);
    PageSums {
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
