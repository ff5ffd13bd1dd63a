//! From what the model wrote to a list of facts: strict first, then what models are known to do to
//! JSON (fences, prose around it, a comma too many, half an escape), and never a guess beyond it.

use serde_json::{Deserializer, Value};

use crate::answer::model_fact::ModelFact;
use crate::error::Flaw;

/// Facts taken of one answer. A chunk of 4,000 tokens has some 60; more is a model that runs wild.
pub(crate) const FACTS_PER_ANSWER_MAX: usize = 200;

/// Places in a text where an object may begin that are tried at most.
const STARTS_MAX: usize = 32;

/// An answer, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Facts with quote and claim, at most [`FACTS_PER_ANSWER_MAX`].
    pub(crate) facts: Vec<ModelFact>,
    /// Items of the list, whatever they were.
    pub(crate) returned: usize,
}

impl Reply {
    fn of_items(items: &[Value]) -> Self {
        let facts = items.iter().filter_map(ModelFact::read);
        Self {
            facts: facts.take(FACTS_PER_ANSWER_MAX).collect(),
            returned: items.len(),
        }
    }
}

/// Reads a whole answer.
///
/// A list in which no item has quote and claim is not the schema, nor is an empty one whose JSON had to
/// be mended: neither may pass for "no facts".
pub(crate) fn whole(text: &str) -> Result<Reply, Flaw> {
    let (value, is_mended) = object(text).ok_or_else(|| {
        if text.contains('{') {
            Flaw::NotSchema
        } else {
            Flaw::Prose
        }
    })?;
    let items = match &value {
        Value::Object(fields) => fields.get("facts").and_then(Value::as_array),
        // A list alone is not what was asked for, but facts are facts.
        Value::Array(items) => Some(items).filter(|items| !items.is_empty()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    let reply = Reply::of_items(items.ok_or(Flaw::NotSchema)?);
    // "No facts" is a result, so it has to be said without a flaw.
    if reply.facts.is_empty() && (reply.returned > 0 || is_mended) {
        return Err(Flaw::NotSchema);
    }
    Ok(reply)
}

/// Reads the complete items at the beginning of an answer that was cut.
pub(crate) fn prefix(text: &str) -> Reply {
    let after_key = text.find("\"facts\"").and_then(|at| text.get(at..));
    let list = after_key
        .and_then(|rest| rest.find('[').and_then(|at| rest.get(at + 1..)))
        .unwrap_or("");
    let mended = mend(list);
    let mut items = Vec::new();
    let mut rest = mended.as_str();
    while items.len() < FACTS_PER_ANSWER_MAX {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if !rest.starts_with('{') {
            break;
        }
        let mut stream = Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(item)) = stream.next() else { break };
        rest = rest.get(stream.byte_offset()..).unwrap_or("");
        items.push(item);
    }
    Reply::of_items(&items)
}

/// Reads JSON as servers send it: with a byte order mark, or with half a surrogate in an escape.
pub(crate) fn json(text: &str) -> Option<Value> {
    let text = text.trim_start_matches('\u{feff}').trim();
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&mend(text)))
        .ok()
}

/// The JSON value in a text that can be an answer, the whole of it or an object with `facts`, and
/// whether it had to be mended.
fn object(text: &str) -> Option<(Value, bool)> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let in_it = |text: &str| {
        let whole = serde_json::from_str(text).ok();
        whole
            .filter(|value: &Value| value.is_object() || value.is_array())
            .or_else(|| embedded(text))
    };
    let has_items = |value: &Value| {
        let items = value.get("facts").unwrap_or(value).as_array();
        items.is_some_and(|items| !items.is_empty())
    };
    let sound = in_it(text);
    if sound.as_ref().is_some_and(has_items) {
        return sound.map(|value| (value, false));
    }
    let mended = in_it(&mend(text)).filter(|value| sound.is_none() || has_items(value));
    mended
        .map(|value| (value, true))
        .or_else(|| sound.map(|value| (value, false)))
}

/// Objects with `facts` in other text. A model that thinks aloud may say what "none" would look like
/// before it answers: an empty list counts only if no other one is there.
fn embedded(text: &str) -> Option<Value> {
    let mut empty = None;
    let mut at = 0;
    for _start in 0..STARTS_MAX {
        let Some(found) = text.get(at..).and_then(|rest| rest.find('{')) else {
            break;
        };
        at += found;
        let mut stream = Deserializer::from_str(text.get(at..)?).into_iter::<Value>();
        let value = stream.next().and_then(Result::ok);
        let facts = value.as_ref().and_then(|value| value.get("facts"));
        let Some(facts) = facts else {
            at += 1;
            continue;
        };
        if facts.as_array().is_some_and(|items| !items.is_empty()) {
            return value;
        }
        at += stream.byte_offset();
        empty = empty.or(value);
    }
    empty
}

/// Mends what strict JSON refuses and models write: a comma before a closing bracket, raw control
/// characters inside strings, escapes of half a surrogate pair, unknown escapes. One pass.
fn mend(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or("");
        rest = match (in_string, c) {
            (false, ',') if closes(tail) => tail,
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
    }
    out
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
mod tests;
