//! Text that no reader sees is no text of the article, however much it looks like it: what a page
//! hides is for machines, and may be an order to the one that reads the text next.
//!
//! Some pages hide the article, or a part of it, until a script or a click shows it. Where more is
//! hidden than shown, the hidden text is the article. A hidden part is one when it stands among what
//! is shown and the page has a way to show it: a control beside it or one that names it, or a name
//! for such parts. A trap has none.

use std::collections::HashSet;

use crate::block::{Block, Blocks, Hiding, hiding};
use crate::classify::Judged;
use crate::hints::{Hints, hints_of};
use crate::html::{AttributeName, Node, NodeId, Tag, Tree};

/// Hidden elements of a page that are looked at; an article has a dozen.
const HIDDEN_MAX: usize = 400;

/// Elements beside a hidden one that are passed over to find its neighbour.
const SIBLINGS_MAX: usize = 4_000;

/// Nodes of a neighbour in which a control is looked for.
const CONTROL_NODES_MAX: usize = 40;

/// Characters of a hidden block that may be a paragraph; the classifier knows few hidden ones.
const PARAGRAPH_CHARS_MIN: u32 = 40;

/// Elements up from a hidden one within which something must be shown.
const CLIMB_MAX: usize = 3;

/// Parts of names for what a click shows.
#[rustfmt::skip]
const SHOWN_LATER: [&str; 16] = [
    "accordion", "collaps", "expand", "tabpanel", "tab-pane", "tab-content", "tabcontent",
    "readmore", "read-more", "read_more", "more-text", "moretext", "show-more", "showmore", "faq",
    "paywall",
];

/// What controls that show more say, lower-case.
#[rustfmt::skip]
const MORE: [&str; 30] = [
    "more", "mehr", "weiterlesen", "suite", "plus", "más", "mais", "altro", "meer", "mer ", "mere",
    "lisää", "więcej", "více", "tovább", "mai mult", "ещё", "еще", "далее", "читать", "далі",
    "περισσότερα", "devam", "المزيد", "עוד", "続き", "もっと", "全文", "更多", "더보기",
];

/// Elements whose hidden parts are no text.
const APART: Hints = Hints::OVERLAY
    .with(Hints::CONSENT)
    .with(Hints::COMMENT)
    .with(Hints::NAVIGATION)
    .with(Hints::FOOTER)
    .with(Hints::SHARE)
    .with(Hints::FORM);

/// Takes the hidden ones out of the kept blocks, and keeps hidden parts of the article; whether
/// something was left out that would have been kept.
pub(super) fn leave_out(tree: &Tree<'_>, blocks: &Blocks, judged: &mut [Judged]) -> bool {
    // What hides plainly is a hint of the block; of the others only those matter that were kept.
    let root_of = |(block, judged): (&Block, &Judged)| {
        let may_hide = judged.kept || block.path.any(Hints::HIDDEN);
        may_hide.then(|| hidden_root(tree, block)).flatten()
    };
    let roots: Vec<Option<NodeId>> = blocks.list.iter().zip(judged.iter()).map(root_of).collect();
    if roots.iter().all(Option::is_none) {
        return false;
    }
    let kept = || {
        blocks
            .list
            .iter()
            .zip(&roots)
            .zip(judged.iter())
            .filter(|(_, judged)| judged.kept)
    };
    let chars = |hidden: bool| -> u32 {
        kept()
            .filter(|((_, root), _)| root.is_some() == hidden)
            .map(|((block, _), _)| block.chars)
            .sum()
    };
    if chars(true) > chars(false) {
        return false;
    }
    let shown: Vec<NodeId> = kept()
        .filter(|((_, root), _)| root.is_none())
        .map(|((block, _), _)| block.node)
        .collect();
    let mut page = Page {
        tree,
        shown,
        controlled: None,
        looked_at: 0,
    };
    let mut left_out = false;
    let mut last = None;
    for ((block, root), judged) in blocks.list.iter().zip(&roots).zip(judged.iter_mut()) {
        let Some(root) = root else { continue };
        let continues = match last {
            Some((known, continues)) if known == *root => continues,
            _ => page.continues(*root),
        };
        last = Some((*root, continues));
        let paragraph = block.chars >= PARAGRAPH_CHARS_MIN && block.link_chars * 2 < block.chars;
        if continues && paragraph && !block.path.any(APART) {
            if !judged.kept {
                (judged.kept, judged.reason) = (true, "a part that a click shows");
            }
        } else if judged.kept && !continues {
            (judged.kept, judged.reason) = (false, "hidden from readers");
            left_out = true;
        }
    }
    left_out
}

/// The outermost hidden element around a block.
fn hidden_root(tree: &Tree<'_>, block: &Block) -> Option<NodeId> {
    let mut at = block.node;
    let mut root = None;
    // Ends: a parent stands before its children, and the root is its own.
    while at != 0
        && let Some(node) = tree.nodes.get(at)
    {
        if hiding(tree, node).is_some() {
            root = Some(at);
        }
        at = node.parent as usize;
    }
    root
}

struct Page<'a> {
    tree: &'a Tree<'a>,
    /// Elements of kept blocks that are shown.
    shown: Vec<NodeId>,
    /// Ids that controls name; read when first asked for.
    controlled: Option<HashSet<&'a str>>,
    looked_at: usize,
}

