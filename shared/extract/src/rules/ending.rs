//! The end of an article: who wrote it. An element named for that, behind the text and with nothing of
//! it behind, is no text, however well it reads. Elements named for offers were tried as well: on the
//! corpus more of them held the article's last paragraphs than something else.

use crate::block::{Block, Blocks};
use crate::classify::Judged;
use crate::hints::{Hints, hints_of};
use crate::html::{AttributeName, NodeId, Tag, Tree};

/// What elements behind the text are named for.
const NAMED: Hints = Hints::AUTHOR;

/// Characters of the text before an ending.
const TEXT_BEFORE_MIN: u32 = 300;

/// The ending is no more than this part of the text, in percent.
const SHARE_MAX: u32 = 30;

/// Drops named elements at the end.
pub(super) fn drop_ending(tree: &Tree<'_>, blocks: &Blocks, judged: &mut [Judged]) {
    let kept: Vec<usize> = (0..blocks.list.len())
        .filter(|at| judged.get(*at).is_some_and(|judged| judged.kept))
        .collect();
    let all: u32 = kept.iter().map(|at| blocks.list[*at].chars).sum();
    let Some(first) = kept.first().map(|at| blocks.list[*at].node) else {
        return;
    };
    let ending: Vec<usize> = kept
        .iter()
        .rev()
        .copied()
        .take_while(|at| is_named(tree, &blocks.list[*at], first))
        .collect();
    let chars: u32 = ending.iter().map(|at| blocks.list[*at].chars).sum();
    if all - chars < TEXT_BEFORE_MIN || chars * 100 > all * SHARE_MAX {
        return;
    }
    for at in ending {
        if let Some(judged) = judged.get_mut(at) {
            (judged.kept, judged.reason) = (false, "named for what follows an article");
        }
    }
}

/// Whether an element around a block that begins behind the text is named for an ending.
fn is_named(tree: &Tree<'_>, block: &Block, text: NodeId) -> bool {
    if !block.path.any(NAMED) {
        return false;
    }
    let mut at = block.node;
    while at > text
        && let Some(node) = tree.nodes.get(at)
    {
        if !matches!(node.tag, Tag::A | Tag::Span) {
            let named = [AttributeName::Class, AttributeName::Id]
                .into_iter()
                .any(|name| {
                    let value = tree.raw_attribute(node, name).unwrap_or("");
                    hints_of(value).any(NAMED)
                });
            if named {
                return true;
            }
        }
        at = node.parent as usize;
    }
    false
}
