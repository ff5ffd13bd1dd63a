//! What the model says a fact is, before anything is believed.

use domain::{Certainty, FactKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::clean;

/// A quote or claim longer than this is no fact but a copy of the text.
const FIELD_CHARS_MAX: usize = 1_000;

/// A name, a place or a date longer than this is none.
const NAME_CHARS_MAX: usize = 200;

/// Names kept of one fact.
const ENTITIES_MAX: usize = 30;

/// One fact as returned: clean text, known words, nothing checked against the article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFact {
    /// The sentence the model names.
    pub sentence: Option<u32>,
    /// The words it says are the article's.
    pub quote: String,
    /// The fact.
    pub claim: String,
    /// What sort of thing it tells.
    pub kind: FactKind,
    /// How sure the article is of it.
    pub certainty: Certainty,
    /// Who says it.
    pub speaker: Option<String>,
    /// When.
    pub when: Option<String>,
    /// Where.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// Who and what it names.
    pub entities: Vec<String>,
}

impl ModelFact {
    /// Reads one item of `facts`. `None`: it has no usable quote or claim. Everything else that is
    /// missing or wrong is taken for unknown: a server that accepts a schema may not enforce it.
    pub(crate) fn read(item: &Value) -> Option<Self> {
        let fields = item.as_object()?;
        Some(Self {
            sentence: fields.get("sentence").and_then(read_number),
            quote: text(fields, "quote", FIELD_CHARS_MAX)?,
            claim: text(fields, "claim", FIELD_CHARS_MAX)?,
            kind: word(fields, "kind").unwrap_or(FactKind::Other),
            certainty: word(fields, "certainty").unwrap_or(Certainty::Asserted),
            speaker: text(fields, "speaker", NAME_CHARS_MAX),
            when: text(fields, "when", NAME_CHARS_MAX),
            place: text(fields, "where", NAME_CHARS_MAX),
            entities: names(fields.get("entities")),
        })
    }
}

/// A number, a whole float, or a text with one: `"12"`, `"4."`, the mark `"⟦7f3a:12⟧"`.
fn read_number(value: &Value) -> Option<u32> {
    if let Some(number) = value.as_u64() {
        return u32::try_from(number).ok();
    }
    if let Some(number) = value.as_f64() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked in the same line"
        )]
        return (number.fract() == 0.0 && (0.0..1e9).contains(&number)).then_some(number as u32);
    }
    let text = value.as_str()?;
    let text = text.rsplit(':').next()?;
    let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok()
}

/// A text that is there, not blank and not longer than `chars_max`, without what no row may hold.
fn text(fields: &Map<String, Value>, name: &str, chars_max: usize) -> Option<String> {
    let clean = clean::for_storage(fields.get(name)?.as_str()?);
    let fits = !clean.is_empty() && clean.chars().nth(chars_max).is_none();
    fits.then_some(clean)
}

fn word<T: std::str::FromStr>(fields: &Map<String, Value>, name: &str) -> Option<T> {
    let word = fields.get(name)?.as_str()?.trim();
    word.parse().ok()
}

fn names(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items
        .filter_map(Value::as_str)
        .map(clean::for_storage)
        .filter(|name| !name.is_empty() && name.chars().nth(NAME_CHARS_MAX).is_none())
        .take(ENTITIES_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fact_without_quote_or_claim_is_none() {
        for item in [
            json!("text"),
            json!(null),
            json!({"claim": "a"}),
            json!({"quote": "a"}),
            json!({"quote": " ", "claim": "a"}),
            json!({"quote": 5, "claim": "a"}),
            json!({"quote": "x".repeat(1_001), "claim": "a"}),
        ] {
            assert_eq!(ModelFact::read(&item), None, "{item}");
        }
    }

    #[test]
    fn whatever_else_is_wrong_is_taken_for_unknown() {
        let item = json!({"quote": "a b", "claim": "A.", "kind": "gossip", "certainty": 1,
            "speaker": "", "when": ["2020"], "entities": ["Ann", 3, null], "sentence": "12", "x": 1});

        let fact = ModelFact::read(&item).expect("quote and claim are there");

        assert_eq!(
            (fact.kind, fact.certainty),
            (FactKind::Other, Certainty::Asserted)
        );
        assert_eq!((fact.speaker, fact.when, fact.place), (None, None, None));
        assert_eq!(
            (fact.entities, fact.sentence),
            (vec!["Ann".to_owned()], Some(12))
        );
    }

    #[test]
    fn the_number_of_a_sentence_is_read_as_models_write_it() {
        let sentence = |value: Value| read_number(&value);

        assert_eq!(sentence(json!("⟦7f3a:12⟧")), Some(12));
        assert_eq!(
            (sentence(json!(2.0)), sentence(json!("4."))),
            (Some(2), Some(4))
        );
        assert_eq!((sentence(json!(2.5)), sentence(json!("two"))), (None, None));
    }

    #[test]
    fn nul_never_passes() {
        let item = json!({"quote": "a\u{0}b", "claim": "c\u{0}"});

        let fact = ModelFact::read(&item).expect("both are there");

        assert_eq!((fact.quote.as_str(), fact.claim.as_str()), ("ab", "c"));
    }
}
