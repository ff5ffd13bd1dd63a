//! JSON-LD: what the page says of itself for search engines. Only objects that describe an
//! article count; broken JSON is passed over, as its readers do.

use std::collections::HashMap;

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

/// Who wrote, as linked data has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Author {
    pub(crate) name: String,
    /// Not declared to be an organisation.
    pub(crate) is_person: bool,
}

/// What linked data says of the article.
#[derive(Debug, Default)]
pub(crate) struct Linked {
    pub(crate) headline: Option<String>,
    pub(crate) authors: Vec<Author>,
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
        // Broken JSON is passed over, as search engines do.
        if let Ok(value) = parse(source) {
            let named = by_id(&value);
            collect(&value, &named, &mut found, &mut budget);
        }
    }
    found
}

/// Objects of a graph that have a name, by their `@id`: others refer to them by that alone.
fn by_id(root: &Value) -> HashMap<&str, &Value> {
    let graph = root.get("@graph").unwrap_or(root);
    let objects = graph
        .as_array()
        .map_or(std::slice::from_ref(graph), Vec::as_slice);
    let entry = |value: &'_ Value| value.get("@id").and_then(Value::as_str).is_some();
    objects
        .iter()
        .take(OBJECTS_MAX)
        .filter(|value| entry(value) && value.get("name").is_some())
        .filter_map(|value| Some((value.get("@id")?.as_str()?, value)))
        .collect()
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
fn collect(root: &Value, named: &HashMap<&str, &Value>, found: &mut Linked, budget: &mut usize) {
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
                    article(value, named, found);
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

fn article(value: &Value, named: &HashMap<&str, &Value>, found: &mut Linked) {
    let text = |key: &str| value.get(key).and_then(first_text);
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
            .and_then(|publisher| authors(publisher, named).into_iter().next())
            .map(|publisher| publisher.name);
    }
    if found.authors.is_empty()
        && let Some(value) = ["author", "creator", "authors"]
            .iter()
            .find_map(|key| value.get(key))
    {
        found.authors = authors(value, named);
    }
    found.not_free |= match value.get("isAccessibleForFree") {
        Some(Value::Bool(free)) => !free,
        Some(Value::String(free)) => free.eq_ignore_ascii_case("false"),
        _ => false,
    };
}

/// A string, a number, or the first of several.
fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => plain(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(all) => all.first().and_then(Value::as_str).and_then(plain),
        Value::Object(object) => object.get("@value").and_then(Value::as_str).and_then(plain),
        _ => None,
    }
}

/// Most authors of one article.
const AUTHORS_MAX: usize = 12;

/// The names of a person or organisation, or of several.
fn authors(value: &Value, named: &HashMap<&str, &Value>) -> Vec<Author> {
    let mut found: Vec<Author> = Vec::new();
    let mut pending = vec![value];
    let mut seen = 0;
    while let Some(value) = pending.pop() {
        seen += 1;
        if seen > 4 * AUTHORS_MAX || found.len() >= AUTHORS_MAX {
            break;
        }
        match value {
            Value::Array(all) => pending.extend(all.iter().rev()),
            Value::Object(object) if object.contains_key("@list") => {
                pending.extend(object.get("@list"));
            }
            value => found.extend(names(value, named)),
        }
    }
    found.retain(|author| !author.name.contains("://"));
    found.dedup();
    found
}

/// The name of one, or the several names of one that should be several.
fn names(value: &Value, named: &HashMap<&str, &Value>) -> Vec<Author> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).and_then(plain);
    let referred = |value: &Value| {
        let id = value.get("@id").and_then(Value::as_str);
        id.and_then(|id| named.get(id)).copied().cloned()
    };
    let is_person = !is_kind(value, &["Organization", "Corporation", "WebSite"]);
    let author = |name| Author { name, is_person };
    match value {
        Value::String(name) => plain(name).map(author).into_iter().collect(),
        Value::Object(object) => match object.get("name") {
            Some(Value::Array(all)) => {
                let all = all.iter().filter_map(Value::as_str).filter_map(plain);
                all.map(author).collect()
            }
            Some(name) => first_text(name).map(author).into_iter().collect(),
            None => {
                let whole = [text(value, "givenName"), text(value, "familyName")];
                let whole: Vec<String> = whole.into_iter().flatten().collect();
                match referred(value) {
                    _ if !whole.is_empty() => vec![author(whole.join(" "))],
                    Some(other) if other.get("name").is_some() => names(&other, &HashMap::new()),
                    _ => Vec::new(),
                }
            }
        },
        _ => Vec::new(),
    }
}

/// A string without markup and with its references decoded.
fn plain(value: &str) -> Option<String> {
    let decoded = entity::decode(value);
    let words = decoded.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}
