//! Characters that nobody can see: they carry orders to a model past a reader's eyes, and some of
//! them no database row may hold.

use std::borrow::Cow;

/// Whether a character shows nothing, turns the direction of writing, or means nothing outside one
/// vendor's font. Line breaks and tabs are not among them.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{b}'..='\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' // controls
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e000}'..='\u{f8ff}' // private use
        | '\u{e0000}'..='\u{e0fff}' // tags, variation selectors
        | '\u{f0000}'..='\u{10ffff}') // private planes
}

/// A sentence as the prompt may hold it: one line, nothing invisible, no brackets that could be
/// taken for our marks. Borrowed when there is nothing to do, which is nearly always.
pub(crate) fn for_prompt(sentence: &str) -> Cow<'_, str> {
    let plain = |byte: u8| matches!(byte, b' '..=b'~');
    if sentence.bytes().all(plain) || !sentence.chars().any(must_change) {
        return Cow::Borrowed(sentence);
    }
    let kept = sentence.chars().filter(|c| !is_invisible(*c));
    Cow::Owned(kept.map(replaced).collect())
}

const fn must_change(c: char) -> bool {
    is_invisible(c) || replaced(c) != c
}

const fn replaced(c: char) -> char {
    match c {
        '⟦' => '[',
        '⟧' => ']',
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        other => other,
    }
}

/// A model's text as a row may hold it: trimmed, without controls (NUL above all).
pub(crate) fn for_storage(text: &str) -> String {
    let is_bad = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let text = text.trim();
    if text.contains(is_bad) {
        text.replace(is_bad, "").trim().to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_reaches_the_prompt() {
        let hidden = "a\u{200b}b\u{202e}c\u{e0041}d\u{ad}e\u{e001}f\u{0}g\u{feff}h";

        assert_eq!(for_prompt(hidden), "abcdefgh");
    }

    #[test]
    fn a_page_cannot_write_our_marks() {
        assert_eq!(for_prompt("⟦7f3a:1⟧ x\ny"), "[7f3a:1] x y");
    }

    #[test]
    fn visible_writing_of_any_script_passes_untouched() {
        for text in [
            "Plain.",
            "Größe “5 €” – naïve",
            "東京は雨。",
            "مرحبا",
            "🙂 ok",
        ] {
            assert_eq!(for_prompt(text), text);
        }
    }
}
