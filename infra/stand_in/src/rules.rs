//! The rules: which sentences are facts, and of what sort.

use super::request::{Sentence, Sentences};
use super::words::{self, Word};

/// Facts picked of one request at most.
const FACTS_MAX: usize = 12;

/// A sentence with fewer points is no fact.
const POINTS_MIN: i32 = 4;

/// Sentences of these lengths can be facts.
const BYTES: std::ops::RangeInclusive<usize> = 40..=450;

/// A fact as the rules make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picked {
    pub(super) sentence: usize,
    pub(super) quote: String,
    pub(super) claim: String,
    pub(super) kind: &'static str,
    pub(super) certainty: &'static str,
    pub(super) speaker: Option<String>,
    pub(super) when: Option<String>,
    pub(super) place: Option<String>,
    pub(super) entities: Vec<String>,
}

/// Picks the facts of a request, in the order of the text.
pub(super) fn pick(sentences: &Sentences<'_>) -> Vec<Picked> {
    let mut rated: Vec<_> = sentences
        .asked()
        .enumerate()
        .filter_map(|(at, sentence)| {
            let words = words::words(sentence.words);
            let points = rate(sentence.words, &words, at);
            (points >= POINTS_MIN).then_some((points, sentence, words))
        })
        .collect();
    rated.sort_by_key(|(points, sentence, _)| (-points, sentence.number));
    rated.truncate(FACTS_MAX);
    rated.sort_by_key(|(_, sentence, _)| sentence.number);
    rated
        .iter()
        .map(|(_, sentence, words)| picked(sentence, words))
        .collect()
}

fn rate(text: &str, words: &[Word<'_>], at: usize) -> i32 {
    if !BYTES.contains(&text.len()) || text.trim_end_matches(['"', '”', '’', ')']).ends_with('?')
    {
        return 0;
    }
    let has = |test: fn(&str) -> bool| words.iter().any(|word| test(word.bare));
    let names = words
        .iter()
        .skip(1)
        .filter(|word| word.is_capitalised && word.bare != "I")
        .count();
    let mut points = 0;
    points += if words.iter().any(|word| word.has_digit) {
        2
    } else {
        0
    };
    points += if has(is_amount) { 2 } else { 0 };
    points += if has(|word| words::month(word).is_some() || words::year(word).is_some()) {
        2
    } else {
        0
    };
    points += i32::try_from(names.min(3)).unwrap_or(3);
    points += i32::from(has(words::is_reporting_verb));
    points += match at {
        0..=2 => 2,
        3..=8 => 1,
        _ => 0,
    };
    points -= if has(words::is_opinion_word) { 3 } else { 0 };
    points -= if words
        .first()
        .is_some_and(|word| words::points_back(word.bare))
    {
        2
    } else {
        0
    };
    points -= if text.ends_with(['.', '"', '”', '!', ')', '。', '’']) {
        0
    } else {
        3
    };
    if points >= POINTS_MIN && is_boilerplate(text) {
        0
    } else {
        points
    }
}

fn is_boilerplate(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    words::BOILERPLATE.iter().any(|word| lower.contains(word))
}

fn is_amount(word: &str) -> bool {
    word.contains(['$', '€', '£', '¥', '%'])
        || matches!(
            word,
            "percent" | "million" | "billion" | "thousand" | "dollars" | "euros" | "miles" | "km"
        )
}

fn picked(sentence: &Sentence<'_>, words: &[Word<'_>]) -> Picked {
    let has = |test: fn(&str) -> bool| words.iter().any(|word| test(word.bare));
    let speaker = speaker(words);
    let (kind, certainty) = if has(|word| matches!(word, "denied" | "disputed" | "contested")) {
        ("statement", "disputed")
    } else if has(words::is_reporting_verb) {
        ("statement", "attributed")
    } else if has(words::is_plan_word) {
        ("plan", "planned")
    } else if has(words::is_doubt_word) {
        ("other", "hypothetical")
    } else if has(is_amount) {
        ("measurement", "asserted")
    } else if has(|word| matches!(word, "is" | "are" | "was" | "were")) {
        ("relation", "asserted")
    } else {
        ("event", "asserted")
    };
    Picked {
        sentence: sentence.number,
        quote: sentence.words.to_owned(),
        claim: sentence.words.to_owned(),
        kind,
        certainty,
        speaker: speaker.filter(|_| certainty == "attributed" || certainty == "disputed"),
        when: when(words),
        place: place(words),
        entities: names(words),
    }
}

