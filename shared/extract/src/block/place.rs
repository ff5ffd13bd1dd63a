//! Where a block stands: the elements around it, and what they say by tag, name or style.

use crate::hints::{Hints, hints_of};
use crate::html::{AttributeName, Node, Tag, Tree};

/// The elements a block stands in, as far as they matter.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state"
)]
pub(crate) struct Place {
    /// The innermost block element.
    pub(crate) tag: Tag,
    pub(crate) depth: u16,
    pub(crate) lists: u8,
    pub(crate) tables: u8,
    pub(crate) article: bool,
    pub(crate) main: bool,
    pub(crate) paragraph: bool,
    pub(crate) quote: bool,
    pub(crate) pre: bool,
    pub(crate) figure: bool,
    pub(crate) heading: u8,
    /// The nearest `article`, 0 without one.
    pub(crate) article_node: u32,
    /// The nearest row, 0 without one.
    pub(crate) row: u32,
    pub(super) strong: bool,
}

impl Default for Place {
    fn default() -> Self {
        Place {
            tag: Tag::Document,
            depth: 0,
            lists: 0,
            tables: 0,
            article: false,
            main: false,
            paragraph: false,
            quote: false,
            pre: false,
            figure: false,
            heading: 0,
            article_node: 0,
            row: 0,
            strong: false,
        }
    }
}

/// The place of an element inside another.
pub(super) fn place_of(tree: &Tree<'_>, id: usize, node: &Node, outer: Place) -> Place {
    let mut place = outer;
    let id = u32::try_from(id).unwrap_or(u32::MAX);
    if node.tag.is_block() {
        place.tag = node.tag;
    }
    place.depth = node.depth;
    match node.tag {
        Tag::Ul | Tag::Ol | Tag::Dl | Tag::Menu => place.lists = place.lists.saturating_add(1),
        Tag::Table => place.tables = place.tables.saturating_add(1),
        Tag::Tr => place.row = id,
        Tag::Article => (place.article, place.article_node) = (true, id),
        Tag::Main => place.main = true,
        Tag::P => place.paragraph = true,
        Tag::Blockquote | Tag::Q => place.quote = true,
        Tag::Pre | Tag::Listing | Tag::Xmp => place.pre = true,
        Tag::Code if is_listing(tree, node) => place.pre = true,
        Tag::Figure | Tag::Figcaption => place.figure = true,
        Tag::B | Tag::Strong => place.strong = true,
        Tag::H1 => place.heading = 1,
        Tag::H2 => place.heading = 2,
        Tag::H3 => place.heading = 3,
        Tag::H4 | Tag::H5 | Tag::H6 => place.heading = 4,
        _ => {}
    }
    place
}

/// Whether code stands on lines of its own without `<pre>`, by the names that highlighters give.
fn is_listing(tree: &Tree<'_>, node: &Node) -> bool {
    let class = tree.raw_attribute(node, AttributeName::Class).unwrap_or("");
    ["hljs", "language-", "whitespace-pre", "highlight"]
        .iter()
        .any(|name| class.contains(name))
}

/// What an element says by its tag, its names and its style.
pub(super) fn own_hints(tree: &Tree<'_>, node: &Node) -> Hints {
    let mut hints = tag_hints(node.tag);
    for attribute in tree.attributes_of(node) {
        let value = attribute.value.of(tree.source);
        hints = hints.with(match attribute.name {
            AttributeName::Itemprop if value.eq_ignore_ascii_case("articleBody") => {
                Hints::ARTICLE_BODY
            }
            AttributeName::Class
            | AttributeName::Id
            | AttributeName::Role
            | AttributeName::Datatype
            | AttributeName::Component
            | AttributeName::Itemprop
            | AttributeName::AriaLabel => hints_of(value),
            AttributeName::Hidden => Hints::HIDDEN,
            AttributeName::AriaHidden if value.eq_ignore_ascii_case("true") => Hints::HIDDEN,
            AttributeName::Style if hides(value) => Hints::HIDDEN,
            _ => Hints::default(),
        });
    }
    hints
}

fn tag_hints(tag: Tag) -> Hints {
    match tag {
        Tag::Nav | Tag::Menu => Hints::NAVIGATION,
        Tag::Header | Tag::Hgroup => Hints::HEADER,
        Tag::Footer => Hints::FOOTER,
        Tag::Aside => Hints::SIDEBAR,
        Tag::Figcaption | Tag::Figure | Tag::Caption => Hints::CAPTION,
        Tag::Form | Tag::Fieldset | Tag::Search => Hints::FORM,
        Tag::Button | Tag::Label | Tag::Legend => Hints::BUTTON,
        Tag::Article => Hints::ARTICLE,
        Tag::Main => Hints::MAIN,
        Tag::Blockquote => Hints::QUOTE,
        Tag::Time | Tag::Address => Hints::META,
        Tag::Dialog => Hints::OVERLAY,
        _ => Hints::default(),
    }
}

/// `display: none` and `visibility: hidden`, however spaced.
fn hides(style: &str) -> bool {
    let squeezed: String = style
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(256)
        .collect();
    let squeezed = squeezed.to_ascii_lowercase();
    squeezed.contains("display:none") || squeezed.contains("visibility:hidden")
}
