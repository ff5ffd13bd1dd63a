//! From bytes to [`Extracted`]: the order of the steps.

use crate::binary::is_binary;
use crate::block::blocks;
use crate::classify::{classify, page_sums};
use crate::deadline::Deadline;
use crate::encoding;
use crate::explain;
use crate::extracted::{Cut, EmptyReason, Extracted, PageKind, Source, Suspect, Why};
use crate::html::{self, Tree};
use crate::metadata::{self, Linked, Metadata};
use crate::options::Options;
use crate::page_kind::{Address, Case, TextFrom, page_kind};
use crate::render::{kept_text, linked_text};
use crate::rules;
use crate::select;

/// Gives the main text and the metadata of a page. Never fails and never panics; a text that is
/// empty has its reason in [`Why::empty`].
#[must_use]
pub fn extract(html: &[u8], options: &Options<'_>) -> Extracted {
    let mut why = Why::default();
    if html.iter().all(u8::is_ascii_whitespace) {
        return nothing(why, EmptyReason::NoInput);
    }
    if is_binary(html) {
        return nothing(why, EmptyReason::NotHtml);
    }
    let deadline = Deadline::new(options.deadline);
    let bytes = html.get(..options.limits.input_bytes_max).unwrap_or(html);
    if bytes.len() < html.len() {
        why.cut.push(Cut::Input);
    }
    let decoded = encoding::decode(bytes, options.content_type, options.url);
    why.encoding = decoded.encoding;
    why.encoding_guessed = decoded.guessed;
    if decoded.malformed {
        why.suspects.push(Suspect::MalformedEncoding);
    }
    let html::Parsed { tree, cut } = html::parse(&decoded.text, &options.limits, &deadline);
    why.cut.extend(cut);
    let linked = metadata::linked(&tree, &deadline);
    let metadata = metadata::metadata(&tree, &linked, options.url);
    let chosen = options
        .selector
        .and_then(|selector| select::text(&tree, selector, &options.limits, &deadline));
    let (page_kind, text) = if let Some(chosen) = chosen {
        why.source = Source::Selector;
        if chosen.cut {
            why.cut.push(Cut::Text);
        }
        (PageKind::Article, chosen.text)
    } else {
        text(&tree, &linked, &metadata, options, &deadline, &mut why)
    };
    if encoding::is_damaged(&text) {
        why.suspects.push(Suspect::DamagedText);
    }
    if text.is_empty() && why.empty.is_none() {
        // Not even the first paragraph fits the bound.
        why.empty = Some(EmptyReason::NoParagraphs);
    }
    Extracted {
        text,
        title: metadata.headline,
        byline: metadata.byline,
        site_name: metadata.site_name,
        language: metadata.language,
        canonical_url: metadata.canonical_url,
        published: metadata.published,
        page_kind,
        why,
    }
}

/// Sizes of a parsed page; see [`parse_only`].
#[derive(Clone, Copy, Debug)]
pub struct Parse {
    /// Nodes of the tree.
    pub nodes: usize,
    /// Bytes of the decoded source.
    pub source_bytes: usize,
}

/// Decodes and parses without extracting: the floor under [`extract`], for benchmarks.
#[must_use]
pub fn parse_only(html: &[u8], options: &Options<'_>) -> Parse {
    let bytes = html.get(..options.limits.input_bytes_max).unwrap_or(html);
    let decoded = encoding::decode(bytes, options.content_type, options.url);
    let deadline = Deadline::new(options.deadline);
    let parsed = html::parse(&decoded.text, &options.limits, &deadline);
    Parse {
        nodes: parsed.tree.nodes.len(),
        source_bytes: decoded.text.len(),
    }
}

fn nothing(mut why: Why, reason: EmptyReason) -> Extracted {
    why.empty = Some(reason);
    Extracted {
        why,
        ..Extracted::default()
    }
}

fn text(
    tree: &Tree<'_>,
    linked: &Linked,
    metadata: &Metadata,
    options: &Options<'_>,
    deadline: &Deadline,
    why: &mut Why,
) -> (PageKind, String) {
    let blocks = blocks(tree, options.limits.blocks_max, deadline);
    why.cut.extend(blocks.cut);
    let words = metadata.page_words(linked);
    let sums = page_sums(tree, &blocks);
    let judged = classify(tree, &blocks, &sums, &words, deadline);
    if judged.is_none() {
        why.cut.push(Cut::Deadline);
    }
    let mut judged = judged.unwrap_or_default();
    let around = rules::Around {
        tree,
        sums: &sums,
        title: &words.title,
    };
    if rules::apply(&around, &blocks, &mut judged) {
        why.cut.push(Cut::Hidden);
    }
    let late = why.cut.contains(&Cut::Deadline);
    let case = Case {
        tree,
        blocks: &blocks,
        linked,
        title: metadata.title.as_deref(),
        url: options.url,
        own: options
            .url
            .or(metadata.canonical_url.as_deref())
            .and_then(Address::of),
        page_title: &words.title,
        late,
    };
    let (kind, from) = page_kind(&case, &mut judged, &mut why.suspects);
    let text = match from {
        TextFrom::Blocks => {
            why.source = Source::Blocks;
            kept_text(
                &blocks,
                &judged,
                options.limits.text_bytes_max,
                &mut why.cut,
            )
        }
        TextFrom::LinkedData => {
            why.source = Source::LinkedData;
            linked_text(
                linked.body.as_deref().unwrap_or(""),
                options,
                deadline,
                &mut why.cut,
            )
        }
        TextFrom::Nowhere(reason) => {
            why.empty = Some(reason);
            String::new()
        }
    };
    if options.explain {
        why.blocks = explain::notes(tree, &blocks, &judged);
        why.candidates = explain::candidates(&blocks, linked, &text);
    }
    (kind, text)
}
