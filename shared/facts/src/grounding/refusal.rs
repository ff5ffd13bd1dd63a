//! Why a quote was not found: what differs at the place of the text that is nearest to it. For
//! people who look at a run; nothing is kept or dropped by it.

use std::collections::HashMap;

use super::tokens::{self, Token};

/// Fewer words than this stand anywhere.
const TOKENS_MIN: usize = 2;

/// Share of a quote's words that its nearest place must have, in per cent; with less it is no place.
const ALIKE_MIN: usize = 50;

/// Why a quote was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It says too little to be looked for.
    TooShort,
    /// Nothing in the text is like it.
    Nowhere,
    /// A number differs from the text's.
    AlteredNumber,
    /// Something is denied that the text says, or the other way round.
    AlteredNegation,
    /// A name differs.
    AlteredName,
    /// Other words differ, or more than a few.
    AlteredWords,
}

impl Refusal {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::Nowhere => "nowhere",
            Self::AlteredNumber => "altered_number",
            Self::AlteredNegation => "altered_negation",
            Self::AlteredName => "altered_name",
            Self::AlteredWords => "altered_words",
        }
    }
}

/// Why a quote that was not found in a text was not.
pub(super) fn refusal(text: &[Token], quote: &str) -> Refusal {
    let wanted = tokens::tokens(quote);
    if wanted.len() < TOKENS_MIN {
        return Refusal::TooShort;
    }
    let Some(nearest) = nearest(text, &wanted) else {
        return Refusal::Nowhere;
    };
    let mut differing = not_in(&wanted, nearest);
    differing.extend(not_in(nearest, &wanted));
    let any = |is: fn(&Token) -> bool| differing.iter().any(|token| is(token));
    match () {
        () if any(|token| token.is_number) => Refusal::AlteredNumber,
        () if any(|token| token.is_negation) => Refusal::AlteredNegation,
        () if any(|token| token.is_capitalised) => Refusal::AlteredName,
        () => Refusal::AlteredWords,
    }
}

/// The run of the text's tokens, as long as the quote, that shares most with it. Linear.
fn nearest<'t>(text: &'t [Token], wanted: &[Token]) -> Option<&'t [Token]> {
    let length = wanted.len().min(text.len());
    // how many of each word the window still lacks; below zero: has too many
    let mut lacking: HashMap<u64, i64> = HashMap::new();
    for token in wanted {
        *lacking.entry(token.hash).or_default() += 1;
    }
    let (mut shared, mut best, mut best_end) = (0_usize, 0_usize, 0_usize);
    for (at, token) in text.iter().enumerate() {
        if let Some(count) = lacking.get_mut(&token.hash) {
            shared += usize::from(*count > 0);
            *count -= 1;
        }
        if let Some(left) = at.checked_sub(length).and_then(|at| text.get(at))
            && let Some(count) = lacking.get_mut(&left.hash)
        {
            *count += 1;
            shared -= usize::from(*count > 0);
        }
        if shared > best {
            (best, best_end) = (shared, at + 1);
        }
    }
    if best * 100 < wanted.len() * ALIKE_MIN {
        return None;
    }
    text.get(best_end.saturating_sub(length)..best_end)
}

/// The tokens of one that the other lacks.
fn not_in<'t>(these: &'t [Token], others: &[Token]) -> Vec<&'t Token> {
    let mut left: HashMap<u64, usize> = HashMap::new();
    for token in others {
        *left.entry(token.hash).or_default() += 1;
    }
    let lacking = these
        .iter()
        .filter(|token| match left.get_mut(&token.hash) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
    lacking.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grounding::Grounder;

    const TEXT: &str = "The council voted on Tuesday. Mayor Anna Berg said the bridge cost 14 million \
        euros and will open in May. Nobody was hurt when the old one was taken down.";

    #[test]
    fn a_refused_quote_says_what_differs_from_the_text() {
        let grounder = Grounder::new(TEXT);
        for (quote, expected) in [
            ("the bridge cost 14 million euros", None),
            (
                "the bridge cost 41 million euros",
                Some(Refusal::AlteredNumber),
            ),
            (
                "Mayor Anna Berg said the bridge cost 15 million",
                Some(Refusal::AlteredNumber),
            ),
            (
                "the bridge will not open in May",
                Some(Refusal::AlteredNegation),
            ),
            (
                "Mayor Anna Holm said the bridge cost 14 million",
                Some(Refusal::AlteredName),
            ),
            ("the new one was taken down", Some(Refusal::AlteredWords)),
            (
                "parliament dissolved itself amid protests",
                Some(Refusal::Nowhere),
            ),
            ("xyzzy", Some(Refusal::TooShort)),
            ("", Some(Refusal::TooShort)),
        ] {
            assert_eq!(grounder.refusal(quote), expected, "{quote:?}");
        }
    }

    #[test]
    fn a_quote_longer_than_its_text_is_compared_all_the_same() {
        let grounder = Grounder::new("Anna Berg left.");

        let refusal = grounder.refusal("Anna Berg never left.");

        assert_eq!(refusal, Some(Refusal::AlteredNegation));
    }
}
