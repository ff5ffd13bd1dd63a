//! What goes out, byte for byte: a server that decodes by the schema writes an answer in the order of
//! the request's keys.

use super::*;

/// The fields of a fact in the order in which they are to be written.
const ORDER: [&str; 9] = [
    "sentence",
    "quote",
    "claim",
    "kind",
    "certainty",
    "speaker",
    "when",
    "where",
    "entities",
];

/// Requests of every form: the schema as a parameter, with bounds and without, and in the prompt.
const SCRIPTS: [&str; 4] = [
    "",
    "no_max_items;times=always",
    "no_json_schema;times=always",
    "no_json_mode;times=always",
];

#[tokio::test]
async fn every_form_of_the_request_names_the_quote_before_the_claim() {
    let mut forms = 0;
    for dialect in [Dialect::OpenAi, Dialect::Anthropic] {
        for script in SCRIPTS {
            let stand_in = stand_in(script).await;

            let result = find(&finder(vec![route(&stand_in, dialect)]), TEXT).await;

            assert_eq!(word(&result), "ok", "{script} {dialect:?}");
            for request in stand_in.log() {
                let body = request.body.expect("bodies are kept");
                assert_in_order(&body);
                forms += 1;
            }
            stand_in.stop().await;
        }
    }
    assert!(forms >= 8 + 4, "too few forms were sent: {forms}");
}

/// Every schema and every example in a request has its fields in order.
fn assert_in_order(body: &str) {
    // a schema or an example inside the prompt is a string inside JSON
    let body = body.replace('\\', "");
    let schemas = body.split("\"properties\":{\"").skip(1);
    let facts: Vec<&str> = schemas
        .filter(|rest| !rest.starts_with("facts\""))
        .collect();
    let examples: Vec<&str> = body.split("{\"sentence\":1,").skip(1).collect();
    assert!(!facts.is_empty() && !examples.is_empty(), "{body}");
    for schema in &facts {
        assert!(schema.starts_with("sentence\":"), "{schema}");
        assert_ascending(schema, "sentence\":".len(), &ORDER[1..]);
    }
    for example in &examples {
        assert_ascending(example, 0, &ORDER[1..]);
    }
    let required = body
        .split("\"required\":[\"")
        .filter(|rest| rest.contains("\"quote\""));
    let required = required.filter(|rest| !rest.starts_with("facts\"]"));
    let listed = format!("{}\"]", ORDER.join("\",\""));
    assert!(
        required.skip(1).all(|rest| rest.starts_with(&listed)),
        "{body}"
    );
}

fn assert_ascending(text: &str, mut at: usize, fields: &[&str]) {
    for field in fields {
        let key = format!("\"{field}\":");
        let rest = text.get(at..).expect("a bound of a key");
        at += rest
            .find(&key)
            .unwrap_or_else(|| panic!("{key} is not in order: {text}"));
    }
}
