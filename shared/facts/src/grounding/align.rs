//! The last resort: a quote with a few words more, fewer or other than the text. Edit distance over
//! tokens, free at both ends of the text, in which a guarded token can only be equal.

use std::ops::Range;

use super::tokens::Token;

/// A quote of fewer tokens must be equal.
const TOKENS_MIN: usize = 4;

/// Fewest tokens of an equal quote: one word stands everywhere.
const EQUAL_TOKENS_MIN: usize = 2;

/// Cells of the table at most: a quote of 200 words in a text of 60,000 characters.
const CELLS_MAX: usize = 4_000_000;

/// "Cannot be reached."
const NEVER: u32 = u32::MAX / 2;

/// A run of the text's tokens and how many words differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aligned {
    pub(super) tokens: Range<usize>,
    pub(super) edits: u32,
}

/// A cell of the table: edits so far, and the token of the text where the span begins.
#[derive(Clone, Copy)]
struct Cell {
    edits: u32,
    start: usize,
}

/// How many words of a quote may differ: 15 %, none in a short one, none in one whose capitals are
/// lost (a name could not be told from a word).
fn edits_max(quote: &[Token]) -> u32 {
    let has_capital = quote.iter().any(|token| token.is_capitalised);
    let few = quote.len() < TOKENS_MIN || !has_capital;
    if few {
        0
    } else {
        u32::try_from(quote.len() * 15 / 100).unwrap_or(0)
    }
}

/// The spans of the text with the fewest edits, first to last. Empty: the quote is not there.
pub(super) fn align(text: &[Token], quote: &[Token]) -> Vec<Aligned> {
    let cells = text.len().saturating_mul(quote.len());
    if quote.len() < EQUAL_TOKENS_MIN || cells > CELLS_MAX || text.is_empty() {
        return Vec::new();
    }
    let most = edits_max(quote);
    let mut row: Vec<Cell> = (0..=text.len())
        .map(|start| Cell { edits: 0, start })
        .collect();
    let last = quote.len() - 1;
    for (at, wanted) in quote.iter().enumerate() {
        // At its ends a quote must be equal: an edit there hides what stands beside the span.
        let is_fixed = wanted.is_guarded || at == 0 || at == last;
        next_row(&mut row, text, wanted.hash, is_fixed, most);
    }
    let best = row.iter().map(|cell| cell.edits).min().unwrap_or(NEVER);
    if best > most {
        return Vec::new();
    }
    let ends = row
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell.edits == best);
    ends.filter(|(end, cell)| *end > cell.start)
        .map(|(end, cell)| Aligned {
            tokens: cell.start..end,
            edits: best,
        })
        .collect()
}

/// Advances the table by one token of the quote.
fn next_row(row: &mut [Cell], text: &[Token], wanted: u64, is_fixed: bool, most: u32) {
    let insertion = if is_fixed { NEVER } else { 1 };
    let mut diagonal = Cell {
        edits: NEVER,
        start: 0,
    };
    for at in 0..row.len() {
        let Some(above) = row.get(at).copied() else {
            break;
        };
        let mut best = Cell {
            edits: above.edits + insertion,
            start: above.start,
        };
        if let Some(there) = at.checked_sub(1).and_then(|before| text.get(before)) {
            let step = match () {
                () if there.hash == wanted => 0,
                () if there.is_guarded || is_fixed => NEVER,
                () => 1,
            };
            if diagonal.edits + step <= best.edits {
                best = Cell {
                    edits: diagonal.edits + step,
                    start: diagonal.start,
                };
            }
            let left = row.get(at - 1).copied().unwrap_or(best);
            let deletion = if there.is_guarded { NEVER } else { 1 };
            if left.edits + deletion < best.edits {
                best = Cell {
                    edits: left.edits + deletion,
                    start: left.start,
                };
            }
        }
        if best.edits > most {
            best.edits = NEVER;
        }
        diagonal = above;
        if let Some(cell) = row.get_mut(at) {
            *cell = best;
        }
    }
}
