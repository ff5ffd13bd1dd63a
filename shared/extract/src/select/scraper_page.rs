//! The page as `scraper` sees it: the elements of our tree with all their attributes, and the rows
//! and bodies that the standard puts into tables. Texts stand in it as places only.

use ego_tree::{NodeId as Place, Tree as Nodes};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, LocalName, QualName, ns};
use scraper::node::{Element, Text};
use scraper::{Html, Node};

use crate::deadline::Deadline;
use crate::html::{NodeId, Tag, Tree, attribute, entity};

/// Nodes between two looks at the clock.
const DEADLINE_EVERY: usize = 1_024;

/// A page on which selectors can be matched.
pub(super) struct ScraperPage {
    html: Html,
    /// The elements of our tree and their places in scraper's, in page order.
    elements: Vec<(NodeId, Place)>,
}

impl ScraperPage {
    /// `None` when the deadline passes.
    pub(super) fn of(tree: &Tree<'_>, deadline: &Deadline) -> Option<ScraperPage> {
        let mut html = Html::new_document();
        let mut elements = Vec::with_capacity(tree.nodes.len());
        let mut open: Vec<Open> = vec![Open::new(Tag::Text, html.tree.root().id(), usize::MAX)];
        for (id, node) in tree.nodes.iter().enumerate() {
            if id % DEADLINE_EVERY == 0 && deadline.passed() {
                return None;
            }
            while open.len() > 1 && open.last().is_some_and(|parent| parent.end <= id) {
                open.pop();
            }
            let parent = open.last_mut()?;
            if node.tag == Tag::Text {
                let text = Node::Text(Text {
                    text: StrTendril::new(),
                });
                html.tree.get_mut(parent.place)?.append(text);
                continue;
            }
            let within = parent.place_for(node.tag, &mut html.tree)?;
            let place = html
                .tree
                .get_mut(within)?
                .append(Node::Element(element(tree, id)))
                .id();
            elements.push((id, place));
            open.push(Open::new(node.tag, place, node.end as usize));
        }
        Some(ScraperPage { html, elements })
    }

    /// The elements that match, in page order.
    pub(super) fn matches(&self, selector: &scraper::Selector) -> impl Iterator<Item = NodeId> {
        // What matches comes in the order of the places, of which the implied ones are not ours.
        let mut elements = self.elements.iter().peekable();
        self.html.select(selector).filter_map(move |found| {
            let mut ahead = elements.clone();
            let (id, _) = ahead.find(|(_, place)| *place == found.id())?;
            elements = ahead;
            Some(*id)
        })
    }
}

/// An element whose end is still to come.
struct Open {
    tag: Tag,
    place: Place,
    /// One past its last node in our tree.
    end: NodeId,
    /// The implied `<tbody>` and `<tr>` that its next row or cell goes into.
    body: Option<Place>,
    row: Option<Place>,
}

impl Open {
    fn new(tag: Tag, place: Place, end: NodeId) -> Open {
        Open {
            tag,
            place,
            end,
            body: None,
            row: None,
        }
    }

    /// Where a child goes: into this element, or into a part of a table that is implied.
    fn place_for(&mut self, child: Tag, nodes: &mut Nodes<Node>) -> Option<Place> {
        let is_cell = matches!(child, Tag::Td | Tag::Th);
        let is_group = matches!(self.tag, Tag::Tbody | Tag::Thead | Tag::Tfoot);
        if !is_cell {
            self.row = None;
        }
        match self.tag {
            Tag::Table if is_cell || child == Tag::Tr => {
                let body = implied(&mut self.body, self.place, "tbody", nodes)?;
                if is_cell {
                    implied(&mut self.row, body, "tr", nodes)
                } else {
                    Some(body)
                }
            }
            _ if is_group && is_cell => implied(&mut self.row, self.place, "tr", nodes),
            _ => {
                self.body = None;
                Some(self.place)
            }
        }
    }
}

fn implied(
    known: &mut Option<Place>,
    within: Place,
    name: &str,
    nodes: &mut Nodes<Node>,
) -> Option<Place> {
    if known.is_none() {
        let element = Element::new(html_name(name), Vec::new());
        *known = Some(nodes.get_mut(within)?.append(Node::Element(element)).id());
    }
    *known
}

/// An element with the attributes of its tag in the source.
fn element(tree: &Tree<'_>, id: NodeId) -> Element {
    let Some(node) = tree.nodes.get(id) else {
        return Element::new(html_name(""), Vec::new());
    };
    let written = node.span.of(tree.source);
    let name = match node.tag {
        Tag::Document => html_name("html"),
        Tag::Other => html_name(&written.to_ascii_lowercase()),
        tag => html_name(tag.name()),
    };
    // The span of these is their content; an element that nobody wrote has none.
    if written.is_empty() || matches!(node.tag, Tag::Title | Tag::Script) {
        return Element::new(name, Vec::new());
    }
    let mut attributes: Vec<Attribute> = Vec::new();
    for (key, value) in attribute::all(tree.source, node.span.end as usize) {
        let key = LocalName::from(key.of(tree.source).to_ascii_lowercase());
        if attributes.iter().all(|known| known.name.local != key) {
            attributes.push(Attribute {
                name: QualName::new(None, ns!(), key),
                value: entity::decode(value.of(tree.source)).into(),
            });
        }
    }
    Element::new(name, attributes)
}

fn html_name(name: &str) -> QualName {
    QualName::new(None, ns!(html), LocalName::from(name))
}
