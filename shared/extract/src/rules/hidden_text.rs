//! Text that no reader sees is no text of the article, however much it looks like it: what a page
//! hides is for machines, and may be an order to the one that reads the text next.
//!
//! Some pages hide the whole article until a script shows it. Where more is hidden than shown, the
//! hidden text is the article.

use crate::block::{Block, Blocks, is_hidden};
use crate::classify::Judged;
use crate::html::Tree;

/// Takes the hidden ones out of the kept blocks.
pub(crate) fn leave_out(tree: &Tree<'_>, blocks: &Blocks, judged: &mut [Judged]) {
    let kept = || blocks.list.iter().zip(judged.iter()).enumerate();
    let kept = kept().filter(|(_, (_, judged))| judged.kept);
    let (mut shown_chars, mut hidden_chars) = (0_u32, 0_u32);
    let mut hidden = Vec::new();
    for (at, (block, _)) in kept {
        if stands_hidden(tree, block) {
            hidden.push(at);
            hidden_chars += block.chars;
        } else {
            shown_chars += block.chars;
        }
    }
    if hidden_chars > shown_chars {
        return;
    }
    for at in hidden {
        if let Some(judged) = judged.get_mut(at) {
            judged.kept = false;
            judged.reason = "hidden from readers";
        }
    }
}

/// Whether an element around a block is hidden.
fn stands_hidden(tree: &Tree<'_>, block: &Block) -> bool {
    let mut at = block.node;
    // Ends: a parent stands before its children, and the root is its own.
    while at != 0
        && let Some(node) = tree.nodes.get(at)
    {
        if is_hidden(tree, node) {
            return true;
        }
        at = node.parent as usize;
    }
    false
}
