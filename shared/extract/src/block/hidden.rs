//! Elements that no reader sees, by an attribute or a style of their own. Style sheets are not read:
//! what they hide counts as seen.

use crate::html::{AttributeName, Node, Tag, Tree, entity};

/// Bytes of a style that are read; longer ones carry images.
const STYLE_BYTES_MAX: usize = 1_024;

/// So far to the left of or above the page nothing is seen, in pixels.
const FAR_PX: f32 = -500.0;

/// Pixels of the widest browser's letter, to compare other units by.
const EM_PX: f32 = 16.0;

/// Whether an element and all in it is hidden: `hidden`, `aria-hidden`, or a style that shows
/// nothing. Inside a sentence `aria-hidden` marks letters that are shown, and read out elsewhere.
pub(crate) fn is_hidden(tree: &Tree<'_>, node: &Node) -> bool {
    hiding(tree, node).is_some()
}

/// How an element is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hiding {
    /// From everybody.
    All,
    /// From everybody until they search for it.
    UntilFound,
    /// From those who have the page read to them; others see it.
    Aria,
}

/// How an element and all in it is hidden.
pub(crate) fn hiding(tree: &Tree<'_>, node: &Node) -> Option<Hiding> {
    let mut found = None;
    for attribute in tree.attributes_of(node) {
        let value = attribute.value.of(tree.source).trim();
        match attribute.name {
            AttributeName::Hidden if value.eq_ignore_ascii_case("until-found") => {
                return Some(Hiding::UntilFound);
            }
            AttributeName::Hidden => return Some(Hiding::All),
            AttributeName::Style if hides(value) => return Some(Hiding::All),
            AttributeName::AriaHidden
                if node.tag.is_block() && value.eq_ignore_ascii_case("true") =>
            {
                found = Some(Hiding::Aria);
            }
            _ => {}
        }
    }
    found
}

/// Names of elements for those who do not see the page, or for those who edit it: the page shows
/// none of them to its readers.
const HELPERS: [&str; 12] = [
    "sr-only",
    "visually-hidden",
    "visuallyhidden",
    "u-visually-hidden",
    "is-visually-hidden",
    "screen-reader-text",
    "screen-reader-only",
    "screenreader",
    "screenreader-only",
    "sr-text",
    "a11y-hidden",
    "element-invisible",
];

