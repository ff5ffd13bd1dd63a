//! Pages made from pages: cut, doubled and spliced anywhere, and changed as markup: elements
//! moved, repeated, renamed, wrapped, left unclosed. A fixed sequence of numbers decides.

use std::ops::Range;

/// Pieces put anywhere.
const SPRINKLES: [&str; 41] = [
    "<",
    ">",
    "</",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<p>",
    "</p>",
    "<div class=",
    "\"",
    "'",
    "<table><tr><td>",
    "</table>",
    "&",
    "&#x",
    "&amp",
    "\0",
    "<svg>",
    "<a href=x>",
    "<li>",
    "<template>",
    "<meta charset=utf-16>",
    "<title>",
    "</title>",
    "<h1>",
    "</h1>",
    "<br><br>",
    "<noscript>",
    "<style>",
    "<textarea>",
    "<plaintext>",
    "<select><option>",
    "<frameset>",
    "<![CDATA[",
    "<script type=application/ld+json>{\"@type\":\"Article\",\"articleBody\":\"",
    "\\u0000",
    "&notit;",
    "&#0;&#xD800;",
    "<time datetime=2024-13-45>",
    "<base href=//>",
];

/// Names an element is given instead of its own.
const NAMES: [&str; 32] = [
    "p",
    "div",
    "span",
    "a",
    "b",
    "li",
    "ul",
    "table",
    "tr",
    "td",
    "article",
    "section",
    "aside",
    "nav",
    "header",
    "footer",
    "main",
    "h1",
    "h2",
    "form",
    "button",
    "blockquote",
    "pre",
    "figure",
    "figcaption",
    "svg",
    "math",
    "select",
    "template",
    "x-y",
    "address",
    "dl",
];

/// Attributes an element is given.
const ATTRIBUTES: [&str; 12] = [
    " class=comment",
    " class='related teaser'",
    " hidden",
    " style='display: none'",
    " id=content",
    " class=\"article-body\"",
    " role=navigation",
    " itemprop=articleBody",
    " aria-hidden=true",
    " rel=author",
    " =x",
    " class='cookie consent'",
];

/// A linear congruential generator: the same sequence everywhere.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a [u8] {
        list[self.below(list.len())].as_bytes()
    }

    fn range(&mut self, length: usize, most: usize) -> Range<usize> {
        let from = self.below(length + 1);
        from..(from + self.below(most)).min(length)
    }
}

/// Changes `page` once; `other` is where foreign pieces come from.
pub(crate) fn mutate(page: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    if numbers.below(2) == 0 {
        mutate_bytes(page, other, numbers);
    } else {
        mutate_markup(page, other, numbers);
    }
}

fn mutate_bytes(page: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let place = numbers.range(page.len(), 200);
    let at = place.start;
    match numbers.below(6) {
        0 => page.truncate(at),
        1 => drop(page.drain(place)),
        2 => {
            let copy = page[place].repeat(1 + numbers.below(20));
            page.splice(at..at, copy);
        }
        3 => {
            let foreign = numbers.range(other.len(), 400);
            page.splice(place, other[foreign].iter().copied());
        }
        4 => {
            if let Some(byte) = page.get_mut(at) {
                *byte = u8::try_from(numbers.below(256)).unwrap();
            }
        }
        _ => {
            page.splice(at..at, numbers.of(&SPRINKLES).iter().copied());
        }
    }
}

fn mutate_markup(page: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let Some(tag) = any_tag(page, numbers) else {
        return;
    };
    let element = element_at(page, &tag);
    match numbers.below(9) {
        // The element moves.
        0 => {
            let moved: Vec<u8> = page.drain(element).collect();
            let to = any_tag(page, numbers).map_or(0, |tag| tag.start);
            page.splice(to..to, moved);
        }
        // It repeats, beside itself or inside itself.
        1 => {
            let copy = page[element.clone()].repeat(1 + numbers.below(12));
            page.splice(element.end..element.end, copy);
        }
        2 => {
            let opening = page[tag.clone()].repeat(1 + numbers.below(700));
            page.splice(tag.start..tag.start, opening);
        }
        // It is gone, or only its tag is.
        3 => drop(page.drain(element)),
        4 => drop(page.drain(tag)),
        // It has another name or more attributes.
        5 => {
            let name = name_of(page, &tag);
            page.splice(name, numbers.of(&NAMES).iter().copied());
        }
        6 => {
            let end = name_of(page, &tag).end;
            page.splice(end..end, numbers.of(&ATTRIBUTES).iter().copied());
        }
        // It stands inside another one, which may stay open.
        7 => {
            let name = numbers.of(&NAMES);
            if numbers.below(3) > 0 {
                page.splice(element.end..element.end, [b"</", name, b">"].concat());
            }
            page.splice(tag.start..tag.start, [b"<", name, b">"].concat());
        }
        // An element of another page stands before it.
        _ => {
            if let Some(foreign) = any_tag(other, numbers) {
                let foreign = other[element_at(other, &foreign)].to_vec();
                page.splice(tag.start..tag.start, foreign);
            }
        }
    }
}

/// A start tag or an end tag from `<` to `>`.
fn any_tag(page: &[u8], numbers: &mut Numbers) -> Option<Range<usize>> {
    let from = numbers.below(page.len());
    let start = from + page[from..].iter().position(|byte| *byte == b'<')?;
    let end = start + page[start..].iter().position(|byte| *byte == b'>')? + 1;
    Some(start..end)
}

fn name_of(page: &[u8], tag: &Range<usize>) -> Range<usize> {
    let slash = usize::from(page.get(tag.start + 1) == Some(&b'/'));
    let start = (tag.start + 1 + slash).min(tag.end);
    let letters = page[start..tag.end]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric());
    start..start + letters.count()
}

/// From a start tag to the next end tag of its name, or the tag alone.
fn element_at(page: &[u8], tag: &Range<usize>) -> Range<usize> {
    let name = &page[name_of(page, tag)];
    let closing = [b"</", name].concat();
    let rest = &page[tag.end..];
    let close = rest
        .windows(closing.len())
        .position(|window| window == closing);
    let end = close.and_then(|at| {
        let bracket = rest[at..].iter().position(|byte| *byte == b'>')?;
        Some(tag.end + at + bracket + 1)
    });
    tag.start..end.unwrap_or(tag.end)
}
