//! What a claim says beyond its quote: numbers, names and negations that stand nowhere near it.
//! They are shown with the fact, not held against it: a claim may rightly resolve "she" or "last
//! Monday" from further away.

use std::collections::HashSet;
use std::ops::Range;

use time::macros::format_description;
use time::{Date, Duration};

use crate::article::Article;
use crate::grounding::Grounder;
use crate::grounding::tokens::{self, Token};
use crate::model_fact::ModelFact;

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
            token.is_number || token.is_negation || is_name
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

/// What words stand for: themselves, themselves without a possessive, a number in any spelling.
fn meanings<'t>(text: &'t str, all: &'t [Token]) -> impl Iterator<Item = u64> + 't {
    all.iter().flat_map(|token| {
        let raw = text.get(token.bytes()).unwrap_or("");
        let bare = raw.strip_suffix("'s").or_else(|| raw.strip_suffix("’s"));
        let other = if token.is_number {
            number_meaning(raw)
        } else if let Some(bare) = bare {
            Some(tokens::hash(&bare.to_lowercase()))
        } else {
            NUMBER_WORDS
                .iter()
                .position(|word| raw.eq_ignore_ascii_case(word))
                .map(|number| tokens::hash(&number.to_string()))
        };
        [Some(token.hash), other].into_iter().flatten()
    })
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
mod tests {
    use domain::{Certainty, FactKind};

    use super::*;

    const TEXT: &str = "Acme Corp. met on Monday. Its chief, Ann Cole, spoke first. The firm will not sell its 1,500 shops. \
        Nobody asked why. More came later. In Lima, far away, it rained three days.";

    fn unsupported(quote: &str, claim: &str) -> Vec<String> {
        let article = Article {
            text: TEXT,
            title: Some("Zenith talks"),
            published: Some("2031-05-06T10:00:00Z"),
            language: None,
            url: None,
        };
        let grounder = Grounder::new(TEXT);
        let said = ModelFact {
            sentence: None,
            quote: quote.to_owned(),
            claim: claim.to_owned(),
            kind: FactKind::Event,
            certainty: Certainty::Asserted,
            speaker: None,
            when: None,
            place: None,
            entities: vec!["Bob Dune".to_owned()],
        };
        let found = grounder.ground(quote, None).expect("the quote is there");
        let bytes = grounder.bytes(found.span).expect("a span of the text");
        Support::of(&article).unsupported(TEXT, &grounder, &said, &bytes)
    }

    #[test]
    fn what_stands_near_the_quote_in_title_or_date_is_supported() {
        for claim in [
            "Acme Corp. will not sell its 1500 shops.",
            "Ann Cole's firm will not sell 1,500 shops, she said at the Zenith talks.",
            "On 5 May 2031 Acme said it will not sell 1,500 shops.",
        ] {
            assert_eq!(
                unsupported("will not sell its 1,500 shops", claim),
                Vec::<String>::new(),
                "{claim}"
            );
        }
    }

    #[test]
    fn what_stands_nowhere_near_is_named() {
        for (claim, missing) in [
            ("Acme will not sell its 1,600 shops.", vec!["1,600"]),
            ("Acme will not sell its shops in Lima.", vec!["Lima"]),
            ("Bob Dune will not sell 1,500 shops.", vec!["Bob", "Dune"]),
            ("Acme met on 25 May 2031.", vec!["25"]),
        ] {
            assert_eq!(
                unsupported("will not sell its 1,500 shops", claim),
                missing,
                "{claim}"
            );
        }
    }

    #[test]
    fn a_quote_that_leaves_out_the_not_before_it_is_named() {
        assert_eq!(
            unsupported("sell its 1,500 shops", "Acme will sell its 1,500 shops."),
            ["not"]
        );
        assert!(
            unsupported(
                "sell its 1,500 shops",
                "Acme will not sell its 1,500 shops."
            )
            .is_empty()
        );
    }

    #[test]
    fn a_negation_near_by_supports_one() {
        assert_eq!(
            unsupported("it rained three days", "In Lima it never rained 3 days."),
            vec!["never"; 0].as_slice()
        );
        assert_eq!(
            unsupported("Acme Corp. met on Monday", "Acme Corp. met on Monday."),
            Vec::<String>::new()
        );
    }
}
