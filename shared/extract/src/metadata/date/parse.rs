//! Dates as pages write them, to ISO 8601 with their precision: machine-readable values, and short
//! visible texts. What could be two days is none.

use super::months::month_of;
use crate::extracted::{Precision, Published};

/// Years a page can have been published in.
const YEARS: std::ops::RangeInclusive<u32> = 1990..=2100;

/// What the years of the Buddhist calendar are ahead.
const BUDDHIST_YEARS: u32 = 543;

/// Which of `05/06/2024` is the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The second, as nearly everywhere.
    DayFirst,
    /// The first, as in the United States.
    MonthFirst,
    /// English of no known country: such a date is none.
    Unknown,
}

/// Reads a machine-readable value: `2024-05-17T08:30:00+02:00`, `2024-05-17 08:30`, `2024/05/17`,
/// `20240517`, `20240517083000`, `2024-05`, Unix seconds and milliseconds,
/// `Fri, 17 May 2024 08:30:00 GMT`, `Sun Nov 23 16:00:00 EDT 2014`, `May 17, 2024`.
pub(crate) fn parse(value: &str, order: Order) -> Option<Published> {
    let value = ascii_digits(value.trim());
    iso(&value)
        .or_else(|| compact(&value))
        .or_else(|| unix(&value))
        .or_else(|| numeric(value.split([' ', ',', 'T']).next()?, order))
        .or_else(|| with_named_month(&value))
        .or_else(|| find(&value, order))
}

/// Reads a date that stands in a short text: `17.05.2024`, `2024-05-17`, `17. Mai 2024`,
/// `2024年5月17日`. What gives only a month is none.
pub(crate) fn find(text: &str, order: Order) -> Option<Published> {
    let text = ascii_digits(text);
    let words = text.split([
        ' ', ',', '\u{a0}', '\n', '\t', '|', '(', ')', '：', '·', '•',
    ]);
    let whole = |date: &Published| !matches!(date.precision, Precision::Year | Precision::Month);
    let in_word = |word: &str| {
        let word = word.trim_end_matches(['.', ':', ';']);
        let word = word.rsplit_once(':').map_or(word, |(before, after)| {
            // "Datum:17.05.2024", but not the time behind a date.
            if before.starts_with(|c: char| c.is_ascii_digit()) {
                word
            } else {
                after
            }
        });
        numeric(word, order).or_else(|| iso(word).filter(whole))
    };
    words
        .take(WORDS_MAX)
        .find_map(in_word)
        .or_else(|| in_units(&text))
        .or_else(|| vietnamese(&text))
        .or_else(|| named_month(&text))
}

/// Words of a text in which a date is looked for.
const WORDS_MAX: usize = 24;

/// Digits of other scripts as ASCII.
fn ascii_digits(text: &str) -> String {
    const ZEROS: [char; 7] = ['٠', '۰', '०', '০', '๐', '０', '੦'];
    let digit = |c: char| {
        let value = ZEROS
            .iter()
            .map(|zero| u32::from(c).wrapping_sub(u32::from(*zero)))
            .find(|value| *value < 10);
        value
            .and_then(|value| char::from_digit(value, 10))
            .unwrap_or(c)
    };
    if text.is_ascii() {
        return text.to_owned();
    }
    text.chars().map(digit).collect()
}

/// `17.05.2024` and `17.05.24`; `17/05/2024` and `17-05-2024` where the order is known, or one of
/// the two cannot be a month.
fn numeric(word: &str, order: Order) -> Option<Published> {
    let (first, rest) = digits(word, 1, 2)?;
    let separator = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '.' | '/' | '-'))?;
    let (second, rest) = digits(rest.get(1..)?, 1, 2)?;
    let rest = rest.strip_prefix(separator)?;
    let short = separator == '.' && word.len() == "17.05.24".len();
    let (year, rest) = match digits(rest, 4, 4) {
        None if short => digits(rest, 2, 2).map(|(year, rest)| (year + 2000, rest))?,
        other => other?,
    };
    let day_first = day_of(year, second, first);
    let month_first = day_of(year, first, second);
    let date = match (separator, order) {
        ('.', _) | (_, Order::DayFirst) => day_first,
        (_, Order::MonthFirst) => month_first.or(day_first),
        (_, Order::Unknown) if first == second => day_first,
        (_, Order::Unknown) if first > 12 => day_first,
        (_, Order::Unknown) if second > 12 => month_first,
        (_, Order::Unknown) => None,
    };
    date.filter(|_| !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
}

