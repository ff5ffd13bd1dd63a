//! Bylines that a reader sees: elements named for the author, lines that begin with "By", and
//! signatures, each looked for where the article stands and never in somebody else's region.

use std::ops::Range;

use super::names::{BOUNDARY, Name, Trust, is_introduced, names_alone, names_in};
use crate::hints::Hints;
use crate::html::{AttributeName, Node, NodeId, Tag, Tree, entity};
use crate::metadata::layout::{Layout, Mark};
use crate::metadata::marks::{ABOUT, AUTHOR, DATE, DECLARED, INSET, NAME, marks_of};
use crate::metadata::text::letters;

/// Longest text of an element that is a byline, in bytes.
const BYLINE_BYTES_MAX: usize = 400;

/// Longest line that is one because it begins with "By".
const LINE_BYTES_MAX: usize = 160;

/// Longest signature.
const SIGNATURE_BYTES_MAX: usize = 80;

/// Nodes behind the text in which one is looked for.
const SIGNATURE_NODES: usize = 12;

/// Elements marked as a byline that are read.
const MARKED_MAX: usize = 60;

/// Nodes of an element that are read for its names.
const NODES_MAX: usize = 200;

/// Nodes after a byline in which its next author may stand.
const NEXT_AUTHOR_NODES: usize = 40;

/// Paths of pages that are somebody's own.
const PERSON_PATHS: [&str; 16] = [
    "/author/",
    "/authors/",
    "/autor/",
    "/autoren/",
    "/autores/",
    "/auteur/",
    "/auteurs/",
    "/staff/",
    "/by/",
    "/reporter",
    "/journalist",
    "/contributor",
    "/columnist",
    "/writers/",
    "/redaktion/",
    "/firmas/",
];

/// Names in elements named for the author, from the headline to the text; those before it last.
pub(super) fn marked_by_headline(tree: &Tree<'_>, layout: &Layout) -> Vec<Name> {
    let headline = layout.headline.unwrap_or(layout.head.start);
    let after = headline.max(layout.head.start)..layout.head.end;
    let before = layout.head.start..headline.max(layout.head.start);
    let found = marked_in(tree, layout, &after, Hints::default());
    if found.is_empty() {
        return marked_in(tree, layout, &before, Hints::default());
    }
    found
}

/// Names in elements that are declared to be the author, anywhere in the article.
pub(super) fn declared_in_article(tree: &Tree<'_>, layout: &Layout) -> Vec<Name> {
    marked_in(tree, layout, &layout.whole, DECLARED)
}

/// Names in elements named for the author behind the text.
pub(super) fn marked_behind_text(tree: &Tree<'_>, layout: &Layout) -> Vec<Name> {
    marked_in(tree, layout, &layout.foot, Hints::default())
}

/// Names in links to somebody's own page, beside the headline.
pub(super) fn linked_by_headline(tree: &Tree<'_>, layout: &Layout) -> Vec<Name> {
    let own = |id: &NodeId| {
        tree.nodes.get(*id).is_some_and(|node| {
            node.tag == Tag::A
                && tree
                    .raw_attribute(node, AttributeName::Href)
                    .is_some_and(|href| PERSON_PATHS.iter().any(|path| href.contains(path)))
        })
    };
    let mut links = layout.own(layout.head.clone()).filter(own);
    let Some(first) = links.next() else {
        return Vec::new();
    };
    let near = links.take_while(|id| id - first < NEXT_AUTHOR_NODES);
    let mut found: Vec<Name> = Vec::new();
    for id in std::iter::once(first).chain(near) {
        add(&mut found, names_in(&text(tree, id), Trust::Marked));
    }
    found
}

/// Names in lines that begin with "By", beside the headline.
pub(super) fn introduced_by_headline(tree: &Tree<'_>, layout: &Layout) -> Vec<Name> {
    introduced_in(tree, layout, layout.head.clone())
}

/// Names in lines that begin with "By" or "Author:", behind the text.
pub(super) fn introduced_behind_text(tree: &Tree<'_>, layout: &Layout) -> Vec<Name> {
    introduced_in(tree, layout, layout.foot.clone())
}

/// A line behind the text that is a name and nothing else, set apart as signatures are: to the
/// right, or in letters of its own.
pub(super) fn signature(tree: &Tree<'_>, layout: &Layout) -> Vec<Name> {
    let near = layout.foot.start + SIGNATURE_NODES;
    let signed = |id: NodeId| {
        let node = tree.nodes.get(id)?;
        let line = match node.tag {
            Tag::P | Tag::Div if is_right(tree, node) => id,
            Tag::B | Tag::Strong | Tag::Em | Tag::I if id < near => node.parent as usize,
            _ => return None,
        };
        let (own, whole) = (text(tree, id), text(tree, line));
        let names = names_in(&own, Trust::Marked);
        let is_name = matches!(names.as_slice(), [Name::Person(name)]
            if letters(name) == letters(&whole) && name.contains(' '));
        (own.len() <= SIGNATURE_BYTES_MAX && is_name).then_some(names)
    };
    layout
        .own(layout.foot.clone())
        .find_map(signed)
        .unwrap_or_default()
}

