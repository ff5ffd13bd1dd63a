//! Where in a text a quote stands, if it stands there at all.
//!
//! Exact first, then but for case, spacing, quotation marks and dashes, then word by word with a
//! few edits. A number, a currency, a unit, a negation or a name never differs between the quote
//! and its span; a span never begins or ends inside a word or a number, nor beside a word that turns it.

mod align;
mod edges;
mod fold;
mod groups;
mod guarded;
mod reach;
mod refusal;
mod scripts;
pub(crate) mod tokens;
mod written;

use std::cell::OnceCell;
use std::ops::Range;

use domain::{Grounding, Span};

pub use refusal::Refusal;

use fold::{Folded, MATCHES_MAX};
use tokens::Token;

/// A quote longer than this is not looked for.
const QUOTE_BYTES_MAX: usize = 8_000;

/// Where a quote was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grounded {
    /// Code points of the text.
    pub span: Span,
    /// How it was found.
    pub grounding: Grounding,
    /// Words that differ.
    pub edits: u32,
}

/// Looks for one quote in a text. `hint` is the 1-based number of the sentence that the model
/// named, as the prompt counts them; a wrong one costs time, nothing else.
#[must_use]
pub fn ground(text: &str, quote: &str, hint: Option<u32>) -> Option<Grounded> {
    Grounder::new(text).ground(quote, hint)
}

/// A text made ready for many quotes. What a search needs is made at the first search that needs
/// it: exact quotes, which are nearly all, need nothing.
pub struct Grounder<'t> {
    text: &'t str,
    is_ascii: bool,
    sentences: OnceCell<Vec<crate::plan::sentences::Sentence>>,
    folded: OnceCell<Folded>,
    tokens: OnceCell<Vec<Token>>,
}

