//! Pages that say that their text is not free to read.

use super::case::Case;
use crate::hints::Hints;

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
pub(super) fn names_paywall(case: &Case<'_>) -> bool {
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
