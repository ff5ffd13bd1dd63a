//! How quantities become bytes: logarithms, percents, kinds.

use crate::block::Block;
use crate::classify::model::Numbers;
use crate::html::Tag;

/// Writes the numbers of a block one behind the other.
pub(super) struct RowWriter {
    pub(super) row: Numbers,
    pub(super) at: usize,
}

impl RowWriter {
    pub(super) fn put(&mut self, value: u8) {
        if let Some(slot) = self.row.get_mut(self.at) {
            *slot = value;
        }
        self.at += 1;
    }

    pub(super) fn flag(&mut self, value: bool) {
        self.put(u8::from(value));
    }

    pub(super) fn bits(&mut self, bits: u32, count: u32) {
        for bit in 0..count {
            self.put(u8::from(bits >> bit & 1 == 1));
        }
    }
}

/// Logarithm in eighths of a doubling.
pub(crate) fn log(value: u32) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the logarithm of a u32 in eighths is at most 256, and casts saturate"
    )]
    {
        (float(value + 1).log2() * 8.0) as u8
    }
}

/// Percent, from 0 to 100.
pub(crate) fn share(part: u32, whole: u32) -> u8 {
    if whole == 0 {
        return 0;
    }
    u8::try_from(u64::from(part.min(whole)) * 100 / u64::from(whole)).unwrap_or(100)
}

pub(crate) fn small(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

/// Blocks from `from` to `to`, 128 for none, less for before.
pub(super) fn distance(from: usize, to: usize) -> u8 {
    let clip = |count: usize| u8::try_from(count.min(100)).unwrap_or(100);
    if to >= from {
        128 + clip(to - from)
    } else {
        128 - clip(from - to)
    }
}

/// The element's kind, alike kinds side by side.
pub(super) fn kind(block: &Block) -> u8 {
    match block.place.tag {
        Tag::P => 0,
        Tag::Blockquote => 1,
        Tag::Pre => 2,
        Tag::Li => 3,
        Tag::Dd | Tag::Dt => 4,
        Tag::Td | Tag::Th => 5,
        Tag::H1 => 6,
        Tag::H2 => 7,
        Tag::H3 => 8,
        Tag::H4 | Tag::H5 | Tag::H6 => 9,
        Tag::Article | Tag::Section | Tag::Main => 10,
        Tag::Div => 11,
        Tag::Body => 12,
        Tag::Figcaption | Tag::Figure | Tag::Caption => 13,
        Tag::Form | Tag::Button => 14,
        Tag::Header => 15,
        Tag::Footer | Tag::Nav | Tag::Aside => 16,
        _ => 17,
    }
}

/// How a block ends: sentence, quotation, colon, ellipsis, digit, other.
pub(super) fn last_mark(text: &str) -> u8 {
    match text.chars().next_back() {
        Some('.' | '!' | '?' | '。' | '！' | '？' | '।') => 5,
        Some('"' | '”' | '“' | '»' | '’' | '\'' | ')' | '」' | '）') => 4,
        Some(':' | '：' | ';' | ',' | '、') => 3,
        Some('…') => 2,
        Some(c) if c.is_numeric() => 1,
        _ => 0,
    }
}

/// How a block begins: capital, small letter, digit, quotation, other.
pub(super) fn first_mark(text: &str) -> u8 {
    match text.chars().next() {
        Some(c) if c.is_uppercase() => 4,
        Some(c) if c.is_lowercase() => 3,
        Some(c) if c.is_alphabetic() => 2,
        Some(c) if c.is_numeric() => 1,
        Some('"' | '“' | '„' | '«' | '\'' | '‘' | '「') => 5,
        _ => 0,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of one page are far below 2^24"
)]
pub(super) fn float(value: u32) -> f32 {
    value as f32
}
