//! Where the article stands on the page: its headline, the stretch around the headline where byline
//! and date are, the end of its text, and the regions that belong to somebody else (comments,
//! teasers, captions). Everything here is a range of nodes in page order.

use std::ops::Range;

use super::marks::{AUTHOR, COMMENT, DATE, ELSEWHERE, INSET, NAME, marks_of};
use crate::hints::Hints;
use crate::html::{NodeId, Tag, Tree};
use crate::shingle::Shingles;

/// Nodes before the headline in which kicker, byline and date may stand.
const BEFORE_HEADLINE_NODES: usize = 150;

/// Nodes behind the text in which a signature or a date may stand.
const BEHIND_TEXT_NODES: usize = 200;

/// Bytes of a text that reads like a paragraph.
const PARAGRAPH_BYTES_MIN: usize = 80;

/// Paragraphs after which no byline is expected any more: a standfirst may stand before it.
const PARAGRAPHS_BEFORE_BYLINE: usize = 3;

/// Headings compared with the title.
const HEADINGS_MAX: usize = 200;

/// Characters of a heading that count; longer ones say no more.
const TITLE_CHARS: usize = 100;

/// Percent of a heading that the title has to share.
const SHARE_MIN: u8 = 60;

/// An element that is named for something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) node: NodeId,
    pub(super) marks: Hints,
}

/// Where the article stands.
#[derive(Debug)]
pub(super) struct Layout {
    /// The headline's element.
    pub(super) headline: Option<NodeId>,
    /// The smallest element with headline and text.
    pub(super) whole: Range<NodeId>,
    /// From a little before the headline into the text.
    pub(super) head: Range<NodeId>,
    /// From the text's last paragraph to a little behind it.
    pub(super) foot: Range<NodeId>,
    /// Named elements outside of foreign regions, in page order.
    pub(super) marks: Vec<Mark>,
    /// Regions of somebody else, in page order, none within another.
    foreign: Vec<Range<NodeId>>,
}

impl Layout {
    /// Reads the layout of a page whose head calls it `titles`.
    pub(super) fn of(tree: &Tree<'_>, titles: &[&str]) -> Layout {
        let headline = headline(tree, titles);
        let (foreign, marks) = regions(tree, headline);
        let mut layout = Layout {
            headline,
            whole: 0..tree.nodes.len(),
            head: 0..0,
            foot: 0..0,
            marks,
            foreign,
        };
        let start = headline.unwrap_or(0);
        let paragraphs = layout.paragraphs(tree, start);
        layout.whole = whole(tree, headline, &paragraphs);
        let own: Vec<NodeId> = paragraphs
            .into_iter()
            .filter(|id| layout.whole.contains(id))
            .collect();
        let begin = headline.or(own.first().copied()).unwrap_or(0);
        let text = own.get(PARAGRAPHS_BEFORE_BYLINE - 1);
        let head_end = text.map_or(begin + BEHIND_TEXT_NODES, |last| last + 1);
        let head_start = begin.saturating_sub(BEFORE_HEADLINE_NODES);
        layout.head = head_start.max(layout.whole.start)..head_end.min(layout.whole.end);
        let last = last_of_text(tree, &own).unwrap_or(begin);
        let foot_end = (last + BEHIND_TEXT_NODES).min(layout.whole.end);
        layout.foot = last..foot_end.max(last);
        layout
    }

    /// Whether a node stands in somebody else's region.
    pub(super) fn is_foreign(&self, id: NodeId) -> bool {
        let after = self.foreign.partition_point(|range| range.start <= id);
        after
            .checked_sub(1)
            .and_then(|at| self.foreign.get(at))
            .is_some_and(|range| range.contains(&id))
    }

    /// The article's own nodes of a range.
    pub(super) fn own(&self, range: Range<NodeId>) -> impl Iterator<Item = NodeId> {
        range.filter(|id| !self.is_foreign(*id))
    }

    /// The named elements of a range.
    pub(super) fn marks_in(&self, range: &Range<NodeId>) -> &[Mark] {
        let at = |id| self.marks.partition_point(|mark| mark.node < id);
        self.marks
            .get(at(range.start)..at(range.end))
            .unwrap_or(&[])
    }

