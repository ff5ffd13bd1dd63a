//! A long article is kept to its end. The classifier was trained on pages of some ten kilobytes of
//! text and takes what stands late in a much longer one for comments; the paragraphs of a long
//! family, of which it kept the beginning, are the text all the same.

use std::collections::HashMap;

use crate::block::{Block, Blocks};
use crate::classify::{Judged, PageSums};
use crate::hints::Hints;
use crate::html::Tree;

/// Characters of a family that is long; shorter ones the classifier knows.
const LONG_CHARS_MIN: u32 = 30_000;

/// Characters the classifier must have kept of it.
const KEPT_CHARS_MIN: u32 = 2_500;

/// Elements in which readers write, or that lead elsewhere.
const APART: Hints = Hints::COMMENT
    .with(Hints::RELATED)
    .with(Hints::NAVIGATION)
    .with(Hints::FOOTER)
    .with(Hints::SIDEBAR)
    .with(Hints::CONSENT)
    .with(Hints::HIDDEN);

/// Characters of the blocks made alike in one element, and of those kept.
#[derive(Clone, Copy, Default)]
struct Family {
    chars: u32,
    kept: u32,
}

impl Family {
    const fn goes_on(self) -> bool {
        self.chars >= LONG_CHARS_MIN && self.kept >= KEPT_CHARS_MIN
    }
}

/// Keeps the rest of long families, and the headings within them.
pub(crate) fn keep_whole(
    tree: &Tree<'_>,
    blocks: &Blocks,
    page_sums: &PageSums,
    judged: &mut [Judged],
) {
    let parent = |block: &Block| tree.nodes.get(block.node).map_or(0, |node| node.parent);
    let mut families: HashMap<(u32, u32), Family> = HashMap::new();
    for ((block, group), judged) in blocks.list.iter().zip(&page_sums.group).zip(judged.iter()) {
        if may_belong(block) {
            let family = families.entry((parent(block), *group)).or_default();
            family.chars += block.chars;
            family.kept += if judged.kept { block.chars } else { 0 };
        }
    }
    families.retain(|_, family| family.goes_on());
    if families.is_empty() {
        return;
    }
    let mut next_kept = false;
    let all = blocks.list.iter().zip(&page_sums.group).zip(judged).rev();
    for ((block, group), judged) in all {
        let inside = families.contains_key(&(parent(block), *group));
        let heads = next_kept
            && block.place.heading > 0
            && families.keys().any(|(node, _)| *node == parent(block));
        if !judged.kept && may_belong(block) && (inside || heads) {
            (judged.kept, judged.reason) = (true, "goes on like the main text");
        }
        next_kept = judged.kept;
    }
}

fn may_belong(block: &Block) -> bool {
    !block.path.any(APART) && block.link_chars * 2 <= block.chars
}
