//! JSON-LD: what the page says of itself for search engines. Only objects that describe an
//! article count; broken JSON is passed over, as its readers do.

use serde_json::Value;

use crate::deadline::Deadline;
use crate::html::{Tag, Tree, entity};

/// Bytes of one script that are parsed; article objects have a few kilobytes.
const SCRIPT_BYTES_MAX: usize = 1024 * 1024;

/// Scripts looked at.
const SCRIPTS_MAX: usize = 32;

/// Bytes of all scripts together that are parsed.
const BYTES_MAX: usize = 2 * SCRIPT_BYTES_MAX;

/// Objects looked at in all scripts together.
const OBJECTS_MAX: usize = 2000;

/// What linked data says of the article.
#[derive(Debug, Default)]
pub(crate) struct Linked {
    pub(crate) headline: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) publisher: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) published: Option<String>,
    pub(crate) body: Option<String>,
    /// `isAccessibleForFree` is false.
    pub(crate) not_free: bool,
    /// An object that is an article was found.
    pub(crate) is_article: bool,
    /// The page calls itself a collection, or a blog.
    pub(crate) is_list: bool,
}

/// Reads the page's linked data.
pub(crate) fn linked(tree: &Tree<'_>, deadline: &Deadline) -> Linked {
    let mut found = Linked::default();
    let scripts = tree
        .nodes
        .iter()
        .filter(|node| node.tag == Tag::Script)
        .take(SCRIPTS_MAX);
    let mut budget = OBJECTS_MAX;
    let mut bytes_left = BYTES_MAX;
    for script in scripts {
        let source = script.span.of(tree.source);
        if source.len() > SCRIPT_BYTES_MAX.min(bytes_left) {
            continue;
        }
        if deadline.passed() {
            break;
        }
        bytes_left -= source.len();
        if let Ok(value) = parse(source) {
            collect(&value, &mut found, &mut budget);
        }
    }
    found
}

fn parse(source: &str) -> serde_json::Result<Value> {
    let trimmed = source
        .trim()
        .trim_start_matches("<!--")
        .trim_end_matches("-->")
        .trim();
    let trimmed = trimmed
        .trim_start_matches("//<![CDATA[")
        .trim_end_matches("//]]>");
    if trimmed.contains("\\u0000") {
        return serde_json::from_str(&trimmed.replace("\\u0000", " "));
    }
    // Raw line breaks inside strings are the commonest fault.
    serde_json::from_str(trimmed)
        .or_else(|_| serde_json::from_str(&trimmed.replace(['\n', '\r', '\t'], " ")))
}

/// Walks `root` with its own stack; `serde_json` bounds the nesting to 128.
fn collect(root: &Value, found: &mut Linked, budget: &mut usize) {
    let mut pending = vec![root];
    while let Some(value) = pending.pop() {
        if *budget == 0 {
            return;
        }
        *budget -= 1;
        match value {
            Value::Array(items) => pending.extend(items.iter().rev()),
            Value::Object(object) => {
                if is_article(value) {
                    article(value, found);
                }
                found.is_list |= is_kind(value, &["CollectionPage", "SearchResultsPage", "Blog"]);
                for key in [
                    "@graph",
                    "mainEntity",
                    "mainEntityOfPage",
                    "hasPart",
                    "item",
                ] {
                    pending.extend(object.get(key).filter(|v| v.is_object() || v.is_array()));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn is_article(value: &Value) -> bool {
    is_kind(value, &["Article", "Posting", "Report", "Review"])
}

fn is_kind(value: &Value, endings: &[&str]) -> bool {
    let fits = |kind: &Value| {
        kind.as_str()
            .is_some_and(|kind| endings.iter().any(|known| kind.ends_with(known)))
    };
    match value.get("@type") {
        Some(Value::Array(kinds)) => kinds.iter().any(fits),
        Some(kind) => fits(kind),
        None => false,
    }
}

fn article(value: &Value, found: &mut Linked) {
    let text = |key: &str| value.get(key).and_then(Value::as_str).and_then(plain);
    found.is_article = true;
    if found.headline.is_none() {
        found.headline = text("headline").or_else(|| text("name"));
    }
    if found.published.is_none() {
        found.published = text("datePublished").or_else(|| text("dateCreated"));
    }
    if found.body.is_none() {
        found.body = value
            .get("articleBody")
            .and_then(Value::as_str)
            .map(str::to_owned);
    }
    if found.language.is_none() {
        found.language = text("inLanguage");
    }
    if found.publisher.is_none() {
        found.publisher = value
            .get("publisher")
            .and_then(|p| names(p).into_iter().next());
    }
    if found.authors.is_empty()
        && let Some(authors) = value.get("author").or_else(|| value.get("creator"))
    {
        found.authors = names(authors);
    }
    found.not_free |= match value.get("isAccessibleForFree") {
        Some(Value::Bool(free)) => !free,
        Some(Value::String(free)) => free.eq_ignore_ascii_case("false"),
        _ => false,
    };
}

/// The names of a person or organisation, or of several.
fn names(value: &Value) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(name) => plain(name),
        Value::Object(object) => object.get("name").and_then(|name| match name {
            Value::Array(names) => names.first().and_then(Value::as_str).and_then(plain),
            name => name.as_str().and_then(plain),
        }),
        _ => None,
    };
    let mut found: Vec<String> = match value {
        Value::Array(all) => all.iter().take(12).filter_map(one).collect(),
        value => one(value).into_iter().collect(),
    };
    found.retain(|name| !name.contains("://"));
    found.dedup();
    found
}

/// A string without markup and with its references decoded.
fn plain(value: &str) -> Option<String> {
    let decoded = entity::decode(value);
    let words = decoded.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}