    /// Texts from `start` on that read like paragraphs.
    fn paragraphs(&self, tree: &Tree<'_>, start: NodeId) -> Vec<NodeId> {
        let long = |id: &NodeId| {
            tree.nodes.get(*id).is_some_and(|node| {
                node.tag == Tag::Text
                    && !node.in_link
                    && node.span.of(tree.source).trim().len() >= PARAGRAPH_BYTES_MIN
            })
        };
        (start..tree.nodes.len())
            .filter(long)
            .filter(|id| !self.is_foreign(*id))
            .collect()
    }
}

/// The heading that says most of what the head says, larger ones first; without one, the first of
/// the largest kind.
fn headline(tree: &Tree<'_>, titles: &[&str]) -> Option<NodeId> {
    let sets: Vec<Shingles> = titles.iter().map(|title| Shingles::of(title)).collect();
    let headings = tree.nodes.iter().enumerate();
    let headings = headings
        .filter(|(_, node)| matches!(node.tag, Tag::H1 | Tag::H2 | Tag::H3))
        .take(HEADINGS_MAX);
    let mut best: Option<(usize, NodeId)> = None;
    let mut first = None;
    for (id, node) in headings {
        let text = tree.text_of(id, 400);
        if text.is_empty() {
            continue;
        }
        if node.tag == Tag::H1 && first.is_none() {
            first = Some(id);
        }
        let share = sets
            .iter()
            .map(|set| set.share_of(&text))
            .max()
            .unwrap_or(0);
        // The site's name is in the title as well, but says less of it.
        let shared = usize::from(share) * text.chars().count().min(TITLE_CHARS);
        let level = if node.tag == Tag::H1 { 2 } else { 1 };
        if share >= SHARE_MIN && best.is_none_or(|(known, _)| shared * level > known) {
            best = Some((shared * level, id));
        }
    }
    best.map(|(_, id)| id).or(first)
}

/// The regions of somebody else, and the named elements outside of them.
fn regions(tree: &Tree<'_>, headline: Option<NodeId>) -> (Vec<Range<NodeId>>, Vec<Mark>) {
    let (mut foreign, mut marked) = (Vec::new(), Vec::new());
    let mut id = 0;
    while let Some(node) = tree.nodes.get(id) {
        let marks = match node.tag {
            Tag::Text | Tag::Document | Tag::Html | Tag::Body | Tag::Meta => Hints::default(),
            _ => marks_of(tree, node),
        };
        let end = (node.end as usize).max(id + 1);
        let holds_headline = headline.is_some_and(|at| (id..end).contains(&at));
        let named = marks.any(AUTHOR.with(DATE));
        let elsewhere = marks.any(ELSEWHERE) && !named;
        let large = (end - id) * 2 > tree.nodes.len();
        if (marks.any(COMMENT.with(INSET)) || elsewhere) && !holds_headline && !large {
            foreign.push(id..end);
            id = end;
            continue;
        }
        if marks.any(AUTHOR.with(DATE).with(NAME)) && !holds_headline {
            marked.push(Mark { node: id, marks });
        }
        id += 1;
    }
    (foreign, marked)
}

/// The smallest ancestor of the headline that has paragraphs too.
fn whole(tree: &Tree<'_>, headline: Option<NodeId>, paragraphs: &[NodeId]) -> Range<NodeId> {
    let all = 0..tree.nodes.len();
    let Some(headline) = headline else {
        return all;
    };
    let wanted = paragraphs.len().min(PARAGRAPHS_BEFORE_BYLINE);
    let mut id = headline;
    while let Some(node) = tree.nodes.get(id) {
        let range = id..node.end as usize;
        if id == 0 {
            break;
        }
        let inside = paragraphs.iter().filter(|at| range.contains(at)).count();
        if wanted > 0 && inside >= wanted {
            return range;
        }
        id = node.parent as usize;
    }
    all
}

/// The last paragraph of the element with most of them.
fn last_of_text(tree: &Tree<'_>, paragraphs: &[NodeId]) -> Option<NodeId> {
    let holder = |id: NodeId| {
        let mut at = tree.nodes.get(id)?.parent as usize;
        while let Some(node) = tree.nodes.get(at)
            && at > 0
            && !node.tag.is_block()
        {
            at = node.parent as usize;
        }
        tree.nodes.get(at).map(|node| node.parent)
    };
    let holders: Vec<Option<u32>> = paragraphs.iter().map(|id| holder(*id)).collect();
    let count = |wanted: &Option<u32>| holders.iter().filter(|known| *known == wanted).count();
    let most = holders.iter().take(64).max_by_key(|holder| count(holder))?;
    let at = holders.iter().rposition(|holder| holder == most)?;
    paragraphs.get(at).copied()
}
