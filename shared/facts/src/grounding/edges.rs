//! Whether a span begins and ends between words: "5 people" does not stand in "15 people".

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::{groups, scripts};

/// Whether neither edge of the span cuts a word, a number or what belongs to a number.
pub(super) fn are_sound(text: &str, bytes: &Range<usize>) -> bool {
    let (Some(before), Some(inside), Some(after)) = (
        text.get(..bytes.start),
        text.get(bytes.clone()),
        text.get(bytes.end..),
    ) else {
        return false;
    };
    is_sound_start(before, inside) && is_sound_end(inside, after)
}

fn is_sound_start(before: &str, inside: &str) -> bool {
    let (Some(previous), Some(first)) = (before.chars().next_back(), inside.chars().next()) else {
        return true;
    };
    if is_combining_mark(first) || (joins(previous) && joins(first)) {
        return false;
    }
    let earlier = before.chars().rev().nth(1);
    if scripts::turns_what_follows(before) || scripts::is_numeral_pair(previous, first) {
        return false;
    }
    if is_hyphen(previous) && first.is_alphanumeric() && earlier.is_some_and(char::is_alphanumeric)
    {
        return false;
    }
    if !first.is_numeric() {
        return true;
    }
    // A number keeps its sign, its currency and its other digits: $5, -5, .5, 1,500, 1 500, 10:45.
    if is_number_prefix(previous)
        || (is_minus(previous) && !earlier.is_some_and(char::is_alphanumeric))
    {
        return false;
    }
    let is_fraction = previous == '.' && !earlier.is_some_and(|c| c == '.' || c.is_alphanumeric());
    let goes_on = is_number_joint(previous) && earlier.is_some_and(char::is_numeric);
    !(is_fraction || goes_on || groups::is_cut(before, inside))
}

fn is_sound_end(inside: &str, after: &str) -> bool {
    let (Some(last), Some(next)) = (inside.chars().next_back(), after.chars().next()) else {
        return true;
    };
    if is_combining_mark(next) || (joins(last) && joins(next)) {
        return false;
    }
    let later = after.chars().nth(1);
    if scripts::turns_what_precedes(after) || scripts::is_numeral_pair(last, next) {
        return false;
    }
    // "can" of "can't", "Ann" of "Ann's", "forty" of "forty-two", "10" of "10-15"
    let is_joint = matches!(next, '\'' | '’') || is_hyphen(next);
    if is_joint && last.is_alphanumeric() && later.is_some_and(char::is_alphanumeric) {
        return false;
    }
    if is_number_prefix(last) && next.is_numeric() && !matches!(last, '-' | '+') {
        return false;
    }
    if !last.is_numeric() {
        return true;
    }
    let goes_on = is_number_joint(next) && later.is_some_and(char::is_numeric);
    !(goes_on || is_number_suffix(next) || groups::is_cut(inside, after))
}

/// Hyphens, and the dash of a range.
const fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2012}' | '–')
}

/// What stands for a minus before a number.
pub(super) const fn is_minus(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}' | '\u{2011}' | '\u{2012}' | '–' | '\u{2212}' | '﹣' | '－'
    )
}

/// Letters and digits that a neighbour of their kind continues. Scripts that put no space between
/// words are left out: there any place may be between two words.
fn joins(c: char) -> bool {
    (c.is_alphanumeric() || c == '_') && !is_unspaced(c)
}

/// Han, kana, Hangul, Thai, Lao, Khmer, Myanmar.
pub(super) const fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
        | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Signs and currencies before a number.
pub(super) const fn is_number_prefix(c: char) -> bool {
    is_currency(c) || matches!(c, '+' | '±' | '<' | '>' | '≤' | '≥' | '~' | '≈' | '#')
}

/// Currency signs.
pub(super) const fn is_currency(c: char) -> bool {
    matches!(
        c,
        '$' | '¢'
            | '£'
            | '¤'
            | '¥'
            | '֏'
            | '؋'
            | '৲'
            | '৳'
            | '฿'
            | '៛'
            | '﷼'
            | '＄'
            | '￡'
            | '￥'
            | '￦'
    ) || matches!(c, '\u{20a0}'..='\u{20cf}')
}

/// Units that stand right behind a number.
pub(super) const fn is_number_suffix(c: char) -> bool {
    is_currency(c)
        || matches!(
            c,
            '%' | '‰'
                | '‱'
                | '°'
                | '′'
                | '″'
                | '²'
                | '³'
                | '％'
                | '℃'
                | '℉'
                | '½'
                | '¼'
                | '¾'
        )
}

/// What may stand between the digits of one number.
pub(super) const fn is_number_joint(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | ':' | '/' | '\u{2044}' | '·' | '٫' | '٬' | '\'' | '’'
    )
}
