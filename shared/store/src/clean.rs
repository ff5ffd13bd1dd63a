//! What Postgres refuses in a text, replaced before it gets there.

use std::borrow::Cow;

use serde_json::Value;

/// Replaces NUL, which no text column takes, by U+FFFD. One code point for one: spans stay true.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// [`clean`], and cut to at most `max` characters.
pub(crate) fn clean_and_cut(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        Some((end, _)) => Cow::Owned(clean(text.get(..end).unwrap_or(text)).into_owned()),
        None => clean(text),
    }
}

/// [`clean`] for every text inside a JSON value, keys included: `jsonb` refuses NUL too.
pub(crate) fn clean_json(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(text).into_owned()),
        Value::Array(items) => Value::Array(items.iter().map(clean_json).collect()),
        Value::Object(fields) => {
            let cleaned = fields.iter();
            let cleaned = cleaned.map(|(key, value)| (clean(key).into_owned(), clean_json(value)));
            Value::Object(cleaned.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_becomes_one_other_character() {
        assert_eq!(clean("a\0b"), "a\u{fffd}b");
        assert!(matches!(clean("ab"), Cow::Borrowed("ab")));
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(clean_and_cut("äöü\0", 2), "äö");
        assert_eq!(clean_and_cut("äö", 2), "äö");
    }
}