/// `2024年5月17日` and `2024년 5월 17일`.
fn in_units(text: &str) -> Option<Published> {
    let units = [["年", "月", "日"], ["년", "월", "일"]];
    units.iter().find_map(|[years, months, days]| {
        let (before, rest) = text.split_once(years)?;
        let start = before.len().checked_sub(4)?;
        let (year, _) = digits(before.get(start..)?, 4, 4)?;
        let (month, rest) = digits(rest.trim_start(), 1, 2)?;
        let (day, rest) = digits(rest.strip_prefix(months)?.trim_start(), 1, 2)?;
        rest.starts_with(days)
            .then(|| day_of(year, month, day))
            .flatten()
    })
}

/// `17 tháng 5, 2024` and `ngày 17 tháng 5 năm 2024`.
fn vietnamese(text: &str) -> Option<Published> {
    let lower = text.to_lowercase();
    let (before, rest) = lower.split_once(" tháng ")?;
    let (day, _) = digits(before.rsplit(' ').next()?, 1, 2)?;
    let (month, rest) = digits(rest, 1, 2)?;
    let rest = rest.trim_start_matches([' ', ',']);
    let rest = rest.strip_prefix("năm").unwrap_or(rest).trim_start();
    let (year, _) = digits(rest, 4, 4)?;
    day_of(year, month, day)
}

/// A date in the path of an address: `/2024/05/17/` or `/2024-05-17`.
pub(crate) fn in_url(url: &str) -> Option<Published> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let parts: Vec<&str> = path.split(['/', '-', '_', '?', '#']).collect();
    let number = |part: &&str, width: usize| match digits(part, width, width)? {
        (number, "") => Some(number),
        _ => None,
    };
    let spread = parts.windows(3).find_map(|window| {
        let [year, month, day] = window else {
            return None;
        };
        day_of(number(year, 4)?, number(month, 2)?, number(day, 2)?)
    });
    let folder = || {
        let mut folders = path.split('/').skip(1);
        folders.find_map(|part| number(&part, 8).and_then(of_eight_digits))
    };
    spread.or_else(folder)
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

/// `20240517` and `20240517083000`.
fn compact(value: &str) -> Option<Published> {
    let (number, rest) = digits(value, 8, 8)?;
    if let Some((time, "")) = digits(rest, 6, 6) {
        let day = of_eight_digits(number)?;
        let (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100);
        return (hour < 24 && minute < 60 && second <= 60).then(|| Published {
            iso: format!("{}T{hour:02}:{minute:02}:{second:02}", day.iso),
            precision: Precision::Time,
        });
    }
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    of_eight_digits(number)
}

fn of_eight_digits(number: u32) -> Option<Published> {
    day_of(number / 10_000, number / 100 % 100, number % 100)
}

/// Seconds or milliseconds since 1970.
fn unix(value: &str) -> Option<Published> {
    let value = value.split('.').next()?;
    if !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = match value.len() {
        10 => value.parse::<u64>().ok()?,
        13 => value.parse::<u64>().ok()? / 1000,
        _ => return None,
    };
    let (year, month, day) = civil(seconds / 86_400)?;
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let day = day_of(year, month, day)?;
    Some(Published {
        iso: format!("{}T{hour:02}:{minute:02}:{second:02}Z", day.iso),
        precision: Precision::Instant,
    })
}

/// The day that begins `days` after the first of 1970.
fn civil(days: u64) -> Option<(u32, u32, u32)> {
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let (mut year, mut left) = (1970, days);
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
        if year > 2100 {
            return None;
        }
    }
    let mut month = 1;
    for length in [
        31,
        28 + u64::from(is_leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    Some((
        u32::try_from(year).ok()?,
        month,
        u32::try_from(left + 1).ok()?,
    ))
}

/// Offsets of time zones that have names; names of several zones are left out.
const ZONES: [(&str, &str); 18] = [
    ("GMT", "Z"),
    ("UTC", "Z"),
    ("Z", "Z"),
    ("EST", "-05:00"),
    ("EDT", "-04:00"),
    ("CDT", "-05:00"),
    ("MST", "-07:00"),
    ("MDT", "-06:00"),
    ("PST", "-08:00"),
    ("PDT", "-07:00"),
    ("CET", "+01:00"),
    ("CEST", "+02:00"),
    ("MEZ", "+01:00"),
    ("MESZ", "+02:00"),
    ("EET", "+02:00"),
    ("EEST", "+03:00"),
    ("JST", "+09:00"),
    ("KST", "+09:00"),
];

/// `Fri, 17 May 2024 08:30:00 GMT` and `Sun Nov 23 16:00:00 EDT 2014`: a named month, and a time with
/// its zone where there is one.
fn with_named_month(value: &str) -> Option<Published> {
    let date = named_month(value)?;
    let words: Vec<&str> = value
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .take(12)
        .collect();
    let is_time =
        |word: &&str| word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit());
    let half = words
        .iter()
        .any(|word| matches!(word.to_ascii_lowercase().as_str(), "am" | "pm"));
    let Some(at) = words.iter().position(is_time).filter(|_| !half) else {
        return Some(date);
    };
    let Some((time, precision)) = words.get(at).and_then(|word| time_of(word)) else {
        return Some(date);
    };
    let zone = words.get(at + 1).and_then(|word| {
        let named = ZONES.iter().find(|(name, _)| word == name);
        named
            .map(|(_, offset)| (*offset).to_owned())
            .or_else(|| offset(word))
    });
    Some(match (precision, zone) {
        (Precision::Time, Some(zone)) => Published {
            iso: format!("{}T{time}{zone}", date.iso),
            precision: Precision::Instant,
        },
        (precision, _) => Published {
            iso: format!("{}T{time}", date.iso),
            precision,
        },
    })
}

