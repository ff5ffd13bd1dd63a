//! Pages that say that their text is not free to read, and how much of it they give.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::case::{Case, kept, kept_chars};
use crate::block::Block;
use crate::classify::Judged;
use crate::hints::Hints;
use crate::html::AttributeName;

/// Phrases of paywalls in some languages, lower-case.
const PAYWALL_PHRASES: [&str; 34] = [
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
    "to keep reading",
    "read the full",
    "continue reading with",
    "um weiterzulesen",
    "weiterlesen mit abo",
    "pour lire la suite",
    "suite de l'article",
    "para seguir leyendo",
    "solo para suscriptores",
    "exclusivo para assinantes",
    "per continuare a leggere",
    "alleen voor abonnees",
    "lees verder met",
    "dla subskrybentów",
    "только для подписчиков",
    "有料会員",
];

fn says_wall(text: &str) -> bool {
    static PHRASES: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    // Fails only beyond billions of patterns; then phrases say nothing.
    let phrases = PHRASES.get_or_init(|| AhoCorasick::new(PAYWALL_PHRASES).ok());
    let lower = text.to_lowercase();
    phrases
        .as_ref()
        .is_some_and(|phrases| phrases.is_match(&lower))
}

/// Characters from which a text is more than a sentence or two, whatever its elements are.
const BEGINNING_CHARS_MIN: u32 = 500;

/// A paragraph of a text is at least this long, and one alone this.
const PARAGRAPH_CHARS: u32 = 60;
const LONE_PARAGRAPH_CHARS: u32 = 300;

/// How much of its text a page gives that is not free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Teaser {
    /// A sentence or two.
    Nothing,
    /// Real paragraphs, and a wall behind them.
    Beginning,
    /// All of it: no wall stands behind it, and it ends as texts do.
    Whole,
}

/// What the kept blocks of a page that is not free are.
pub(super) fn teaser(case: &Case<'_>, judged: &[Judged]) -> Teaser {
    let is_text = |block: &&Block| {
        block.chars >= PARAGRAPH_CHARS && !block.path.any(Hints::PROMOTION.with(Hints::OVERLAY))
    };
    let paragraphs: Vec<&Block> = kept(case.blocks, judged).filter(is_text).collect();
    let longest = paragraphs
        .iter()
        .map(|block| block.chars)
        .max()
        .unwrap_or(0);
    let real = paragraphs.len() >= 2 || longest >= LONE_PARAGRAPH_CHARS;
    if !real && kept_chars(case.blocks, judged) < BEGINNING_CHARS_MIN {
        return Teaser::Nothing;
    }
    let Some(last) = kept(case.blocks, judged).last() else {
        return Teaser::Nothing;
    };
    let text = case.blocks.text_of(last).trim_end();
    if text.ends_with(['…', ',', ';', ':']) || text.ends_with("...") || wall_behind(case, last.node)
    {
        Teaser::Beginning
    } else {
        Teaser::Whole
    }
}

/// Whether a wall follows the last paragraph: by what it says or by the name of its element.
fn wall_behind(case: &Case<'_>, last: usize) -> bool {
    const NAMES: [&str; 6] = [
        "paywall",
        "pay-wall",
        "regwall",
        "subscriber-only",
        "premium-wall",
        "offerwall",
    ];
    let said = walls(case).any(|block| block.node > last);
    let named = || {
        let behind = case.tree.nodes.get(last + 1..).unwrap_or(&[]);
        behind.iter().any(|node| {
            [AttributeName::Class, AttributeName::Id]
                .into_iter()
                .any(|name| {
                    let value = case.tree.raw_attribute(node, name).unwrap_or("");
                    value.len() >= 7 && {
                        let value = value.to_ascii_lowercase();
                        NAMES.iter().any(|name| value.contains(name))
                    }
                })
        })
    };
    said || named()
}

/// Whether a short block says that the rest is for subscribers.
pub(super) fn names_paywall(case: &Case<'_>) -> bool {
    walls(case).next().is_some()
}

fn walls<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a Block> {
    let short = |block: &&Block| block.chars < 200 && block.chars > 10;
    let apart = |block: &&Block| {
        block.path.any(Hints::PROMOTION.with(Hints::OVERLAY)) || block.place.heading > 0
    };
    let blocks = case
        .blocks
        .list
        .iter()
        .filter(short)
        .filter(apart)
        .take(400);
    blocks.filter(|block| says_wall(case.blocks.text_of(block)))
}
