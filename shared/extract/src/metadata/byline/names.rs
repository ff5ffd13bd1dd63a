//! From the text of a byline to names: what introduces them, stands between them and follows them is
//! cut away, and what is left is a person, an office, or nothing.

use crate::metadata::date::month_of;
use crate::metadata::text::letters;

use super::words::{
    AFFIXES, CONJUNCTIONS, FOLLOWERS, INTRODUCTIONS, NOT_AUTHORS, NOT_FIRST, OFFICES, PARTICLES,
    PLACES, ROLES, SYSTEM_NAMES,
};

/// Stands where one element ends and another begins.
pub(super) const BOUNDARY: char = '\u{1f}';

/// Longest name.
const NAME_CHARS_MAX: usize = 60;

/// Most words of a name.
const NAME_WORDS_MAX: usize = 6;

/// What may follow the name in a line that is a byline by its introduction alone: a date.
const PLAIN_REST_BYTES_MAX: usize = 30;

/// Most names of one byline.
const NAMES_MAX: usize = 16;

/// Who is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A person.
    Person(String),
    /// A newsroom, an agency, a handle.
    Office(String),
}

impl Name {
    pub(super) fn text(&self) -> &str {
        match self {
            Name::Person(text) | Name::Office(text) => text,
        }
    }
}

/// How far a text is trusted to be a byline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// It is declared to be the author: whatever is left is one.
    Declared,
    /// An element is named for it.
    Marked,
    /// Only its introduction says so: persons of two words and more.
    Plain,
}

/// The names in the text of a byline.
pub(super) fn names_in(text: &str, trust: Trust) -> Vec<Name> {
    names_after(text, trust, trust == Trust::Declared)
}

/// The names in a text that is a name, or several, by its own mark: one word is enough.
pub(super) fn names_alone(text: &str) -> Vec<Name> {
    names_after(text, Trust::Marked, true)
}

fn names_after(text: &str, trust: Trust, lone: bool) -> Vec<Name> {
    let text = without_asides(text);
    if begins_with_word(&text, NOT_AUTHORS) {
        return Vec::new();
    }
    let (introduced, body) = after_introduction(&text, trust);
    if trust == Trust::Plain && !introduced {
        return Vec::new();
    }
    let mut names: Vec<Name> = Vec::new();
    let lone = lone || introduced;
    for piece in pieces(body) {
        let first = names.is_empty();
        if begins_with_word(&piece.text, NOT_AUTHORS) {
            break;
        }
        match name_of(&piece.text, trust).filter(|name| lone || !is_lone_word(name)) {
            Some(name) if first || piece.may_be_name(&name) => {
                let known = names.iter().any(|old| same_name(old.text(), name.text()));
                if !known && names.len() < NAMES_MAX {
                    names.push(name);
                }
            }
            // Behind a bar or a dash stands what is no name any more.
            _ if !first && ENDS.contains(&piece.before) => break,
            _ => {}
        }
    }
    let person = names.iter().any(|name| matches!(name, Name::Person(_)));
    names.retain(|name| !person || matches!(name, Name::Person(_)));
    names
}

/// A single word in capitals is more often a label than a name.
fn is_lone_word(name: &Name) -> bool {
    let text = name.text();
    matches!(name, Name::Person(_)) && !text.contains([' ', '-']) && !text.chars().any(is_uncased)
}

/// Whether a text begins like a byline: with an introduction and a name.
pub(super) fn is_introduced(text: &str) -> bool {
    after_introduction(text, Trust::Plain).0
}

/// What a person would call the same name.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    letters(a) == letters(b)
}

/// Without brackets, addresses and handles.
fn without_asides(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '(' | '[' | '（' | '【' => depth += 1,
            ')' | ']' | '）' | '】' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    let words = out.split([' ', '\n', '\t', '\u{a0}', '\u{3000}']);
    let plain = |word: &&str| !word.is_empty() && !word.contains('@') && !word.contains("://");
    words.filter(plain).collect::<Vec<_>>().join(" ")
}

/// Whether a text begins with a word of a list, and the word ends there.
fn begins_with_word(text: &str, words: &[&str]) -> bool {
    let lower = text.trim_start_matches(is_space).to_lowercase();
    words.iter().any(|word| {
        lower.strip_prefix(word).is_some_and(|rest| {
            !rest.starts_with(char::is_alphabetic) || rest.starts_with(is_uncased)
        })
    })
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == BOUNDARY
}

