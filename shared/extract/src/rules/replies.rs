//! Replies of readers: elements made alike behind the text, each with a name or a date and a link to
//! answer, or below a heading that speaks of comments, or named for them.

use std::collections::HashMap;

use crate::block::{Block, Blocks};
use crate::classify::Judged;
use crate::hints::{Hints, phrases_in};
use crate::html::{AttributeName, NodeId, Tree};

/// Replies of a thread, at least.
const REPLIES_MIN: usize = 3;

/// Characters of the text before a thread.
const TEXT_BEFORE_MIN: u32 = 150;

/// Families looked at, largest first; each costs a look at the blocks.
const FAMILIES_MAX: usize = 32;

/// Characters of what somebody says.
const PARAGRAPH_CHARS: u32 = 40;

/// Elements climbed from a block to its reply, and to the thread.
const CLIMB_MAX: usize = 7;

/// Characters of a name, a date, a link to answer.
const SMALL_CHARS_MAX: u32 = 60;

/// Bit of the phrases that speak of comments.
const COMMENT_PHRASE: u32 = 1 << 6;

/// Links to answer, lower-case.
#[rustfmt::skip]
const ANSWERS: [&str; 26] = [
    "reply", "answer", "permalink", "report", "antworten", "melden", "répondre", "signaler", "responder", "rispondi",
    "segnala", "beantwoorden", "reageer", "svara", "svar", "vastaa", "odpowiedz", "odpovědět", "válasz",
    "răspunde", "ответить", "відповісти", "απάντηση", "yanıtla", "返信", "回复",
];

/// Drops the replies behind the text.
pub(super) fn drop_threads(tree: &Tree<'_>, blocks: &Blocks, judged: &mut [Judged]) {
    for thread in threads(tree, blocks, judged) {
        let end = tree.nodes.get(thread).map_or(0, |node| node.end as usize);
        for (block, judged) in blocks.list.iter().zip(judged.iter_mut()) {
            if judged.kept && (thread..end).contains(&block.node) {
                (judged.kept, judged.reason) = (false, "a reader's reply");
            }
        }
    }
}

/// The elements that hold nothing but replies.
fn threads(tree: &Tree<'_>, blocks: &Blocks, judged: &[Judged]) -> Vec<NodeId> {
    let Some(text) = judged.iter().position(|judged| judged.kept) else {
        return Vec::new();
    };
    // Children made alike that hold a paragraph, by the element around them.
    let mut families: HashMap<(NodeId, u8, &str), Vec<NodeId>> = HashMap::new();
    let is_paragraph =
        |block: &&Block| block.chars >= PARAGRAPH_CHARS && block.link_chars * 2 < block.chars;
    for block in blocks.list.iter().skip(text).filter(is_paragraph) {
        let mut at = block.node;
        for _ in 0..CLIMB_MAX {
            let Some(node) = tree.nodes.get(at).filter(|_| at != 0) else {
                break;
            };
            let class = tree.raw_attribute(node, AttributeName::Class).unwrap_or("");
            let family = families
                .entry((node.parent as usize, node.tag as u8, class))
                .or_default();
            if family.last() != Some(&at) {
                family.push(at);
            }
            at = node.parent as usize;
        }
    }
    families.retain(|_, replies| replies.len() >= REPLIES_MIN);
    let mut families: Vec<_> = families.into_iter().collect();
    families.sort_by_key(|((thread, tag, _), replies)| (usize::MAX - replies.len(), *thread, *tag));
    families.truncate(FAMILIES_MAX);
    let mut threads: Vec<NodeId> = families
        .into_iter()
        .filter(|((thread, _, _), replies)| is_thread(tree, blocks, judged, *thread, replies))
        .map(|((thread, _, _), _)| thread)
        .collect();
    threads.sort_unstable();
    threads
}

fn is_thread(
    tree: &Tree<'_>,
    blocks: &Blocks,
    judged: &[Judged],
    thread: NodeId,
    replies: &[NodeId],
) -> bool {
    let Some(node) = tree.nodes.get(thread).filter(|_| thread != 0) else {
        return false;
    };
    let list = &blocks.list;
    let first = list.partition_point(|block| block.node < thread);
    let before = list.iter().zip(judged).take(first);
    let text_before: u32 = before
        .filter(|(_, judged)| judged.kept)
        .map(|(block, _)| block.chars)
        .sum();
    let inside = || {
        list.iter()
            .skip(first)
            .take_while(|block| block.node < node.end as usize)
    };
    if text_before < TEXT_BEFORE_MIN || inside().any(|block| block.place.heading == 1) {
        return false;
    }
    let answered = replies
        .iter()
        .filter(|reply| answers(tree, blocks, **reply))
        .count();
    let most = |count: usize| count * 5 >= replies.len() * 4;
    let signed = || {
        replies
            .iter()
            .filter(|reply| is_signed(tree, blocks, **reply))
            .count()
    };
    let named = || {
        inside()
            .next()
            .is_some_and(|block| block.path.any(Hints::COMMENT))
    };
    let headed = || {
        let beginning = list.iter().skip(first.saturating_sub(2)).take(4);
        let mut headings = beginning.filter(|block| block.place.heading > 0);
        headings.any(|block| phrases_in(blocks.text_of(block)) & COMMENT_PHRASE != 0)
    };
    most(signed()) && (most(answered) || named() || headed())
}

fn inside<'a>(
    tree: &Tree<'_>,
    blocks: &'a Blocks,
    node: NodeId,
) -> impl Iterator<Item = &'a Block> {
    let end = tree.nodes.get(node).map_or(0, |node| node.end as usize);
    let first = blocks.list.partition_point(|block| block.node < node);
    blocks
        .list
        .iter()
        .skip(first)
        .take_while(move |block| block.node < end)
}

/// Whether a reply has a link to answer.
fn answers(tree: &Tree<'_>, blocks: &Blocks, reply: NodeId) -> bool {
    inside(tree, blocks, reply).any(|block| {
        block.link_chars > 0 && block.chars <= SMALL_CHARS_MAX && {
            let lower = blocks.text_of(block).to_lowercase();
            ANSWERS.iter().any(|answer| lower.contains(answer))
        }
    })
}

/// Whether a reply has a short line with a date, or of a person.
fn is_signed(tree: &Tree<'_>, blocks: &Blocks, reply: NodeId) -> bool {
    inside(tree, blocks, reply).any(|block| {
        let person = block.near.any(Hints::AUTHOR.with(Hints::META));
        block.chars <= SMALL_CHARS_MAX && (block.digits >= 2 || person)
    })
}
