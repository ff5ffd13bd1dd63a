//! Second copies: some pages hold their text twice, for wide and for narrow screens, or for printing.
//! A run of blocks that repeats an earlier run word for word in another element goes; a refrain, which
//! stands in the same one, stays.

use std::collections::HashMap;

use crate::block::{Block, Blocks};
use crate::classify::Judged;
use crate::html::Tree;

/// Characters of a run, and its blocks, that are no accident.
const RUN_CHARS_MIN: u32 = 200;
const RUN_BLOCKS_MIN: usize = 2;

/// Drops the second copies of runs.
pub(super) fn drop_second(tree: &Tree<'_>, blocks: &Blocks, judged: &mut [Judged]) {
    let parent = |block: &Block| tree.nodes.get(block.node).map_or(0, |node| node.parent);
    let kept: Vec<usize> = (0..blocks.list.len())
        .filter(|at| judged.get(*at).is_some_and(|judged| judged.kept))
        .collect();
    let text = |nth: usize| blocks.text_of(&blocks.list[kept[nth]]);
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(kept.len());
    let mut nth = 0;
    while nth < kept.len() {
        let Some(from) = first.get(text(nth)).copied() else {
            first.insert(text(nth), nth);
            nth += 1;
            continue;
        };
        let elsewhere = parent(&blocks.list[kept[from]]) != parent(&blocks.list[kept[nth]]);
        let same =
            |length: &usize| from + length < nth && text(from + length) == text(nth + length);
        let length = (0..kept.len() - nth).take_while(same).count().max(1);
        let chars: u32 = (nth..nth + length)
            .map(|nth| blocks.list[kept[nth]].chars)
            .sum();
        if elsewhere && length >= RUN_BLOCKS_MIN && chars >= RUN_CHARS_MIN {
            for at in &kept[nth..nth + length] {
                if let Some(judged) = judged.get_mut(*at) {
                    (judged.kept, judged.reason) = (false, "a second copy");
                }
            }
        }
        nth += length;
    }
}
