//! From what the model wrote to a list of facts: what was answered, not what was thought; strict first,
//! then what models are known to do to JSON (fences, prose around it, several objects, a comma too
//! many), and never a guess beyond it.
//!
//! "No facts" is a result, so it has to be said without a doubt: the whole answer is the empty object.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::Value;

use crate::answer::items::{self, Items};
use crate::answer::mend::mend;
use crate::answer::model_fact::ModelFact;
use crate::answer::reasoning::Answered;
use crate::error::Flaw;

/// Facts taken of one answer. A chunk of 4,000 tokens has some 60; more is a model that runs wild.
pub(crate) const FACTS_PER_ANSWER_MAX: usize = 200;

/// Items looked at of one answer.
const ITEMS_MAX: usize = 20_000;

/// An answer, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Facts with quote and claim, at most [`FACTS_PER_ANSWER_MAX`].
    pub(crate) facts: Vec<ModelFact>,
    /// Items of the list, whatever they were.
    pub(crate) returned: usize,
}

impl Reply {
    fn of_items(items: &[Value]) -> Self {
        let facts = items.iter().filter_map(ModelFact::read);
        Self {
            facts: facts.take(FACTS_PER_ANSWER_MAX).collect(),
            returned: items.len(),
        }
    }

    /// A list in which no item has quote and claim is not the schema.
    fn of_facts(items: &[Value]) -> Result<Self, Flaw> {
        let reply = Self::of_items(items);
        if reply.facts.is_empty() {
            Err(Flaw::NotSchema)
        } else {
            Ok(reply)
        }
    }
}

/// Reads a whole answer.
pub(crate) fn whole(text: &str) -> Result<Reply, Flaw> {
    let answered = Answered::of(text);
    for tail in answered.tails() {
        match items::of_text(tail) {
            Some(Items::Some(items)) => return Reply::of_facts(&items),
            Some(Items::None) => return Ok(Reply::default()),
            Some(Items::Doubtful | Items::NotSchema) | None => {}
        }
    }
    let strict = among_words(answered.last);
    if strict.is_ok() {
        return strict;
    }
    let mended = mend(answered.last);
    among_words(&mended).or(match strict {
        Err(Flaw::Prose) if answered.is_thinking => Err(Flaw::OnlyReasoning),
        Err(Flaw::Prose) if answered.last.is_empty() && !text.trim().is_empty() => {
            Err(Flaw::OnlyReasoning)
        }
        flaw => flaw,
    })
}

/// Reads an answer in which other words stand, or more than one value. An empty list in it says nothing.
fn among_words(text: &str) -> Result<Reply, Flaw> {
    let scan = Scan::of(text);
    let ends_broken = scan.broken_at.is_some_and(|at| at >= scan.lists_end);
    if !scan.lists.is_empty() && !ends_broken {
        return Reply::of_facts(&joined(scan.last_said(text)));
    }
    if !scan.alone.is_empty() && scan.broken_at.is_none() {
        return Reply::of_facts(&scan.alone);
    }
    Err(if scan.has_empty {
        Flaw::DoubtfulEmpty
    } else if text.contains(['{', '[']) {
        Flaw::NotSchema
    } else {
        Flaw::Prose
    })
}

/// Reads the complete items of an answer that was cut. Inside reasoning there are none.
pub(crate) fn prefix(text: &str) -> Reply {
    let mut scan = Scan::of(&mend(Answered::of(text).last));
    scan.lists.push(scan.alone);
    Reply::of_items(&joined(scan.lists))
}

/// Words before a list that take back what was listed before them.
const TAKING_BACK: [&str; 13] = [
    "final answer",
    "final json",
    "final list",
    "final output",
    "final result",
    "final version",
    "corrected",
    "correction",
    "revised",
    "revision",
    "improved",
    "instead",
    "korrigiert",
];

