//! Pages that answer 200 and have no article: a bot challenge, a soft 404, maintenance, a block by
//! country, a login or consent wall, a parked domain, an error of the server.
//!
//! Told by structure before words: the page, or what stands under the heading that says so, must be
//! short; a page that calls itself an article needs more proof. Then points are given for what
//! heading and title say, for the sentence below, for names of elements, and for marks of machines;
//! one of them alone is never enough.

mod marks;
mod wording;
mod words;

use super::case::{Case, kept};
use crate::block::Block;
use crate::classify::Judged;
use crate::extracted::PageKind;
use crate::hints::Hints;
use crate::html::Tag;
use marks::marks;
use wording::{Points, STRONG, heading_points, message_points, title_parts};

/// Points from which a page is no article.
const POINTS_MIN: i32 = 4;

/// Words of all paragraphs of a page that may be nothing but a message.
const SHORT_WORDS_MAX: u32 = 260;

/// Characters of the same; a word may be as long as a page.
const SHORT_CHARS_MAX: u32 = 20_000;

/// Words of a message under a heading that says what it is; teasers may follow below another.
const MESSAGE_WORDS_MAX: u32 = 150;

/// Words of a page with next to nothing on it.
const TINY_WORDS_MAX: u32 = 80;

/// Words of a paragraph that is rather an article's, and how many of them no message has.
const LONG_PARAGRAPH_WORDS: u32 = 40;
const LONG_PARAGRAPHS: i32 = 3;

/// Headings looked at; a message stands at the beginning.
const HEADINGS_MAX: usize = 6;

/// Blocks at the beginning of a short page that may be headings without being called so.
const UNMARKED_HEADINGS: usize = 3;

/// Characters of a heading.
const HEADING_CHARS_MAX: u32 = 120;

/// Bytes of a message that are read.
const MESSAGE_BYTES_MAX: usize = 4_000;

/// Elements around a message, never its own.
const APART: Hints = Hints::NAVIGATION
    .with(Hints::FOOTER)
    .with(Hints::OVERLAY)
    .with(Hints::CONSENT)
    .with(Hints::HIDDEN);

/// What the page is when it is no article; nothing when it may be one.
pub(super) fn no_article(case: &Case<'_>, judged: &[Judged]) -> Option<PageKind> {
    let prose: Vec<usize> = prose(case);
    let words: u32 = prose.iter().map(|at| case.blocks.list[*at].words).sum();
    let kept: u32 = kept(case.blocks, judged).map(|block| block.words).sum();
    let chars = prose.iter().map(|at| case.blocks.list[*at].chars);
    let chars = chars.fold(0, u32::saturating_add);
    let short = words.max(kept) <= SHORT_WORDS_MAX && chars <= SHORT_CHARS_MAX;
    let title = title_of(case);
    let mut points = Points::default();
    for part in title_parts(&title) {
        points.raise(&heading_points(part));
    }
    let heading = read_headings(case, &prose, short, &mut points);
    if !short && points.most() < STRONG {
        return None;
    }
    let message = message(case, &prose, heading, short);
    if message.words > MESSAGE_WORDS_MAX && !short || message.long_paragraphs >= LONG_PARAGRAPHS {
        return None;
    }
    let said = message_points(&message.text);
    let named = heading.or_else(|| prose.first().copied());
    let marks = marks(case, named.map(|at| case.blocks.list[at].node), short);
    let words = words.max(kept);
    let of = |kind: PageKind| points.of(kind) + said.of(kind) + marks.of(kind);
    let kinds = PageKind::NO_ARTICLE.iter().copied();
    // Many a page has a form to log in; a wall says so in its heading, and has little else.
    let kinds = kinds.filter(|kind| {
        *kind != PageKind::Login || points.of(*kind) > 0 && words <= MESSAGE_WORDS_MAX
    });
    let kind = kinds.max_by_key(|kind| (of(*kind), -(*kind as i32)))?;
    // A heading that only mentions it needs more proof, and not what any small page has.
    let sure = points.of(kind) >= STRONG || marks.of(kind) >= 2;
    let about_all = message.about_all(words) + marks.about_all;
    let about_all = if sure {
        about_all
    } else {
        about_all.min(0) - 1
    };
    (of(kind) > 0 && of(kind) + about_all >= POINTS_MIN).then_some(kind)
}

/// The blocks that may belong to a message: text that is no menu.
fn prose(case: &Case<'_>) -> Vec<usize> {
    let is_prose = |block: &Block| {
        block.link_chars * 2 < block.chars
            && !block.path.any(APART)
            && block.place.tag != Tag::Button
    };
    let all = case.blocks.list.iter().enumerate();
    all.filter(|(_, block)| is_prose(block))
        .map(|(at, _)| at)
        .collect()
}

fn title_of(case: &Case<'_>) -> String {
    let title = case.tree.nodes.iter().find(|node| node.tag == Tag::Title);
    title.map_or_else(String::new, |node| case.tree.raw_text(node))
}

/// Reads the first headings; the block of the one that says most of what the page is.
fn read_headings(
    case: &Case<'_>,
    prose: &[usize],
    short: bool,
    points: &mut Points,
) -> Option<usize> {
    let unmarked = if short { UNMARKED_HEADINGS } else { 0 };
    let headings = prose.iter().enumerate().filter(|(nth, at)| {
        let block = &case.blocks.list[**at];
        block.chars <= HEADING_CHARS_MAX && (block.place.heading > 0 || *nth < unmarked)
    });
    let mut best = (0, None);
    for (nth, (_, at)) in headings.take(HEADINGS_MAX).enumerate() {
        let block = &case.blocks.list[*at];
        let mut found = heading_points(case.blocks.text_of(block));
        // A form beside an article has a heading as well, but a lesser one.
        if nth > 0 || !(1..=2).contains(&block.place.heading) {
            found.clear(PageKind::Login);
        }
        if found.most() > best.0 {
            best = (found.most(), Some(*at));
        }
        points.raise(&found);
    }
    best.1
}

/// What stands under the heading.
#[derive(Default)]
struct Message {
    text: String,
    words: u32,
    long_paragraphs: i32,
}

impl Message {
    /// Points for any kind by the length of the message and of the page around it.
    fn about_all(&self, page_words: u32) -> i32 {
        let tiny = page_words <= TINY_WORDS_MAX;
        let long = self.words > MESSAGE_WORDS_MAX;
        i32::from(tiny) - i32::from(long) - (self.long_paragraphs - 1).max(0)
    }
}

/// From the heading, or from the first paragraph, to the next heading; all of a short page.
fn message(case: &Case<'_>, prose: &[usize], heading: Option<usize>, short: bool) -> Message {
    let mut message = Message::default();
    let from = heading.filter(|_| !short).or(prose.first().copied());
    for at in prose.iter().filter(|at| Some(**at) >= from) {
        let block = &case.blocks.list[*at];
        let next = block.place.heading > 0 && Some(*at) != from && message.words > 0;
        if next && !short {
            break;
        }
        if Some(*at) != from || block.place.heading == 0 {
            message.words += block.words;
            message.long_paragraphs += i32::from(block.words >= LONG_PARAGRAPH_WORDS);
        }
        if message.text.len() < MESSAGE_BYTES_MAX {
            message.text.push_str(case.blocks.text_of(block));
            message.text.push('\n');
        }
    }
    message
}