impl<'t> Grounder<'t> {
    /// Takes a text.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            is_ascii: text.is_ascii(),
            sentences: OnceCell::new(),
            folded: OnceCell::new(),
            tokens: OnceCell::new(),
        }
    }

    pub(crate) fn with_sentences(
        text: &'t str,
        sentences: Vec<crate::plan::sentences::Sentence>,
    ) -> Self {
        let grounder = Self::new(text);
        // A fresh cell takes the value.
        if grounder.sentences.set(sentences).is_err() {
            tracing::warn!("sentences were set twice");
        }
        grounder
    }

    pub(crate) fn sentences(&self) -> &[crate::plan::sentences::Sentence] {
        self.sentences
            .get_or_init(|| crate::plan::sentences::split(self.text))
    }

    /// Looks for a quote: near the sentence that `hint` names, then in the whole text.
    #[must_use]
    pub fn ground(&self, quote: &str, hint: Option<u32>) -> Option<Grounded> {
        let quote = quote.trim();
        if quote.is_empty() || quote.len() > QUOTE_BYTES_MAX {
            return None;
        }
        let near = self.near(hint);
        let whole = 0..self.text.len();
        let found = self.search(quote, &near, &whole);
        found.or_else(|| {
            let plain = written::plain(quote)?;
            let mut found = self.search(plain.trim(), &near, &whole)?;
            if found.grounding == Grounding::Exact {
                found.grounding = Grounding::Normalized;
            }
            Some(found)
        })
    }

    fn search(&self, quote: &str, near: &Range<usize>, whole: &Range<usize>) -> Option<Grounded> {
        self.exact(quote, near)
            .or_else(|| self.exact(quote, whole))
            .or_else(|| self.folded(quote, near))
            .or_else(|| self.folded(quote, whole))
            .or_else(|| self.aligned(quote, near, whole))
    }

    /// Why a quote is not in the text; `None` when it is.
    #[must_use]
    pub fn refusal(&self, quote: &str) -> Option<Refusal> {
        match self.ground(quote, None) {
            Some(_) => None,
            None => Some(refusal::refusal(self.tokens(), quote)),
        }
    }

    /// The named sentence and one on either side.
    fn near(&self, hint: Option<u32>) -> Range<usize> {
        let sentences = self.sentences();
        let Some(at) = hint.and_then(|number| (number as usize).checked_sub(1)) else {
            return 0..0;
        };
        if at >= sentences.len() {
            return 0..0;
        }
        let first = sentences.get(at.saturating_sub(1));
        let last = sentences.get((at + 1).min(sentences.len() - 1));
        first.map_or(0, |one| one.start_byte)..last.map_or(0, |one| one.end_byte)
    }

    fn exact(&self, quote: &str, range: &Range<usize>) -> Option<Grounded> {
        let part = self.text.get(range.clone())?;
        let found = part.match_indices(quote).map(|(at, _)| {
            let start = range.start + at;
            start..start + quote.len()
        });
        let mut sound = found
            .take(MATCHES_MAX)
            .filter(|bytes| edges::are_sound(self.text, bytes));
        let found = sound.find_map(|bytes| reach::reached(self.text, &bytes))?;
        Some(self.labelled(&found, quote, Grounding::Normalized, 0))
    }

    fn folded(&self, quote: &str, range: &Range<usize>) -> Option<Grounded> {
        let folded = self.folded.get_or_init(|| Folded::of(self.text));
        let bytes = folded.find(self.text, quote, range)?;
        let bytes = reach::reached(self.text, &bytes)?;
        Some(self.labelled(&bytes, quote, Grounding::Normalized, 0))
    }

    /// The text's words, numbers and signs.
    pub(crate) fn tokens(&self) -> &[Token] {
        self.tokens.get_or_init(|| tokens::tokens(self.text))
    }

    /// The tokens that lie in a range of bytes.
    pub(crate) fn tokens_in(&self, bytes: &Range<usize>) -> &[Token] {
        let all = self.tokens();
        let first = all.partition_point(|token| (token.start as usize) < bytes.start);
        let end = all.partition_point(|token| (token.end as usize) <= bytes.end);
        all.get(first..end).unwrap_or(&[])
    }

    fn aligned(&self, quote: &str, near: &Range<usize>, whole: &Range<usize>) -> Option<Grounded> {
        let wanted = tokens::tokens(quote);
        [near, whole].into_iter().find_map(|range| {
            let text = self.tokens_in(range);
            let spans = align::align(text, &wanted).into_iter().take(MATCHES_MAX);
            let mut found = spans.filter_map(|aligned| {
                let first = text.get(aligned.tokens.start)?;
                let last = text.get(aligned.tokens.end.checked_sub(1)?)?;
                let bytes = first.start as usize..last.end as usize;
                let is_sound = edges::are_sound(self.text, &bytes);
                let bytes = is_sound.then(|| reach::reached(self.text, &bytes))??;
                Some((bytes, aligned.edits))
            });
            let (bytes, edits) = found.next()?;
            Some(self.labelled(&bytes, quote, Grounding::Aligned, edits))
        })
    }

    /// The text may hold the very words at a place that the exact search skipped: of two that overlap
    /// it sees the first.
    fn labelled(&self, bytes: &Range<usize>, quote: &str, how: Grounding, edits: u32) -> Grounded {
        if self.text.get(bytes.clone()) == Some(quote) {
            return self.grounded(bytes, Grounding::Exact, 0);
        }
        self.grounded(bytes, how, edits)
    }

    fn grounded(&self, bytes: &Range<usize>, grounding: Grounding, edits: u32) -> Grounded {
        Grounded {
            span: Span {
                start: self.char_at(bytes.start),
                end: self.char_at(bytes.end),
            },
            grounding,
            edits,
        }
    }

    /// The bytes of a span.
    pub(crate) fn bytes(&self, span: Span) -> Option<Range<usize>> {
        Some(self.byte_at(span.start)?..self.byte_at(span.end)?)
    }

    /// The byte at which a code point begins.
    fn byte_at(&self, char_at: u32) -> Option<usize> {
        if self.is_ascii {
            return Some(char_at as usize);
        }
        let sentences = self.sentences();
        let before = sentences.partition_point(|one| one.start_char <= char_at);
        let near = before.checked_sub(1).and_then(|at| sentences.get(at));
        let (byte, char_before) = near.map_or((0, 0), |one| (one.start_byte, one.start_char));
        let rest = self.text.get(byte..)?;
        let mut chars = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        Some(byte + chars.nth((char_at - char_before) as usize)?)
    }

    /// The code point that begins at a byte.
    fn char_at(&self, byte: usize) -> u32 {
        let count = |from: usize| {
            self.text
                .get(from..byte)
                .map_or(0, |part| part.chars().count())
        };
        let chars = if self.is_ascii {
            byte
        } else {
            let sentences = self.sentences();
            let before = sentences.partition_point(|one| one.start_byte <= byte);
            match before.checked_sub(1).and_then(|at| sentences.get(at)) {
                Some(one) => one.start_char as usize + count(one.start_byte),
                None => count(0),
            }
        };
        u32::try_from(chars).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod holes;
#[cfg(test)]
mod tests;
