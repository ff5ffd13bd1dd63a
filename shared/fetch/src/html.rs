//! Whether an answer is HTML: by its Content-Type, or where there is none by its first bytes.

/// How far into a body the first tag may be.
const SNIFFED_BYTES_MAX: usize = 1_024;

/// Openings of HTML, as the MIME Sniffing Standard lists them.
const OPENINGS: [&[u8]; 18] = [
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<script",
    b"<iframe",
    b"<h1",
    b"<div",
    b"<font",
    b"<table",
    b"<a",
    b"<style",
    b"<title",
    b"<b",
    b"<body",
    b"<br",
    b"<p",
    b"<meta",
    b"<!--",
];

/// What a Content-Type says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// HTML or XHTML.
    Html,
    /// Nothing, or nothing that is a type: the body has to show it.
    Unnamed,
    /// XML, which XHTML is as well; the type without parameters.
    Xml(String),
    /// Something else; the type without parameters.
    Other(String),
}

impl Kind {
    /// Reads a Content-Type. A list is broken, but sent; its first entry counts.
    pub(crate) fn read(content_type: Option<&str>) -> Self {
        let essence = content_type.unwrap_or("").split([';', ',']).next();
        let essence = essence.unwrap_or("").trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/xhtml+xml" | "html" | "htm" => Self::Html,
            html if html.starts_with("text/html") => Self::Html,
            "application/xml" | "text/xml" => Self::Xml(essence),
            // "utf-8", "charset=utf-8", "text": browsers look at the body then.
            other if !other.contains('/') => Self::Unnamed,
            _ => Self::Other(essence),
        }
    }
}

/// Whether a body without a type opens like HTML.
pub(crate) fn opens_like_html(body: &[u8]) -> bool {
    let body = body.get(..SNIFFED_BYTES_MAX).unwrap_or(body);
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let body = body.trim_ascii_start();
    OPENINGS.iter().any(|opening| starts_tag(body, opening))
        || body.starts_with(b"<?xml")
            && body
                .windows(5)
                .any(|part| part.eq_ignore_ascii_case(b"<html"))
}

/// Whether a body ends like a whole document does.
pub(crate) fn closes(body: &[u8]) -> bool {
    const END: &[u8] = b"</html>";
    let body = body.trim_ascii_end();
    let start = body.len().saturating_sub(END.len());
    body.get(start..)
        .is_some_and(|end| end.eq_ignore_ascii_case(END))
}

/// A tag's name ends with a blank or `>`; a comment's opening needs no end.
fn starts_tag(body: &[u8], opening: &[u8]) -> bool {
    let Some((head, rest)) = body.split_at_checked(opening.len()) else {
        return false;
    };
    head.eq_ignore_ascii_case(opening)
        && (opening == b"<!--" || matches!(rest.first(), Some(b' ' | b'>' | b'\t' | b'\n' | b'\r')))
}
