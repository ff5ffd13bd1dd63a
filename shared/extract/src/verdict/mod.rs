//! Whether what was kept is an article's text at all, and what to call it when it is not:
//! a list of articles, a request for consent, a teaser before a paywall, a page made by script.
//! Each rule asks for several signs at once; a doubtful page keeps its text and gets a mark.

mod address;
mod entries;
mod index;
mod scripted;
mod signs;
mod titles;

pub(crate) use address::Address;
use index::is_index;
use memchr::memmem;
use scripted::{asks_for_script, is_scripted};

use crate::block::{Block, Blocks};
use crate::content::Judged;
use crate::extracted::{EmptyReason, Suspect};
use crate::hints::Hints;
use crate::html::Tree;
use crate::metadata::Linked;
use crate::shingle::Shingles;

/// Least characters that pass for an article's text.
pub(crate) const TEXT_CHARS_MIN: u32 = 80;

/// A teaser in front of a paywall is shorter than this.
const TEASER_CHARS_MAX: u32 = 500;

/// A paragraph of an article's own text is at least this long.
const PARAGRAPH_CHARS: u32 = 200;

/// Least linked data body taken in place of blocks.
const LINKED_BODY_CHARS_MIN: usize = 250;

/// Markup in a script's keeping that may be the text of a page without one.
const TEMPLATE_BYTES_MIN: usize = 500;

/// What the page was found to be.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The kept blocks are the text.
    Text,
    /// The linked data has the text, the page's blocks do not.
    LinkedBody,
    /// There is no text.
    Empty(EmptyReason),
}

/// What is known of a page when its blocks are judged.
pub(crate) struct Case<'a> {
    pub(crate) tree: &'a Tree<'a>,
    pub(crate) blocks: &'a Blocks,
    pub(crate) linked: &'a Linked,
    pub(crate) title: Option<&'a str>,
    pub(crate) url: Option<&'a str>,
    /// Where the page is, by the caller or by itself.
    pub(crate) own: Option<Address>,
    pub(crate) page_title: &'a Shingles,
    pub(crate) late: bool,
}

/// Decides, and takes blocks that only ask for consent out of the text.
pub(crate) fn verdict(
    case: &Case<'_>,
    judged: &mut [Judged],
    suspects: &mut Vec<Suspect>,
) -> Verdict {
    if case.linked.not_free || names_paywall(case) {
        suspects.push(Suspect::Paywall);
    }
    let consent = drop_consent(case, judged);
    if consent {
        suspects.push(Suspect::Consent);
    }
    let chars = kept_chars(case.blocks, judged);
    let linked_body = case
        .linked
        .body
        .as_deref()
        .map_or(0, |body| body.chars().count());
    let whole_in_linked_data =
        linked_body >= LINKED_BODY_CHARS_MIN && u64::from(chars) * 5 < linked_body as u64 * 2;
    if whole_in_linked_data {
        return Verdict::LinkedBody;
    }
    let scripted = is_scripted(case);
    if scripted {
        suspects.push(Suspect::ScriptRendered);
    }
    if chars < TEXT_CHARS_MIN {
        return Verdict::Empty(name_of_nothing(case, consent, scripted, suspects));
    }
    if suspects.contains(&Suspect::Paywall) && chars < TEASER_CHARS_MAX {
        return Verdict::Empty(EmptyReason::Paywall);
    }
    if scripted && chars < TEASER_CHARS_MAX && asks_for_script(case.blocks, judged) {
        return Verdict::Empty(EmptyReason::NeedsScript);
    }
    if is_index(case, judged) {
        suspects.push(Suspect::Index);
        return Verdict::Empty(EmptyReason::IndexPage);
    }
    Verdict::Text
}

fn name_of_nothing(
    case: &Case<'_>,
    consent: bool,
    scripted: bool,
    suspects: &[Suspect],
) -> EmptyReason {
    if case.late {
        EmptyReason::Deadline
    } else if consent {
        EmptyReason::ConsentWall
    } else if suspects.contains(&Suspect::Paywall) {
        EmptyReason::Paywall
    } else if scripted {
        EmptyReason::NeedsScript
    } else if index::lists_titles(case.blocks) {
        EmptyReason::IndexPage
    } else if case.tree.template_bytes >= TEMPLATE_BYTES_MIN {
        EmptyReason::NeedsScript
    } else {
        EmptyReason::NoParagraphs
    }
}

fn kept<'a>(blocks: &'a Blocks, judged: &'a [Judged]) -> impl Iterator<Item = &'a Block> {
    blocks
        .list
        .iter()
        .zip(judged)
        .filter(|(_, judged)| judged.kept)
        .map(|(block, _)| block)
}

