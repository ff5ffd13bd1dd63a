//! Bytes to text by the WHATWG rules: byte order mark, then the header, then the page's own
//! declaration in its first bytes; without any, UTF-8 if it is that, else what it looks like. A page
//! that is valid UTF-8 with non-ASCII text is read as UTF-8 whatever else it says: mislabelled
//! UTF-8 is common, and text of another encoding that happens to be valid UTF-8 is not.

mod guess;

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::{memchr, memchr_iter, memchr2};

/// How far into the page its declaration is looked for. The standard says 1024; scripts and
/// comments in front of it push it further in real pages.
const PRESCAN_BYTES: usize = 8192;

/// A decoded page.
pub(crate) struct Decoded<'bytes> {
    pub(crate) text: Cow<'bytes, str>,
    pub(crate) encoding: &'static str,
    pub(crate) malformed: bool,
    /// Nothing declares the encoding.
    pub(crate) guessed: bool,
}

/// Decodes `bytes`, which came with the header `content_type`. NUL characters are left out, as
/// browsers do in text; databases refuse them.
pub(crate) fn decode<'bytes>(
    bytes: &'bytes [u8],
    content_type: Option<&str>,
    url: Option<&str>,
) -> Decoded<'bytes> {
    let mut decoded = decode_all(bytes, content_type, url);
    if memchr(0, decoded.text.as_bytes()).is_some() {
        decoded.text = Cow::Owned(decoded.text.replace('\0', ""));
    }
    decoded
}

fn decode_all<'bytes>(
    bytes: &'bytes [u8],
    content_type: Option<&str>,
    url: Option<&str>,
) -> Decoded<'bytes> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return with(encoding, bytes.get(mark..).unwrap_or(&[]));
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return with(encoding, bytes);
    }
    let header = content_type.and_then(|value| charset(value.as_bytes()));
    let declared = header.or_else(|| prescan(bytes));
    let valid = std::str::from_utf8(bytes);
    match (valid, declared) {
        // ISO-2022-JP is ASCII by its bytes, so only it can differ here.
        (Ok(text), declared) if declared.is_none_or(Encoding::is_ascii_compatible) => Decoded {
            text: Cow::Borrowed(text),
            encoding: UTF_8.name(),
            malformed: false,
            guessed: false,
        },
        (_, Some(encoding)) if encoding != UTF_8 => with(encoding, bytes),
        (Err(fault), Some(_)) if mostly_utf8(bytes, fault.valid_up_to()) => with(UTF_8, bytes),
        (Err(fault), None) if mostly_utf8(bytes, fault.valid_up_to()) => with(UTF_8, bytes),
        (Err(_), None) => {
            let mut decoded = with(guess::guess(bytes, url), bytes);
            decoded.guessed = true;
            decoded
        }
        _ => with(WINDOWS_1252, bytes),
    }
}

/// One damaged character in so many is a text that was read in a wrong encoding.
const DAMAGED_EVERY: usize = 200;

/// Damaged characters of a text that is short.
const DAMAGED_MIN: usize = 5;

/// Whether a text has replacement characters or C1 controls in quantity: no language uses them.
pub(crate) fn is_damaged(text: &str) -> bool {
    // Both are two or three bytes of UTF-8, and begin with one of these.
    let may = memchr2(0xC2, 0xEF, text.as_bytes()).is_some();
    if !may {
        return false;
    }
    let damaged = text
        .chars()
        .filter(|c| matches!(c, '\u{FFFD}' | '\u{80}'..='\u{9F}'));
    let count = damaged.count();
    count >= DAMAGED_MIN && count * DAMAGED_EVERY >= text.len()
}

fn with<'bytes>(encoding: &'static Encoding, bytes: &'bytes [u8]) -> Decoded<'bytes> {
    let (text, malformed) = encoding.decode_without_bom_handling(bytes);
    Decoded {
        text,
        encoding: encoding.name(),
        malformed,
        guessed: false,
    }
}

/// Whether more of the non-ASCII bytes form UTF-8 sequences than do not: a truncated or dirty
/// UTF-8 page is still one.
fn mostly_utf8(bytes: &[u8], first_fault: usize) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes
        .get(..bytes.len().min(first_fault + 65_536))
        .unwrap_or(bytes)
        .utf8_chunks()
    {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

/// Whether a byte order mark or the first tag says UTF-16.
pub(crate) fn is_utf16(bytes: &[u8]) -> bool {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    marked
        .or_else(|| utf16_without_mark(bytes))
        .is_some_and(|encoding| encoding != UTF_8)
}

/// UTF-16 betrays itself by a `<` with a zero byte beside it.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes.get(..4)? {
        [b'<', 0, _, 0] => Some(UTF_16LE),
        [0, b'<', 0, _] => Some(UTF_16BE),
        _ => None,
    }
}

/// The encoding after `charset=` in a header or an attribute.
fn charset(value: &[u8]) -> Option<&'static Encoding> {
    let at = value
        .windows(7)
        .position(|window| window.eq_ignore_ascii_case(b"charset"))?;
    let rest = value
        .get(at + 7..)?
        .trim_ascii_start()
        .strip_prefix(b"=")?
        .trim_ascii_start();
    let rest = rest.trim_ascii_start();
    let label = match rest.first()? {
        quote @ (b'"' | b'\'') => rest.get(1..)?.split(|byte| byte == quote).next()?,
        _ => rest
            .split(|byte| byte.is_ascii_whitespace() || b";\"'>/".contains(byte))
            .next()?,
    };
    Encoding::for_label(label)
}

/// The encoding of `<meta charset>` or `<meta http-equiv … content="…charset=…">` or of an XML
/// declaration. UTF-16 cannot be true there and means UTF-8.
fn prescan(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(PRESCAN_BYTES))?;
    let found = xml_encoding(head).or_else(|| {
        memchr_iter(b'<', head)
            .filter_map(|at| head.get(at + 1..))
            .filter(|tag| {
                tag.get(..4)
                    .is_some_and(|name| name.eq_ignore_ascii_case(b"meta"))
            })
            .find_map(|tag| charset(tag.split(|byte| *byte == b'>').next()?))
    })?;
    Some(if found == UTF_16LE || found == UTF_16BE {
        UTF_8
    } else {
        found
    })
}

fn xml_encoding(head: &[u8]) -> Option<&'static Encoding> {
    let declaration = head
        .strip_prefix(b"<?xml")?
        .split(|byte| *byte == b'>')
        .next()?;
    let at = declaration
        .windows(8)
        .position(|window| window == b"encoding")?;
    let value = declaration
        .get(at + 8..)?
        .trim_ascii_start()
        .strip_prefix(b"=")?;
    let value = value.trim_ascii_start();
    let quote = value.first()?;
    Encoding::for_label(value.get(1..)?.split(|byte| byte == quote).next()?)
}
