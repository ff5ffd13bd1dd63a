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
            return Ok(Answer::Moved(text(&head.headers, &header::LOCATION)));
        }
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

/// A header as text, if it is there and is text. Sites send UTF-8 in Location.
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
