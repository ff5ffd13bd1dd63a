//! The encoding of a page that declares none and is no UTF-8: by the statistics of browsers, with
//! the page's language, or the country of its address, as a hint.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;
use memchr::memmem;

/// Bytes that are looked at; the guess does not change behind a few kilobytes of text.
const BYTES_MAX: usize = 262_144;

/// Bytes in which the element is looked for that names the language.
const HEAD_BYTES: usize = 4_096;

/// Languages, and a country whose pages are in them, as the detector knows countries.
#[rustfmt::skip]
const COUNTRIES: [(&str, &str); 40] = [
    ("ja", "jp"), ("ko", "kr"), ("zh-tw", "tw"), ("zh-hk", "hk"), ("zh-mo", "mo"),
    ("zh-hant", "tw"), ("zh", "cn"), ("ru", "ru"), ("uk", "ua"), ("be", "by"), ("bg", "bg"),
    ("sr", "rs"), ("mk", "mk"), ("mn", "mn"), ("kk", "kz"), ("el", "gr"), ("he", "il"),
    ("iw", "il"), ("ar", "sa"), ("fa", "ir"), ("th", "th"), ("vi", "vn"), ("tr", "tr"),
    ("az", "az"), ("pl", "pl"), ("cs", "cz"), ("sk", "sk"), ("hu", "hu"), ("sl", "si"),
    ("hr", "hr"), ("bs", "ba"), ("ro", "ro"), ("lt", "lt"), ("lv", "lv"), ("et", "ee"),
    ("de", "de"), ("fr", "fr"), ("es", "es"), ("it", "it"), ("pt", "pt"),
];

/// What the bytes are most likely in.
pub(super) fn guess(bytes: &[u8], url: Option<&str>) -> &'static Encoding {
    let bytes = bytes.get(..BYTES_MAX).unwrap_or(bytes);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let language = language(bytes);
    let known = COUNTRIES.iter().find(|(known, _)| {
        language
            .strip_prefix(known)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    });
    let country = known.map(|(_, country)| (*country).to_owned());
    let hint = country.or_else(|| url.and_then(country_of));
    detector.guess(hint.as_deref().map(str::as_bytes), Utf8Detection::Deny)
}

/// The declared language in lower case, empty without one.
fn language(bytes: &[u8]) -> String {
    let head = bytes
        .get(..HEAD_BYTES)
        .unwrap_or(bytes)
        .to_ascii_lowercase();
    let Some(at) = memmem::find(&head, b"<html") else {
        return String::new();
    };
    let tag = head
        .get(at..)
        .and_then(|rest| rest.split(|byte| *byte == b'>').next());
    let value = tag.and_then(|tag| {
        let at = memmem::find(tag, b"lang=")?;
        let value = tag.get(at + 5..)?.trim_ascii_start();
        let value = value
            .strip_prefix(b"\"")
            .or_else(|| value.strip_prefix(b"'"))
            .unwrap_or(value);
        let end = value
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_'));
        value.get(..end.unwrap_or(value.len()))
    });
    let value = value.map(String::from_utf8_lossy).unwrap_or_default();
    value.replace('_', "-")
}

/// The last part of the host's name when it is one of a country.
fn country_of(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    let last = host.rsplit('.').next()?.to_ascii_lowercase();
    (last.len() == 2 && last.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(last)
}