/// `17 May 2024`, `May 17, 2024`, `17. Mai 2024`, with a time or a weekday around it.
pub(crate) fn named_month(value: &str) -> Option<Published> {
    let value = ascii_digits(value);
    let split = |c: char| c.is_whitespace() || matches!(c, ',' | '/' | '-' | '|' | '،' | '(' | ')');
    let words: Vec<&str> = value
        .split(split)
        .map(|word| word.trim_matches(['.', ':', ';']))
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .collect();
    // "17.Mai" is two words as well.
    let words: Vec<&str> = words
        .iter()
        .flat_map(|word| match word.split_once('.') {
            Some((day, month)) if digits(day, 1, 2).is_some_and(|(_, rest)| rest.is_empty()) => {
                vec![day, month]
            }
            _ => vec![*word],
        })
        .collect();
    (0..words.len()).find_map(|at| around_month(&words, at))
}

/// The date whose month is named at a place.
fn around_month(words: &[&str], at: usize) -> Option<Published> {
    let month = month_of(words.get(at)?)?;
    let day_at = |at: usize| {
        let (day, rest) = digits(words.get(at)?, 1, 2)?;
        matches!(
            rest,
            "" | "st" | "nd" | "rd" | "th" | "er" | "º" | "ª" | "°" | "η" | "-го"
        )
        .then_some(day)
    };
    let year_at = |at: usize| {
        let (year, rest) = digits(words.get(at)?, 4, 4)?;
        let year = if (2533..=2643).contains(&year) {
            year - BUDDHIST_YEARS
        } else {
            year
        };
        let ends = rest.is_empty() || !rest.starts_with(|c: char| c.is_alphanumeric());
        (ends && YEARS.contains(&year)).then_some(year)
    };
    let filler = |at: usize| {
        words.get(at).is_some_and(|word| {
            matches!(
                *word,
                "de" | "of" | "del" | "d" | "d'" | "ta" | "ng" | "يوم" | "the"
            )
        })
    };
    let before = at.checked_sub(1);
    let two_before = before.and_then(|b| b.checked_sub(1));
    let day_before = before.and_then(day_at).or_else(|| {
        before
            .filter(|b| filler(*b))
            .and(two_before)
            .and_then(day_at)
    });
    // The year behind the day, or before the month as in Hungarian and Chinese English.
    let year_before = before
        .and_then(year_at)
        .or_else(|| two_before.and_then(year_at));
    if let Some(day) = day_before {
        let year = (at + 1..at + 4).find_map(year_at)?;
        return day_of(year, month, day);
    }
    let day = day_at(at + 1)?;
    let year = (at + 2..at + 6).find_map(year_at).or(year_before)?;
    day_of(year, month, day)
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
                "2024-05-17T08:30:00",
                Precision::Time,
            ),
            ("17 de mayo de 2024", "2024-05-17", Precision::Day),
            (
                "Fri, 17 May 2024 08:30:00 GMT",
                "2024-05-17T08:30:00Z",
                Precision::Instant,
            ),
        ];

        for (value, iso, precision) in cases {
            assert_eq!(
                parse(value, Order::Unknown),
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
                find(text, Order::Unknown).map(|date| date.iso).as_deref(),
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
            assert_eq!(find(text, Order::Unknown), None, "{text}");
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
            "123456789012",
        ] {
            assert_eq!(parse(value, Order::Unknown), None, "{value}");
        }
    }
}