/// The text behind "By" and the like, and whether there was one: at the beginning, or behind a date
/// or a verb, but never within a name.
fn after_introduction(text: &str, trust: Trust) -> (bool, &str) {
    let mut rest = text.trim_matches(is_space);
    let mut found = false;
    // "Words: By …": two at most.
    for _ in 0..2 {
        match strip_introduction(rest, trust) {
            Some(shorter) => (rest, found) = (shorter, true),
            None => break,
        }
    }
    if !found
        && trust != Trust::Plain
        && let Some(at) = inner_introduction(rest)
    {
        return (true, at);
    }
    (found, rest)
}

/// Introductions that names begin with as well.
const AMBIGUOUS: [&str; 9] = ["de", "da", "di", "per", "ni", "af", "av", "from", "von"];

fn strip_introduction(text: &str, trust: Trust) -> Option<&str> {
    let fits = |word: &&str| {
        let rest = strip_prefix_any_case(text, word)?;
        let colon = rest
            .trim_start_matches(is_space)
            .starts_with([':', '：', '/', '／', '|', '｜', '・']);
        let after = rest.trim_start_matches(|c| is_space(c) || ":：/／|｜・".contains(c));
        let ends = colon || rest.starts_with(is_space) || word.chars().any(is_uncased);
        let capital = text.starts_with(char::is_uppercase);
        let enough = after.split(is_space).nth(1).is_some() || !after.is_ascii();
        let unsure = AMBIGUOUS.contains(word) && !colon;
        let sure = match (unsure, trust) {
            (false, Trust::Plain) => colon || word.contains("by") || !is_label(word),
            (false, _) => colon || enough || !is_label(word),
            (true, Trust::Declared) => enough && !capital,
            (true, _) => enough,
        };
        (ends && sure && !after.is_empty()).then_some((word.len(), after))
    };
    let longest = INTRODUCTIONS
        .iter()
        .filter_map(fits)
        .max_by_key(|(length, _)| *length);
    longest.map(|(_, after)| after)
}

/// A word that introduces a name only with a colon.
fn is_label(word: &str) -> bool {
    matches!(
        word,
        "text"
            | "words"
            | "interview"
            | "author"
            | "authors"
            | "writer"
            | "writers"
            | "tekst"
            | "texte"
            | "texto"
            | "autor"
            | "firma"
            | "protokoll"
            | "haber"
            | "bài"
            | "입력"
            | "글"
            | "aus dem"
            | "teksti"
            | "текст"
            | "bài viết"
    )
}

fn strip_prefix_any_case<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in word.chars() {
        let found = rest.next()?;
        if found != wanted && !found.to_lowercase().eq(std::iter::once(wanted)) {
            return None;
        }
    }
    Some(rest.as_str())
}

/// "Monday, 20 August, by Ann Lee": what stands before is no name.
fn inner_introduction(text: &str) -> Option<&str> {
    const INNER: [&str; 10] = [
        " by ", " von ", " par ", " por ", " door ", " oleh ", " av ", " af ", " di ", "作者",
    ];
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return None;
    }
    INNER.iter().find_map(|word| {
        let at = lower.find(word)?;
        let (before, after) = (text.get(..at)?, text.get(at + word.len()..)?);
        let before = before.trim_matches(|c| is_space(c) || c == ',' || c == '|');
        let named = before
            .split(BOUNDARY)
            .any(|part| looks_like_name(part.trim()));
        (!named && !before.is_empty()).then(|| after.trim_start_matches([':', '：', ' ']))
    })
}

/// What ends the list of names, if it is no name.
const ENDS: [char; 11] = ['|', '·', '•', '–', '—', '｜', '/', '●', '▪', '‧', '►'];

/// What stands between two names.
const SPLITS: [char; 9] = [',', ';', '&', '、', '，', '；', BOUNDARY, '+', '،'];

/// A part of a byline, and the separator before it.
struct Piece {
    text: String,
    before: char,
}

impl Piece {
    /// Behind a comma stand towns and offices as well as names.
    fn may_be_name(&self, name: &Name) -> bool {
        let Name::Person(text) = name else {
            return false;
        };
        let sure = matches!(self.before, ' ' | '&' | ';' | '+' | '、' | '；');
        let place = PLACES.contains(&text.to_lowercase().as_str());
        !place && (sure || text.contains(' ') || text.chars().any(is_uncased))
    }
}

