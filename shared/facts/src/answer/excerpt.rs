//! What an endpoint said of a failure, fit to be kept and shown: short, on one line, without a secret
//! and without words of the page.

use serde_json::Value;

use crate::error::Excerpt;

/// Characters kept.
const CHARS_MAX: usize = 200;

/// So many characters in a row that also stand in the prompt are the page's, not the endpoint's.
const REPEATED_CHARS: usize = 20;

/// The same where a character is a word.
const REPEATED_CHARS_WIDE: usize = 8;

/// Where endpoints put their words.
const PLACES: [&str; 13] = [
    "/error/message",
    "/choices/0/error/message",
    "/message",
    "/error",
    "/detail",
    "/detail/0/msg",
    "/msg",
    "/errors/0/message",
    "/errors/0",
    "/error_description",
    "/error/metadata/raw",
    "/error/type",
    "/error/code",
];

/// Beginnings of keys.
const KEY_BEGINNINGS: [&str; 13] = [
    "sk-", "sk_", "pk-", "rk-", "gsk_", "hf_", "xai-", "nvapi-", "ghp_", "aiza", "eyj", "akia",
    "bearer",
];

/// The excerpt of an error's body. `key` and `prompt` are what must not be in it.
pub(crate) fn of(body: &[u8], envelope: Option<&Value>, key: &str, prompt: &str) -> Excerpt {
    let said = match envelope {
        Some(envelope) => in_envelope(envelope),
        None => in_text(body),
    };
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line
        .chars()
        .filter(|c| !c.is_control())
        .take(4 * CHARS_MAX)
        .collect();
    let line = without_secrets(&line, key);
    Excerpt::new(shortened(without_page(&line, prompt)))
}

fn in_envelope(envelope: &Value) -> String {
    let envelope = envelope.get(0).unwrap_or(envelope);
    let mut texts = PLACES
        .iter()
        .filter_map(|place| envelope.pointer(place)?.as_str());
    let said = texts.find(|text| !text.trim().is_empty());
    said.unwrap_or("").to_owned()
}

/// The title of an HTML page, else the text itself.
fn in_text(body: &[u8]) -> String {
    let head = body.get(..4_096).unwrap_or(body);
    let text = String::from_utf8_lossy(head);
    if !text.trim_start().starts_with('<') {
        return text.into_owned();
    }
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|at| {
        let start = at + lower.get(at..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find('<')?;
        text.get(start..end)
    });
    format!(
        "an HTML page: {}",
        title.unwrap_or("without a title").trim()
    )
}

/// Words that are, or look like, keys.
fn without_secrets(line: &str, key: &str) -> String {
    let line = if key.len() >= 4 {
        line.replace(key, "[key]")
    } else {
        line.to_owned()
    };
    let words = line.split(' ').map(|word| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_secret(bare) {
            word.replace(bare, "[key]")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn is_secret(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let begins = KEY_BEGINNINGS.iter().any(|start| lower.starts_with(start));
    let has = |test: fn(&char) -> bool| word.chars().any(|c| test(&c));
    let is_mixed = has(char::is_ascii_digit) && has(char::is_ascii_alphabetic);
    let is_dense = word.len() >= 24 && is_mixed && !word.contains(['.', '/', ':']) && {
        let breaks = word.chars().filter(|c| matches!(c, '-' | '_')).count();
        word.len() / (breaks + 1) >= 12
    };
    (begins && word.len() >= 8) || word.contains("***") || is_dense
}

/// As far as it says nothing that stands in the prompt.
fn without_page<'l>(line: &'l str, prompt: &str) -> &'l str {
    let starts: Vec<usize> = line.char_indices().map(|(at, _)| at).collect();
    for (nth, start) in starts.iter().enumerate() {
        let is_wide = line.get(*start..).and_then(|it| it.chars().next());
        let run = if is_wide.is_some_and(|c| !c.is_ascii()) {
            REPEATED_CHARS_WIDE
        } else {
            REPEATED_CHARS
        };
        let end = match starts.get(nth + run) {
            Some(end) => *end,
            None if nth + run == starts.len() => line.len(),
            None => continue,
        };
        if line
            .get(*start..end)
            .is_some_and(|part| prompt.contains(part))
        {
            return line.get(..*start).unwrap_or("");
        }
    }
    line
}

fn shortened(line: &str) -> String {
    let line = line.trim();
    match line.char_indices().nth(CHARS_MAX - 1) {
        Some((at, _)) if line.chars().nth(CHARS_MAX).is_some() => {
            format!("{}…", line.get(..at).unwrap_or(""))
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn said(body: &str, key: &str, prompt: &str) -> String {
        let envelope = serde_json::from_str(body).ok();
        of(body.as_bytes(), envelope.as_ref(), key, prompt)
            .text()
            .to_owned()
    }

    #[test]
    fn the_endpoint_s_words_are_found_where_it_puts_them() {
        for body in [
            json!({"error": {"message": "no\n such  thing"}}),
            json!({"error": "no such thing"}),
            json!({"detail": [{"msg": "no such thing", "input": "x"}]}),
            json!([{"error": {"message": "no such thing"}}]),
            json!({"code": 500, "msg": "no such thing"}),
        ] {
            assert_eq!(said(&body.to_string(), "", ""), "no such thing", "{body}");
        }
        assert_eq!(
            said("<html><head><title>Just a moment</title>", "", ""),
            "an HTML page: Just a moment"
        );
    }

    #[test]
    fn no_key_is_kept() {
        for word in [
            "canary",
            "sk-abcdefgh",
            "sk-ab***xy",
            "AIzaSyA1234567890abcdefgh",
            "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4",
        ] {
            let body = json!({"error": {"message": format!("Incorrect key: \"{word}\".")}});
            assert_eq!(
                said(&body.to_string(), "canary", ""),
                "Incorrect key: \"[key]\"."
            );
        }
        let model = "no model gpt-4o-mini-2024-07-18 here";
        assert_eq!(said(model, "", ""), model);
    }

    #[test]
    fn no_words_of_the_page_are_kept() {
        let prompt = "⟦7f3a:1⟧ The city council of Marlow approved a new plant.";
        let body = "cannot read: The city council of Marlow approved";

        assert_eq!(said(body, "", prompt), "cannot read:");
    }

    proptest! {
        #[test]
        fn an_excerpt_is_short_and_on_one_line(body in prop::collection::vec(any::<u8>(), 0..3_000), key in "[a-z]{4,9}") {
            let envelope = serde_json::from_slice(&body).ok();
            let said = of(&body, envelope.as_ref(), &key, "");
            prop_assert!(said.text().chars().count() <= CHARS_MAX);
            prop_assert!(!said.text().contains('\n') && !said.text().contains(&key));
        }
    }
}
