//! What a claim says beyond its quote: numbers, magnitudes, units, names and negations that stand
//! nowhere near it.
//! They are shown with the fact, not held against it: a claim may rightly resolve "she" or "last
//! Monday" from further away.

use std::collections::HashSet;
use std::ops::Range;

use time::macros::format_description;
use time::{Date, Duration};

use crate::answer::model_fact::ModelFact;
use crate::article::Article;
use crate::grounding::Grounder;
use crate::grounding::tokens::{self, Token};

/// Sentences on either side of the quote that may support a claim.
const SENTENCES_AROUND: usize = 2;

/// Words that are shown for one fact.
const UNSUPPORTED_MAX: usize = 10;

/// Days around the publication that "on Monday" may mean.
const DAYS_AROUND: i64 = 7;

const WEEKDAYS: [&str; 11] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "today",
    "yesterday",
    "tomorrow",
    "week",
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const NUMBER_WORDS: [&str; 13] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
];

/// What a number counts, each with its spellings; the first of them stands for all.
const MEASURES: [&[&str]; 14] = [
    &["hundred", "hundreds"],
    &["thousand", "thousands", "k"],
    &["million", "millions", "m", "mn"],
    &["billion", "billions", "bn"],
    &["trillion", "trillions", "tn"],
    &["dozen", "dozens"],
    &["percent", "%", "percentage"],
    &["dollar", "$", "dollars", "usd"],
    &["euro", "€", "euros", "eur"],
    &["pound", "£", "pounds", "gbp"],
    &["mile", "miles", "mi"],
    &["km", "kilometre", "kilometres", "kilometer", "kilometers"],
    &["metre", "metres", "meter", "meters", "m"],
    &["foot", "feet", "ft"],
];

/// What all claims of an article may lean on: its title and its date.
pub(crate) struct Support {
    words: HashSet<u64>,
    near_dates: HashSet<u64>,
    weekdays: HashSet<u64>,
}

impl Support {
    pub(crate) fn of(article: &Article<'_>) -> Self {
        let mut words = HashSet::new();
        if let Some(title) = article.title {
            words.extend(meanings(title, &tokens::tokens(title)));
        }
        let mut near_dates = HashSet::new();
        if let Some(published) = article.published.and_then(parse_date) {
            words.extend(date_words(published));
            for days in -DAYS_AROUND..=DAYS_AROUND {
                near_dates.extend(
                    published
                        .checked_add(Duration::days(days))
                        .map(date_words)
                        .into_iter()
                        .flatten(),
                );
            }
        }
        Self {
            words,
            near_dates,
            weekdays: WEEKDAYS.iter().map(|word| tokens::hash(word)).collect(),
        }
    }

    /// The words of a claim that neither its surroundings nor title and date hold.
    pub(crate) fn unsupported(
        &self,
        text: &str,
        grounder: &Grounder<'_>,
        said: &ModelFact,
        bytes: &Range<usize>,
    ) -> Vec<String> {
        let claim = tokens::tokens(&said.claim);
        let matters = |(at, token): &(usize, &Token)| {
            let begins_claim = *at == 0;
            let is_name = token.is_capitalised && (!begins_claim || names_entity(said, token));
            let counts = || counts(said.claim.get(token.bytes()).unwrap_or(""));
            token.is_number || token.is_negation || is_name || counts()
        };
        let wanted: Vec<&Token> = claim
            .iter()
            .enumerate()
            .filter(matters)
            .map(|(_, token)| token)
            .collect();
        let around = grounder.tokens_in(&surroundings(grounder, bytes));
        let turned =
            turned_before(grounder, bytes).filter(|_| !claim.iter().any(|token| token.is_negation));
        let turned = turned
            .and_then(|token| text.get(token.bytes()))
            .map(str::to_owned);
        if wanted.is_empty() {
            return turned.into_iter().collect();
        }
        let mut near: HashSet<u64> = meanings(text, around).collect();
        if around
            .iter()
            .any(|token| self.weekdays.contains(&token.hash))
        {
            near.extend(&self.near_dates);
        }
        let has_negation = around.iter().any(|token| token.is_negation);
        let mut missing: Vec<String> = turned.into_iter().collect();
        for token in wanted {
            let held = token.is_negation && has_negation
                || meanings(&said.claim, std::slice::from_ref(token))
                    .any(|meaning| near.contains(&meaning) || self.words.contains(&meaning));
            let word = said.claim.get(token.bytes()).unwrap_or("");
            if !held && missing.len() < UNSUPPORTED_MAX && !missing.iter().any(|one| one == word) {
                missing.push(word.to_owned());
            }
        }
        missing
    }
}

