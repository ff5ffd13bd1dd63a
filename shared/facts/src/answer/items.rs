//! The list of facts in a JSON value: where it was asked for, and in the places where models put it
//! instead. One level of wrapping, one of encoding; nothing else is opened.

use serde_json::{Deserializer, Map, Value};

use crate::answer::model_fact::ModelFact;

/// What a value holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Items {
    /// A list with something in it.
    Some(Vec<Value>),
    /// The empty list that was asked for, and nothing beside it.
    None,
    /// An empty list, and a doubt.
    Doubtful,
    /// No list.
    NotSchema,
}

/// What a text holds that is one JSON value; `None` when it is not.
pub(crate) fn of_text(text: &str) -> Option<Items> {
    match serde_json::from_str(text).ok()? {
        // JSON in a JSON string.
        Value::String(inner) => Some(of_text_once(inner.trim()).unwrap_or(Items::NotSchema)),
        value => Some(undoubted(text, of_value(value))),
    }
}

fn of_text_once(text: &str) -> Option<Items> {
    let value = serde_json::from_str(text).ok()?;
    Some(undoubted(text, of_value(value)))
}

/// A name that stands twice hides the first of its lists.
fn undoubted(text: &str, items: Items) -> Items {
    if items == Items::None && text.matches("\"facts\"").count() != 1 {
        Items::Doubtful
    } else {
        items
    }
}

/// The first value of a text, and its length.
pub(crate) fn first_value(text: &str) -> Option<(Value, usize)> {
    let mut stream = Deserializer::from_str(text).into_iter::<Value>();
    let value = stream.next()?.ok()?;
    Some((value, stream.byte_offset()))
}

/// What a value holds.
pub(crate) fn of_value(value: Value) -> Items {
    match value {
        Value::Object(fields) => of_object(fields),
        Value::Array(list) => of_array(list),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Items::NotSchema,
    }
}

fn of_object(mut fields: Map<String, Value>) -> Items {
    let Some(facts) = fields.remove("facts") else {
        return wrapped(fields);
    };
    match of_facts(facts) {
        Items::None if fields.values().all(says_nothing) => Items::None,
        // The list that was asked for is empty, and the facts stand beside it.
        Items::None => beside(fields).map_or(Items::Doubtful, Items::Some),
        other => other,
    }
}

/// What stands under `facts`: a list, a list as text, one fact, facts by number.
fn of_facts(facts: Value) -> Items {
    match facts {
        Value::Array(list) if list.is_empty() => Items::None,
        Value::Array(list) => Items::Some(list),
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::Array(list)) if !list.is_empty() => Items::Some(list),
            _ => Items::NotSchema,
        },
        Value::Object(fields) => {
            let all: Vec<Value> = fields.values().cloned().collect();
            let one = Value::Object(fields);
            if is_fact(&one) {
                Items::Some(vec![one])
            } else if !all.is_empty() && all.iter().all(is_fact) {
                Items::Some(all)
            } else {
                Items::NotSchema
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Items::NotSchema,
    }
}

/// An object under another name, or in the arguments of a call.
fn wrapped(fields: Map<String, Value>) -> Items {
    let one = Value::Object(fields);
    if is_fact(&one) {
        return Items::Some(vec![one]);
    }
    let Value::Object(fields) = one else {
        return Items::NotSchema;
    };
    let mut has_empty = false;
    for value in fields.values() {
        let inner = match value {
            Value::Object(inner) => inner.get("facts").cloned(),
            Value::String(text) if text.trim_start().starts_with('{') => {
                serde_json::from_str::<Map<String, Value>>(text)
                    .ok()
                    .and_then(|mut inner| inner.remove("facts"))
            }
            _ => None,
        };
        match inner.map(of_facts) {
            Some(Items::Some(items)) => return Items::Some(items),
            Some(Items::None) => has_empty = true,
            Some(Items::Doubtful | Items::NotSchema) | None => {}
        }
    }
    if has_empty {
        return Items::Doubtful;
    }
    beside(fields).map_or(Items::NotSchema, Items::Some)
}

/// A list of nothing but facts under any name.
fn beside(fields: Map<String, Value>) -> Option<Vec<Value>> {
    let lists = fields.into_iter().filter_map(|(_, value)| match value {
        Value::Array(list) => Some(list),
        _ => None,
    });
    let mut lists = lists.filter(|list| !list.is_empty() && list.iter().all(is_fact));
    lists.next()
}

/// A list alone is not what was asked for, but facts are facts; an empty one is nothing.
fn of_array(list: Vec<Value>) -> Items {
    if list.is_empty() {
        return Items::NotSchema;
    }
    let objects = list.iter().any(|item| item.get("facts").is_some());
    if !objects {
        return Items::Some(list);
    }
    let mut all = Vec::new();
    for item in list {
        match of_value(item) {
            Items::Some(items) => all.extend(items),
            Items::None | Items::Doubtful | Items::NotSchema => {}
        }
    }
    if all.is_empty() {
        Items::Doubtful
    } else {
        Items::Some(all)
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

fn is_fact(value: &Value) -> bool {
    ModelFact::read(value).is_some()
}
