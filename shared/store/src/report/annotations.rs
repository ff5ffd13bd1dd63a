//! The facts of a run as W3C Web Annotations, each with the words before and after its quote.

use std::io;

use serde::Deserialize as _;
use serde_json::{Value, json};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use crate::error::StoreError;
use crate::row::get;

/// Characters before and after a quote: what tells two places with the same words apart.
const CONTEXT_CHARS: usize = 32;

/// Key, claim, quote, start and end of a fact.
type Fact = (String, String, String, usize, usize);

/// Hands each fact of a run's row to `line`, as far as that takes them.
pub(super) fn of_run(
    row: &Row,
    line: &mut dyn FnMut(&str) -> io::Result<()>,
) -> Result<io::Result<()>, StoreError> {
    let article: i64 = get(row, "article_id")?;
    let (url, created): (Option<&str>, Option<&str>) = (get(row, "url")?, get(row, "created")?);
    let body: &str = get(row, "body")?;
    let Json(facts): Json<Value> = get(row, "facts")?;
    let facts = Vec::<Fact>::deserialize(facts).map_err(|error| StoreError::Schema {
        problem: format!("read the facts of article {article}: {error}"),
        sqlstate: None,
    })?;
    let text = Text::of(body);
    for (key, claim, quote, start, end) in facts {
        let annotation = json!({
            "@context": "http://www.w3.org/ns/anno.jsonld",
            "id": format!("urn:gleaner:{article}:{key}"),
            "type": "Annotation",
            "motivation": "describing",
            "created": created,
            "body": { "type": "TextualBody", "value": claim, "format": "text/plain" },
            "target": {
                "source": url,
                "selector": {
                    "type": "TextQuoteSelector",
                    "exact": quote,
                    "prefix": text.chars(start.saturating_sub(CONTEXT_CHARS), start),
                    "suffix": text.chars(end, end.saturating_add(CONTEXT_CHARS)),
                },
            },
        });
        if let Err(error) = line(&annotation.to_string()) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// A text and where its code points begin.
struct Text<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Text<'t> {
    fn of(text: &'t str) -> Self {
        let starts = text.char_indices().map(|(at, _)| at).collect();
        Self { text, starts }
    }

    /// The code points from one to another, as far as there are any.
    fn chars(&self, from: usize, to: usize) -> &'t str {
        let byte = |at: usize| self.starts.get(at).copied().unwrap_or(self.text.len());
        self.text.get(byte(from)..byte(to)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_are_cut_whole_and_never_beyond_the_text() {
        let text = Text::of("a\u{1f600}b\u{301}c");

        assert_eq!(text.chars(1, 3), "\u{1f600}b");
        assert_eq!(text.chars(3, 99), "\u{301}c");
        assert_eq!(text.chars(99, 120), "");
        assert_eq!(Text::of("").chars(0, 5), "");
    }
}
