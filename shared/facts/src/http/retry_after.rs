//! How long an endpoint asks to be left alone, in every form that providers use.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use runtime::server_now;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Longest wait that is honoured.
const ASKED_MAX: Duration = Duration::from_hours(24);

/// Headers that name the moment a limit is lifted; read only when no other says it better.
const RESETS: [(&str, &str); 4] = [
    (
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
    ),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    (
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
];

/// Reads the headers of an answer that was no success.
pub(crate) fn in_headers(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    let now = server_now(text("date"), now);
    let milliseconds = text("retry-after-ms").and_then(|value| value.parse::<f64>().ok());
    let asked = milliseconds
        .and_then(|ms| seconds(ms / 1_000.0))
        .or_else(|| text("retry-after").and_then(|value| moment(value, now)))
        .or_else(|| {
            let exhausted = RESETS.iter().filter(|(left, _)| text(left) == Some("0"));
            exhausted
                .filter_map(|(_, reset)| moment(text(reset)?, now))
                .max()
        });
    asked.map(|wait| wait.min(ASKED_MAX))
}

/// Google puts it into the body: `error.details[].retryDelay = "27s"`.
pub(crate) fn in_body(body: &Value) -> Option<Duration> {
    let first = body.get(0).unwrap_or(body);
    let details = first.pointer("/error/details")?.as_array()?;
    let delay = details
        .iter()
        .find_map(|detail| detail.get("retryDelay")?.as_str())?;
    span(delay).map(|wait| wait.min(ASKED_MAX))
}

/// Seconds, a span such as `6m0.5s`, an HTTP date or an RFC 3339 date.
fn moment(value: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(number) = value.parse::<f64>() {
        return seconds(number);
    }
    if let Some(wait) = span(value) {
        return Some(wait);
    }
    let at = httpdate::parse_http_date(value)
        .or_else(|_| OffsetDateTime::parse(value, &Rfc3339).map(SystemTime::from))
        .ok()?;
    Some(at.duration_since(now).unwrap_or(Duration::ZERO))
}

fn seconds(number: f64) -> Option<Duration> {
    let most = ASKED_MAX.as_secs_f64();
    number
        .is_finite()
        .then(|| Duration::from_secs_f64(number.clamp(0.0, most)))
}

/// Reads `1h2m3.5s`, `20ms` and their like.
fn span(value: &str) -> Option<Duration> {
    let mut rest = value;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        let unit_and_rest = rest.get(digits..)?;
        let unit_len = unit_and_rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(unit_and_rest.len());
        let factor = match unit_and_rest.get(..unit_len)? {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total += number * factor;
        rest = unit_and_rest.get(unit_len..)?;
    }
    if value.is_empty() {
        None
    } else {
        seconds(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| {
                let name = http::HeaderName::from_static(name);
                (name, value.parse().expect("a header value"))
            })
            .collect()
    }

    #[test]
    fn every_form_is_read() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        let date = httpdate::fmt_http_date(now + Duration::from_secs(90));
        for (pairs, expected_ms) in [
            (vec![("retry-after", "7")], 7_000),
            (vec![("retry-after", "1.5")], 1_500),
            (vec![("retry-after", "0")], 0),
            (vec![("retry-after", "-3")], 0),
            (vec![("retry-after", "99999999999")], 86_400_000),
            (vec![("retry-after", date.as_str())], 90_000),
            (vec![("retry-after", "Tue, 01 Jan 2019 00:00:00 GMT")], 0),
            (vec![("retry-after-ms", "250"), ("retry-after", "9")], 250),
            (
                vec![
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-requests", "6m0s"),
                ],
                360_000,
            ),
            (
                vec![
                    ("x-ratelimit-remaining-tokens", "0"),
                    ("x-ratelimit-reset-tokens", "20ms"),
                ],
                20,
            ),
            (
                vec![
                    ("anthropic-ratelimit-tokens-remaining", "0"),
                    ("anthropic-ratelimit-tokens-reset", "2027-01-15T08:00:30Z"),
                ],
                30_000,
            ),
        ] {
            let read = in_headers(&headers(&pairs), now);

            assert_eq!(read, Some(Duration::from_millis(expected_ms)), "{pairs:?}");
        }
    }

    #[test]
    fn nonsense_asks_for_nothing() {
        for value in ["soon", "NaN", "inf", "", "5 apples", "s"] {
            assert_eq!(
                in_headers(&headers(&[("retry-after", value)]), SystemTime::UNIX_EPOCH),
                None,
                "{value}"
            );
        }
    }
}
