//! The `<meta>` tags of a page's head, read from its bytes before anybody parses the page: whether it
//! sends the reader on, and what it reserves. Scripts, comments and `<noscript>` are passed over, and
//! the body is not read.

/// How far into a page its head is read.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Tags looked at.
const TAGS_MAX: usize = 2_000;

/// Elements whose content is none of the head's.
const PASSED_OVER: [&str; 5] = ["script", "style", "noscript", "template", "svg"];

/// A `<meta>` tag: what it is named or stands for in lower case, and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeadTag {
    pub(crate) name: String,
    pub(crate) content: String,
    /// Stands for a header, by `http-equiv`.
    pub(crate) is_header: bool,
}

/// The `<meta>` tags of a page's head.
pub(crate) fn head_tags(page: &[u8]) -> Vec<HeadTag> {
    let page = page.get(..HEAD_BYTES_MAX).unwrap_or(page);
    let source = String::from_utf8_lossy(page);
    let mut found = Vec::new();
    let mut rest = source.as_ref();
    for _ in 0..TAGS_MAX {
        let Some((_, tag)) = rest.split_once('<') else {
            break;
        };
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let name_ends = tag
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(name_ends);
        let name = name.to_ascii_lowercase();
        if name == "body" {
            break;
        }
        let (attributes, after) = read_attributes(attributes);
        rest = after;
        if name == "meta" {
            found.extend(tag_of(&attributes));
        } else if PASSED_OVER.contains(&name.as_str()) {
            rest = behind_end_of(rest, &name);
        }
    }
    found
}

fn tag_of(attributes: &[(String, String)]) -> Option<HeadTag> {
    let value = |wanted: &str| {
        let found = attributes.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let header = value("http-equiv");
    let name = header.or_else(|| value("name"))?;
    Some(HeadTag {
        name: name.trim().to_ascii_lowercase(),
        content: value("content")?.trim().to_owned(),
        is_header: header.is_some(),
    })
}

/// What stands behind the end tag of an element, or nothing if it has none.
fn behind_end_of<'a>(source: &'a str, name: &str) -> &'a str {
    let mut rest = source;
    while let Some((_, tag)) = rest.split_once("</") {
        let is_end = tag
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name));
        rest = tag;
        if is_end {
            return rest;
        }
    }
    ""
}

/// The attributes of a tag, names in lower case, and what stands behind its `>`.
fn read_attributes(source: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    let mut rest = source;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (found, after);
        }
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/');
        // A leading `=` belongs to the name.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest
            .get(first..)
            .and_then(|tail| tail.find(ends))
            .map_or(rest.len(), |at| at + first);
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return (found, "");
        }
        let (value, after) = read_value(after);
        found.push((name.to_ascii_lowercase(), unescaped(value)));
        rest = after;
    }
}

/// The value behind an attribute's name, and what follows it.
fn read_value(source: &str) -> (&str, &str) {
    let Some(value) = source.trim_start().strip_prefix('=') else {
        return ("", source);
    };
    let value = value.trim_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = value
        .find(|c: char| c.is_ascii_whitespace() || c == '>')
        .unwrap_or(value.len());
    value.split_at(end)
}

/// The references that addresses in attributes have.
fn unescaped(value: &str) -> String {
    const REFERENCES: [(&str, &str); 6] = [
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&#x2F;", "/"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    let decode = |text: String, (from, to): (&str, &str)| text.replace(from, to);
    REFERENCES.into_iter().fold(value.to_owned(), decode)
}
