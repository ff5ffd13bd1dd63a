//! Which blocks are the main text, by the classifier's two stages; on a page that is unlike all it
//! knows, by the element that looks most like the container of an article.

pub(crate) mod features;
mod judged;
mod model;
pub(crate) mod second_stage;

pub(crate) use features::{PageSums, PageWords, page_sums};
pub(crate) use judged::Judged;

use crate::block::Blocks;
use crate::deadline::Deadline;
use crate::html::Tree;
use model::{byte_of, model};
use second_stage::{SECOND, SecondStage};

/// From this sureness on a block is kept: the best value for F1 on domains not trained on.
const KEPT: f32 = 0.5;

/// Below this the first stage's word is final. Two thirds of all blocks are; asking the second
/// stage about them changed no figure.
const HOPELESS: f32 = 0.05;

/// Blocks judged between two looks at the clock.
const DEADLINE_EVERY: usize = 256;

/// Least text of a container that the fall-back believes in.
const FALL_BACK_CHARS_MIN: u32 = 80;

/// Judges every block; `None` when the deadline passed on the way.
pub(crate) fn classify(
    tree: &Tree<'_>,
    blocks: &Blocks,
    page_sums: &PageSums,
    words: &PageWords,
    deadline: &Deadline,
) -> Option<Vec<Judged>> {
    let rows = features::rows(tree, blocks, page_sums, words, deadline)?;
    let mut first = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        if at.is_multiple_of(DEADLINE_EVERY) && deadline.passed() {
            return None;
        }
        first.push(model().first.quick_sureness(row));
    }
    let sure: Vec<u8> = first.iter().map(|value| byte_of(*value)).collect();
    let page = SecondStage::new(tree, blocks, page_sums, &sure);
    let mut judged = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        if at.is_multiple_of(DEADLINE_EVERY) && deadline.passed() {
            return None;
        }
        judged.push(judge_one(&page, at, row, first[at]));
    }
    let kept = blocks
        .list
        .iter()
        .zip(&judged)
        .filter(|(_, judged)| judged.kept);
    if kept.map(|(block, _)| block.chars).sum::<u32>() < FALL_BACK_CHARS_MIN {
        fall_back(tree, blocks, page_sums, &mut judged);
    }
    Some(judged)
}

/// A page unlike any the classifier was trained on: the paragraphs of the element that looks most
/// like the container of an article, when they make up most of the page's prose.
fn fall_back(tree: &Tree<'_>, blocks: &Blocks, page_sums: &PageSums, judged: &mut [Judged]) {
    let end = tree
        .nodes
        .get(page_sums.best)
        .map_or(0, |node| node.end as usize);
    let (inside, page) = (page_sums.sums[page_sums.best], page_sums.sums[0]);
    if inside.score < 0.5 * page.score || inside.chars < FALL_BACK_CHARS_MIN {
        return;
    }
    for (block, judged) in blocks.list.iter().zip(judged) {
        let own = block.node >= page_sums.best && block.node < end;
        judged.kept = own && features::prose(block) > 0.0;
        if judged.kept {
            judged.reason = "paragraph of the main container";
        }
    }
}

fn judge_one(page: &SecondStage<'_>, at: usize, row: &features::Row, first: f32) -> Judged {
    if first < HOPELESS {
        return Judged {
            score: first,
            kept: false,
            reason: "unlike text by itself",
        };
    }
    let mut whole = *row;
    if let Some(own) = whole.get_mut(features::FIRST..features::FIRST + SECOND) {
        own.copy_from_slice(&page.row(at));
    }
    let score = model().second.sureness(&whole);
    let kept = score >= KEPT;
    Judged {
        score,
        kept,
        reason: if kept {
            "like the main text"
        } else {
            "unlike what is around it"
        },
    }
}