/// A name in brackets, as East Asian papers sign: `【山田花子】` at a text's end, `（记者王芳）` in its
/// first lines.
pub(super) fn in_brackets(tree: &Tree<'_>, layout: &Layout) -> Vec<Name> {
    const BRACKETS: [(&str, &str, bool); 3] = [
        ("【", "】", true),
        ("（记者", "）", false),
        ("（記者", "）", false),
    ];
    let signed = |id: NodeId| {
        let node = tree.nodes.get(id).filter(|node| node.tag == Tag::Text)?;
        let text = node.span.of(tree.source).trim();
        BRACKETS.iter().find_map(|(open, close, at_end)| {
            let (before, rest) = text.rsplit_once(open)?;
            let (name, after) = rest.split_once(close)?;
            let fits = !at_end || after.is_empty() && !before.is_empty();
            // Blanks stand within a name at the end, and between names in the first lines.
            let between: &[char] = if *at_end {
                &['・']
            } else {
                &['・', ' ', '\u{3000}']
            };
            let listed = name.trim().replace(between, "、");
            let names = names_in(&listed, Trust::Marked);
            (fits && name.len() <= SIGNATURE_BYTES_MAX && !names.is_empty()).then_some(names)
        })
    };
    let last = layout.foot.start..(layout.foot.start + SIGNATURE_NODES).min(layout.foot.end);
    let mut places = layout.own(last).chain(layout.own(layout.head.clone()));
    places.find_map(signed).unwrap_or_default()
}

fn is_right(tree: &Tree<'_>, node: &Node) -> bool {
    tree.raw_attribute(node, AttributeName::Style)
        .is_some_and(|style| style.replace(' ', "").contains("text-align:right"))
}

/// Names in elements named for the author; the first with names, and those of its kind beside it.
fn marked_in(tree: &Tree<'_>, layout: &Layout, range: &Range<NodeId>, also: Hints) -> Vec<Name> {
    let wanted = |mark: &&Mark| {
        mark.marks.any(AUTHOR)
            && (also == Hints::default() || mark.marks.any(also))
            && !mark.marks.any(INSET)
    };
    let mut found: Vec<Name> = Vec::new();
    let (mut read_to, mut near) = (0, usize::MAX);
    for mark in layout
        .marks_in(range)
        .iter()
        .filter(wanted)
        .take(MARKED_MAX)
    {
        if mark.node < read_to {
            continue;
        }
        if mark.node > near {
            break;
        }
        let names = names_of(tree, mark);
        if names.is_empty() {
            continue;
        }
        add(&mut found, names);
        read_to = tree
            .nodes
            .get(mark.node)
            .map_or(0, |node| node.end as usize);
        near = read_to + NEXT_AUTHOR_NODES;
    }
    found
}

fn introduced_in(tree: &Tree<'_>, layout: &Layout, range: Range<NodeId>) -> Vec<Name> {
    let line = |id: NodeId| {
        let node = tree.nodes.get(id)?;
        let source = node.span.of(tree.source);
        if node.tag != Tag::Text || source.trim().is_empty() || source.len() > 4 * LINE_BYTES_MAX {
            return None;
        }
        let own = entity::decode(source);
        // "By" may stand alone, and the name in the next element.
        let alone = format!("{}: Some One", own.trim());
        let begins = is_introduced(own.trim()) || is_introduced(&alone);
        if !begins || layout.headline.is_some_and(|h| is_within(tree, id, h)) {
            return None;
        }
        let (before, line) = line_of(tree, id);
        let starts = before.is_empty() || before.contains(char::is_numeric);
        let names = names_in(&line, Trust::Plain);
        (starts && line.len() <= LINE_BYTES_MAX && !names.is_empty()).then_some(names)
    };
    layout.own(range).find_map(line).unwrap_or_default()
}

fn is_within(tree: &Tree<'_>, id: NodeId, ancestor: NodeId) -> bool {
    tree.nodes
        .get(ancestor)
        .is_some_and(|node| (ancestor..node.end as usize).contains(&id))
}

/// The line that a text stands in, as the part before it and the part from it on.
fn line_of(tree: &Tree<'_>, id: NodeId) -> (String, String) {
    let breaks = |node: &Node| node.tag == Tag::Br || node.tag.is_block();
    let block = block_of(tree, id);
    let end = tree.nodes.get(block).map_or(id, |node| node.end as usize);
    let is_end = |at: usize| tree.nodes.get(at).is_none_or(breaks);
    let first = (block + 1..id).rev().take(NODES_MAX).find(|at| is_end(*at));
    let start = first.map_or(block + 1, |at| at + 1);
    let last = (id + 1..end.min(id + NODES_MAX)).find(|at| is_end(*at));
    (
        text_of(tree, start..id),
        text_of(tree, id..last.unwrap_or(end)),
    )
}

/// The nearest block that a node stands in.
fn block_of(tree: &Tree<'_>, id: NodeId) -> NodeId {
    let mut at = id;
    while let Some(node) = tree.nodes.get(at)
        && at > 0
        && !node.tag.is_block()
    {
        at = node.parent as usize;
    }
    at
}

