//! From what the model said to what may be stored: ground every quote, drop what has no words in
//! the text, merge what was said twice.

use std::collections::HashSet;

use domain::limits::REJECTED_KEPT_MAX;
use domain::{Fact, Grounding, RejectedFact, Span, hex};
use sha2::{Digest, Sha256};

use crate::answer::model_fact::ModelFact;
use crate::article::Article;
use crate::ask::prompt::EXAMPLE_NAMES;
use crate::grounding::Grounder;
use crate::keep::merge;
use crate::keep::support::Support;

/// Facts with their words, and what became of the others.
#[derive(Debug, Default)]
pub(crate) struct KeptFacts {
    pub(crate) facts: Vec<Fact>,
    pub(crate) ungrounded: usize,
    pub(crate) rejected: Vec<RejectedFact>,
    pub(crate) merged: usize,
}

/// Grounds and merges.
pub(crate) fn ground_and_merge(
    article: &Article<'_>,
    grounder: &Grounder<'_>,
    said: &[&ModelFact],
) -> KeptFacts {
    let mut kept_facts = KeptFacts::default();
    let mut keys = HashSet::new();
    let support = Support::of(article);
    for fact in said {
        match grounded(article, grounder, &support, fact) {
            None => {
                kept_facts.ungrounded += 1;
                if kept_facts.rejected.len() < REJECTED_KEPT_MAX {
                    kept_facts.rejected.push(RejectedFact {
                        claim: fact.claim.clone(),
                        quote: fact.quote.clone(),
                    });
                }
            }
            Some(fact) if keys.insert(fact.fact_key.clone()) => kept_facts.facts.push(fact),
            Some(_) => kept_facts.merged += 1,
        }
    }
    let (facts, merged) = merge::merge(kept_facts.facts);
    kept_facts.facts = facts;
    kept_facts.merged += merged;
    kept_facts
        .facts
        .sort_by_key(|fact| (fact.span.start, fact.span.end));
    kept_facts
}

fn grounded(
    article: &Article<'_>,
    grounder: &Grounder<'_>,
    support: &Support,
    said: &ModelFact,
) -> Option<Fact> {
    if is_leaked_example(article.text, said) {
        return None;
    }
    let found = grounder.ground(&said.quote, said.sentence)?;
    let bytes = grounder.bytes(found.span)?;
    let quote = article.text.get(bytes.clone())?;
    let exact = found.grounding == Grounding::Exact;
    Some(Fact {
        claim: said.claim.clone(),
        kind: said.kind,
        certainty: said.certainty,
        speaker: said.speaker.clone(),
        when: said.when.clone(),
        place: said.place.clone(),
        entities: said.entities.clone(),
        quote: quote.to_owned(),
        model_quote: (!exact).then(|| said.quote.clone()),
        span: found.span,
        grounding: found.grounding,
        edits: found.edits,
        unsupported: support.unsupported(article.text, grounder, said, &bytes),
        fact_key: key(&said.claim, found.span),
    })
}

/// A fact that names somebody whom the prompt's examples invented, in a text that does not.
fn is_leaked_example(text: &str, said: &ModelFact) -> bool {
    let mut names = EXAMPLE_NAMES
        .iter()
        .filter(|name| said.claim.contains(*name));
    names.any(|name| !text.contains(name))
}

/// Identifies a fact within its run: its claim but for case and spacing, and its place.
fn key(claim: &str, span: Span) -> String {
    let mut hasher = Sha256::new();
    for word in claim.split_whitespace() {
        hasher.update(word.to_lowercase());
        hasher.update(b" ");
    }
    hasher.update(span.start.to_be_bytes());
    hasher.update(span.end.to_be_bytes());
    let digest = hasher.finalize();
    hex(digest.get(..16).unwrap_or(&digest))
}
