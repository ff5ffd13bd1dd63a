//! Sentences of a text, with their places. Numbers in the prompt, chunk borders and the search for
//! a quote all count in them, so the cut depends on nothing but the text.

use std::ops::Range;

/// A "sentence" is cut at a space beyond this many characters: lists and captions have no stops.
const SENTENCE_CHARS_MAX: u32 = 600;

/// One sentence: where it stands, in bytes and in code points, without the space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) start_byte: usize,
    pub(crate) end_byte: usize,
    pub(crate) start_char: u32,
    pub(crate) end_char: u32,
}

impl Sentence {
    pub(crate) const fn bytes(&self) -> Range<usize> {
        self.start_byte..self.end_byte
    }

    pub(crate) fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.bytes()).unwrap_or("")
    }
}

/// Words whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 62] = [
    "adm", "al", "apr", "approx", "assn", "aug", "ave", "bros", "capt", "cf", "co", "col", "corp",
    "dec", "dept", "dr", "ed", "eds", "est", "etc", "eq", "feb", "fig", "figs", "gen", "gov",
    "hon", "inc", "jan", "jr", "jul", "jun", "lt", "ltd", "maj", "mar", "messrs", "mr", "mrs",
    "ms", "mt", "no", "nos", "nov", "oct", "op", "pp", "prof", "rep", "rev", "sec", "sen", "sens",
    "sept", "sep", "sgt", "sr", "st", "univ", "vol", "vs", "ph.d",
];

/// Cuts a text into sentences. Linear in its length.
pub(crate) fn split(text: &str) -> Vec<Sentence> {
    let mut cutter = Cutter {
        text,
        found: Vec::with_capacity(text.len() / 90 + 1),
        start: None,
        last: (0, 0),
    };
    let mut chars = text.char_indices().peekable();
    let mut at_char: u32 = 0;
    while let Some((at, c)) = chars.next() {
        if c == '\n' || c == '\u{2029}' {
            cutter.end();
        } else if !c.is_whitespace() {
            cutter.extend(at, c, at_char);
            let next = chars.peek().map(|(_, next)| *next);
            if cutter.ends_here(at, c, next, at_char) {
                cutter.end();
            }
        } else if cutter.chars_so_far(at_char) >= SENTENCE_CHARS_MAX {
            cutter.end();
        }
        at_char += 1;
    }
    cutter.end();
    cutter.found
}

struct Cutter<'t> {
    text: &'t str,
    found: Vec<Sentence>,
    /// Byte and character of the first letter of the sentence at hand.
    start: Option<(usize, u32)>,
    /// Byte and character after its last letter.
    last: (usize, u32),
}

impl Cutter<'_> {
    fn extend(&mut self, at: usize, c: char, at_char: u32) {
        self.start.get_or_insert((at, at_char));
        self.last = (at + c.len_utf8(), at_char + 1);
    }

    fn chars_so_far(&self, at_char: u32) -> u32 {
        self.start.map_or(0, |(_, start)| at_char - start)
    }

    fn end(&mut self) {
        if let Some((start_byte, start_char)) = self.start.take() {
            self.found.push(Sentence {
                start_byte,
                end_byte: self.last.0,
                start_char,
                end_char: self.last.1,
            });
        }
    }

    /// Whether a sentence ends with the character `c` at byte `at`.
    fn ends_here(&self, at: usize, c: char, next: Option<char>, at_char: u32) -> bool {
        if matches!(c, '。' | '！' | '？' | '｡') {
            return !next.is_some_and(is_closing);
        }
        if is_closing(c) && self.closes_cjk(at) {
            return !next.is_some_and(is_closing);
        }
        let next_is_space = next.is_none_or(char::is_whitespace);
        if !next_is_space || !(is_stop(c) || is_closing(c)) {
            return self.chars_so_far(at_char) >= SENTENCE_CHARS_MAX * 2;
        }
        let Some(body) = self.body_before_stop(at, c) else {
            return false;
        };
        let rest = self.text.get(at + c.len_utf8()..).unwrap_or("");
        let follower = rest.chars().find(|c| !c.is_whitespace() && !is_opening(*c));
        !follower.is_some_and(char::is_lowercase) && !is_abbreviation(body)
    }

    fn closes_cjk(&self, at: usize) -> bool {
        let before = self.text.get(..at).unwrap_or("");
        let last = before.chars().rev().find(|c| !is_closing(*c));
        last.is_some_and(|c| matches!(c, '。' | '！' | '？'))
    }

    /// The sentence so far without its stop, when there is a stop at `at` or before the closing
    /// quotes and brackets that end there. `None` when there is none.
    fn body_before_stop(&self, at: usize, c: char) -> Option<&str> {
        let (start, _) = self.start?;
        let so_far = self.text.get(start..at + c.len_utf8())?;
        let open = so_far.trim_end_matches(is_closing);
        let body = open.trim_end_matches(is_stop);
        if body.len() == open.len() {
            return None;
        }
        // Only a single full stop can belong to an abbreviation.
        let single = open.len() - body.len() == 1 && open.ends_with('.');
        Some(if single { body } else { "" })
    }
}

const fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '؟' | '۔' | '।' | '॥' | '։')
}

const fn is_closing(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | ')' | ']' | '}' | '”' | '’' | '»' | '」' | '』' | '）' | '】' | '›'
    )
}

const fn is_opening(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '(' | '[' | '{' | '“' | '‘' | '«' | '「' | '『' | '‹' | '¿' | '¡'
    )
}

/// Whether the full stop after `body` belongs to its last word: a title, an initial, `U.S`.
fn is_abbreviation(body: &str) -> bool {
    let word = body
        .rsplit(|c: char| c.is_whitespace() || is_opening(c) || c == '-' || c == '/')
        .next()
        .unwrap_or("");
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (None, _) => false,
        (Some(only), None) => only.is_uppercase(),
        (Some(first), Some('.')) if first.is_alphabetic() => {
            // U.S, e.g, p.m: letters and stops by turns.
            word.split('.').all(|part| part.chars().count() == 1)
        }
        _ => {
            let lower = word.to_lowercase();
            ABBREVIATIONS.contains(&lower.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        split(text)
            .iter()
            .map(|sentence| sentence.of(text))
            .collect()
    }

    #[test]
    fn stops_quotes_and_paragraphs_end_sentences() {
        let text = "One is here. “Two is here.” Three?! Four\nFive (six.) Seven";

        let expected = [
            "One is here.",
            "“Two is here.”",
            "Three?!",
            "Four",
            "Five (six.)",
            "Seven",
        ];
        assert_eq!(cut(text), expected);
    }

    #[test]
    fn abbreviations_initials_and_decimals_end_none() {
        for text in [
            "Dr. Ann B. Cole paid $3.5 million to Acme Inc. in the U.S. Senate case.",
            "It rose 2.5 percent vs. a year ago, e.g. in May.",
        ] {
            assert_eq!(cut(text), [text]);
        }
    }

    #[test]
    fn scripts_without_spaces_are_cut_too() {
        assert_eq!(
            cut("東京は雨。大阪は晴れ。"),
            ["東京は雨。", "大阪は晴れ。"]
        );
        assert_eq!(cut("「雨です。」次の日。"), ["「雨です。」", "次の日。"]);
    }

    #[test]
    fn a_list_without_stops_is_cut_at_spaces() {
        let text = "word ".repeat(1_000);

        let longest = split(&text).iter().map(|s| s.end_char - s.start_char).max();

        assert!(longest.is_some_and(|chars| chars <= SENTENCE_CHARS_MAX + 5));
    }

    proptest! {
        #[test]
        fn sentences_stand_in_order_and_hold_everything_visible(text in "[a-zA-Z0-9 .!?\"'\n。」é\u{200b}]{0,200}") {
            let sentences = split(&text);

            let mut last = 0;
            let mut seen = String::new();
            for sentence in &sentences {
                prop_assert!(sentence.start_char >= last && sentence.end_char > sentence.start_char);
                last = sentence.end_char;
                let by_chars: String = text.chars().skip(sentence.start_char as usize)
                    .take((sentence.end_char - sentence.start_char) as usize).collect();
                prop_assert_eq!(&by_chars, sentence.of(&text));
                seen.push_str(&by_chars);
            }
            let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(visible(&seen), visible(&text));
        }
    }
}
