//! One fact said twice is one fact: chunks overlap, and models repeat themselves.

use std::collections::HashMap;

use domain::Fact;

use crate::grounding::tokens::{self, Token};

/// Claims that share this much of their words say the same, wherever their quotes stand.
const SAME_CLAIM: f64 = 0.8;

/// Claims whose quotes overlap say the same at this much. One sentence often proves two facts, so
/// the overlap alone says nothing.
const SAME_PLACE: f64 = 0.6;

/// Claims compared with one claim at most: those with the same numbers, negation and speaker.
const COMPARED_MAX: usize = 500;

/// Merges; gives the number of facts that went into others.
pub(crate) fn merge(facts: Vec<Fact>) -> (Vec<Fact>, usize) {
    let before = facts.len();
    let mut kept: Vec<(Fact, Vec<u64>)> = Vec::with_capacity(before);
    let mut alike: HashMap<Signature, Vec<usize>> = HashMap::new();
    for fact in facts {
        let claim = tokens::tokens(&fact.claim);
        let group = alike.entry(Signature::of(&fact, &claim)).or_default();
        let words = word_set(&claim);
        let same = group.iter().take(COMPARED_MAX).find(|at| {
            kept.get(**at)
                .is_some_and(|(other, other_words)| is_same(&fact, &words, other, other_words))
        });
        if let Some((other, _)) = same.copied().and_then(|at| kept.get_mut(at)) {
            absorb(other, fact);
        } else {
            group.push(kept.len());
            kept.push((fact, words));
        }
    }
    let merged = before - kept.len();
    (kept.into_iter().map(|(fact, _)| fact).collect(), merged)
}

/// What must agree for two facts to be one: numbers, negation, speaker.
#[derive(PartialEq, Eq, Hash)]
struct Signature {
    numbers: Vec<u64>,
    negations: usize,
    speaker: Option<String>,
}

impl Signature {
    fn of(fact: &Fact, claim: &[Token]) -> Self {
        let mut numbers: Vec<u64> = claim
            .iter()
            .filter(|token| token.is_number)
            .map(|token| token.hash)
            .collect();
        numbers.sort_unstable();
        Self {
            numbers,
            negations: claim.iter().filter(|token| token.is_negation).count(),
            speaker: fact.speaker.as_ref().map(|name| name.to_lowercase()),
        }
    }
}

fn word_set(claim: &[Token]) -> Vec<u64> {
    let mut words: Vec<u64> = claim.iter().map(|token| token.hash).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn is_same(one: &Fact, one_words: &[u64], other: &Fact, other_words: &[u64]) -> bool {
    let overlap = one.span.start < other.span.end && other.span.start < one.span.end;
    jaccard(one_words, other_words) >= if overlap { SAME_PLACE } else { SAME_CLAIM }
}

/// Shared words over all words of two sorted sets.
#[expect(
    clippy::cast_precision_loss,
    reason = "claims have at most a few hundred words"
)]
fn jaccard(one: &[u64], other: &[u64]) -> f64 {
    let shared = one
        .iter()
        .filter(|word| other.binary_search(word).is_ok())
        .count();
    let all = one.len() + other.len() - shared;
    if all == 0 {
        1.0
    } else {
        shared as f64 / all as f64
    }
}

/// Keeps the first fact, with the names that only the second knew.
fn absorb(kept: &mut Fact, other: Fact) {
    let new: Vec<String> = other
        .entities
        .into_iter()
        .filter(|name| !kept.entities.contains(name))
        .collect();
    kept.entities.extend(new);
    kept.when = kept.when.take().or(other.when);
    kept.place = kept.place.take().or(other.place);
}

#[cfg(test)]
mod tests {
    use domain::{Certainty, FactKind, Grounding, Span};

    use super::*;

    fn fact(claim: &str, span: (u32, u32), speaker: Option<&str>) -> Fact {
        Fact {
            claim: claim.to_owned(),
            kind: FactKind::Event,
            certainty: Certainty::Asserted,
            speaker: speaker.map(str::to_owned),
            when: None,
            place: None,
            entities: vec![claim.len().to_string()],
            quote: String::new(),
            model_quote: None,
            span: Span {
                start: span.0,
                end: span.1,
            },
            grounding: Grounding::Exact,
            edits: 0,
            unsupported: Vec::new(),
            fact_key: claim.to_owned(),
        }
    }

    fn kept(one: Fact, other: Fact) -> usize {
        merge(vec![one, other]).0.len()
    }

    #[test]
    fn the_same_said_twice_is_one() {
        let one = || fact("Acme opened a new shop in Lima in May.", (0, 40), None);

        assert_eq!(
            kept(
                one(),
                fact("Acme opened a new shop in Lima in May", (500, 540), None)
            ),
            1
        );
        assert_eq!(
            kept(one(), fact("Acme opened a shop in Lima.", (10, 50), None)),
            1
        );
        let (merged, count) = merge(vec![
            one(),
            fact("Acme opened a new shop in Lima in May", (500, 540), None),
        ]);
        assert_eq!((merged[0].entities.len(), count), (2, 1));
    }

    #[test]
    fn other_numbers_negations_speakers_or_words_are_other_facts() {
        let one = || fact("Acme sold 5 of its old shops in Lima.", (0, 40), None);

        for other in [
            fact("Acme sold 6 of its old shops in Lima.", (0, 40), None),
            fact("Acme sold not 5 of its old shops in Lima.", (0, 40), None),
            fact(
                "Acme sold 5 of its old shops in Lima.",
                (0, 40),
                Some("Ann"),
            ),
            fact("Lima has 5 harbours and an airport.", (0, 40), None),
            fact("Acme sold 5 shops.", (500, 540), None),
        ] {
            assert_eq!(kept(one(), other.clone()), 2, "{}", other.claim);
        }
    }
}