/// The name before a verb of saying.
fn speaker(words: &[Word<'_>]) -> Option<String> {
    let verb = words
        .iter()
        .position(|word| words::is_reporting_verb(word.bare))?;
    let before = words.get(..verb)?;
    let name: Vec<&str> = before
        .iter()
        .rev()
        .take_while(|word| word.is_capitalised)
        .map(|word| word.bare)
        .collect();
    (!name.is_empty()).then(|| name.into_iter().rev().collect::<Vec<_>>().join(" "))
}

/// `March 5, 2024` as a date, `March 2024` as a month, a year alone as a year.
fn when(words: &[Word<'_>]) -> Option<String> {
    let at = words
        .iter()
        .position(|word| words::month(word.bare).is_some());
    if let Some(at) = at {
        let month = words::month(words.get(at)?.bare)?;
        let number = |at: usize| words.get(at).map_or("", |word| word.bare);
        let day = [number(at + 1), number(at.wrapping_sub(1))];
        let day = day
            .iter()
            .find_map(|day| day.parse::<u8>().ok().filter(|day| (1..=31).contains(day)));
        let year = [number(at + 1), number(at + 2)]
            .iter()
            .find_map(|year| words::year(year));
        return match (year, day) {
            (Some(year), Some(day)) => Some(format!("{year}-{month:02}-{day:02}")),
            (Some(year), None) => Some(format!("{year}-{month:02}")),
            (None, _) => None,
        };
    }
    let year = words.iter().find_map(|word| words::year(word.bare));
    year.map(|year| year.to_string())
}

/// The name after `in` or `at`.
fn place(words: &[Word<'_>]) -> Option<String> {
    let is_place = |at: &usize| {
        let next = words.get(at + 1);
        matches!(
            words.get(*at).map(|word| word.bare),
            Some("in" | "at" | "near")
        ) && next.is_some_and(|word| word.is_capitalised && words::month(word.bare).is_none())
    };
    let at = (0..words.len()).find(is_place)?;
    Some(run(words, at + 1).0)
}

/// Runs of capitalised words, the first word of the sentence only as part of a longer run.
fn names(words: &[Word<'_>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut at = 0;
    while at < words.len() && found.len() < 8 {
        if !words.get(at).is_some_and(|word| word.is_capitalised) {
            at += 1;
            continue;
        }
        let (name, next) = run(words, at);
        let is_acronym = name.len() > 1 && !name.contains(char::is_lowercase);
        let alone_at_head = at == 0 && next == 1 && !is_acronym;
        if !alone_at_head
            && !words::points_back(&name)
            && words::month(&name).is_none()
            && !found.contains(&name)
        {
            found.push(name);
        }
        at = next;
    }
    found
}

/// The run of capitalised words that begins at `at`, and where it ends.
fn run(words: &[Word<'_>], at: usize) -> (String, usize) {
    let mut end = at;
    while let Some(word) = words.get(end) {
        if !word.is_capitalised {
            break;
        }
        end += 1;
        if word.ends {
            break;
        }
    }
    let part = words.get(at..end).unwrap_or(&[]);
    (
        part.iter()
            .map(|word| word.bare)
            .collect::<Vec<_>>()
            .join(" "),
        end,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Vec<Picked> {
        pick(&Sentences::of(text))
    }

    #[test]
    fn numbers_dates_and_names_are_facts_and_chatter_is_none() {
        let text = "NASA launched the Artemis II mission from Florida on April 1, 2026.\n\
            Are you ready for the ride of your life with 3 astronauts?\n\
            I think we should all love space, which is amazing and beautiful.\n\
            Subscribe to the NASA newsletter of June 2026 and get 10 percent off.\n\
            Officials in Houston said the crew of four travelled 1,100,000 miles.";

        let picked = facts(text);

        let sentences: Vec<_> = picked.iter().map(|fact| fact.sentence).collect();
        assert_eq!(sentences, [1, 5]);
        assert_eq!(picked[0].when.as_deref(), Some("2026-04-01"));
        assert_eq!(picked[0].entities, ["NASA", "Artemis II", "Florida"]);
        assert_eq!(
            (picked[1].kind, picked[1].certainty),
            ("statement", "attributed")
        );
        assert_eq!(picked[1].place.as_deref(), Some("Houston"));
    }

    #[test]
    fn quotes_are_verbatim() {
        let text = "⟦aaaa:7⟧ Ann Cole of Acme Corp. paid $3.5 million in Berlin in 2024.";

        let picked = facts(text);

        assert_eq!(picked.len(), 1);
        assert!(text.ends_with(&picked[0].quote) && picked[0].sentence == 7);
    }
}
