//! The next story: sites append whole articles behind the one that was asked for. Two elements made
//! alike, each with a headline of the same rank and paragraphs of its own, of which the first has the
//! page's headline: what begins with the second is another story.
//!
//! Sections of one article have lesser headings than it, so its headline stands outside of them.

use super::around::Around;
use crate::block::{Block, Blocks};
use crate::classify::Judged;
use crate::hints::Hints;
use crate::html::{AttributeName, NodeId, Tag, Tree};

/// Characters of paragraphs that make a story of what follows a headline.
const STORY_CHARS_MIN: u32 = 250;

/// Headings looked at behind the page's own; each costs a look at the blocks.
const OTHERS_MAX: usize = 24;

/// Share of the title's words in a heading that is the page's own, in percent.
const OWN_SHARE_MIN: u8 = 60;

/// Blocks behind a headline among which a byline or a date stands.
const SIGNED_WITHIN: usize = 5;

/// Drops the stories behind the page's own.
pub(super) fn drop_others(around: &Around<'_>, blocks: &Blocks, judged: &mut [Judged]) {
    let headings: Vec<usize> = (0..blocks.list.len())
        .filter(|at| (1..=2).contains(&blocks.list[*at].place.heading))
        .collect();
    let Some(own) = own_headline(around, blocks, &headings) else {
        return;
    };
    let rank = blocks.list[own].place.heading;
    let mut others = headings
        .iter()
        .filter(|at| **at > own && blocks.list[**at].place.heading == rank)
        .take(OTHERS_MAX);
    let Some(start) = others.find_map(|at| story_begins(around.tree, blocks, judged, own, *at))
    else {
        return;
    };
    for (block, judged) in blocks.list.iter().zip(judged) {
        if judged.kept && block.node >= start {
            (judged.kept, judged.reason) = (false, "the next story");
        }
    }
}

/// The heading most like the page's title, or the first of the first rank.
fn own_headline(around: &Around<'_>, blocks: &Blocks, headings: &[usize]) -> Option<usize> {
    let share = |at: usize| around.title.share_of(blocks.text_of(&blocks.list[at]));
    let like = headings
        .iter()
        .copied()
        .find(|at| share(*at) >= OWN_SHARE_MIN);
    let first = || {
        headings
            .iter()
            .copied()
            .find(|at| blocks.list[*at].place.heading == 1)
    };
    like.or_else(first)
}

/// Where the story of a second headline begins, when it is one.
fn story_begins(
    tree: &Tree<'_>,
    blocks: &Blocks,
    judged: &[Judged],
    own: usize,
    other: usize,
) -> Option<NodeId> {
    let (first, second) = apart(tree, blocks.list[own].node, blocks.list[other].node)?;
    let (first_node, second_node) = (tree.nodes.get(first)?, tree.nodes.get(second)?);
    let class = |node| tree.raw_attribute(node, AttributeName::Class).unwrap_or("");
    let alike = first_node.tag == second_node.tag
        && matches!(
            first_node.tag,
            Tag::Article | Tag::Section | Tag::Div | Tag::Main | Tag::Li
        )
        && plain(class(first_node)) == plain(class(second_node));
    if !alike {
        return None;
    }
    let story = |from: usize, start: NodeId, end: u32| {
        let inside = |block: &Block| block.node >= start && block.node < end as usize;
        let all = blocks.list.iter().zip(judged).skip(from);
        let kept =
            all.filter(|(block, judged)| judged.kept && block.place.heading == 0 && inside(block));
        kept.map(|(block, _)| block.chars).sum::<u32>() >= STORY_CHARS_MIN
    };
    let both = story(own, first, first_node.end) && story(other, second, second_node.end);
    let articles = first_node.tag == Tag::Article;
    let signed = || is_signed(blocks, own) && is_signed(blocks, other);
    (both && (articles || signed())).then_some(second)
}

/// The elements, side by side, that two nodes stand in.
fn apart(tree: &Tree<'_>, first: NodeId, second: NodeId) -> Option<(NodeId, NodeId)> {
    let holds = |outer: NodeId, inner: NodeId| {
        tree.nodes
            .get(outer)
            .is_some_and(|node| (outer..node.end as usize).contains(&inner))
    };
    let below = |inner: NodeId, other: NodeId| {
        let mut at = inner;
        loop {
            let parent = tree.nodes.get(at)?.parent as usize;
            if holds(at, other) || at == 0 {
                return None;
            }
            if holds(parent, other) {
                return Some(at);
            }
            at = parent;
        }
    };
    Some((below(first, second)?, below(second, first)?))
}

/// A class without its numbers.
fn plain(class: &str) -> String {
    class.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// Whether a byline or a date follows a headline.
fn is_signed(blocks: &Blocks, headline: usize) -> bool {
    let behind = blocks.list.iter().skip(headline + 1).take(SIGNED_WITHIN);
    let mut behind = behind.take_while(|block| block.chars < 120);
    behind.any(|block| {
        block.near.any(Hints::META.with(Hints::AUTHOR)) || block.place.tag == Tag::Time
    })
}
