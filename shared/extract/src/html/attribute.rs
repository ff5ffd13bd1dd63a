//! Attributes of a tag, by the tokenization rules of the HTML standard: the ones this crate reads
//! have a name of their own, and [`all`] gives every one for those who ask for others.

use memchr::memchr;

use super::span::Span;

/// Most attributes read from one tag; pages have a dozen, and the rest are skipped unread.
pub(super) const ATTRIBUTES_PER_TAG_MAX: u32 = 256;

macro_rules! attributes {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// The attributes this crate reads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum AttributeName { $($variant),* }

        impl AttributeName {
            pub(super) fn of(name: &[u8]) -> Option<AttributeName> {
                $(if name.eq_ignore_ascii_case($name.as_bytes()) {
                    return Some(AttributeName::$variant);
                })*
                None
            }
        }
    };
}

attributes! {
    Class "class", Id "id", Href "href", Style "style", Role "role", Name "name", Rel "rel",
    Content "content", Property "property", Itemprop "itemprop", Itemtype "itemtype",
    Datetime "datetime", Hidden "hidden", AriaHidden "aria-hidden", Lang "lang",
    HttpEquiv "http-equiv", Type "type", Datatype "data-testid", Component "data-component",
    AriaLabel "aria-label", Alt "alt", Title "title", AriaControls "aria-controls",
    AriaExpanded "aria-expanded", DataTarget "data-target", DataBsTarget "data-bs-target",
    ShadowRootMode "shadowrootmode",
}

/// An attribute; its value is still encoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: AttributeName,
    pub(crate) value: Span,
}

/// What stands next inside a tag.
pub(super) enum Part {
    /// The tag's `>`, and whether a slash stands before it.
    End { slash: bool, after: usize },
    /// An attribute; without `=` its value is empty.
    Attribute {
        name: Span,
        value: Span,
        after: usize,
    },
}

/// The part of a tag that begins at `from` or after it; `None` when the source ends inside it.
pub(super) fn next_part(bytes: &[u8], from: usize) -> Option<Part> {
    let mut at = from;
    let mut slash = false;
    while let Some(byte) = bytes.get(at)
        && (byte.is_ascii_whitespace() || *byte == b'/')
    {
        slash = *byte == b'/';
        at += 1;
    }
    if *bytes.get(at)? == b'>' {
        let after = at + 1;
        return Some(Part::End { slash, after });
    }
    let start = at;
    at += 1; // a leading `=` belongs to the name
    while bytes
        .get(at)
        .is_some_and(|byte| !ends_name(*byte) && *byte != b'=')
    {
        at += 1;
    }
    let name = Span::new(start, at);
    let (value, after) = attribute_value(bytes, at)?;
    Some(Part::Attribute { name, value, after })
}

/// Every attribute of the tag whose name ends at `from`, as spans of `source`, values still encoded;
/// a name may come twice, and the first counts.
pub(crate) fn all(source: &str, from: usize) -> impl Iterator<Item = (Span, Span)> {
    let mut at = from;
    std::iter::from_fn(move || match next_part(source.as_bytes(), at)? {
        Part::End { .. } => None,
        Part::Attribute { name, value, after } => {
            at = after;
            Some((name, value))
        }
    })
    .take(ATTRIBUTES_PER_TAG_MAX as usize)
}

/// The value after an attribute's name (empty without `=`) and the place after it.
fn attribute_value(bytes: &[u8], from: usize) -> Option<(Span, usize)> {
    let after_spaces = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    };
    let at = after_spaces(from);
    if bytes.get(at) != Some(&b'=') {
        return Some((Span::new(from, from), at));
    }
    let at = after_spaces(at + 1);
    let first = *bytes.get(at)?;
    if matches!(first, b'"' | b'\'') {
        let length = memchr(first, &bytes[at + 1..])?;
        return Some((Span::new(at + 1, at + 1 + length), at + length + 2));
    }
    let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'>';
    let length = bytes[at..].iter().position(ends)?;
    Some((Span::new(at, at + length), at + length))
}

pub(super) const fn ends_name(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'/' || byte == b'>'
}
