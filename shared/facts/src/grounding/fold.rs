//! A text without what does not matter: case, kinds of space, of quotation mark and of dash,
//! compatibility forms, invisible characters. Every folded byte knows where it came from.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::edges;
use crate::answer::clean::is_invisible;

/// Places looked at for one quote: a quote of one common letter stands everywhere.
pub(super) const MATCHES_MAX: usize = 1_000;

/// A folded text and its way back.
pub(super) struct Folded {
    folded: String,
    /// For every byte of `folded`: the bytes of the original that it stands for, as start and end.
    origin: Vec<(u32, u32)>,
}

impl Folded {
    /// Folds a text. Linear in its length.
    pub(super) fn of(text: &str) -> Self {
        let mut folder = Self {
            folded: String::with_capacity(text.len()),
            origin: Vec::with_capacity(text.len()),
        };
        let mut at = 0;
        while let Some(cluster) = next_cluster(text, at) {
            folder.push_cluster(cluster, at);
            at += cluster.len();
        }
        if folder.folded.ends_with(' ') {
            folder.folded.pop();
            folder.origin.pop();
        }
        folder
    }

    fn push_cluster(&mut self, cluster: &str, at: usize) {
        let mut chars = cluster.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_ascii() => {
                self.push_char(fold_mark(c.to_ascii_lowercase()), at, 1);
            }
            (Some(c), None) if !is_changed_by_nfkc(c) => {
                for lower in c.to_lowercase() {
                    self.push_char(fold_mark(lower), at, cluster.len());
                }
            }
            _ => {
                for c in cluster.nfkc().flat_map(char::to_lowercase) {
                    self.push_char(fold_mark(c), at, cluster.len());
                }
            }
        }
    }

    fn push_char(&mut self, c: char, at: usize, len: usize) {
        if is_invisible(c) {
            return;
        }
        let c = match c {
            'ß' => {
                self.push_char('s', at, len);
                's'
            }
            'ς' => 'σ',
            c if c.is_whitespace() => ' ',
            c => c,
        };
        if c == ' ' && (self.folded.is_empty() || self.folded.ends_with(' ')) {
            return;
        }
        self.folded.push(c);
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        let end = u32::try_from(at + len).unwrap_or(u32::MAX);
        self.origin
            .extend(std::iter::repeat_n((start, end), c.len_utf8()));
    }

    /// Looks for a quote within a range of the original; gives the original's bytes.
    pub(super) fn find(
        &self,
        text: &str,
        quote: &str,
        range: &Range<usize>,
    ) -> Option<Range<usize>> {
        if range.is_empty() {
            return None;
        }
        let quote = Self::of(quote).folded;
        let start = self
            .origin
            .partition_point(|origin| (origin.0 as usize) < range.start);
        let end = self
            .origin
            .partition_point(|origin| (origin.0 as usize) < range.end);
        let part = self.folded.get(start..end)?;
        [quote.as_str(), bare(&quote)]
            .into_iter()
            .find_map(|wanted| {
                if wanted.is_empty() {
                    return None;
                }
                let found = part.match_indices(wanted).take(MATCHES_MAX);
                let mut sound = found.filter_map(|(at, _)| self.whole(start + at, wanted.len()));
                sound.find(|bytes| !bytes.is_empty() && edges::are_sound(text, bytes))
            })
    }

    /// The original's bytes that `len` folded ones stand for, unless they cut a letter of the
    /// original: "ß" is "ss", and one "s" is no part of it.
    fn whole(&self, at: usize, len: usize) -> Option<Range<usize>> {
        let end = at + len;
        let is_cut = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| self.origin.get(before));
            before.is_some() && before == self.origin.get(at)
        };
        if is_cut(at) || is_cut(end) {
            return None;
        }
        let (first, last) = (self.origin.get(at)?, self.origin.get(end.checked_sub(1)?)?);
        Some(first.0 as usize..last.1 as usize)
    }
}

/// A quote without the marks that models put around it or at its end.
fn bare(quote: &str) -> &str {
    quote
        .trim_start_matches(['"', '\'', '.', ' '])
        .trim_end_matches(['"', '\'', '.', ',', ';', ':', '!', '?', ' '])
}

/// The next character with the combining marks that follow it.
fn next_cluster(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    let first = rest.chars().next()?;
    let mut len = first.len_utf8();
    let ascii_next = rest.as_bytes().get(len).is_none_or(u8::is_ascii);
    if !ascii_next {
        let marks = rest
            .get(len..)?
            .chars()
            .take_while(|c| is_combining_mark(*c) && !is_invisible(*c));
        len += marks.map(char::len_utf8).sum::<usize>();
    }
    rest.get(..len)
}

/// Whether compatibility folding applies. It does not where it would make digits out of what is no
/// plain digit: 10² is not 102, ½ is not 12.
fn is_changed_by_nfkc(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    let makes_digit = !('\u{ff10}'..='\u{ff19}').contains(&c)
        && std::iter::once(c)
            .nfkc()
            .any(|folded| folded.is_ascii_digit());
    !makes_digit
}

/// One quotation mark for all, one dash for all.
const fn fold_mark(c: char) -> char {
    match c {
        '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›' | '‘' | '’' | '‚' | '‛' | '`' | '´'
        | 'ʼ' | '「' | '」' | '『' | '』' => '\'',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹘' | '﹣' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_folded_away() {
        let folded = Folded::of("  “Größe”\u{a0}–  ＡＢ\u{ad}c\n ﬁn… ");

        assert_eq!(folded.folded, "'grösse' - abc fin...");
    }

    #[test]
    fn powers_and_fractions_do_not_become_digits() {
        assert_eq!(Folded::of("10² and 1½ and ①").folded, "10² and 1½ and ①");
        assert_eq!(Folded::of("１２").folded, "12");
    }

    #[test]
    fn a_letter_that_folds_into_two_is_found_whole_or_not_at_all() {
        let text = "Der Spaß an der Groß-Oﬀensive";
        let folded = Folded::of(text);
        let find = |quote: &str| folded.find(text, quote, &(0..text.len()));

        assert_eq!(find("SPASS an"), text.find("Spaß an").map(|at| at..at + 8));
        assert_eq!(find("Der Spas"), None);
        assert!(find("offensive").is_none(), "cut at its hyphen");
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same() {
        assert_eq!(Folded::of("e\u{301}").folded, Folded::of("é").folded);
    }
}
