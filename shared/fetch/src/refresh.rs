//! Refresh: how a page sends its reader on without a status, by a header or by `<meta>`.

use http::HeaderMap;
use http::header::REFRESH;

use crate::answer::text;
use crate::head_tags::HeadTag;

/// Longest delay that still means "go there". Live pages reload themselves every minute or so; what
/// sends a reader on shows its notice for some seconds at most.
const DELAY_SECONDS_MAX: u32 = 10;

/// Where a page sends its reader; `None` for the page itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refresh(pub(crate) Option<String>);

/// The refresh that an answer asks for, by its header first.
pub(crate) fn refresh_of(headers: &HeaderMap, tags: &[HeadTag]) -> Option<Refresh> {
    let in_head = || {
        let tag = tags
            .iter()
            .find(|tag| tag.is_header && tag.name == "refresh");
        read(&tag?.content)
    };
    text(headers, &REFRESH)
        .and_then(|value| read(&value))
        .or_else(in_head)
}

/// Reads `0; url=/there`, `2;URL='/there'`, `5, /there` and `0`, as browsers do.
fn read(value: &str) -> Option<Refresh> {
    let value = value.trim();
    let digits = value
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(value.len());
    let (seconds, rest) = value.split_at(digits);
    // What overflows is a long delay as well.
    let soon = seconds
        .parse::<u32>()
        .is_ok_and(|seconds| seconds <= DELAY_SECONDS_MAX);
    if !soon {
        return None;
    }
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, ';' | ','));
    let target = after_url_word(rest);
    let target = match target.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = target.get(1..).unwrap_or("");
            inner.split(quote).next().unwrap_or("")
        }
        _ => target,
    };
    let target = target.trim();
    Some(Refresh((!target.is_empty()).then(|| target.to_owned())))
}

/// What stands behind `url=`, or all of it.
fn after_url_word(text: &str) -> &str {
    let word = text.get(.."url".len());
    if !word.is_some_and(|word| word.eq_ignore_ascii_case("url")) {
        return text;
    }
    let behind = text.get("url".len()..).unwrap_or("").trim_start();
    behind.strip_prefix('=').map_or(text, str::trim_start)
}
