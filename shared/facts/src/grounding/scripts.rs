//! Edges in scripts that put no space between words, where any place may lie between two words: those
//! that would halve a number or drop a negation are known by the characters beside them.

/// Negations that stand right before what they turn: Han, Thai.
const BEFORE: [&str; 13] = [
    "不",
    "没",
    "沒",
    "未",
    "無",
    "无",
    "非",
    "勿",
    "別",
    "别",
    "否",
    "ไม่",
    "มิ",
];

/// Negations that stand right behind it: Japanese, Korean.
const BEHIND: [&str; 8] = [
    "ない",
    "なか",
    "なく",
    "なけ",
    "ません",
    "ぬ",
    "지 않",
    "지않",
];

/// Whether a text ends with a negation of what follows it.
pub(super) fn turns_what_follows(before: &str) -> bool {
    BEFORE.iter().any(|word| before.ends_with(word))
}

/// Whether a text begins with a negation of what precedes it.
pub(super) fn turns_what_precedes(after: &str) -> bool {
    BEHIND.iter().any(|word| after.starts_with(word))
}

/// Whether two neighbours are parts of one number: 二十三, 35万, 百億, 5割, 삼십.
pub(super) const fn is_numeral_pair(one: char, other: char) -> bool {
    (is_numeral(one) || one.is_ascii_digit()) && (is_numeral(other) || other.is_ascii_digit())
}

const fn is_numeral(c: char) -> bool {
    matches!(
        c,
        '〇' | '零'
            | '一'
            | '二'
            | '三'
            | '四'
            | '五'
            | '六'
            | '七'
            | '八'
            | '九'
            | '十'
            | '百'
            | '千'
            | '万'
            | '萬'
            | '億'
            | '亿'
            | '兆'
            | '两'
            | '兩'
            | '半'
            | '割'
            | '倍'
            | '십'
            | '백'
            | '천'
            | '만'
            | '억'
            | '조'
            | '０'..='９'
    )
}
