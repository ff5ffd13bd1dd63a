//! What `--explain` shows: each block with its fate, and the texts that simpler rules would have
//! given beside the chosen one.

use crate::block::{Block, Blocks};
use crate::classify::Judged;
use crate::classify::features::prose;
use crate::extracted::{BlockNote, Candidate};
use crate::html::{Tag, Tree};
use crate::metadata::Linked;
use crate::shingle::Shingles;

/// Characters of a block shown.
const NOTE_CHARS_MAX: usize = 160;

/// Elements named in a path.
const PATH_STEPS: usize = 4;

/// Every block in page order.
pub(crate) fn notes(tree: &Tree<'_>, blocks: &Blocks, judged: &[Judged]) -> Vec<BlockNote> {
    let note = |(block, judged): (&Block, &Judged)| BlockNote {
        path: path_of(tree, block.node),
        text: blocks.text_of(block).chars().take(NOTE_CHARS_MAX).collect(),
        score: judged.score,
        kept: judged.kept,
        reason: judged.reason,
    };
    blocks.list.iter().zip(judged).map(note).collect()
}

/// The names of an element and its nearest ancestors, outermost first.
fn path_of(tree: &Tree<'_>, node: usize) -> String {
    let mut names = Vec::new();
    let mut at = node;
    while names.len() < PATH_STEPS
        && at != 0
        && let Some(node) = tree.nodes.get(at)
    {
        let name = node.tag.name();
        names.push(if name.is_empty() {
            node.span.of(tree.source)
        } else {
            name
        });
        at = node.parent as usize;
    }
    names.reverse();
    names.join(" > ")
}

/// The chosen text and what simpler rules would have given, most alike first.
pub(crate) fn candidates(blocks: &Blocks, linked: &Linked, chosen: &str) -> Vec<Candidate> {
    let joined = |keep: &dyn Fn(&Block) -> bool| {
        let kept = blocks.list.iter().filter(|block| keep(block));
        kept.map(|block| blocks.text_of(block))
            .collect::<Vec<_>>()
            .join("\n\n")
    };
    let texts = [
        ("chosen", chosen.to_owned()),
        ("prose anywhere", joined(&|block| prose(block) > 0.0)),
        (
            "paragraph elements",
            joined(&|block| block.place.tag == Tag::P),
        ),
        ("article elements", joined(&|block| block.place.article)),
        ("linked data", linked.body.clone().unwrap_or_default()),
    ];
    let set = Shingles::of(chosen);
    let mut candidates: Vec<Candidate> = texts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| Candidate {
            name,
            chars: text.chars().count(),
            agreement: agreement(&set, chosen, &text),
        })
        .collect();
    candidates.sort_by(|a, b| b.agreement.total_cmp(&a.agreement));
    candidates
}

/// The harmonic mean of how much of each text stands in the other.
fn agreement(set: &Shingles, chosen: &str, text: &str) -> f32 {
    let there = f32::from(set.share_of(text)) / 100.0;
    let back = f32::from(Shingles::of(text).share_of(chosen)) / 100.0;
    if there + back == 0.0 {
        0.0
    } else {
        2.0 * there * back / (there + back)
    }
}
