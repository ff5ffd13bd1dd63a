//! Whether what was kept is a list of articles rather than one. Nothing says so by itself: a list
//! is many titles that are links, each with a short text behind it, or many blocks that end in the
//! same link; and a page that calls itself an article is none.

use super::case::{Case, kept};
use super::entries;
use crate::block::{Block, Blocks};
use crate::classify::Judged;

/// A paragraph of an article's own text is at least this long.
const PARAGRAPH_CHARS: u32 = 200;

/// Articles listed on an index page, at least.
const LISTED_MIN: usize = 6;

/// The same on a front page, which is one by its address already.
const LISTED_ON_FRONT_MIN: usize = 4;

/// Blocks of one teaser under its title: a kicker, the description, a byline.
const TEASER_BLOCKS_MAX: usize = 3;

/// Characters of a title; shorter links are a menu's, longer ones are text.
const TITLE_CHARS: std::ops::RangeInclusive<u32> = 20..=200;

/// Longest link that only says that there is more.
const MORE_CHARS_MAX: u32 = 40;

/// Headings that are links.
fn linked_headings(blocks: &Blocks) -> usize {
    let linked = |block: &&Block| {
        block.place.heading > 0 && is_link(block) && block.chars >= *TITLE_CHARS.start()
    };
    blocks.list.iter().filter(linked).count()
}

/// Whether most of a page without paragraphs are titles that are links.
pub(super) fn lists_titles(blocks: &Blocks) -> bool {
    let is_title = |block: &&Block| is_link(block) && TITLE_CHARS.contains(&block.chars);
    let titles = || blocks.list.iter().filter(is_title);
    let all: u32 = blocks.list.iter().map(|block| block.chars).sum();
    let inside: u32 = titles().map(|block| block.chars).sum();
    linked_headings(blocks) >= LISTED_MIN || titles().count() >= LISTED_MIN && inside * 2 > all
}

fn is_link(block: &Block) -> bool {
    block.link_chars * 10 >= block.chars * 9
}

/// Whether the kept blocks are a list of articles.
pub(super) fn is_index(case: &Case<'_>, judged: &[Judged]) -> bool {
    if case.linked.is_article {
        return false;
    }
    let front = case.url.is_some_and(is_front_page);
    under_headings(case, judged, front)
        || under_links(case, judged, front)
        || in_links(case, judged)
        || with_same_link(case, judged)
        || entries::is_list(case, judged)
}

/// Characters of kept blocks behind a title that is a link, and of others.
#[derive(Default)]
struct Teasers {
    titles: usize,
    behind: u32,
    others: u32,
    /// Kept blocks that are paragraphs by their length.
    long: usize,
}

/// The descriptions stand under headings that are links; a site's front page may have long ones.
fn under_headings(case: &Case<'_>, judged: &[Judged], front: bool) -> bool {
    if linked_headings(case.blocks) < least(front) {
        return false;
    }
    let is_title = |block: &Block| (block.place.heading > 0).then(|| is_link(block));
    let found = teasers(case, judged, is_title);
    found.behind > found.others * 2 && (found.long < 3 || front)
}

/// The descriptions stand under links that are titles by their length alone: that needs more of
/// the text to be so.
fn under_links(case: &Case<'_>, judged: &[Judged], front: bool) -> bool {
    let is_title = |block: &Block| {
        let title = is_link(block) && TITLE_CHARS.contains(&block.chars);
        (title || block.place.heading > 0).then_some(title)
    };
    let found = teasers(case, judged, is_title);
    found.titles >= least(front)
        && found.behind > found.others * 4
        && (found.long * 2 < found.titles || front)
}

/// `is_title` says of a title whether it is a link, and nothing of other blocks.
fn teasers(
    case: &Case<'_>,
    judged: &[Judged],
    is_title: impl Fn(&Block) -> Option<bool>,
) -> Teasers {
    let mut found = Teasers::default();
    let mut since_title = usize::MAX;
    for (block, judged) in case.blocks.list.iter().zip(judged) {
        if let Some(linked) = is_title(block) {
            since_title = if linked { 0 } else { usize::MAX };
            continue;
        }
        since_title = since_title.saturating_add(1);
        if !judged.kept {
            continue;
        }
        found.titles += usize::from(since_title == 1);
        if since_title <= TEASER_BLOCKS_MAX {
            found.behind += block.chars;
        } else {
            found.others += block.chars;
        }
        found.long += usize::from(block.chars >= PARAGRAPH_CHARS && !is_link(block));
    }
    found
}

/// The kept blocks are links themselves.
fn in_links(case: &Case<'_>, judged: &[Judged]) -> bool {
    let sum = |of: fn(&Block) -> u32| kept(case.blocks, judged).map(of).sum::<u32>();
    let links = kept(case.blocks, judged).filter(|block| is_link(block));
    links.count() >= 2 && sum(|block| block.link_chars) * 10 > sum(|block| block.chars) * 8
}

/// Most of the kept text stands in blocks that end in a link of the same short wording.
fn with_same_link(case: &Case<'_>, judged: &[Judged]) -> bool {
    let ending = |block: &Block| {
        let short = block.links >= 1 && (3..=MORE_CHARS_MAX).contains(&block.link_chars);
        let text = case.blocks.text_of(block);
        let word = text.rsplit(char::is_whitespace).next();
        short.then_some((block.link_chars, word))
    };
    let Some(first) = kept(case.blocks, judged).find_map(ending) else {
        return false;
    };
    let mut alike = 0;
    let (mut inside, mut all) = (0, 0);
    for block in kept(case.blocks, judged) {
        all += block.chars;
        if ending(block) == Some(first) {
            alike += 1;
            inside += block.chars;
        }
    }
    alike >= LISTED_MIN && inside * 10 > all * 6
}

const fn least(front: bool) -> usize {
    if front {
        LISTED_ON_FRONT_MIN
    } else {
        LISTED_MIN
    }
}

fn is_front_page(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or("");
    path.is_empty()
        || matches!(
            path,
            "index.html" | "index.php" | "en/" | "de/" | "en" | "de"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_pages_are_told_by_their_address() {
        for url in [
            "https://a.example",
            "https://a.example/",
            "http://a.example/?x=1",
        ] {
            assert!(is_front_page(url), "{url}");
        }
        assert!(!is_front_page("https://a.example/2024/05/story.html"));
    }
}
