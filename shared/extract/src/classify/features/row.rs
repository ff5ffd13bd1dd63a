//! The numbers of one block, in the order the classifier was trained on.

use super::numbers::{RowWriter, distance, first_mark, kind, last_mark, log, share, small};
use super::page::PageFeatures;
use crate::block::Block;
use crate::classify::model::Numbers;
use crate::hints::phrases_in;

/// Numbers per block of the first stage.
pub(crate) const FIRST: usize = 187;

/// One block's numbers. The second stage's stand behind the first's [`FIRST`].
pub(crate) type Row = Numbers;

/// What neighbours want to know of a block.
#[derive(Clone, Copy)]
pub(super) struct Local {
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

impl PageFeatures<'_> {
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

    pub(super) fn local(block: &Block) -> Local {
        Local {
            length: log(block.chars),
            links: share(block.link_chars, block.chars),
            kind: kind(block),
            marks: small(block.commas + block.stops),
        }
    }

    pub(super) fn row(&self, at: usize, locals: &[Local]) -> Row {
        let mut row = RowWriter {
            row: [0; 256],
            at: 0,
        };
        let block = &self.blocks.list[at];
        let text = self.blocks.text_of(block);
        PageFeatures::shape(&mut row, block, text, locals[at]);
        PageFeatures::neighbours(&mut row, at, locals);
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
            self.page_sums
                .sums
                .get(node as usize)
                .copied()
                .unwrap_or_default()
        };
        for level in &self.page_sums.levels[at][1..] {
            let sums = sums_of(*level);
            row.put(log(sums.chars));
            row.put(share(sums.chars, self.total.chars));
            row.put(share(sums.link_chars, sums.chars));
            row.put(small(sums.paragraphs));
            row.put(share(sums.paragraphs, sums.blocks));
        }
        let group = self.page_sums.groups[self.page_sums.group[at] as usize];
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
        let best = self.page_sums.best;
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
