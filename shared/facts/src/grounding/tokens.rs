//! A text as words, numbers and signs that mean something; spaces and punctuation fall away.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::edges::{is_currency, is_minus, is_number_joint, is_unspaced};
use super::guarded;
use crate::answer::clean::is_invisible;

/// A word, a number or a sign.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent properties of one word"
)]
pub(crate) struct Token {
    /// First byte.
    pub(crate) start: u32,
    /// First byte after it.
    pub(crate) end: u32,
    /// Of the word in lower case and compatibility form: equal words have equal hashes.
    pub(crate) hash: u64,
    /// It may not differ between a quote and its span.
    pub(crate) is_guarded: bool,
    /// It holds a digit or is a number by itself.
    pub(crate) is_number: bool,
    /// It has a capital.
    pub(crate) is_capitalised: bool,
    /// It turns its sentence round.
    pub(crate) is_negation: bool,
}

impl Token {
    pub(crate) const fn bytes(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Cuts a text into tokens. Linear in its length.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::with_capacity(text.len() / 5);
    let mut word = String::new();
    let mut at = 0;
    while let Some(c) = char_at(text, at) {
        let end = if c.is_whitespace() || is_invisible(c) {
            at += c.len_utf8();
            continue;
        } else if is_unspaced(c) && c.is_alphanumeric() {
            end_of_marks(text, at + c.len_utf8())
        } else if c.is_alphanumeric() {
            end_of_word(text, at)
        } else if is_sign(text, at, c) {
            at + c.len_utf8()
        } else {
            at += c.len_utf8();
            continue;
        };
        if let Some(raw) = text.get(at..end) {
            let mut token = token(raw, at, end, &mut word);
            // 5 a.m.: here the article is none
            token.is_guarded |= raw == "a" && char_at(text, end) == Some('.');
            found.push(token);
        }
        at = end;
    }
    found
}

fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at)? {
        byte if byte.is_ascii() => Some(char::from(*byte)),
        _ => text.get(at..)?.chars().next(),
    }
}

fn end_of_marks(text: &str, mut at: usize) -> usize {
    while let Some(c) = char_at(text, at).filter(|c| is_combining_mark(*c)) {
        at += c.len_utf8();
    }
    at
}

/// The end of the word that begins at `at`: letters, digits and marks; an apostrophe between
/// letters; a point, comma, colon or stroke between digits; soft hyphens anywhere.
fn end_of_word(text: &str, mut at: usize) -> usize {
    let mut last = ' ';
    let mut end = at;
    while let Some(c) = char_at(text, at) {
        let next = at + c.len_utf8();
        let goes_on = if is_invisible(c) {
            true
        } else if c.is_alphanumeric() && !is_unspaced(c) || is_combining_mark(c) {
            end = next;
            last = c;
            true
        } else {
            let follower = char_at(text, next).unwrap_or(' ');
            let in_word =
                matches!(c, '\'' | '’') && last.is_alphabetic() && follower.is_alphabetic();
            let in_number = is_number_joint(c) && last.is_numeric() && follower.is_numeric();
            in_word || in_number
        };
        if !goes_on {
            break;
        }
        at = next;
    }
    end
}

/// Signs that mean something: currencies, per cent, degrees, mathematics, and a sign of a number.
fn is_sign(text: &str, at: usize, c: char) -> bool {
    if is_minus(c) {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text
            .get(at + c.len_utf8()..)
            .and_then(|after| after.chars().next());
        return after.is_some_and(char::is_numeric) && !before.is_some_and(char::is_alphanumeric);
    }
    is_currency(c)
        || is_pictured(c)
        || matches!(
            c,
            '%' | '‰'
                | '‱'
                | '％'
                | '°'
                | '′'
                | '″'
                | '+'
                | '±'
                | '×'
                | '÷'
                | '='
                | '<'
                | '>'
                | '≤'
                | '≥'
                | '≠'
                | '≈'
                | '~'
                | '#'
                | '@'
                | '&'
                | '§'
                | '№'
                | '℃'
                | '℉'
        )
}

