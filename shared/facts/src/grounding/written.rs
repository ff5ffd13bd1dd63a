//! What models write into a quote that is not the article's: the mark of its sentence, and character
//! references, as of HTML. Only a quote that is not found as it stands is looked for without.

/// Names that occur in prose.
const NAMES: [(&str, char); 17] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("hellip", '…'),
    ("euro", '€'),
    ("pound", '£'),
    ("deg", '°'),
    ("shy", '\u{ad}'),
];

/// The longest reference that is read, in bytes.
const REFERENCE_MAX: usize = 10;

/// The quote without marks and with its references resolved; `None`: it has neither.
pub(super) fn plain(quote: &str) -> Option<String> {
    let unmarked = without_marks(quote);
    let decoded = decoded(unmarked.as_deref().unwrap_or(quote));
    decoded.or(unmarked)
}

fn decoded(quote: &str) -> Option<String> {
    let mut out = String::with_capacity(quote.len());
    let mut rest = quote;
    let mut found = false;
    while let Some(at) = rest.find('&') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        if let Some((c, length)) = reference(after) {
            out.push(c);
            found = true;
            rest = after.get(length..).unwrap_or("");
        } else {
            out.push('&');
            rest = after.get(1..).unwrap_or("");
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

/// The character that a text's first reference stands for, and the reference's length.
fn reference(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('&')?;
    let end = body.find(';').filter(|end| *end <= REFERENCE_MAX)?;
    let body = body.get(..end)?;
    let c = match body.strip_prefix('#') {
        Some(number) => {
            let hex = number.strip_prefix(['x', 'X']);
            let code = match hex {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
        None => NAMES.iter().find(|(name, _)| *name == body)?.1,
    };
    Some((c, end + 2))
}

/// The quote without marks; `None`: it has none, or nothing else.
fn without_marks(quote: &str) -> Option<String> {
    let mut rest = quote;
    let mut kept = String::with_capacity(quote.len());
    while let Some(at) = rest.find(['⟦', '[']) {
        let (before, after) = rest.split_at(at);
        kept.push_str(before);
        let length = mark_length(after);
        let length = length.unwrap_or_else(|| {
            let bracket = after.chars().next().map_or(1, char::len_utf8);
            kept.push_str(after.get(..bracket).unwrap_or(""));
            bracket
        });
        rest = after.get(length..).unwrap_or("");
    }
    kept.push_str(rest);
    let kept = kept.trim();
    (!kept.is_empty() && kept != quote.trim()).then(|| kept.to_owned())
}

/// The length of a mark such as `⟦7f3a:12⟧` at the beginning of a text, the blank behind it included.
fn mark_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix(['⟦', '['])?;
    let end = inner.find(['⟧', ']'])?;
    let (code, number) = inner.get(..end)?.split_once(':')?;
    let is_code = code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if !(is_code && is_number) {
        return None;
    }
    let close = inner.get(end..)?.chars().next()?.len_utf8();
    let open = text.len() - inner.len();
    let rest = inner.get(end + close..)?;
    Some(open + end + close + (rest.len() - rest.trim_start().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_a_sentence_is_no_part_of_a_quote() {
        for text in [
            "⟦7f3a:12⟧ a b",
            "[7f3a:12] a b",
            "a ⟦7f3a:13⟧ b",
            "a b ⟦7f3a:1⟧",
        ] {
            assert_eq!(plain(text).as_deref(), Some("a b"), "{text}");
        }
        assert_eq!(plain("[sic] a [12:30]"), None);
        assert_eq!(plain("⟦7f3a:12⟧"), None);
        assert_eq!(plain("⟦7f3a:12⟧ R&amp;D").as_deref(), Some("R&D"));
    }

    #[test]
    fn references_are_resolved_and_what_is_none_stays() {
        let text = "R&amp;D &#8220;a&#x2019;s&rdquo; AT&T &what; &#xffffffff; &";

        let plain = decoded(text).expect("it has references");

        assert_eq!(plain, "R&D “a’s” AT&T &what; &#xffffffff; &");
        assert_eq!(decoded("AT&T; R & D"), None);
    }
}
