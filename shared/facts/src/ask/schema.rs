//! The answer's JSON Schema as text, for the order of its keys is part of it: a server that decodes by
//! the schema writes the fields in this order, and a claim that is written before its quote is not
//! taken from it. No map that sorts its keys ever holds it.

use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) const SCHEMA_FILE: &str = include_str!("../../assets/facts.schema.json");

/// The keyword of the bounds on lists, which some endpoints refuse.
const BOUND: &str = ",\"maxItems\":";

/// The schema in the forms that are sent.
pub(crate) struct Schema {
    /// `{name, strict, schema}`.
    pub(crate) named: Box<RawValue>,
    /// The schema alone.
    pub(crate) inner: Box<RawValue>,
}

#[derive(Deserialize)]
struct File<'f> {
    #[serde(borrow)]
    schema: &'f RawValue,
}

impl Schema {
    /// With bounds on its lists, so that a server that decodes by it ends a runaway answer.
    pub(crate) fn bounded() -> serde_json::Result<Self> {
        Self::read(&compact(SCHEMA_FILE))
    }

    /// Without bounds.
    pub(crate) fn unbounded() -> serde_json::Result<Self> {
        Self::read(&without_bounds(&compact(SCHEMA_FILE)))
    }

    fn read(text: &str) -> serde_json::Result<Self> {
        let file: File<'_> = serde_json::from_str(text)?;
        Ok(Self {
            inner: file.schema.to_owned(),
            named: serde_json::from_str(text)?,
        })
    }
}

/// JSON without the white space between its tokens.
fn compact(json: &str) -> String {
    let (mut in_text, mut is_escaped) = (false, false);
    let keep = |c: &char| {
        let is_kept = in_text || !c.is_ascii_whitespace();
        if *c == '"' && !is_escaped {
            in_text = !in_text;
        }
        is_escaped = *c == '\\' && !is_escaped;
        is_kept
    };
    json.chars().filter(keep).collect()
}

fn without_bounds(json: &str) -> String {
    let mut parts = json.split(BOUND);
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |out, part| {
        out + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_is_sent_is_the_file_but_for_white_space() {
        let file: Value = serde_json::from_str(SCHEMA_FILE).expect("the file is JSON");
        let sent = Schema::bounded().expect("the file is JSON");

        assert_eq!(
            serde_json::from_str::<Value>(sent.named.get()).ok(),
            Some(file)
        );
        assert!(!sent.named.get().contains('\n') && sent.named.get().contains("quote is in"));
    }

    #[test]
    fn the_schema_without_bounds_has_none_and_is_the_same_otherwise() {
        fn strip(value: &mut Value) {
            if let Value::Object(fields) = value {
                fields.remove("maxItems");
                fields.values_mut().for_each(strip);
            }
        }
        let mut expected: Value = serde_json::from_str(SCHEMA_FILE).expect("the file is JSON");
        strip(&mut expected);

        let plain = Schema::unbounded().expect("the file is JSON");

        assert!(SCHEMA_FILE.contains("maxItems") && !plain.named.get().contains("maxItems"));
        assert_eq!(
            serde_json::from_str::<Value>(plain.named.get()).ok(),
            Some(expected)
        );
    }

    #[test]
    fn white_space_inside_a_text_stays() {
        assert_eq!(
            compact("{ \"a b\" : \"c \\\" d\\\\\" ,\n 1 }"),
            "{\"a b\":\"c \\\" d\\\\\",1}"
        );
    }
}
