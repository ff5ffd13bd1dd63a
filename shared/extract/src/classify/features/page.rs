//! What is learnt of the page before its blocks are looked at one by one: its articles, its
//! headline, what is repeated, and what stands before each block.

use std::collections::HashMap;

use super::sums::{PageSums, Sums};
use super::words::PageWords;
use crate::block::{Block, Blocks};
use crate::hints::{Hints, phrases_in};
use crate::html::{Tag, Tree};

/// A page, and what its blocks are compared with.
pub(super) struct PageFeatures<'a> {
    pub(super) tree: &'a Tree<'a>,
    pub(super) blocks: &'a Blocks,
    pub(super) page_sums: &'a PageSums,
    pub(super) words: &'a PageWords,
    pub(super) total: Sums,
    pub(super) articles: u32,
    pub(super) best_article: u32,
    pub(super) headline: Option<usize>,
    pub(super) chars_before: Vec<u32>,
    pub(super) seen: Vec<u8>,
    pub(super) before: Vec<Before>,
    /// The best container and the elements it stands in, outermost first.
    pub(super) around_best: Vec<usize>,
}

/// What came before a block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    pub(super) headlines: u8,
    /// How like the page's title the last headline was.
    pub(super) like: u8,
    pub(super) since_heading: u8,
    pub(super) level: u8,
    /// Phrases of the last heading.
    pub(super) phrases: u32,
    pub(super) since_comment: u8,
    pub(super) since_related: u8,
    pub(super) since_share: u8,
    /// Articles with prose begun so far.
    pub(super) articles: u8,
}

impl<'a> PageFeatures<'a> {
    pub(super) fn new(
        tree: &'a Tree<'a>,
        blocks: &'a Blocks,
        page_sums: &'a PageSums,
        words: &'a PageWords,
    ) -> Self {
        let total = page_sums.sums.first().copied().unwrap_or_default();
        let mut page = PageFeatures {
            tree,
            blocks,
            page_sums,
            words,
            total,
            articles: 0,
            best_article: 0,
            headline: None,
            chars_before: Vec::with_capacity(blocks.list.len()),
            seen: Vec::with_capacity(blocks.list.len()),
            before: Vec::with_capacity(blocks.list.len()),
            around_best: path_to(tree, page_sums.best),
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
                let score = self.page_sums.sums.get(id).map_or(0.0, |sums| sums.score);
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
                    .page_sums
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
