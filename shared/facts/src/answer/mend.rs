//! JSON as servers and models write it, made strict in one pass.

/// Words that strict JSON does not have, and what they mean.
const WORDS: [(&str, &str); 7] = [
    ("NaN", "null"),
    ("-Infinity", "null"),
    ("Infinity", "null"),
    ("None", "null"),
    ("undefined", "null"),
    ("True", "true"),
    ("False", "false"),
];

/// Mends what strict JSON refuses and models write: a comma before a closing bracket, raw control
/// characters inside strings, escapes of half a surrogate pair, unknown escapes, words such as NaN.
pub(crate) fn mend(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    let mut in_word = false;
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or("");
        rest = match (in_string, c) {
            (false, ',') if closes(tail) => tail,
            (false, 'N' | '-' | 'I' | 'u' | 'T' | 'F') if !in_word && word(rest).is_some() => {
                let (wrong, right) = word(rest).unwrap_or_default();
                push(&mut out, right, rest.get(wrong.len()..).unwrap_or(""))
            }
            (true, '\\') => mend_escape(tail, &mut out),
            (true, '\n') => push(&mut out, "\\n", tail),
            (true, '\t') => push(&mut out, "\\t", tail),
            (true, c) if c.is_control() => tail,
            (_, c) => {
                in_string ^= c == '"';
                out.push(c);
                tail
            }
        };
        in_word = c.is_alphanumeric();
    }
    out
}

/// The word that `rest` begins with, if JSON has another for it.
fn word(rest: &str) -> Option<(&'static str, &'static str)> {
    let ends = |wrong: &str| {
        let after = rest.get(wrong.len()..).and_then(|it| it.chars().next());
        after.is_none_or(|c| !c.is_alphanumeric())
    };
    let mut words = WORDS.into_iter();
    words.find(|(wrong, _)| rest.starts_with(wrong) && ends(wrong))
}

fn closes(tail: &str) -> bool {
    tail.trim_start().starts_with([']', '}'])
}

fn push<'t>(out: &mut String, what: &str, tail: &'t str) -> &'t str {
    out.push_str(what);
    tail
}

/// Copies the escape whose backslash was just read, if it is sound; gives what follows it.
fn mend_escape<'t>(tail: &'t str, out: &mut String) -> &'t str {
    let Some(kind) = tail.chars().next() else {
        return tail;
    };
    let after = tail.get(kind.len_utf8()..).unwrap_or("");
    match kind {
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {
            out.push('\\');
            out.push(kind);
            after
        }
        'u' => mend_unicode(after, out),
        other => {
            out.push(other);
            after
        }
    }
}

fn mend_unicode<'t>(digits: &'t str, out: &mut String) -> &'t str {
    let Some(unit) = hex4(digits) else {
        return digits;
    };
    let after = digits.get(4..).unwrap_or("");
    let is_high = (0xd800..0xdc00).contains(&unit);
    let is_low = (0xdc00..0xe000).contains(&unit);
    if !is_high && !is_low {
        out.push_str("\\u");
        out.push_str(digits.get(..4).unwrap_or("fffd"));
        return after;
    }
    let partner = after.strip_prefix("\\u").and_then(hex4);
    if is_high && partner.is_some_and(|low| (0xdc00..0xe000).contains(&low)) {
        out.push_str("\\u");
        out.push_str(digits.get(..10).unwrap_or("fffd"));
        return after.get(6..).unwrap_or("");
    }
    after
}

fn hex4(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all_hex
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_languages_are_mended_outside_strings_alone() {
        let text = r#"{"a":NaN,"b":[None,True,-Infinity],"c":"NaN None","d":xNaN}"#;

        let right = r#"{"a":null,"b":[null,true,null],"c":"NaN None","d":xNaN}"#;
        assert_eq!(mend(text), right);
    }
}