/// Several lists as one: a later one that repeats a quote has the last word on it.
fn joined(lists: Vec<Vec<Value>>) -> Vec<Value> {
    let quote = |item: &Value| item.get("quote").and_then(Value::as_str).map(str::to_owned);
    let mut later = BTreeSet::new();
    let mut all: Vec<Vec<Value>> = Vec::new();
    for mut list in lists.into_iter().rev() {
        list.retain(|item| quote(item).is_none_or(|quote| !later.contains(&quote)));
        later.extend(list.iter().filter_map(quote));
        all.push(list);
    }
    all.into_iter().rev().flatten().take(ITEMS_MAX).collect()
}

/// Starts in a text at which no value can be read, that are tried at most.
const FAILURES_MAX: usize = 64;

/// The values that stand in a text.
#[derive(Default)]
struct Scan {
    /// Lists that hold something.
    lists: Vec<Vec<Value>>,
    /// Where each of them begins and ends.
    places: Vec<Range<usize>>,
    /// Where the last of them ends.
    lists_end: usize,
    /// Facts that stand in no list, or in one that is broken.
    alone: Vec<Value>,
    /// An empty list is among them.
    has_empty: bool,
    /// Where the last list begins that cannot be read to its end.
    broken_at: Option<usize>,
}

impl Scan {
    fn of(text: &str) -> Self {
        let mut scan = Self::default();
        let (mut at, mut failures) = (0, 0);
        while failures < FAILURES_MAX && scan.alone.len() < ITEMS_MAX {
            let rest = text.get(at..).unwrap_or("");
            let Some(start) = rest.find(['{', '[']) else {
                break;
            };
            at += start;
            let rest = text.get(at..).unwrap_or("");
            if !begins_a_value(rest) {
                at += 1;
                continue;
            }
            if let Some((value, length)) = items::first_value(rest) {
                scan.take(value, at..at + length);
                at += length;
            } else {
                failures += 1;
                if begins_a_list(rest) {
                    scan.broken_at = Some(at);
                }
                at += 1;
            }
        }
        scan
    }

    /// The lists that no later words take back.
    fn last_said(mut self, text: &str) -> Vec<Vec<Value>> {
        let takes_back = |pair: &[Range<usize>]| {
            let between = pair.first().zip(pair.get(1));
            let words = between.and_then(|(one, other)| text.get(one.end..other.start));
            let words = words.unwrap_or("").to_lowercase();
            TAKING_BACK.iter().any(|word| words.contains(word))
        };
        let last = self.places.windows(2).rposition(takes_back);
        self.lists.split_off(last.map_or(0, |at| at + 1))
    }

    fn take(&mut self, value: Value, place: Range<usize>) {
        if ModelFact::read(&value).is_some() {
            self.alone.push(value);
            return;
        }
        match items::of_value(value) {
            Items::Some(items) => {
                self.lists.push(items);
                self.lists_end = place.end;
                self.places.push(place);
            }
            Items::None | Items::Doubtful => self.has_empty = true,
            Items::NotSchema => {}
        }
    }
}

/// A brace or bracket in prose begins none.
fn begins_a_value(rest: &str) -> bool {
    let mut chars = rest.chars();
    let open = chars.next();
    let next = chars.find(|c| !c.is_whitespace());
    matches!(
        (open, next),
        (Some('{'), Some('"')) | (Some('['), Some('{'))
    )
}

fn begins_a_list(rest: &str) -> bool {
    let inner = rest.trim_start_matches(|c: char| c == '{' || c.is_whitespace());
    rest.starts_with('[') || inner.starts_with("\"facts\"")
}

/// Reads JSON as servers send it: with a byte order mark or lines of comment before it, or with half a
/// surrogate in an escape.
pub(crate) fn json(text: &str) -> Option<Value> {
    let mut text = text.trim_start_matches('\u{feff}').trim();
    // Comments of an event stream, sent to keep a connection open.
    while let Some(comment) = text.strip_prefix(':') {
        text = comment
            .split_once('\n')
            .map_or("", |(_, rest)| rest)
            .trim_start();
    }
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&mend(text)))
        .ok()
}

#[cfg(test)]
mod tests;
