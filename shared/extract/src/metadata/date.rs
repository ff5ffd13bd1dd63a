//! Dates as pages write them in machine-readable places, to ISO 8601 with their precision.

use crate::extracted::{Precision, Published};

/// Years a page can have been published in.
const YEARS: std::ops::RangeInclusive<u32> = 1990..=2100;

/// Reads `2024-05-17T08:30:00+02:00`, `2024-05-17 08:30`, `2024/05/17`, `20240517`, `2024-05`,
/// `Fri, 17 May 2024 08:30:00 GMT` and `May 17, 2024`.
pub(crate) fn parse(value: &str) -> Option<Published> {
    let value = value.trim();
    iso(value)
        .or_else(|| compact(value))
        .or_else(|| named_month(value))
}

/// Reads a date that stands in a short text: `17.05.2024`, `2024-05-17`, `17. Mai 2024`,
/// `2024年5月17日`. Whether `05/06/2024` is May or June is not known, so it is none.
pub(crate) fn find(text: &str) -> Option<Published> {
    let words = text.split([' ', ',', '\u{a0}', '\n', '\t', '|', '(', ')']);
    let whole = |date: &Published| !matches!(date.precision, Precision::Year | Precision::Month);
    let in_word = |word: &str| {
        let word = word.trim_end_matches(['.', ':', ';']);
        day_first(word).or_else(|| iso(word).filter(whole))
    };
    words
        .take(WORDS_MAX)
        .find_map(in_word)
        .or_else(|| ideographic(text))
        .or_else(|| named_month(text))
}

/// Words of a text in which a date is looked for.
const WORDS_MAX: usize = 24;

/// `17.05.2024`, and `17/05/2024` where the first cannot be a month.
fn day_first(word: &str) -> Option<Published> {
    let (day, rest) = digits(word, 1, 2)?;
    let separator = rest.chars().next().filter(|c| matches!(c, '.' | '/'))?;
    let (month, rest) = digits(rest.get(1..)?, 1, 2)?;
    let (year, rest) = digits(rest.strip_prefix(separator)?, 4, 4)?;
    let sure = separator == '.' || day > 12;
    (sure && rest.is_empty())
        .then(|| day_of(year, month, day))
        .flatten()
}

/// `2024年5月17日`.
fn ideographic(text: &str) -> Option<Published> {
    let (before, rest) = text.split_once('年')?;
    let start = before.len().checked_sub(4)?;
    let (year, _) = digits(before.get(start..)?, 4, 4)?;
    let (month, rest) = digits(rest, 1, 2)?;
    let (day, rest) = digits(rest.strip_prefix('月')?, 1, 2)?;
    rest.starts_with('日')
        .then(|| day_of(year, month, day))
        .flatten()
}

/// A date in the path of an address: `/2024/05/17/` or `/2024-05-17`.
pub(crate) fn in_url(url: &str) -> Option<Published> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let parts: Vec<&str> = path.split(['/', '-', '_', '?', '#']).collect();
    let number = |part: &&str, width: usize| match digits(part, width, width)? {
        (number, "") => Some(number),
        _ => None,
    };
    parts.windows(3).find_map(|window| {
        let [year, month, day] = window else {
            return None;
        };
        day_of(number(year, 4)?, number(month, 2)?, number(day, 2)?)
    })
}

fn day_of(year: u32, month: u32, day: u32) -> Option<Published> {
    let fits = YEARS.contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    fits.then(|| Published {
        iso: format!("{year:04}-{month:02}-{day:02}"),
        precision: Precision::Day,
    })
}

/// Digits at the beginning of `text`, `width` at most, and the rest.
fn digits(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let length = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    if length < least {
        return None;
    }
    let digit = |value: u32, byte: u8| value * 10 + u32::from(byte - b'0');
    let number = text.bytes().take(length).fold(0, digit);
    Some((number, text.get(length..)?))
}

