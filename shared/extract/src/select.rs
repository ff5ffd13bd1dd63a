//! Text by CSS selector, for sites that somebody knows: the elements that match, in page order.
//!
//! A second tree is built for it, by `scraper`; it is fed in chunks under the same deadline and
//! input bound as the first, and given up when it passes the bound of nodes.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use html5ever::tendril::TendrilSink as _;
use html5ever::{ParseOpts, parse_document};
use scraper::{ElementRef, Html, HtmlTreeSink, Node};

use crate::deadline::Deadline;
use crate::options::Limits;

/// Bytes between two looks at the clock.
const CHUNK_BYTES: usize = 4_096;

/// Time a selection may take, of which a large page needs some tens of milliseconds; html5ever is
/// quadratic in depth. What is left of the deadline is for reading the page as any other.
const PATIENCE: Duration = Duration::from_millis(400);

/// Matches that are read; a selector that matches more is not one of an article's text.
const MATCHES_MAX: usize = 1_000;

/// A CSS selector that has been read.
#[derive(Clone)]
pub struct Selector {
    text: String,
    parsed: scraper::Selector,
}

/// A text is no CSS selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSelector {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for BadSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read CSS selector {:?}: {}", self.text, self.problem)
    }
}

impl std::error::Error for BadSelector {}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Selector").field(&self.text).finish()
    }
}

impl FromStr for Selector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match scraper::Selector::parse(text) {
            Ok(parsed) => Ok(Self {
                text: text.to_owned(),
                parsed,
            }),
            Err(error) => Err(BadSelector {
                text: text.to_owned(),
                problem: problem_of(&error.to_string()),
            }),
        }
    }
}

/// The parser asks for a report of what it has no words for; the name it has follows.
fn problem_of(told: &str) -> String {
    told.rsplit('\n').next().unwrap_or(told).to_owned()
}

/// What a selector named.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selected {
    pub(crate) text: String,
    /// Whether the bound of the text left a part out.
    pub(crate) cut: bool,
}

/// The text of the outermost elements that match, paragraphs separated by blank lines; `None` when
/// there is none, or a bound was passed on the way to it.
pub(crate) fn text(
    html: &str,
    selector: &Selector,
    limits: &Limits,
    deadline: &Deadline,
) -> Option<Selected> {
    let deadline = deadline.within(PATIENCE);
    let page = parse(html, limits, &deadline)?;
    let mut out = Paragraphs {
        bytes_max: limits.text_bytes_max,
        ..Paragraphs::default()
    };
    let mut last_end = None;
    for element in page.select(&selector.parsed).take(MATCHES_MAX) {
        // Matches come in page order, so one inside another follows it at once.
        if deadline.passed() {
            return None;
        }
        if last_end.is_some_and(|outer| is_inside(element, outer)) {
            continue;
        }
        last_end = Some(element.id());
        out.read(element);
        out.end();
    }
    (!out.text.is_empty()).then_some(Selected {
        text: out.text,
        cut: out.full,
    })
}

fn is_inside(element: ElementRef<'_>, outer: ego_tree::NodeId) -> bool {
    element.ancestors().any(|ancestor| ancestor.id() == outer)
}

fn parse(html: &str, limits: &Limits, deadline: &Deadline) -> Option<Html> {
    let sink = HtmlTreeSink::new(Html::new_document());
    let mut parser = parse_document(sink, ParseOpts::default());
    let mut rest = html;
    while !rest.is_empty() {
        let nodes = parser.tokenizer.sink.sink.0.borrow().tree.values().len();
        if deadline.passed() || nodes > limits.nodes_max {
            return None;
        }
        let end = rest.floor_char_boundary(CHUNK_BYTES.max(4));
        let (chunk, after) = rest.split_at_checked(end)?;
        parser.process(chunk.into());
        rest = after;
    }
    Some(parser.finish())
}

/// Elements whose text is never shown.
fn is_hidden(name: &str) -> bool {
    matches!(name, "script" | "style" | "noscript" | "template" | "svg")
}

