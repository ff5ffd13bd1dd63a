//! Code and quotations among the paragraphs of an article are its text. The classifier knows them
//! by what they look like elsewhere: boxes of tools, posts that somebody shares.

use std::collections::HashSet;

use crate::block::{Block, Blocks};
use crate::classify::Judged;
use crate::hints::Hints;
use crate::html::Tree;

/// Elements between a block and the element that holds the paragraphs.
const CLIMB_MAX: usize = 5;

/// Blocks that stand together between two paragraphs.
const GAP_MAX: usize = 12;

/// Elements whose code and quotations are not the article's.
const APART: Hints = Hints::COMMENT
    .with(Hints::FOOTER)
    .with(Hints::CONSENT)
    .with(Hints::RELATED)
    .with(Hints::SIDEBAR);

/// Keeps code and quotations between kept blocks.
pub(super) fn keep_inside(tree: &Tree<'_>, blocks: &Blocks, judged: &mut [Judged]) {
    let parent = |node: usize| tree.nodes.get(node).map_or(0, |node| node.parent as usize);
    let inner = |block: &Block| {
        (block.place.pre || block.place.quote)
            && !block.path.any(APART)
            && block.link_chars * 2 <= block.chars
    };
    let list = &blocks.list;
    let missing = |at: usize, judged: &[Judged]| {
        let block = &list[at];
        (inner(block) && judged.get(at).is_some_and(|judged| !judged.kept)).then_some(block)
    };
    if (0..list.len()).all(|at| missing(at, judged).is_none()) {
        return;
    }
    let kept: Vec<usize> = (0..list.len())
        .filter(|at| judged.get(*at).is_some_and(|judged| judged.kept))
        .collect();
    let holders: HashSet<usize> = kept.iter().map(|at| parent(list[*at].node)).collect();
    for (before, after) in kept.iter().zip(kept.iter().skip(1)) {
        if after - before > GAP_MAX {
            continue;
        }
        for at in before + 1..*after {
            let Some(block) = missing(at, judged) else {
                continue;
            };
            let mut holder = block.node;
            let among = (0..CLIMB_MAX).any(|_| {
                holder = parent(holder);
                holder != 0 && holders.contains(&holder)
            });
            if among && let Some(judged) = judged.get_mut(at) {
                (judged.kept, judged.reason) = (true, "code or quotation among the text");
            }
        }
    }
}