fn iso(value: &str) -> Option<Published> {
    let (year, rest) = digits(value, 4, 4)?;
    if !YEARS.contains(&year) {
        return None;
    }
    if rest.is_empty() {
        return Some(Published {
            iso: format!("{year:04}"),
            precision: Precision::Year,
        });
    }
    let separator = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (month, rest) = digits(rest.get(1..)?, 1, 2)?;
    if !(1..=12).contains(&month) {
        return None;
    }
    if rest.is_empty() {
        let iso = format!("{year:04}-{month:02}");
        return Some(Published {
            iso,
            precision: Precision::Month,
        });
    }
    let (day, rest) = digits(rest.strip_prefix(separator)?, 1, 2)?;
    let date = day_of(year, month, day)?;
    Some(
        time_of(rest).map_or(date.clone(), |(time, precision)| Published {
            iso: format!("{}T{time}", date.iso),
            precision,
        }),
    )
}

/// A time of day after a date, with its offset.
fn time_of(rest: &str) -> Option<(String, Precision)> {
    let rest = rest.trim_start_matches(['T', 't', ' ', ',']);
    let (hour, rest) = digits(rest, 1, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    let (second, rest) = match rest.strip_prefix(':').and_then(|rest| digits(rest, 2, 2)) {
        Some((second, rest)) => (second, rest),
        None => (0, rest),
    };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    let rest = rest.strip_prefix(['.', ',']).map_or(rest, |fraction| {
        fraction.trim_start_matches(|c: char| c.is_ascii_digit())
    });
    Some(match offset(rest.trim_start()) {
        Some(offset) => (format!("{time}{offset}"), Precision::Instant),
        None => (time, Precision::Time),
    })
}

fn offset(text: &str) -> Option<String> {
    if text.starts_with(['Z', 'z']) || text.starts_with("GMT") || text.starts_with("UTC") {
        return Some("Z".to_owned());
    }
    let sign = text.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    let (hours, rest) = digits(text.get(1..)?, 2, 2)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = digits(rest, 2, 2).map_or(0, |(minutes, _)| minutes);
    (hours <= 14 && minutes <= 59).then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

fn compact(value: &str) -> Option<Published> {
    let (number, rest) = digits(value, 8, 8)?;
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    day_of(number / 10_000, number / 100 % 100, number % 100)
}

/// `17 May 2024`, `May 17, 2024`, `17. Mai 2024`, with a time or a weekday around it.
pub(crate) fn named_month(value: &str) -> Option<Published> {
    let split = |c: char| c.is_whitespace() || matches!(c, ',' | '.');
    let words: Vec<&str> = value
        .split(split)
        .filter(|word| !word.is_empty())
        .take(24)
        .collect();
    let at = words.iter().position(|word| month_of(word).is_some())?;
    let month = month_of(words.get(at)?)?;
    let day_at = |at: usize| {
        let word = words.get(at)?;
        let (day, rest) = digits(word, 1, 2)?;
        let ends = matches!(rest, "" | "st" | "nd" | "rd" | "th" | "er" | "º");
        ends.then_some(day)
    };
    let year_in = |from: usize| {
        words.iter().skip(from).take(3).find_map(|word| {
            let (year, rest) = digits(word, 4, 4)?;
            (rest.is_empty() && YEARS.contains(&year)).then_some(year)
        })
    };
    let year = year_in(at + 1)?;
    let before = at.checked_sub(1);
    let filler = |at: usize| {
        words
            .get(at)
            .is_some_and(|word| matches!(*word, "de" | "of"))
    };
    let day = before
        .and_then(day_at)
        .or_else(|| {
            before
                .filter(|b| filler(*b))
                .and_then(|b| day_at(b.checked_sub(1)?))
        })
        .or_else(|| day_at(at + 1))?;
    day_of(year, month, day)
}

/// The number of a month named in one of some languages, in full or as its first letters.
fn month_of(word: &str) -> Option<u32> {
    const MONTHS: [&[&str]; 12] = [
        &[
            "jan", "january", "januar", "jänner", "janvier", "enero", "gennaio", "januari",
            "janeiro",
        ],
        &[
            "feb",
            "february",
            "februar",
            "février",
            "febrero",
            "febbraio",
            "februari",
            "fevereiro",
        ],
        &[
            "mar", "march", "märz", "mär", "mars", "marzo", "maart", "março",
        ],
        &["apr", "april", "avril", "abril", "aprile"],
        &["may", "mai", "mayo", "maggio", "mei", "maio", "maj"],
        &["jun", "june", "juni", "juin", "junio", "giugno", "junho"],
        &["jul", "july", "juli", "juillet", "julio", "luglio", "julho"],
        &["aug", "august", "août", "agosto", "augustus", "augusti"],
        &[
            "sep",
            "sept",
            "september",
            "septembre",
            "septiembre",
            "settembre",
            "setembro",
        ],
        &[
            "oct", "october", "oktober", "okt", "octobre", "octubre", "ottobre", "outubro",
        ],
        &["nov", "november", "novembre", "noviembre", "novembro"],
        &[
            "dec",
            "december",
            "dezember",
            "dez",
            "décembre",
            "diciembre",
            "dicembre",
            "dezembro",
        ],
    ];
    let lower = word.to_lowercase();
    let at = MONTHS
        .iter()
        .position(|names| names.contains(&lower.as_str()))?;
    (1..).nth(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_keep_the_precision_the_page_gives() {
        let cases = [
            (
                "2024-05-17T08:30:00+02:00",
                "2024-05-17T08:30:00+02:00",
                Precision::Instant,
            ),
            (
                "2024-05-17T08:30:00.123Z",
                "2024-05-17T08:30:00Z",
                Precision::Instant,
            ),
            (
                "2024-05-17T08:30:00+0200",
                "2024-05-17T08:30:00+02:00",
                Precision::Instant,
            ),
            ("2024-05-17 08:30", "2024-05-17T08:30:00", Precision::Time),
            ("2024/5/7", "2024-05-07", Precision::Day),
            ("20240517", "2024-05-17", Precision::Day),
            ("2024-05", "2024-05", Precision::Month),
            ("2024", "2024", Precision::Year),
            ("May 17, 2024", "2024-05-17", Precision::Day),
            (
                "Freitag, 17. Mai 2024, 8:30 Uhr",
                "2024-05-17",
                Precision::Day,
            ),
            ("17 de mayo de 2024", "2024-05-17", Precision::Day),
            (
                "Fri, 17 May 2024 08:30:00 GMT",
                "2024-05-17",
                Precision::Day,
            ),
        ];

        for (value, iso, precision) in cases {
            assert_eq!(
                parse(value),
                Some(Published {
                    iso: iso.to_owned(),
                    precision
                }),
                "{value}"
            );
        }
    }

    #[test]
    fn a_date_is_found_in_a_short_text() {
        let cases = [
            ("Veröffentlicht am 17.05.2024, 8:30 Uhr", "2024-05-17"),
            ("Posted on 2024-05-17.", "2024-05-17"),
            ("By Ann Lee | May 17, 2024", "2024-05-17"),
            ("17/05/2024", "2024-05-17"),
            ("发布时间：2024年5月17日", "2024-05-17"),
        ];

        for (text, iso) in cases {
            assert_eq!(
                find(text).map(|date| date.iso).as_deref(),
                Some(iso),
                "{text}"
            );
        }
        for text in [
            "05/06/2024",
            "Version 1.2.2024.7",
            "in 2024",
            "May was cold",
            "2024-05",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for value in [
            "",
            "yesterday",
            "2024-13-01",
            "0000-00-00",
            "17",
            "1234567890123",
        ] {
            assert_eq!(parse(value), None, "{value}");
        }
    }
}
