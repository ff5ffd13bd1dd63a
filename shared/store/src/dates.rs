//! The days that a date in ISO 8601 covers, so that facts can be sought by time.

use time::{Date, Month};

/// First and last day of a year, a month, a day, a moment, or an interval of two of these.
/// `None` for anything else: the text is kept as it is, and no range is guessed.
pub(crate) fn range(text: &str) -> Option<(Date, Date)> {
    let text = text.trim();
    let (from, to) = match text.split_once('/') {
        Some((from, to)) => (single(from.trim())?.0, single(to.trim())?.1),
        None => single(text)?,
    };
    (from <= to).then_some((from, to))
}

fn single(text: &str) -> Option<(Date, Date)> {
    let day = text.split_once('T').map_or(text, |(day, _time)| day);
    let mut parts = day.split('-');
    let year = number(parts.next()?, 4)?;
    let month = match parts.next() {
        Some(part) => Some(Month::try_from(u8::try_from(number(part, 2)?).ok()?).ok()?),
        None => None,
    };
    let date = match parts.next() {
        Some(part) => Some(u8::try_from(number(part, 2)?).ok()?),
        None => None,
    };
    if parts.next().is_some() || year == 0 {
        return None;
    }
    let first = Date::from_calendar_date(year, month.unwrap_or(Month::January), date.unwrap_or(1));
    let last_month = month.unwrap_or(Month::December);
    let last_day = date.unwrap_or(last_month.length(year));
    let last = Date::from_calendar_date(year, last_month, last_day);
    Some((first.ok()?, last.ok()?))
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i32> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_covers_the_days_it_names() {
        for (text, expected) in [
            ("2024", Some(("2024-01-01", "2024-12-31"))),
            ("2024-02", Some(("2024-02-01", "2024-02-29"))),
            ("2024-02-03", Some(("2024-02-03", "2024-02-03"))),
            ("2024-02-03T10:00Z", Some(("2024-02-03", "2024-02-03"))),
            ("2023-12/2024-02-03", Some(("2023-12-01", "2024-02-03"))),
            ("2023-02-30", None),
            ("2024/2023", None),
            ("24", None),
            ("0000", None),
            ("yesterday", None),
            ("2024-W05", None),
            ("", None),
        ] {
            let found = range(text).map(|(from, to)| (from.to_string(), to.to_string()));
            let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));

            assert_eq!(found, expected, "{text}");
        }
    }
}