/// Cuts a byline at its separators and conjunctions.
fn pieces(text: &str) -> Vec<Piece> {
    let spaced = text.replace(" - ", " – ");
    let mut found: Vec<Piece> = Vec::new();
    let (mut start, mut before) = (0, ' ');
    let cuts = spaced
        .char_indices()
        .filter(|(_, c)| ENDS.contains(c) || SPLITS.contains(c))
        .chain([(spaced.len(), ' ')]);
    for (at, separator) in cuts {
        let part = spaced.get(start..at).unwrap_or("");
        for (nth, text) in conjoined(part).into_iter().enumerate() {
            let before = if nth == 0 { before } else { ' ' };
            match found.last_mut() {
                Some(given) if before == BOUNDARY && are_halves(&given.text, &text) => {
                    given.text.push(' ');
                    given.text.push_str(&text);
                }
                _ => found.push(Piece { text, before }),
            }
        }
        start = at + separator.len_utf8();
        before = separator;
    }
    found
}

/// A given name and a family name that stand in elements of their own.
fn are_halves(given: &str, family: &str) -> bool {
    let half = |text: &str| {
        !text.contains(' ')
            && looks_like_name(text)
            && !is_office(text)
            && !is_listed(text, FOLLOWERS)
    };
    half(given) && half(family) && !same_name(given, family)
}

/// The names that "and" joins; "Ortega y Gasset" is one.
fn conjoined(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let mut parts: Vec<Vec<&str>> = vec![Vec::new()];
    for (at, word) in words.iter().enumerate() {
        let is_conjunction = CONJUNCTIONS.contains(&word.to_lowercase().as_str())
            && !word.chars().next().is_some_and(char::is_uppercase);
        let between = at == 0
            || at + 1 == words.len()
            || !PARTICLES.contains(word)
            || at >= 2 && words.len() - at > 2;
        if is_conjunction && between {
            parts.push(Vec::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(word);
        }
    }
    parts
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| part.join(" "))
        .collect()
}

/// The name that a piece of a byline begins with.
fn name_of(piece: &str, trust: Trust) -> Option<Name> {
    let piece = piece.trim_matches(|c: char| {
        is_space(c)
            || matches!(
                c,
                ':' | '：' | '*' | '-' | '"' | '„' | '“' | '”' | '>' | '<' | '='
            )
    });
    let bare = without_affixes(piece);
    let words: Vec<&str> = bare.split(' ').filter(|word| !word.is_empty()).collect();
    let name = name_words(&words).join(" ");
    let name = name.trim_end_matches(['.', ',', ':', '-', '’', '\'']);
    let name = if bare.ends_with("r.") {
        format!("{name}.")
    } else {
        name.to_owned()
    };
    let lower = name.to_lowercase();
    if SYSTEM_NAMES.contains(&lower.as_str()) || name.is_empty() {
        return None;
    }
    let fits = looks_like_name(&name);
    let office = is_office(&name);
    match trust {
        Trust::Plain => {
            let two = name.contains(' ') || name.chars().any(is_uncased);
            let begins = !name.starts_with(char::is_lowercase);
            // A sentence that goes on is no byline.
            let whole = bare.len() < name.len() + PLAIN_REST_BYTES_MAX || !fits;
            (fits && !office && two && begins && whole).then_some(Name::Person(name))
        }
        Trust::Marked if office => Some(Name::Office(name)),
        Trust::Marked => fits.then_some(Name::Person(name)),
        Trust::Declared if fits && !office && !is_office(piece) => Some(Name::Person(name)),
        Trust::Declared if fits && !office && name.contains(' ') => Some(Name::Person(name)),
        Trust::Declared => declared_office(piece),
    }
}

/// What is declared is kept as it stands, unless it is an address or a role.
fn declared_office(piece: &str) -> Option<Name> {
    let words: Vec<&str> = piece.split(' ').collect();
    let role = words.iter().any(|word| is_listed(word, ROLES)) && words.len() <= 2;
    let short = (2..=NAME_CHARS_MAX).contains(&piece.chars().count());
    (short && !role && piece.chars().any(char::is_alphabetic))
        .then(|| Name::Office(piece.to_owned()))
}