/// Whether an element is a helper by one of its names.
pub(super) fn is_helper(tree: &Tree<'_>, node: &Node) -> bool {
    let class = tree.raw_attribute(node, AttributeName::Class).unwrap_or("");
    class
        .split_ascii_whitespace()
        .any(|name| HELPERS.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

/// Whether an element leads those who may to a form for what it stands beside.
pub(super) fn is_edit_link(tree: &Tree<'_>, node: &Node) -> bool {
    let class = tree.raw_attribute(node, AttributeName::Class);
    class.is_some_and(|class| class.starts_with("mw-editsection"))
}

/// Nodes of a formula that are looked through.
const FORMULA_NODES_MAX: usize = 400;

/// Whether an element repeats, for the eye alone, the formula that stands before it as markup.
pub(super) fn repeats_formula(tree: &Tree<'_>, id: usize, node: &Node) -> bool {
    let hidden = tree.raw_attribute(node, AttributeName::AriaHidden);
    if hidden.is_none_or(|value| !value.trim().eq_ignore_ascii_case("true")) {
        return false;
    }
    let from = (node.parent as usize + 1).max(id.saturating_sub(FORMULA_NODES_MAX));
    let before = tree.nodes.get(from..id).unwrap_or(&[]);
    before.iter().any(|node| node.tag == Tag::Math)
}

/// Elements that are a part of a line.
pub(super) const fn is_phrase(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::A
            | Tag::Abbr
            | Tag::B
            | Tag::Big
            | Tag::Cite
            | Tag::Code
            | Tag::Del
            | Tag::Dfn
            | Tag::Em
            | Tag::Font
            | Tag::I
            | Tag::Ins
            | Tag::Kbd
            | Tag::Label
            | Tag::Mark
            | Tag::Q
            | Tag::S
            | Tag::Samp
            | Tag::Small
            | Tag::Span
            | Tag::Strike
            | Tag::Strong
            | Tag::Sub
            | Tag::Sup
            | Tag::Time
            | Tag::Tt
            | Tag::U
            | Tag::Var
    )
}

/// Whether a style shows nothing of its element.
fn hides(style: &str) -> bool {
    let end = style.floor_char_boundary(STYLE_BYTES_MAX);
    let style = entity::decode(style.get(..end).unwrap_or("")).to_ascii_lowercase();
    let mut flat = false;
    let mut cut_off = false;
    let (mut ink, mut paper) = (None, None);
    for declaration in style.split(';') {
        let Some((name, value)) = declaration.split_once(':') else {
            continue;
        };
        let value = value.trim().trim_end_matches("!important").trim();
        match name.trim() {
            "overflow" | "overflow-y" | "overflow-x" => {
                cut_off |= matches!(value, "hidden" | "clip");
            }
            "height" | "max-height" | "width" | "max-width" => {
                flat |= pixels(value).is_some_and(|px| px <= 1.0);
            }
            "color" => ink = Some(value),
            "background" | "background-color" => paper = Some(value),
            name if hides_alone(name, value) => return true,
            _ => {}
        }
    }
    flat && cut_off || ink == Some("transparent") || ink.is_some() && ink == paper
}

/// Whether one declaration is enough.
fn hides_alone(name: &str, value: &str) -> bool {
    match name {
        "display" => value == "none",
        "visibility" => matches!(value, "hidden" | "collapse"),
        "content-visibility" => value == "hidden",
        "opacity" => value.trim_end_matches('%').parse() == Ok(0.0_f32),
        "font-size" => pixels(value).is_some_and(|px| px <= 1.0),
        "text-indent" | "left" | "top" | "right" | "bottom" | "margin-left" | "margin-top" => {
            pixels(value).is_some_and(|px| px <= FAR_PX)
        }
        "clip" => lengths(value, "rect").is_some_and(|all| all.iter().all(|px| *px <= 1.0)),
        "clip-path" => {
            lengths(value, "inset").is_some_and(|all| all.iter().all(|share| *share >= 50.0))
                || lengths(value, "circle").is_some_and(|all| all.first() == Some(&0.0))
        }
        "transform" => {
            lengths(value, "scale").is_some_and(|all| all.contains(&0.0))
                || ["translate", "translatex", "translatey"]
                    .iter()
                    .any(|name| {
                        lengths(value, name).is_some_and(|all| all.iter().any(|px| *px <= FAR_PX))
                    })
        }
        _ => false,
    }
}

/// The arguments of a function as numbers; `None` when one is no length.
fn lengths(value: &str, function: &str) -> Option<Vec<f32>> {
    let inside = value.strip_prefix(function)?.trim_start();
    let inside = inside.strip_prefix('(')?.strip_suffix(')')?;
    let parts = inside.split([',', ' ']).filter(|part| !part.is_empty());
    let all = parts.map(pixels).collect::<Option<Vec<f32>>>()?;
    (!all.is_empty()).then_some(all)
}

/// A length in pixels, a share as its number.
fn pixels(value: &str) -> Option<f32> {
    let end = value
        .find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+'))
        .unwrap_or(value.len());
    let (number, unit) = value.split_at(end);
    let number: f32 = number.parse().ok()?;
    match unit {
        "" | "px" | "%" => Some(number),
        "em" | "rem" | "ch" | "ex" => Some(number * EM_PX),
        // a window is a thousand pixels or so
        "vw" | "vh" => Some(number * 10.0),
        "pt" | "pc" | "in" | "cm" | "mm" => Some(number * 4.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_that_shows_nothing_is_known_however_it_is_spelt() {
        for style in [
            "display:none",
            "color:red; DISPLAY : NONE !important",
            "display&#58;none",
            "visibility:collapse",
            "opacity:0.0",
            "opacity: 0%;",
            "font-size:0px",
            "position:absolute;left:-9999px",
            "text-indent:-100em",
            "clip:rect(1px, 1px, 1px, 1px)",
            "clip:rect(0 0 0 0)",
            "clip-path: inset(50%)",
            "transform:scale(0)",
            "transform:translateX(-9999px)",
            "height:0;overflow:hidden",
            "overflow:hidden;max-height: 1px",
            "color:#fff;background-color:#FFF",
            "color:transparent",
        ] {
            assert!(hides(style), "{style}");
        }
    }

    #[test]
    fn a_style_that_shows_something_hides_nothing() {
        for style in [
            "",
            "display:block",
            "display:none-such",
            "visibility:visible",
            "opacity:0.4",
            "opacity:1",
            "font-size:9px",
            "margin-left:-15px",
            "left:0",
            "height:0",
            "overflow:hidden",
            "color:#fff;background:#000",
            "background:url(data:image/png;base64,display:none)",
            "clip:rect(0, 100px, 100px, 0)",
            "clip-path:inset(0 10%)",
            "transform:scale(1.1)",
            "height:0;padding-top:56%",
        ] {
            assert!(!hides(style), "{style}");
        }
    }
}
