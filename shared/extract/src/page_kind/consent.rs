//! Requests for consent: blocks that are one, and pages that are nothing else.

use memchr::memmem;

use super::case::{Case, kept_chars};
use crate::block::{Block, Blocks};
use crate::classify::Judged;
use crate::hints::Hints;

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
pub(super) fn drop_consent(case: &Case<'_>, judged: &mut [Judged]) -> bool {
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
