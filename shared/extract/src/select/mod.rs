//! Text by CSS selector, for sites that somebody knows: the elements that match, in page order.
//!
//! Selectors are `scraper`'s, and so is the tree they are matched on; it is made from the elements
//! of the page's own tree, so its depth and size are bounded and its cost is linear.

mod paragraphs;
mod scraper_page;
mod selector;

use std::time::Duration;

pub use self::selector::{BadSelector, Selector};

use self::paragraphs::{Paragraphs, Selected};
use self::scraper_page::ScraperPage;
use crate::deadline::Deadline;
use crate::html::Tree;
use crate::options::Limits;

/// Time a selection may take, of which a large page needs some tens of milliseconds. What is left
/// of the deadline is for reading the page as any other.
const PATIENCE: Duration = Duration::from_millis(400);

/// Matches that are read; a selector that matches more is not one of an article's text.
const MATCHES_MAX: usize = 1_000;

/// The text of the outermost elements that match, paragraphs separated by blank lines; `None` when
/// there is none, or the deadline passes on the way to it.
pub(crate) fn text(
    tree: &Tree<'_>,
    selector: &Selector,
    limits: &Limits,
    deadline: &Deadline,
) -> Option<Selected> {
    let deadline = deadline.within(PATIENCE);
    let page = ScraperPage::of(tree, &deadline)?;
    let mut out = Paragraphs::new(limits.text_bytes_max);
    let mut read_to = 0;
    for id in page.matches(selector.parsed()).take(MATCHES_MAX) {
        if deadline.passed() {
            return None;
        }
        // Matches come in page order, so one inside another follows it at once.
        if id < read_to {
            continue;
        }
        read_to = out.read(tree, id);
    }
    out.finish()
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
    fn attributes_of_any_name_and_elements_of_any_name_are_matched() {
        let page = "<html data-kind=story><body><x-lead DATA-Part='a&amp;b'>Lead.</x-lead>\
            <p data-part=other>No.</p><p lang=de data-part>Ja.</p>";

        assert_eq!(chosen(page, "[data-part='a&b']").text, "Lead.");
        assert_eq!(
            chosen(page, "html[data-kind] > body > x-lead").text,
            "Lead."
        );
        assert_eq!(chosen(page, "p[data-part=''][lang=de]").text, "Ja.");
    }

    #[test]
    fn rows_stand_in_the_bodies_that_a_browser_puts_around_them() {
        let page = "<table><tr><td>One.<td>Two.<tr><td>Three.</table>";

        assert_eq!(
            chosen(page, "table > tbody > tr:first-child > td").text,
            "One.\n\nTwo."
        );
        assert_eq!(chosen(page, "tbody > tr + tr").text, "Three.");
        assert_eq!(chosen("<table><td>Cell.", "tbody > tr > td").text, "Cell.");
        let cased = "<table><thead><tr><th>H.</thead><tr><td>B.</table>";
        assert_eq!(chosen(cased, "thead + tbody td").text, "B.");
    }

    #[test]
    fn what_is_never_shown_is_not_read() {
        let page = "<div class=story>Seen.<template>no</template><select><option>no</select>\
            <style>no</style><noscript>no</noscript><svg><text>no</text></svg> Also.</div>";

        assert_eq!(chosen(page, ".story").text, "Seen. Also.");
    }

    #[test]
    fn a_late_selection_is_given_up() {
        let parsed = crate::html::parse(PAGE, &Limits::default(), &Deadline::new(None));
        let selector: Selector = ".story".parse().expect("a selector");
        let late = Deadline::new(None).within(Duration::ZERO);

        let found = text(&parsed.tree, &selector, &Limits::default(), &late);

        assert_eq!(found, None);
    }

    #[test]
    fn the_depth_of_a_page_costs_a_selection_no_more_than_its_length() {
        let page = format!("<div class=story>{}deep", "<div>".repeat(200_000));

        let extracted = chosen(&page, "div.story");

        assert_eq!(extracted.why.source, Source::Selector);
        assert_eq!(extracted.text, "deep");
    }
}