fn names_entity(said: &ModelFact, token: &Token) -> bool {
    let names = said.entities.iter().chain(&said.speaker);
    names
        .flat_map(|name| tokens::tokens(name))
        .any(|word| word.hash == token.hash)
}

/// The bytes of the quote's sentences and those around.
fn surroundings(grounder: &Grounder<'_>, bytes: &Range<usize>) -> Range<usize> {
    let sentences = grounder.sentences();
    let first = sentences.partition_point(|one| one.end_byte <= bytes.start);
    let end = sentences.partition_point(|one| one.start_byte < bytes.end);
    let first = sentences.get(first.saturating_sub(SENTENCES_AROUND));
    let last = sentences.get(
        (end + SENTENCES_AROUND)
            .min(sentences.len())
            .saturating_sub(1),
    );
    first.map_or(0, |one| one.start_byte)..last.map_or(bytes.end, |one| one.end_byte.max(bytes.end))
}

/// A negation right before the quote: the quote leaves out what turns it round.
fn turned_before<'g>(grounder: &'g Grounder<'_>, bytes: &Range<usize>) -> Option<&'g Token> {
    let sentences = grounder.sentences();
    let at = sentences.partition_point(|one| one.end_byte <= bytes.start);
    let start = sentences.get(at)?.start_byte;
    let before = grounder.tokens_in(&(start..bytes.start));
    before.last().filter(|token| token.is_negation)
}

/// Whether a word is a number, or what a number counts. "One" is a pronoun as often.
fn counts(word: &str) -> bool {
    let number = NUMBER_WORDS.iter().skip(2);
    number
        .copied()
        .any(|number| word.eq_ignore_ascii_case(number))
        || measures(word).next().is_some()
}

/// What words stand for: themselves, themselves without a possessive, a number or a measure in any
/// spelling.
fn meanings<'t>(text: &'t str, all: &'t [Token]) -> impl Iterator<Item = u64> + 't {
    all.iter().flat_map(|token| {
        let raw = text.get(token.bytes()).unwrap_or("");
        let bare = raw.strip_suffix("'s").or_else(|| raw.strip_suffix("’s"));
        let word = bare.unwrap_or(raw);
        let number = NUMBER_WORDS
            .iter()
            .position(|number| word.eq_ignore_ascii_case(number));
        let mut all = vec![token.hash];
        all.extend(bare.map(|bare| tokens::hash(&bare.to_lowercase())));
        all.extend(number.map(|number| tokens::hash(&number.to_string())));
        // £48m is 48 and million
        let digits = raw.trim_end_matches(char::is_alphabetic);
        let unit = if token.is_number {
            raw.get(digits.len()..).unwrap_or("")
        } else {
            word
        };
        if token.is_number {
            all.extend(number_meaning(digits));
            all.extend((!unit.is_empty()).then(|| tokens::hash(digits)));
        }
        all.extend(measures(unit));
        all
    })
}

/// What a word measures: "m" is a million and a metre.
fn measures(word: &str) -> impl Iterator<Item = u64> {
    let word = word.to_lowercase();
    let groups = MEASURES
        .iter()
        .filter(move |group| group.contains(&word.as_str()));
    groups
        .filter_map(|group| group.first())
        .map(|first| tokens::hash(first))
}

/// `1,500` is `1500`, `05` is `5`.
fn number_meaning(raw: &str) -> Option<u64> {
    let is_grouped = raw.split(',').skip(1).all(|group| group.len() == 3);
    let bare = if is_grouped {
        raw.replace(',', "")
    } else {
        raw.to_owned()
    };
    let bare = bare.trim_start_matches('0');
    (bare != raw && !bare.is_empty()).then(|| tokens::hash(bare))
}

fn parse_date(published: &str) -> Option<Date> {
    let day = published.get(..10)?;
    Date::parse(day, format_description!("[year]-[month]-[day]")).ok()
}

/// A date as its parts may be written.
fn date_words(date: Date) -> Vec<u64> {
    let month = u8::from(date.month());
    let name = MONTHS.get(usize::from(month) - 1).copied().unwrap_or("");
    let parts = [
        date.year().to_string(),
        month.to_string(),
        date.day().to_string(),
        name.to_owned(),
    ];
    parts.iter().map(|part| tokens::hash(part)).collect()
}

#[cfg(test)]
mod tests;