impl Page<'_> {
    /// Whether a hidden element is a part of what is shown around it.
    fn continues(&mut self, root: NodeId) -> bool {
        self.looked_at += 1;
        if self.looked_at > HIDDEN_MAX || !self.stands_in_text(root) {
            return false;
        }
        let Some(node) = self.tree.nodes.get(root).copied() else {
            return false;
        };
        let value = |name| self.tree.raw_attribute(&node, name).unwrap_or("");
        let names = [AttributeName::Class, AttributeName::Id, AttributeName::Role].map(value);
        if names
            .iter()
            .any(|name| hints_of(name).any(Hints::OVERLAY.with(Hints::CONSENT)))
        {
            return false;
        }
        match hiding(self.tree, &node) {
            Some(Hiding::UntilFound) => return true,
            Some(Hiding::Aria) if self.is_alike(&node) => return true,
            _ => {}
        }
        let lower = names.join(" ").to_ascii_lowercase();
        SHOWN_LATER.iter().any(|name| lower.contains(name))
            || self.is_controlled(value(AttributeName::Id))
            || self
                .before(root, &node)
                .is_some_and(|at| self.is_control(at))
            || self.after(&node).is_some_and(|at| self.is_control(at))
    }

    /// Whether something shown stands near it.
    fn stands_in_text(&self, root: NodeId) -> bool {
        let mut at = root;
        for _ in 0..CLIMB_MAX {
            let Some(node) = self.tree.nodes.get(at) else {
                return false;
            };
            at = node.parent as usize;
            let end = self.tree.nodes.get(at).map_or(0, |node| node.end as usize);
            let first = self.shown.partition_point(|shown| *shown < at);
            if at == 0 {
                return false;
            }
            if self.shown.get(first).is_some_and(|shown| *shown < end) {
                return true;
            }
        }
        false
    }

    /// Whether an element like it, beside it, is shown: it is hidden from those who listen only.
    fn is_alike(&self, node: &Node) -> bool {
        let like = |shown: &NodeId| {
            let shown = self.tree.nodes.get(*shown);
            shown.is_some_and(|shown| shown.parent == node.parent && shown.tag == node.tag)
        };
        node.tag == Tag::P && self.shown.iter().filter(|shown| like(shown)).count() >= 2
    }

    fn is_controlled(&mut self, id: &str) -> bool {
        let tree = self.tree;
        !id.is_empty()
            && self
                .controlled
                .get_or_insert_with(|| controlled(tree))
                .contains(id)
    }

    /// The element before one, among its siblings.
    fn before(&self, root: NodeId, node: &Node) -> Option<NodeId> {
        let mut at = node.parent as usize + 1;
        let mut before = None;
        for _ in 0..SIBLINGS_MAX {
            let sibling = self.tree.nodes.get(at).filter(|_| at < root)?;
            if sibling.tag != Tag::Text {
                before = Some(at);
            }
            at = sibling.end as usize;
            if at >= root {
                return before;
            }
        }
        None
    }

    /// The element behind one, among its siblings.
    fn after(&self, node: &Node) -> Option<NodeId> {
        let end = self.tree.nodes.get(node.parent as usize)?.end as usize;
        let mut at = node.end as usize;
        while at < end {
            let next = self.tree.nodes.get(at)?;
            if next.tag != Tag::Text {
                return Some(at);
            }
            at = next.end as usize;
        }
        None
    }

    /// Whether an element is, or holds, something to press that shows more.
    fn is_control(&self, at: NodeId) -> bool {
        let Some(node) = self.tree.nodes.get(at) else {
            return false;
        };
        let end = (node.end as usize).min(at + CONTROL_NODES_MAX);
        (at..end).any(|at| {
            let Some(inner) = self.tree.nodes.get(at) else {
                return false;
            };
            let has = |name| self.tree.raw_attribute(inner, name).is_some();
            let pressed = match inner.tag {
                Tag::Button => true,
                Tag::A | Tag::Label => node.end as usize - at <= CONTROL_NODES_MAX,
                _ => false,
            };
            has(AttributeName::AriaExpanded)
                || inner.tag == Tag::Summary
                || inner.tag == Tag::Button && node.tag.is_heading()
                || pressed && says_more(&self.tree.text_of(at, 60))
        })
    }
}

fn says_more(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.chars().count() <= 30 && MORE.iter().any(|more| lower.contains(more))
}

/// The ids that controls of a page name.
fn controlled<'a>(tree: &'a Tree<'a>) -> HashSet<&'a str> {
    let mut ids = HashSet::new();
    for node in &tree.nodes {
        let value = |name| tree.raw_attribute(node, name).unwrap_or("");
        if matches!(
            node.tag,
            Tag::A | Tag::Button | Tag::Li | Tag::Div | Tag::Span | Tag::Summary
        ) || node.tag.is_heading()
        {
            ids.extend(value(AttributeName::AriaControls).split_ascii_whitespace());
            for name in [AttributeName::DataTarget, AttributeName::DataBsTarget] {
                ids.extend(value(name).trim().strip_prefix('#'));
            }
            let acts = tree
                .raw_attribute(node, AttributeName::AriaExpanded)
                .is_some()
                || matches!(value(AttributeName::Role), "button" | "tab");
            if acts {
                ids.extend(value(AttributeName::Href).trim().strip_prefix('#'));
            }
        }
    }
    ids
}
