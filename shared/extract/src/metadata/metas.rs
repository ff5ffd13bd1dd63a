//! The page's `<meta>` tags.

use super::layout::Layout;
use super::text::clean;
use crate::html::{AttributeName, NodeId, Tag, Tree};

/// A `<meta>` tag with a name and a content.
struct Meta {
    node: NodeId,
    name: String,
    content: String,
}

/// The page's `<meta>` tags, in page order.
pub(super) struct Metas(Vec<Meta>);

impl Metas {
    /// All of the page's.
    pub(super) fn of(tree: &Tree<'_>) -> Metas {
        let metas = tree.nodes.iter().enumerate();
        let metas = metas.filter(|(_, node)| node.tag == Tag::Meta);
        let meta = |(id, node)| {
            let name = [
                AttributeName::Property,
                AttributeName::Name,
                AttributeName::Itemprop,
                AttributeName::HttpEquiv,
            ]
            .into_iter()
            .find_map(|name| tree.raw_attribute(node, name))?;
            let content = clean(&tree.attribute(node, AttributeName::Content)?)?;
            let name = name.trim().to_ascii_lowercase();
            Some(Meta {
                node: id,
                name,
                content,
            })
        };
        Metas(metas.filter_map(meta).collect())
    }

    /// Without those of comments and teasers, which describe other texts.
    pub(super) fn of_article(mut self, layout: &Layout) -> Metas {
        self.0.retain(|meta| !layout.is_foreign(meta.node));
        self
    }

    /// The first value of the first name that has one.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.all(name).next())
    }

    /// Every value of a name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |meta| meta.name == name)
            .map(|meta| meta.content.as_str())
    }
}
