//! Pages that a script fills.

use super::case::{Case, kept};
use crate::block::Blocks;
use crate::classify::Judged;

/// Whether the page says that it needs a script, or has next to nothing but scripts.
pub(super) fn is_scripted(case: &Case<'_>) -> bool {
    let says_so = case.tree.noscript.iter().any(|span| {
        let text = span.of(case.tree.source).to_ascii_lowercase();
        text.contains("javascript") && !text.contains("<img")
    });
    let visible = case.blocks.text.len();
    let little = visible < 600 && case.tree.script_bytes > 2_000;
    little || says_so && visible < 2_000
}

/// Whether the text that was kept asks to turn JavaScript on.
pub(super) fn asks_for_script(blocks: &Blocks, judged: &[Judged]) -> bool {
    kept(blocks, judged).any(|block| {
        let lower = blocks.text_of(block).to_lowercase();
        lower.contains("javascript") || lower.contains("browser")
    })
}