/// Pictures that say something a word could: flags, arrows and curves, ticks and crosses.
const fn is_pictured(c: char) -> bool {
    matches!(c,
        '\u{1f1e6}'..='\u{1f1ff}' | '←'..='⇿' | '▲'..='▽' | '📈' | '📉' | '✅' | '❌'
        | '✓'..='✘' | '🔺'..='🔽' | '⬆'..='⬇')
}

fn token(raw: &str, start: usize, end: usize, word: &mut String) -> Token {
    fold(raw, word);
    let first = raw.chars().next().unwrap_or(' ');
    let is_number = word.chars().any(char::is_numeric);
    let is_word = first.is_alphabetic();
    // A script without capitals hides its names: nothing may differ there.
    let is_uncased = is_word && !first.is_uppercase() && !first.is_lowercase();
    // iPhone and eBay are names as well.
    let is_capitalised = raw.chars().any(char::is_uppercase);
    Token {
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(end).unwrap_or(u32::MAX),
        hash: hash(word),
        is_guarded: is_number
            || !is_word
            || is_uncased
            || is_capitalised
            || guarded::is_guarded(word),
        is_number,
        is_capitalised,
        is_negation: guarded::is_negation(word),
    }
}

/// Lower case, compatibility form, straight apostrophes, no invisible characters.
fn fold(raw: &str, word: &mut String) {
    word.clear();
    if raw.is_ascii() {
        word.push_str(raw);
        word.make_ascii_lowercase();
        return;
    }
    for c in raw.chars().filter(|c| !is_invisible(*c)) {
        match c {
            '’' | 'ʼ' => word.push('\''),
            'ß' | 'ẞ' => word.push_str("ss"),
            'ς' => word.push('σ'),
            c if is_minus(c) => word.push('-'),
            c => word.extend(c.to_lowercase()),
        }
    }
    // Not where it would make plain digits of what is none: 10² is not 102.
    let is_wide = |c: char| ('\u{ff10}'..='\u{ff19}').contains(&c);
    if word
        .chars()
        .all(|c| c.is_ascii() || !c.is_numeric() || is_wide(c))
    {
        *word = word.nfkc().collect();
    }
}

/// FNV-1a.
pub(crate) fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let all = tokens(text);
        let words = all.iter().map(|token| text.get(token.bytes()));
        words
            .map(|word| word.expect("a token's bounds are bounds"))
            .collect()
    }

    #[test]
    fn numbers_signs_and_words_are_tokens_and_punctuation_is_none() {
        let text = "“It didn’t cost $1,500.50—only -5% (3–4),” Ann’s U.S. co-op said.";

        let expected = [
            "It", "didn’t", "cost", "$", "1,500.50", "only", "-", "5", "%", "3", "4", "Ann’s", "U",
            "S", "co", "op", "said",
        ];
        assert_eq!(words(text), expected);
    }

    #[test]
    fn scripts_without_spaces_give_a_token_a_letter() {
        assert_eq!(words("東京5月"), ["東", "京", "5", "月"]);
    }

    #[test]
    fn equal_words_have_equal_hashes_in_any_dress() {
        for (one, other) in [
            ("Don’t", "don't"),
            ("soft\u{ad}ware", "Software"),
            ("e\u{301}t", "ÉT"),
            ("ＡＢ", "ab"),
        ] {
            assert_eq!(tokens(one)[0].hash, tokens(other)[0].hash, "{one} {other}");
        }
        for (one, other) in [("10²", "102"), ("1.5", "1,5"), ("can't", "can")] {
            assert_ne!(tokens(one)[0].hash, tokens(other)[0].hash, "{one} {other}");
        }
    }

    #[test]
    fn what_may_not_differ_is_guarded() {
        for word in [
            "5",
            "$",
            "Berlin",
            "not",
            "didn’t",
            "million",
            "monday",
            "km",
            "東",
            "مدينة",
            "rose",
            "F16",
            "½",
        ] {
            assert!(tokens(word)[0].is_guarded, "{word}");
        }
        for word in ["the", "house", "quickly", "größe"] {
            assert!(!tokens(word)[0].is_guarded, "{word}");
        }
    }
}