/// Elements that stand in a line of text; every other one begins a paragraph.
fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "bdi"
            | "bdo"
            | "cite"
            | "code"
            | "data"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "kbd"
            | "mark"
            | "q"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "u"
            | "var"
            | "wbr"
    )
}

/// Text as it grows, white space folded.
#[derive(Default)]
struct Paragraphs {
    text: String,
    gap: Gap,
    bytes_max: usize,
    full: bool,
}

/// What comes before the next word.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    None,
    Space,
    Paragraph,
}

impl Paragraphs {
    fn read(&mut self, element: ElementRef<'_>) {
        let mut hidden = 0_usize;
        for edge in element.traverse() {
            let (node, opens) = match edge {
                ego_tree::iter::Edge::Open(node) => (node, true),
                ego_tree::iter::Edge::Close(node) => (node, false),
            };
            match node.value() {
                Node::Element(it) if is_hidden(it.name()) => {
                    hidden = if opens {
                        hidden + 1
                    } else {
                        hidden.saturating_sub(1)
                    };
                }
                Node::Element(it) if !is_inline(it.name()) => self.end(),
                Node::Text(words) if opens && hidden == 0 => {
                    self.add(words);
                }
                _ => {}
            }
        }
    }

    fn end(&mut self) {
        self.gap = Gap::Paragraph;
    }

    fn add(&mut self, words: &str) {
        if words.starts_with(char::is_whitespace) && self.gap == Gap::None {
            self.gap = Gap::Space;
        }
        for word in words.split_whitespace() {
            self.full |= self.text.len() + word.len() + "\n\n".len() > self.bytes_max;
            if self.full {
                return;
            }
            match self.gap {
                Gap::Paragraph if !self.text.is_empty() => self.text.push_str("\n\n"),
                Gap::Space if !self.text.is_empty() => self.text.push(' '),
                Gap::None | Gap::Space | Gap::Paragraph => {}
            }
            self.text.push_str(word);
            self.gap = Gap::Space;
        }
        if !words.ends_with(char::is_whitespace) && self.gap == Gap::Space {
            self.gap = Gap::None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Source, extract};

    const PAGE: &str = "<body><nav>Home</nav><div class=story><p>One <b>bold</b>er word.</p>\
        <script>no()</script><div class=story><p>Two.</p></div></div><p>Elsewhere.</p>";

    fn chosen(page: &str, selector: &str) -> crate::Extracted {
        let selector: Selector = selector.parse().expect("a selector");
        let options = Options {
            selector: Some(&selector),
            ..Options::default()
        };
        extract(page.as_bytes(), &options)
    }

    #[test]
    fn the_text_is_what_the_selector_names_each_element_once() {
        let extracted = chosen(PAGE, ".story");

        assert_eq!(extracted.text, "One bolder word.\n\nTwo.");
        assert_eq!(extracted.why.source, Source::Selector);
        assert_eq!(extracted.why.empty, None);
    }

    #[test]
    fn a_selector_without_a_match_leaves_the_page_to_the_usual_way() {
        let with = chosen(PAGE, ".no-such-thing");
        let without = extract(PAGE.as_bytes(), &Options::default());

        assert_eq!(with.text, without.text);
        assert_ne!(with.why.source, Source::Selector);
    }

    #[test]
    fn a_selector_that_is_none_is_named() {
        let error = "p >".parse::<Selector>().expect_err("no selector");

        assert!(error.to_string().contains("p >"), "{error}");
    }

    #[test]
    fn a_hostile_page_is_given_up_at_its_bounds() {
        let page = format!("<div class=story>{}", "<div>".repeat(50_000));
        let limits = Limits {
            nodes_max: 1_000,
            ..Limits::default()
        };
        let selector: Selector = ".story".parse().expect("a selector");

        assert_eq!(text(&page, &selector, &limits, &Deadline::new(None)), None);
    }
}
