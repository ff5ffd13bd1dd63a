//! The tokenizer: HTML source to tags and text, by the tokenization rules of the HTML standard.
//! Borrows everything, looks at each byte a bounded number of times and keeps only the attributes
//! this crate reads. It never fails: every input is some sequence of tokens.

use memchr::{memchr, memchr_iter, memmem};

use super::attribute::{
    ATTRIBUTES_PER_TAG_MAX, Attribute, AttributeName, Part, ends_name, next_part,
};
use super::span::Span;
use super::tag::Tag;

/// Bytes after which a text may end at any `<`.
const TEXT_BYTES_MAX: usize = 65_536;

/// What the tokenizer found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Token {
    /// Character data, still encoded.
    Text(Span),
    /// A start tag; its attributes are in [`Tokenizer::attributes`].
    Start {
        tag: Tag,
        name: Span,
        self_closing: bool,
    },
    /// An end tag.
    End { tag: Tag, name: Span },
    /// A comment or declaration, or a tag without an end.
    Nothing,
}

/// Reads tokens from a source.
pub(crate) struct Tokenizer<'source> {
    source: &'source str,
    at: usize,
    /// The attributes of the last start tag, first of each name only.
    pub(crate) attributes: Vec<Attribute>,
    /// Whether a tag had more attributes than are read.
    pub(crate) attributes_cut: bool,
}

impl<'source> Tokenizer<'source> {
    pub(crate) fn new(source: &'source str) -> Self {
        Tokenizer {
            source,
            at: 0,
            attributes: Vec::new(),
            attributes_cut: false,
        }
    }

    /// How many bytes are consumed.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next token; `None` at the end.
    pub(crate) fn next_token(&mut self) -> Option<Token> {
        let bytes = self.source.as_bytes();
        if self.at >= bytes.len() {
            return None;
        }
        let markup = self.next_markup(bytes);
        if markup > self.at {
            let text = Span::new(self.at, markup);
            self.at = markup;
            return Some(Token::Text(text));
        }
        Some(match bytes.get(markup + 1) {
            Some(b'!') => self.skip_declaration(bytes),
            Some(b'?') => self.skip_to_close(bytes, markup + 2),
            Some(b'/') => self.end_tag(bytes),
            _ => self.tag(bytes, markup + 1, false),
        })
    }

    /// Where the next tag, comment or declaration begins; the end of the source without one. A
    /// text of nothing but `<` is given out in parts, so that the caller can look at the clock.
    fn next_markup(&self, bytes: &[u8]) -> usize {
        memchr_iter(b'<', &bytes[self.at..])
            .map(|offset| self.at + offset)
            .find(|at| match bytes.get(at + 1) {
                Some(b'!' | b'?' | b'/') => true,
                Some(byte) => byte.is_ascii_alphabetic() || at - self.at > TEXT_BYTES_MAX,
                None => false,
            })
            .unwrap_or(bytes.len())
    }

    fn skip_to_close(&mut self, bytes: &[u8], from: usize) -> Token {
        let rest = bytes.get(from..).unwrap_or(&[]);
        self.at = memchr(b'>', rest).map_or(bytes.len(), |offset| from + offset + 1);
        Token::Nothing
    }

    fn skip_declaration(&mut self, bytes: &[u8]) -> Token {
        let body = self.at + 4;
        if bytes.get(self.at + 2..body) != Some(b"--") {
            return self.skip_to_close(bytes, self.at + 2);
        }
        self.at = comment_end(bytes, body);
        Token::Nothing
    }

    fn end_tag(&mut self, bytes: &[u8]) -> Token {
        match bytes.get(self.at + 2) {
            Some(byte) if byte.is_ascii_alphabetic() => self.tag(bytes, self.at + 2, true),
            Some(b'>') => {
                self.at += 3;
                Token::Nothing
            }
            _ => self.skip_to_close(bytes, self.at + 2),
        }
    }

    fn tag(&mut self, bytes: &[u8], name_start: usize, is_end: bool) -> Token {
        let mut at = name_start;
        while bytes.get(at).is_some_and(|byte| !ends_name(*byte)) {
            at += 1;
        }
        let name = Span::new(name_start, at);
        let tag = Tag::of(&bytes[name_start..at]);
        self.attributes.clear();
        let Some(self_closing) = self.read_attributes(bytes, at) else {
            self.at = bytes.len();
            return Token::Nothing;
        };
        if is_end {
            Token::End { tag, name }
        } else {
            Token::Start {
                tag,
                name,
                self_closing,
            }
        }
    }