/// The names of an element named for the author.
fn names_of(tree: &Tree<'_>, mark: &Mark) -> Vec<Name> {
    let mut whole = text(tree, mark.node);
    if whole.is_empty() {
        // All of it stands in a button.
        whole = tree.text_of(mark.node, BYLINE_BYTES_MAX);
    }
    if whole.len() > BYLINE_BYTES_MAX {
        return Vec::new();
    }
    let named = parts_named(tree, mark.node);
    let all = if mark.marks.any(DECLARED.with(NAME)) {
        names_alone(&whole)
    } else {
        names_in(&whole, Trust::Marked)
    };
    if named.is_empty() && all.is_empty() {
        // The name itself is called something else: a picture, a description.
        return names_in(&tree.text_of(mark.node, BYLINE_BYTES_MAX), Trust::Marked);
    }
    let persons = |names: &[Name]| {
        names
            .iter()
            .filter(|n| matches!(n, Name::Person(_)))
            .count()
    };
    // The text may name more than its links do, and other things too.
    let holds_all = named.iter().all(|name| all.contains(name));
    if persons(&named) == 0 || holds_all && persons(&all) >= persons(&named) && mark_is_list(&whole)
    {
        return all;
    }
    named
}

/// Whether the names in a byline are joined as in a sentence.
fn mark_is_list(text: &str) -> bool {
    [" and ", " und ", " et ", " y ", " e ", ", "]
        .iter()
        .any(|word| text.contains(word))
}

/// Names in those parts of a byline that are links or named for a name.
fn parts_named(tree: &Tree<'_>, id: NodeId) -> Vec<Name> {
    let mut found = Vec::new();
    let end = tree.nodes.get(id).map_or(id, |node| node.end as usize);
    let mut at = id + 1;
    while at < end.min(id + NODES_MAX)
        && let Some(node) = tree.nodes.get(at)
    {
        let marks = if node.tag == Tag::Text {
            Hints::default()
        } else {
            marks_of(tree, node)
        };
        let next = (node.end as usize).max(at + 1);
        if is_beside_name(node, marks) {
            at = next;
            continue;
        }
        let is_part = node.tag == Tag::A || marks.any(NAME) && !holds_link(tree, at);
        if is_part {
            let declared = marks.any(NAME.with(DECLARED));
            let text = text(tree, at);
            add(
                &mut found,
                if declared {
                    names_alone(&text)
                } else {
                    names_in(&text, Trust::Marked)
                },
            );
            at = next;
        } else {
            at += 1;
        }
    }
    found
}

fn holds_link(tree: &Tree<'_>, id: NodeId) -> bool {
    let end = tree.nodes.get(id).map_or(id, |node| node.end as usize);
    let inner = tree.nodes.get(id + 1..end).unwrap_or(&[]);
    inner
        .iter()
        .filter(|node| node.tag == Tag::A)
        .nth(1)
        .is_some()
}

/// A role, a date or a portrait within a byline.
fn is_beside_name(node: &Node, marks: Hints) -> bool {
    let named = marks.any(AUTHOR.with(NAME));
    node.tag == Tag::Time
        || matches!(
            node.tag,
            Tag::Button | Tag::Svg | Tag::Script | Tag::Style | Tag::Figure
        )
        || marks.any(ABOUT) && !marks.any(NAME) && !marks.any(DECLARED)
        || marks.any(DATE) && !named
}

fn add(found: &mut Vec<Name>, names: Vec<Name>) {
    for name in names {
        if !found.contains(&name) {
            found.push(name);
        }
    }
}

/// The text of a byline, with a mark where an element ends; what stands beside the names is left out.
fn text(tree: &Tree<'_>, id: NodeId) -> String {
    let end = tree.nodes.get(id).map_or(id, |node| node.end as usize);
    text_of(tree, id..end)
}

/// The text of a range of nodes; its first is never left out.
fn text_of(tree: &Tree<'_>, range: Range<NodeId>) -> String {
    let mut raw = String::new();
    let Range { start: id, end } = range;
    let mut at = id;
    let mut boundary = false;
    while at < end.min(id + NODES_MAX)
        && let Some(node) = tree.nodes.get(at)
    {
        if node.tag == Tag::Text {
            let source = node.span.of(tree.source);
            if !source.trim().is_empty() {
                if boundary && !raw.is_empty() {
                    raw.push(BOUNDARY);
                }
                entity::decode_into(source, &mut raw);
                boundary = false;
            }
            if raw.len() > 4 * BYLINE_BYTES_MAX {
                break;
            }
        } else {
            let marks = if at == id {
                Hints::default()
            } else {
                marks_of(tree, node)
            };
            boundary = true;
            if at > id && is_beside_name(node, marks) {
                at = (node.end as usize).max(at + 1);
                continue;
            }
        }
        at += 1;
    }
    squeezed(&raw)
}

/// White space collapsed, and none beside a mark.
fn squeezed(raw: &str) -> String {
    let parts = raw.split(BOUNDARY).map(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        words.join(" ")
    });
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("\u{1f}")
}