/// The words of a name: up to a number, a small word, a role, or their own repetition.
fn name_words<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut end = words.len();
    for (at, word) in words.iter().enumerate() {
        let lower = word.to_lowercase();
        let bare = lower.trim_end_matches([',', '.', ':']);
        let is_number = word.chars().any(char::is_numeric);
        let small = word.starts_with(char::is_lowercase) && !PARTICLES.contains(&lower.as_str());
        let follows = at >= 1 && (FOLLOWERS.contains(&bare) || FOLLOWERS.contains(&lower.as_str()));
        let role = at >= 2 && (ROLES.contains(&bare));
        if is_number || small && at > 0 || follows || role {
            end = at;
            break;
        }
    }
    let numbered = words
        .get(end)
        .is_some_and(|w| w.chars().any(char::is_numeric));
    while numbered && end > 1 && words.get(end - 1).is_some_and(|word| is_calendar(word)) {
        end -= 1;
    }
    // A particle that leads to what was cut off.
    while end > 1
        && words
            .get(end - 1)
            .is_some_and(|word| PARTICLES.contains(word))
    {
        end -= 1;
    }
    let words = words.get(..end).unwrap_or(words);
    let repeated = (1..=words.len() / 2)
        .find(|half| same_name(&words[..*half].join(" "), &words[*half..half * 2].join(" ")));
    words[..repeated.unwrap_or(words.len())].to_vec()
}

/// A month or a day of the week, in full or short.
fn is_calendar(word: &str) -> bool {
    const DAYS: [&str; 21] = [
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "tues",
        "thur",
        "thurs",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "montag",
        "lunes",
        "lundi",
        "am",
    ];
    let lower = word.to_lowercase();
    let lower = lower.trim_end_matches(['.', ',', ':']);
    month_of(lower).is_some() || DAYS.contains(&lower)
}

/// Capital letters at the words' beginnings, few words, no digits; or a script without capitals.
fn looks_like_name(text: &str) -> bool {
    let chars = text.chars().count();
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    if !(2..=NAME_CHARS_MAX).contains(&chars) || words.is_empty() || words.len() > NAME_WORDS_MAX {
        return false;
    }
    let lower = text.to_lowercase();
    let first = lower.split(' ').next().unwrap_or("");
    let odd = |c: char| c.is_numeric() || "_=<>{}#%\\!?\"…:".contains(c);
    if text.contains(odd) || NOT_FIRST.contains(&first) || FOLLOWERS.contains(&first) {
        return false;
    }
    if text.chars().any(is_uncased) {
        let dense = text.chars().any(is_dense);
        return words.len() <= 5 && (!dense || chars <= 14) && !text.contains(['。', '，']);
    }
    let capital = |word: &&str| {
        word.trim_start_matches(['\'', '’', '"', '“', '-'])
            .chars()
            .next()
            .is_some_and(|c| c.is_uppercase() || !c.is_alphabetic())
            || PARTICLES.contains(&word.to_lowercase().as_str())
            || word.chars().take(4).any(char::is_uppercase)
    };
    let letter = text.chars().any(char::is_uppercase);
    let long = words
        .iter()
        .any(|word| word.chars().filter(|c| c.is_alphabetic()).count() >= 2);
    letter && long && words.iter().all(capital) && !words.iter().all(|word| is_listed(word, ROLES))
}

/// Letters of scripts that have no capitals.
fn is_uncased(c: char) -> bool {
    c.is_alphabetic() && !c.is_uppercase() && !c.is_lowercase() && c > '\u{2ff}'
}

/// Letters of scripts that need few of them.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

fn is_listed(word: &str, list: &[&str]) -> bool {
    let lower = word.to_lowercase();
    list.contains(&lower.trim_matches([',', '.', ':', '-']))
}

/// A newsroom, an agency or a role.
pub(super) fn is_office(name: &str) -> bool {
    let words: Vec<&str> = name
        .split([' ', '-', '/'])
        .filter(|w| !w.is_empty())
        .collect();
    let abbreviation =
        words.len() == 1 && name.chars().count() <= 5 && name.chars().all(char::is_uppercase);
    let dotted = words.len() == 1 && name.trim_end_matches('.').contains('.');
    abbreviation
        || dotted
        || words.iter().any(|word| is_listed(word, ROLES))
        || words.iter().any(|word| is_listed(word, OFFICES))
        || NOT_FIRST.contains(&name.split(' ').next().unwrap_or("").to_lowercase().as_str())
}

/// Without "기자" and the like, which stand against the name.
fn without_affixes(text: &str) -> String {
    let mut text = text.trim();
    for affix in AFFIXES {
        text = text.strip_suffix(affix).unwrap_or(text).trim();
        text = text.strip_prefix(affix).unwrap_or(text).trim();
    }
    text.to_owned()
}