    /// Reads attributes up to the `>`; whether the tag closes itself, `None` when the source ends.
    fn read_attributes(&mut self, bytes: &[u8], from: usize) -> Option<bool> {
        let mut at = from;
        let mut count = 0;
        loop {
            match next_part(bytes, at)? {
                Part::End { slash, after } => {
                    self.at = after;
                    return Some(slash);
                }
                Part::Attribute { name, value, after } => {
                    at = after;
                    count += 1;
                    if count > ATTRIBUTES_PER_TAG_MAX {
                        self.attributes_cut = true;
                    } else {
                        self.keep(&bytes[name.start as usize..name.end as usize], value);
                    }
                }
            }
        }
    }

    fn keep(&mut self, name: &[u8], value: Span) {
        if let Some(name) = AttributeName::of(name)
            && !self.attributes.iter().any(|known| known.name == name)
        {
            self.attributes.push(Attribute { name, value });
        }
    }

    /// Skips raw text up to and over the end tag `</name>`; the span of what was skipped.
    pub(crate) fn skip_raw(&mut self, tag: Tag) -> Span {
        let bytes = self.source.as_bytes();
        let start = self.at;
        let end = if tag == Tag::Script {
            script_end(bytes, start)
        } else {
            raw_end(bytes, start, tag.name().as_bytes())
        };
        self.at = end;
        if end < bytes.len() {
            self.skip_to_close(bytes, end);
        }
        Span::new(start, end)
    }

    /// Everything that is left, as text.
    pub(crate) fn take_rest(&mut self) -> Span {
        let rest = Span::new(self.at, self.source.len());
        self.at = self.source.len();
        rest
    }
}

/// One past the comment whose text begins at `body`: after `-->` or `--!>`, or at once after `>`
/// or `->`.
fn comment_end(bytes: &[u8], body: usize) -> usize {
    let text = bytes.get(body..).unwrap_or(&[]);
    let closes = |at: &usize| {
        let before = &text[..*at];
        before.is_empty() || before == b"-" || before.ends_with(b"--") || before.ends_with(b"--!")
    };
    let close = memchr_iter(b'>', text).find(closes);
    close.map_or(bytes.len(), |at| body + at + 1)
}

/// Whether `bytes` has `</name` at `at`, ended as a tag name is.
fn closes(bytes: &[u8], at: usize, name: &[u8]) -> bool {
    let end = at + 2 + name.len();
    bytes.get(at + 1) == Some(&b'/')
        && bytes
            .get(at + 2..end)
            .is_some_and(|found| found.eq_ignore_ascii_case(name))
        && bytes.get(end).is_none_or(|byte| ends_name(*byte))
}

fn raw_end(bytes: &[u8], from: usize, name: &[u8]) -> usize {
    memchr_iter(b'<', &bytes[from..])
        .map(|offset| from + offset)
        .find(|at| closes(bytes, *at, name))
        .unwrap_or(bytes.len())
}

/// The end of a script: `</script` inside `<!-- <script> … -->` does not count.
fn script_end(bytes: &[u8], from: usize) -> usize {
    let mut escaped_until = None;
    let mut nested = false;
    for at in memchr_iter(b'<', &bytes[from..]).map(|offset| from + offset) {
        if escaped_until.is_some_and(|end| at >= end) {
            (escaped_until, nested) = (None, false);
        }
        if closes(bytes, at, b"script") {
            if !nested {
                return at;
            }
            nested = false;
        } else if escaped_until.is_some() {
            nested |= opens_script(bytes, at);
        } else if bytes[at..].starts_with(b"<!--") {
            // Without an end the whole rest would be escaped; then plain rules give less loss.
            escaped_until = memmem::find(&bytes[at + 4..], b"-->").map(|offset| at + 4 + offset);
            if escaped_until.is_none() {
                return raw_end(bytes, at, b"script");
            }
        }
    }
    bytes.len()
}

fn opens_script(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at + 1..at + 7)
        .is_some_and(|name| name.eq_ignore_ascii_case(b"script"))
        && bytes.get(at + 7).is_some_and(|byte| ends_name(*byte))
}
