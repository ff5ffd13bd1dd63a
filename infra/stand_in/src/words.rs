//! What the rules see in a sentence: numbers, money, dates, names, verbs of saying.

/// A word with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'s> {
    /// The word without the punctuation around it.
    pub(super) bare: &'s str,
    /// Whether punctuation follows that ends a name: `,` `;` `.`.
    pub(super) ends: bool,
    /// Whether it begins with a capital.
    pub(super) is_capitalised: bool,
    /// Whether it holds a digit.
    pub(super) has_digit: bool,
}

pub(super) fn words(sentence: &str) -> Vec<Word<'_>> {
    sentence.split_whitespace().map(word).collect()
}

fn word(raw: &str) -> Word<'_> {
    let is_edge = |c: char| !c.is_alphanumeric() && !matches!(c, '$' | '€' | '£' | '¥' | '%');
    let bare = raw.trim_matches(is_edge);
    Word {
        bare,
        ends: raw.ends_with(|c: char| !c.is_alphanumeric()),
        is_capitalised: bare.starts_with(char::is_uppercase),
        has_digit: bare.bytes().any(|byte| byte.is_ascii_digit()),
    }
}

/// Months and how many.
pub(super) fn month(word: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let short = word.get(..3)?;
    let at = MONTHS.iter().position(|month| {
        *month == word || (word.len() <= 4 && month.starts_with(short) && short != "May")
    })?;
    Some(at + 1)
}

/// A year of an article.
pub(super) fn year(word: &str) -> Option<u16> {
    let year: u16 = word.parse().ok()?;
    (word.len() == 4 && (1500..2200).contains(&year)).then_some(year)
}

pub(super) fn is_reporting_verb(word: &str) -> bool {
    matches!(
        word,
        "said"
            | "says"
            | "told"
            | "announced"
            | "reported"
            | "reports"
            | "warned"
            | "added"
            | "noted"
            | "argued"
            | "confirmed"
            | "denied"
            | "explained"
            | "stated"
            | "claimed"
            | "wrote"
            | "according"
    )
}

pub(super) fn is_plan_word(word: &str) -> bool {
    matches!(
        word,
        "will" | "plans" | "planned" | "expected" | "intends" | "scheduled" | "aims"
    )
}

pub(super) fn is_doubt_word(word: &str) -> bool {
    matches!(
        word,
        "may" | "might" | "could" | "possibly" | "perhaps" | "if"
    )
}

pub(super) fn is_opinion_word(word: &str) -> bool {
    matches!(
        word,
        "think"
            | "believe"
            | "feel"
            | "should"
            | "must"
            | "best"
            | "worst"
            | "amazing"
            | "beautiful"
            | "hopefully"
            | "sadly"
            | "love"
            | "hate"
            | "unfortunately"
            | "I"
            | "we"
            | "you"
            | "your"
    )
}

/// Words at the head of a sentence that point out of it.
pub(super) fn points_back(word: &str) -> bool {
    matches!(
        word,
        "He" | "She"
            | "It"
            | "They"
            | "This"
            | "These"
            | "That"
            | "Those"
            | "His"
            | "Her"
            | "Their"
            | "Its"
            | "And"
            | "But"
            | "So"
            | "Here"
            | "There"
    )
}

/// Words of pages, not of articles. Searched in lower case.
pub(super) const BOILERPLATE: [&str; 16] = [
    "subscribe",
    "newsletter",
    "cookie",
    "sign up",
    "log in",
    "click",
    "all rights reserved",
    "copyright",
    "privacy policy",
    "terms of use",
    "read more",
    "advertisement",
    "share this",
    "follow us",
    "javascript",
    "getty images",
];
