//! Texts of titles, names and bylines, made comparable.

/// Longest title, name or byline; more is a page's mistake.
const VALUE_CHARS_MAX: usize = 300;

/// White space collapsed, marks that are never seen taken out, length bounded; `None` for nothing.
pub(super) fn clean(value: &str) -> Option<String> {
    let unseen = |c: char| matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}');
    let value = value.replace(unseen, "");
    let words = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = words.chars().take(VALUE_CHARS_MAX).collect();
    (!short.is_empty()).then_some(short)
}

/// The letters and digits of a text in lower case.
pub(super) fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
