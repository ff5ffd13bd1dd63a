//! From judged blocks, or from the body in linked data, to the text: paragraphs separated by blank
//! lines, cells of a row on one line.

use crate::block::{Block, Blocks, blocks};
use crate::classify::Judged;
use crate::deadline::Deadline;
use crate::extracted::Cut;
use crate::html;
use crate::options::Options;

/// The kept blocks as paragraphs; cells of one table row stand on one line.
pub(crate) fn kept_text(
    blocks: &Blocks,
    judged: &[Judged],
    bytes_max: usize,
    cut: &mut Vec<Cut>,
) -> String {
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
pub(crate) fn linked_text(
    body: &str,
    options: &Options<'_>,
    deadline: &Deadline,
    cut: &mut Vec<Cut>,
) -> String {
    // Markup that was escaped once more for the sake of JSON.
    let escaped = body.contains("&lt;/") || body.contains("&lt;br");
    let body = if escaped {
        html::entity::decode(body)
    } else {
        body.to_owned()
    };
    if body.contains("</") || body.contains("<br") {
        let parsed = html::parse(&body, &options.limits, deadline);
        let blocks = blocks(&parsed.tree, options.limits.blocks_max, deadline);
        let all = vec![Judged::linked(); blocks.list.len()];
        return kept_text(&blocks, &all, options.limits.text_bytes_max, cut);
    }
    let decoded = html::entity::decode(&body);
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
