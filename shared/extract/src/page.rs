//! From bytes to [`Extracted`]: the order of the steps.

use crate::block::{Block, Blocks, blocks};
use crate::content::{Judged, judge};
use crate::deadline::Deadline;
use crate::encoding;
use crate::explain;
use crate::extracted::{Cut, EmptyReason, Extracted, Source, Suspect, Why};
use crate::html::{self, Tree};
use crate::metadata::{self, Linked, Metadata};
use crate::options::Options;
use crate::select;
use crate::verdict::{Address, Case, Verdict, verdict};

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
    let decoded = encoding::decode(bytes, options.content_type);
    why.encoding = decoded.encoding;
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
    let text = if let Some(chosen) = chosen {
        why.source = Source::Selector;
        if chosen.cut {
            why.cut.push(Cut::Text);
        }
        chosen.text
    } else {
        text(&tree, &linked, &metadata, options, &deadline, &mut why)
    };
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
    let decoded = encoding::decode(bytes, options.content_type);
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

/// Bytes looked at for characters that no text has.
const SNIFFED_BYTES: usize = 2_048;

/// Whether the input is no text: by the mark of its format, or by control characters, of which a
/// damaged page may have a few and an unknown format has many. In UTF-16 they are halves of letters.
fn is_binary(bytes: &[u8]) -> bool {
    let start = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
    let controls = start
        .iter()
        .filter(|byte| matches!(byte, 1..=8 | 0x0E..=0x1A | 0x1C..=0x1F));
    has_mark(bytes) || controls.count() * 30 > start.len() && !encoding::is_utf16(bytes)
}

fn has_mark(bytes: &[u8]) -> bool {
    const MARKS: [&[u8]; 8] = [
        b"%PDF-",
        b"\x89PNG",
        b"\xFF\xD8\xFF",
        b"GIF8",
        b"PK\x03\x04",
        b"\x1F\x8B",
        b"RIFF",
        b"\x7FELF",
    ];
    MARKS.iter().any(|mark| bytes.starts_with(mark))
}

fn text(
    tree: &Tree<'_>,
    linked: &Linked,
    metadata: &Metadata,
    options: &Options<'_>,
    deadline: &Deadline,
    why: &mut Why,
) -> String {
    let blocks = blocks(tree, options.limits.blocks_max, deadline);
    why.cut.extend(blocks.cut);
    let words = metadata.page_words(linked);
    let judged = judge(tree, &blocks, &words, deadline);
    if judged.is_none() {
        why.cut.push(Cut::Deadline);
    }
    let mut judged = judged.unwrap_or_default();
    let late = why.cut.contains(&Cut::Deadline);
    let title = metadata.title.as_deref();
    let case = Case {
        tree,
        blocks: &blocks,
        linked,
        title,
        url: options.url,
        own: options
            .url
            .or(metadata.canonical_url.as_deref())
            .and_then(Address::of),
        page_title: &words.title,
        late,
    };
    let verdict = verdict(&case, &mut judged, &mut why.suspects);
    let text = match verdict {
        Verdict::Text => {
            why.source = Source::Blocks;
            kept_text(
                &blocks,
                &judged,
                options.limits.text_bytes_max,
                &mut why.cut,
            )
        }
        Verdict::LinkedBody => {
            why.source = Source::LinkedData;
            linked_text(
                linked.body.as_deref().unwrap_or(""),
                options,
                deadline,
                &mut why.cut,
            )
        }
        Verdict::Empty(reason) => {
            why.empty = Some(reason);
            String::new()
        }
    };
    if options.explain {
        why.blocks = explain::notes(tree, &blocks, &judged);
        why.candidates = explain::candidates(&blocks, linked, &text);
    }
    text
}

/// The kept blocks as paragraphs; cells of one table row stand on one line.
fn kept_text(blocks: &Blocks, judged: &[Judged], bytes_max: usize, cut: &mut Vec<Cut>) -> String {
    let mut text = String::new();
    let mut before: Option<&Block> = None;
    for (block, _) in blocks
        .list
        .iter()
        .zip(judged)
        .filter(|(_, judged)| judged.kept)
    {
        let paragraph = blocks.text_of(block);
        if text.len() + paragraph.len() + 3 > bytes_max {
            cut.push(Cut::Text);
            break;
        }
        text.push_str(match before {
            None => "",
            Some(before) if same_row(before, block) => " | ",
            Some(_) => "\n\n",
        });
        text.push_str(paragraph);
        before = Some(block);
    }
    text
}

/// Short cells of a row belong on one line; the cells of a page's layout are paragraphs.
fn same_row(a: &Block, b: &Block) -> bool {
    const CELL_CHARS_MAX: u32 = 120;
    a.place.row != 0
        && a.place.row == b.place.row
        && a.node != b.node
        && a.chars <= CELL_CHARS_MAX
        && b.chars <= CELL_CHARS_MAX
}

/// The body of linked data as paragraphs; some sites put markup into it.
fn linked_text(
    body: &str,
    options: &Options<'_>,
    deadline: &Deadline,
    cut: &mut Vec<Cut>,
) -> String {
    if body.contains("</") || body.contains("<br") {
        let parsed = html::parse(body, &options.limits, deadline);
        let blocks = blocks(&parsed.tree, options.limits.blocks_max, deadline);
        let all = vec![Judged::linked(); blocks.list.len()];
        return kept_text(&blocks, &all, options.limits.text_bytes_max, cut);
    }
    let decoded = html::entity::decode(body);
    let paragraphs = decoded
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let mut text = String::with_capacity(decoded.len());
    for paragraph in paragraphs {
        if text.len() + paragraph.len() + 2 > options.limits.text_bytes_max {
            cut.push(Cut::Text);
            break;
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.extend(paragraph.split_whitespace().flat_map(|word| [word, " "]));
        text.pop();
    }
    text
}
