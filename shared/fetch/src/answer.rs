//! What an answer's status and headers say, before any body is read.

use std::time::{Duration, SystemTime};

use domain::limits::RETRY_WAIT_MAX;
use http::response::Parts;
use http::{HeaderMap, HeaderName, header};
use runtime::server_now;

use crate::error::FetchError;

/// The longest registered media type has 84 characters.
const NAME_CHARS_MAX: usize = 100;

/// What to do with an answer.
pub(crate) enum Answer {
    /// Read its body.
    Page,
    /// Go where Location says, if it says.
    Moved(Option<String>),
    /// 304: what the caller has is still what there is.
    NotModified,
}

/// Judges a status. `now` is the wall clock's.
pub(crate) fn judge(host: &str, head: &Parts, now: SystemTime) -> Result<Answer, FetchError> {
    let host = host.to_owned();
    let status = head.status.as_u16();
    let retry_after = || retry_after(&head.headers, now);
    Err(match status {
        // 203 is a page that a proxy has touched.
        200 | 203 => return Ok(Answer::Page),
        301 | 302 | 303 | 307 | 308 => {
            return Ok(Answer::Moved(location(&head.headers)));
        }
        304 => return Ok(Answer::NotModified),
        401 | 403 => FetchError::HttpDenied { host, status },
        404 | 410 => FetchError::HttpGone { host, status },
        425 | 429 => FetchError::HttpThrottled {
            host,
            status,
            retry_after: retry_after(),
        },
        408 | 500..=599 => FetchError::HttpServer {
            host,
            status,
            retry_after: retry_after(),
        },
        _ => FetchError::HttpRejected { host, status },
    })
}

/// Where Location points. Sites send UTF-8 there, and some send another encoding raw: its bytes are
/// escaped as they are, since the server knows its own.
fn location(headers: &HeaderMap) -> Option<String> {
    let bytes = headers.get(header::LOCATION)?.as_bytes().trim_ascii();
    let escaped = || {
        let escape = |byte: &u8| match byte {
            0x80.. => format!("%{byte:02X}"),
            ascii => char::from(*ascii).to_string(),
        };
        bytes.iter().map(escape).collect()
    };
    let location = str::from_utf8(bytes).map_or_else(|_not_utf8| escaped(), str::to_owned);
    (!location.is_empty()).then_some(location)
}

/// All headers of a name as one list, if there is one and it is text.
pub(crate) fn list(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values = headers.get_all(name).iter();
    let texts = values.filter_map(|value| str::from_utf8(value.as_bytes()).ok());
    let list = texts.collect::<Vec<_>>().join(", ");
    (!list.is_empty()).then_some(list)
}

/// A header as text, if it is there and is text.
pub(crate) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = str::from_utf8(headers.get(name)?.as_bytes()).ok()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// What a server calls something, cut to what a message or a row has room for.
pub(crate) fn short(name: &str) -> String {
    name.chars().take(NAME_CHARS_MAX).collect()
}

/// Retry-After in seconds or as a date, never longer than a retry waits anyway.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = text(headers, &header::RETRY_AFTER)?;
    let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Only overflow can fail here.
        value.parse().map_or(RETRY_WAIT_MAX, Duration::from_secs)
    } else {
        let now = server_now(text(headers, &header::DATE).as_deref(), now);
        let until = httpdate::parse_http_date(&value).ok()?;
        // A date that has passed asks for no patience.
        until.duration_since(now).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(RETRY_WAIT_MAX))
}