fn kept_chars(blocks: &Blocks, judged: &[Judged]) -> u32 {
    kept(blocks, judged).map(|block| block.chars).sum()
}

// Consent.

/// Words of consent texts in some languages, lower-case.
const CONSENT_WORDS: [&str; 20] = [
    "cookie",
    "consent",
    "einwillig",
    "zustimm",
    "datenschutz",
    "privacy",
    "tracking",
    "partner",
    "personal data",
    "personenbezogen",
    "traceur",
    "données personnelles",
    "consentement",
    "opt-out",
    "opt out",
    "gdpr",
    "dsgvo",
    "consentimiento",
    "datos personales",
    "third part",
];

/// One consent word in so many words makes a block a consent text.
const CONSENT_DENSITY: usize = 25;

fn asks_consent(text: &str, words: u32) -> bool {
    let lower = text.to_lowercase();
    let found: usize = CONSENT_WORDS
        .iter()
        .map(|word| lower.matches(word).count())
        .sum();
    found >= 2 && found * CONSENT_DENSITY >= words as usize
}

/// Whether any block may be a consent text at all; spares most pages the closer look.
fn mentions_consent(blocks: &Blocks) -> bool {
    memmem::find(blocks.text.as_bytes(), b"ookie").is_some()
        || blocks
            .list
            .iter()
            .any(|block| block.path.any(Hints::CONSENT))
}

/// Drops kept blocks that ask for consent when they are most of the text or stand in an element
/// named for it; whether they were most of it. A page whose title speaks of it is about it: there
/// only elements named for it count.
fn drop_consent(case: &Case<'_>, judged: &mut [Judged]) -> bool {
    let title = case.title.unwrap_or("").to_lowercase();
    let about_it = CONSENT_WORDS.iter().any(|word| title.contains(word));
    if !mentions_consent(case.blocks) {
        return false;
    }
    let all = kept_chars(case.blocks, judged);
    let is_consent = |block: &Block| {
        let named = block.path.any(Hints::CONSENT);
        (named || !about_it)
            && (block.words > 20 || block.path.any(Hints::CONSENT.with(Hints::OVERLAY)))
            && asks_consent(case.blocks.text_of(block), block.words)
    };
    let marked: Vec<bool> = case
        .blocks
        .list
        .iter()
        .zip(judged.iter())
        .map(|(block, judged)| judged.kept && is_consent(block))
        .collect();
    let chars_of = |named: bool| -> u32 {
        let blocks = case.blocks.list.iter().zip(&marked);
        blocks
            .filter(|(block, marked)| **marked && (!named || block.path.any(Hints::CONSENT)))
            .map(|(block, _)| block.chars)
            .sum()
    };
    let most = chars_of(false) * 2 > all;
    for ((block, judged), marked) in case.blocks.list.iter().zip(judged).zip(&marked) {
        if *marked && (most || block.path.any(Hints::CONSENT)) {
            (judged.kept, judged.reason) = (false, "asks for consent");
        }
    }
    most
}

// Paywalls.

/// Phrases of paywalls in some languages, lower-case.
const PAYWALL_PHRASES: [&str; 18] = [
    "subscribe to continue",
    "subscribe to read",
    "to continue reading",
    "subscribers only",
    "for subscribers",
    "already a subscriber",
    "create a free account to",
    "this article is for",
    "unlock this article",
    "jetzt weiterlesen",
    "weiterlesen mit",
    "nur für abonnenten",
    "exklusiv für abonnenten",
    "mit plus weiterlesen",
    "réservé aux abonnés",
    "il vous reste",
    "exclusivo para suscriptores",
    "riservato agli abbonati",
];

/// Whether a short block says that the rest is for subscribers.
fn names_paywall(case: &Case<'_>) -> bool {
    let short = case
        .blocks
        .list
        .iter()
        .filter(|block| block.chars < 200 && block.chars > 10);
    let texts = short.filter(|block| {
        block.path.any(Hints::PROMOTION.with(Hints::OVERLAY)) || block.place.heading > 0
    });
    texts.take(400).any(|block| {
        let lower = case.blocks.text_of(block).to_lowercase();
        PAYWALL_PHRASES.iter().any(|phrase| lower.contains(phrase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consent_is_told_by_the_density_of_its_words() {
        let wall = "We and our partners use cookies and process personal data with your consent.";
        let article = "The minister spoke about privacy on Monday. The bill, debated for two years \
            in both chambers, asks companies to delete what they keep about their customers after \
            a year, and gives a new office the right to inspect them without notice at any time.";

        assert!(asks_consent(wall, 13));
        assert!(!asks_consent(article, 47));
    }
}
