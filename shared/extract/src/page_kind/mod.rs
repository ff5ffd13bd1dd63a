//! Whether what was kept is an article's text at all, and what to call it when it is not:
//! a page that stands in place of one (a challenge, a soft 404), a list of articles, a request for
//! consent, a teaser before a paywall, a page made by script.
//! Each rule asks for several signs at once; a doubtful page keeps its text and gets a mark.

mod address;
mod case;
mod consent;
mod entries;
mod index;
mod no_article;
mod paywall;
mod scripted;
mod signs;
mod titles;

pub(crate) use address::Address;
pub(crate) use case::Case;

use crate::classify::Judged;
use crate::extracted::{EmptyReason, PageKind, Suspect};
use case::kept_chars;
use consent::drop_consent;
use index::is_index;
use no_article::no_article;
use paywall::{Teaser, names_paywall, teaser};
use scripted::{asks_for_script, is_scripted};

/// Least characters that pass for an article's text.
pub(crate) const TEXT_CHARS_MIN: u32 = 80;

/// The same beside a request for consent that is most of the page: its last sentences are shorter.
const BESIDE_CONSENT_CHARS_MIN: u32 = 250;

/// A page that only asks for a script has less text than this.
const SCRIPT_NOTE_CHARS_MAX: u32 = 500;

/// Least linked data body taken in place of blocks.
const LINKED_BODY_CHARS_MIN: usize = 250;

/// Markup in a script's keeping that may be the text of a page without one.
const TEMPLATE_BYTES_MIN: usize = 500;

/// Where the text of a page is.
#[derive(Debug)]
pub(crate) enum TextFrom {
    /// In the kept blocks.
    Blocks,
    /// In the linked data; the page's blocks do not have it.
    LinkedData,
    /// There is no text.
    Nowhere(EmptyReason),
}

/// Tells what the page is and where its text is, and takes blocks that only ask for consent out of it.
pub(crate) fn page_kind(
    case: &Case<'_>,
    judged: &mut [Judged],
    suspects: &mut Vec<Suspect>,
) -> (PageKind, TextFrom) {
    // A page that was not read to its end is not judged by what it lacks, nor is there time to.
    let stands_in_place = if case.late {
        None
    } else {
        no_article(case, judged)
    };
    if let Some(kind) = stands_in_place {
        return (kind, TextFrom::Nowhere(EmptyReason::NoArticle));
    }
    let from = text_from(case, judged, suspects);
    let kind = match from {
        TextFrom::Blocks | TextFrom::LinkedData => PageKind::Article,
        TextFrom::Nowhere(EmptyReason::IndexPage) => PageKind::Index,
        TextFrom::Nowhere(EmptyReason::ConsentWall) => PageKind::ConsentWall,
        TextFrom::Nowhere(_) => PageKind::Unclear,
    };
    (kind, from)
}

fn text_from(case: &Case<'_>, judged: &mut [Judged], suspects: &mut Vec<Suspect>) -> TextFrom {
    if case.linked.not_free || names_paywall(case) {
        suspects.push(Suspect::Paywall);
    }
    let consent = drop_consent(case, judged);
    if consent {
        suspects.push(Suspect::Consent);
    }
    let chars = kept_chars(case.blocks, judged);
    let linked_body = case
        .linked
        .body
        .as_deref()
        .map_or(0, |body| body.chars().count());
    let whole_in_linked_data =
        linked_body >= LINKED_BODY_CHARS_MIN && u64::from(chars) * 5 < linked_body as u64 * 2;
    if whole_in_linked_data {
        return TextFrom::LinkedData;
    }
    let scripted = is_scripted(case);
    if scripted {
        suspects.push(Suspect::ScriptRendered);
    }
    if consent && chars < BESIDE_CONSENT_CHARS_MIN {
        return TextFrom::Nowhere(EmptyReason::ConsentWall);
    }
    if chars < TEXT_CHARS_MIN {
        return TextFrom::Nowhere(name_of_nothing(case, consent, scripted, suspects));
    }
    if suspects.contains(&Suspect::Paywall) {
        match teaser(case, judged) {
            Teaser::Nothing => return TextFrom::Nowhere(EmptyReason::Paywall),
            Teaser::Beginning => suspects.push(Suspect::Teaser),
            Teaser::Whole => {}
        }
    }
    if scripted && chars < SCRIPT_NOTE_CHARS_MAX && asks_for_script(case.blocks, judged) {
        return TextFrom::Nowhere(EmptyReason::NeedsScript);
    }
    if is_index(case, judged) {
        suspects.push(Suspect::Index);
        return TextFrom::Nowhere(EmptyReason::IndexPage);
    }
    TextFrom::Blocks
}

fn name_of_nothing(
    case: &Case<'_>,
    consent: bool,
    scripted: bool,
    suspects: &[Suspect],
) -> EmptyReason {
    if case.late {
        EmptyReason::Deadline
    } else if consent {
        EmptyReason::ConsentWall
    } else if suspects.contains(&Suspect::Paywall) {
        EmptyReason::Paywall
    } else if scripted {
        EmptyReason::NeedsScript
    } else if index::lists_titles(case.blocks) {
        EmptyReason::IndexPage
    } else if case.tree.template_bytes >= TEMPLATE_BYTES_MIN {
        EmptyReason::NeedsScript
    } else {
        EmptyReason::NoParagraphs
    }
}
