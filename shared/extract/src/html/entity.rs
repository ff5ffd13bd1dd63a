//! Character references: the 2,125 named ones and the numeric ones, by the HTML standard's rules.
//! The table is text, one name a line, `*` after names that may stand without a semicolon.

use std::sync::OnceLock;

use memchr::memchr;

const TABLE: &str = include_str!("entities.txt");

/// Longest name in the table.
const NAME_MAX: usize = 31;

/// Longest of the names that may stand without a semicolon.
const OLD_NAME_MAX: usize = 6;

/// Longest reference by name: `&`, name and semicolon.
pub(crate) const REFERENCE_BYTES_MAX: usize = NAME_MAX + 2;

/// What the code points 0x80–0x9F mean when written as numeric references: windows-1252.
const WINDOWS_1252: [u16; 32] = [
    0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039,
    0x152, 0x8D, 0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC,
    0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E, 0x178,
];

/// Appends `source` to `out` with its character references decoded.
pub(crate) fn decode_into(source: &str, out: &mut String) {
    let mut rest = source;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        let (before, reference) = rest.split_at(at);
        out.push_str(before);
        let used = decode_one(reference, out);
        rest = reference.get(used..).unwrap_or("");
    }
    out.push_str(rest);
}

/// `source` with its character references decoded.
pub(crate) fn decode(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    decode_into(source, &mut out);
    out
}

/// Decodes the reference `text` begins with (its first byte is `&`); the bytes used, at least 1.
fn decode_one(text: &str, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    let used = match bytes.get(1) {
        Some(b'#') => numeric(bytes, out),
        Some(byte) if byte.is_ascii_alphabetic() => named(bytes, out),
        _ => None,
    };
    used.unwrap_or_else(|| {
        out.push('&');
        1
    })
}

fn numeric(bytes: &[u8], out: &mut String) -> Option<usize> {
    let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
    let start = if hex { 3 } else { 2 };
    let radix = if hex { 16 } else { 10 };
    let mut at = start;
    let mut value: u32 = 0;
    while let Some(digit) = bytes
        .get(at)
        .and_then(|byte| char::from(*byte).to_digit(radix))
    {
        value = value.saturating_mul(radix).saturating_add(digit);
        at += 1;
    }
    if at == start {
        return None;
    }
    out.push(code_point(value));
    Some(if bytes.get(at) == Some(&b';') {
        at + 1
    } else {
        at
    })
}

fn code_point(value: u32) -> char {
    let value = match value {
        0x80..=0x9F => u32::from(WINDOWS_1252[(value - 0x80) as usize]),
        0 => 0xFFFD,
        _ => value,
    };
    char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn named(bytes: &[u8], out: &mut String) -> Option<usize> {
    let length = bytes[1..]
        .iter()
        .take(NAME_MAX)
        .position(|byte| !byte.is_ascii_alphanumeric())
        .unwrap_or_else(|| NAME_MAX.min(bytes.len() - 1));
    let name = &bytes[1..=length];
    if bytes.get(length + 1) == Some(&b';')
        && let Some(entry) = names().all.find(name)
    {
        out.extend(entry.value.into_iter().flatten());
        return Some(length + 2);
    }
    // Without a semicolon only the old names count, the longest that fits.
    let old = &names().old;
    let (length, entry) = (2..=length.min(OLD_NAME_MAX))
        .rev()
        .find_map(|length| Some((length, old.find(&name[..length])?)))?;
    out.extend(entry.value.into_iter().flatten());
    Some(length + 1)
}

#[derive(Clone, Copy)]
struct Entry {
    name: &'static [u8],
    value: [Option<char>; 2],
}

/// Names in the order of their bytes, and where those begin that start with a byte.
struct Names {
    entries: Vec<Entry>,
    starts: [usize; 129],
}

impl Names {
    fn new(entries: Vec<Entry>) -> Names {
        let mut starts = [0; 129];
        for (byte, start) in starts.iter_mut().enumerate() {
            let before = |entry: &Entry| usize::from(entry.name[0]) < byte;
            *start = entries.partition_point(before);
        }
        Names { entries, starts }
    }

    fn find(&self, name: &[u8]) -> Option<&Entry> {
        let first = usize::from(*name.first()?);
        let range = *self.starts.get(first)?..*self.starts.get(first + 1)?;
        let alike = self.entries.get(range)?;
        let at = alike.binary_search_by(|entry| entry.name.cmp(name)).ok()?;
        alike.get(at)
    }
}

struct Table {
    all: Names,
    /// Those that may stand without a semicolon.
    old: Names,
}

/// The table, read once.
fn names() -> &'static Table {
    static NAMES: OnceLock<Table> = OnceLock::new();
    NAMES.get_or_init(|| {
        let (mut all, mut old) = (Vec::new(), Vec::new());
        for (name, value) in TABLE.lines().filter_map(|line| line.split_once(' ')) {
            let plain = name.trim_end_matches('*');
            let entry = Entry {
                name: plain.as_bytes(),
                value: value_of(value),
            };
            all.push(entry);
            if plain.len() < name.len() {
                old.push(entry);
            }
        }
        Table {
            all: Names::new(all),
            old: Names::new(old),
        }
    })
}

/// Code points in hexadecimal, one or two.
fn value_of(points: &str) -> [Option<char>; 2] {
    let mut points = points
        .split(',')
        .map(|hex| u32::from_str_radix(hex, 16).map_or(None, char::from_u32));
    [points.next().flatten(), points.next().flatten()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_decode_as_browsers_do() {
        let cases = [
            ("a &amp; b", "a & b"),
            ("&nbsp;&#160;&#xa0;", "\u{a0}\u{a0}\u{a0}"),
            ("&auml;&Auml;&szlig", "äÄß"),
            ("&#150;&#x80;", "–€"),
            ("&#0;&#xD800;&#99999999;", "\u{fffd}\u{fffd}\u{fffd}"),
            ("&notit; &notin;", "¬it; ∉"),
            ("&amp;amp;", "&amp;"),
            ("&;&#;&#x;&unknown;& &", "&;&#;&#x;&unknown;& &"),
            ("&CounterClockwiseContourIntegral;", "∳"),
            ("AT&T &ampere", "AT&T &ere"),
        ];

        for (source, expected) in cases {
            assert_eq!(decode(source), expected, "{source}");
        }
    }

    #[test]
    fn every_name_of_the_table_is_found() {
        let lines: Vec<_> = TABLE.lines().collect();

        assert_eq!(lines.len(), 2125);
        for line in lines {
            let name = line.split([' ', '*']).next().unwrap();
            let entry = names().all.find(name.as_bytes()).unwrap();
            assert!(entry.value[0].is_some(), "{name}");
            assert!(name.len() <= NAME_MAX, "{name}");
            let old = names().old.find(name.as_bytes());
            assert_eq!(old.is_some(), line.contains('*'), "{name}");
            assert!(old.is_none() || name.len() <= OLD_NAME_MAX, "{name}");
        }
    }
}
