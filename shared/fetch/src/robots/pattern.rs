//! One path pattern of robots.txt: `*` stands for anything, `$` at the end for the end, and octets
//! are compared as escaped as they have to be.

/// Longest pattern; longer ones would be no path that is fetched.
const PATTERN_BYTES_MAX: usize = 2_048;

/// Most stars of one pattern.
const STARS_MAX: usize = 32;

/// A pattern, ready to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<String>,
    at_end: bool,
    length: usize,
}

impl Pattern {
    /// Reads the value of a rule; `None` for one that matches nothing.
    pub(super) fn read(value: &str) -> Option<Self> {
        let rooted = value.starts_with('/') || value.starts_with('*');
        if value.is_empty() || value.len() > PATTERN_BYTES_MAX || !rooted {
            return None;
        }
        let (value, at_end) = value
            .strip_suffix('$')
            .map_or((value, false), |v| (v, true));
        let parts: Vec<String> = value.split('*').map(escaped).collect();
        let length = value.len() + usize::from(at_end);
        (parts.len() <= STARS_MAX + 1).then_some(Self {
            parts,
            at_end,
            length,
        })
    }

    /// How specific it is: the longest that matches decides.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// Whether it matches a path that went through [`escaped`].
    pub(super) fn matches(&self, path: &str) -> bool {
        let mut parts = self.parts.iter();
        let Some(mut rest) = parts
            .next()
            .and_then(|first| path.strip_prefix(first.as_str()))
        else {
            return false;
        };
        let Some((last, between)) = parts.as_slice().split_last() else {
            return !self.at_end || rest.is_empty();
        };
        for part in between {
            let Some(at) = rest.find(part.as_str()) else {
                return false;
            };
            rest = rest.get(at + part.len()..).unwrap_or("");
        }
        if self.at_end {
            rest.ends_with(last.as_str())
        } else {
            rest.contains(last.as_str())
        }
    }
}

/// A path as RFC 9309 compares it: octets beyond ASCII escaped, escapes in upper case, and those of
/// characters that need none undone.
pub(super) fn escaped(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%')
            .then(|| path.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(char::from(byte));
                at += 3;
            }
            Some(byte) => {
                push_escape(&mut out, byte);
                at += 3;
            }
            None if byte.is_ascii_graphic() => {
                out.push(char::from(*byte));
                at += 1;
            }
            None => {
                push_escape(&mut out, *byte);
                at += 1;
            }
        }
    }
    out
}

fn push_escape(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    out.extend(['%', digit(byte >> 4), digit(byte)]);
}
