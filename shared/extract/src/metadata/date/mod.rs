//! When it was published: one table of rules, the most reliable first; the first that gives a date
//! decides. Comments, teasers and side columns are never read, and what is labelled as an update, a
//! submission or an event is none: no date rather than a wrong one.

mod months;
mod parse;

pub(crate) use months::month_of;

use std::ops::Range;

use super::layout::{Layout, Mark};
use super::linked::Linked;
use super::marks::{AUTHOR, DATE, DECLARED, OTHER_DATE, PUBLISHED};
use super::metas::Metas;
use super::title::site::host_of;
use crate::extracted::Published;
use crate::hints::Hints;
use crate::html::{AttributeName, NodeId, Tag, Tree};
use parse::{Order, find, in_url, parse};

/// What the rules read.
pub(super) struct Page<'a> {
    pub(super) tree: &'a Tree<'a>,
    pub(super) metas: &'a Metas,
    pub(super) linked: &'a Linked,
    pub(super) layout: &'a Layout,
    pub(super) url: Option<&'a str>,
    pub(super) language: Option<&'a str>,
}

type Rule = fn(&Page<'_>) -> Option<Published>;

/// Where a date is looked for, the most reliable place first.
const RULES: [(&str, Rule); 8] = [
    ("linked data", |page| {
        parse(page.linked.published.as_deref()?, page.order())
    }),
    ("meta tags", in_metas),
    ("declared in the article", |page| {
        page.marked(&page.layout.whole, DECLARED)
    }),
    ("address", in_address),
    ("marked by the headline", by_headline),
    ("line by the headline", line_by_headline),
    ("marked behind the text", |page| {
        page.marked(&page.layout.foot, DATE)
    }),
    ("labelled behind the text", labelled_behind_text),
];

/// Meta tags that say when the page was published.
const NAMES: [&str; 30] = [
    "article:published_time",
    "article:published",
    "og:article:published_time",
    "datepublished",
    "og:published_time",
    "og:pubdate",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "dcterms.date",
    "dc.date",
    "dc:date",
    "date",
    "pubdate",
    "pub_date",
    "publish-date",
    "publish_date",
    "publishdate",
    "publication_date",
    "publication-date",
    "date_published",
    "citation_publication_date",
    "citation_date",
    "article.published",
    "cxenseparse:recs:publishtime",
    "datecreated",
    "originalpublicationdate",
];

/// Elements marked as a date that are read.
const ELEMENTS_MAX: usize = 50;

/// Longest text that is a date and little else.
const LABEL_CHARS_MAX: usize = 80;

/// Reads the date of a page.
pub(super) fn published(page: &Page<'_>) -> Option<Published> {
    RULES.iter().find_map(|(_, rule)| rule(page))
}

fn in_metas(page: &Page<'_>) -> Option<Published> {
    let order = page.order();
    let dates = |name: &&str| page.metas.all(name).find_map(|value| parse(value, order));
    NAMES.iter().find_map(dates)
}

/// The day in the address; an element of the same day may give the time as well.
fn in_address(page: &Page<'_>) -> Option<Published> {
    let day = page.url.and_then(in_url)?;
    let element = page.marked(&page.layout.whole, DATE);
    Some(
        element
            .filter(|time| time.iso.starts_with(&day.iso))
            .unwrap_or(day),
    )
}

fn by_headline(page: &Page<'_>) -> Option<Published> {
    let (before, after) = page.around_headline();
    page.marked(&after, DATE)
        .or_else(|| page.marked(&before, DATE))
}

/// Short lines behind the headline, then before it.
fn line_by_headline(page: &Page<'_>) -> Option<Published> {
    let (before, after) = page.around_headline();
    let line = |id: NodeId| page.line(id);
    page.layout
        .own(after)
        .find_map(line)
        .or_else(|| page.layout.own(before).find_map(line))
}

/// Lines behind the text that say what their date is.
fn labelled_behind_text(page: &Page<'_>) -> Option<Published> {
    let line = |id: NodeId| {
        let text = page.line_text(id)?;
        has_word(&text.to_lowercase(), PUBLISHED_WORDS)?;
        in_label(&text, page.order())
    };
    page.layout.own(page.layout.foot.clone()).find_map(line)
}

impl Page<'_> {
    /// The nodes beside the headline: before and behind it.
    fn around_headline(&self) -> (Range<NodeId>, Range<NodeId>) {
        let head = &self.layout.head;
        let Some(headline) = self.layout.headline.filter(|at| head.contains(at)) else {
            return (head.start..head.start, head.clone());
        };
        let behind = self
            .tree
            .nodes
            .get(headline)
            .map_or(headline, |n| n.end as usize);
        (head.start..headline, behind..head.end.max(behind))
    }

    /// The date of the first element of a range that is marked as one.
    fn marked(&self, range: &Range<NodeId>, wanted: Hints) -> Option<Published> {
        let declared = wanted == DECLARED;
        let fits = |mark: &&Mark| {
            let other = mark.marks.any(OTHER_DATE) && !mark.marks.any(PUBLISHED);
            mark.marks.any(DATE) && mark.marks.any(wanted) && (declared || !other)
        };
        let marks = self.layout.marks_in(range).iter().filter(fits);
        marks
            .filter(|mark| !mark.marks.any(AUTHOR) || !declared)
            .take(ELEMENTS_MAX)
            .find_map(|mark| self.stamp(mark.node, declared))
    }

    /// The date of an element: in an attribute, or in its text.
    fn stamp(&self, id: NodeId, declared: bool) -> Option<Published> {
        let node = self.tree.nodes.get(id)?;
        if !declared && (self.is_teaser(id) || self.follows_other_label(id)) {
            return None;
        }
        let order = self.order();
        let value = |name| {
            let value = self.tree.attribute(node, name)?;
            parse(&value, order)
        };
        [
            AttributeName::Datetime,
            AttributeName::Content,
            AttributeName::Title,
        ]
        .into_iter()
        .find_map(value)
        .or_else(|| {
            let text = self.tree.text_of(id, 4 * LABEL_CHARS_MAX);
            let short = text.chars().take(LABEL_CHARS_MAX + 1).count() <= LABEL_CHARS_MAX;
            short.then(|| in_label(&text, order)).flatten()
        })
    }

    /// Whether an element stands in a link, a heading or an article of its own.
    fn is_teaser(&self, id: NodeId) -> bool {
        let mut at = id;
        while let Some(node) = self.tree.nodes.get(at)
            && at > self.layout.whole.start
        {
            let own = (at..node.end as usize).contains(&self.layout.headline.unwrap_or(usize::MAX));
            let teaser = matches!(node.tag, Tag::H2 | Tag::H3 | Tag::H4 | Tag::Article);
            if teaser && !own {
                return true;
            }
            if node.tag == Tag::Li && self.holds_story(at) {
                return true;
            }
            at = node.parent as usize;
        }
        false
    }

    /// Whether a list item links to a story: with a text of several words.
    fn holds_story(&self, id: NodeId) -> bool {
        const STORY_CHARS_MIN: usize = 25;
        let end = self.tree.nodes.get(id).map_or(id, |node| node.end as usize);
        let nodes = self.tree.nodes.get(id..end).unwrap_or(&[]);
        nodes.iter().any(|node| {
            node.tag == Tag::Text
                && node.in_link
                && node.span.of(self.tree.source).trim().chars().count() >= STORY_CHARS_MIN
        })
    }

    /// Whether the text right before an element says that its date is another one.
    fn follows_other_label(&self, id: NodeId) -> bool {
        const LABEL_NODES: usize = 3;
        const LABEL_BYTES_MAX: usize = 60;
        let from = id.saturating_sub(LABEL_NODES);
        let parent = self
            .tree
            .nodes
            .get(id)
            .map_or(0, |node| node.parent as usize);
        let before = self.tree.nodes.get(from.max(parent)..id).unwrap_or(&[]);
        let label = before.iter().rev().find(|node| {
            node.tag == Tag::Text && !node.span.of(self.tree.source).trim().is_empty()
        });
        label.is_some_and(|node| {
            let text = node.span.of(self.tree.source).trim().to_lowercase();
            text.len() <= LABEL_BYTES_MAX
                && has_word(&text, OTHER_WORDS).is_some()
                && has_word(&text, PUBLISHED_WORDS).is_none()
        })
    }

    /// The date in a text that is a line of its own.
    fn line(&self, id: NodeId) -> Option<Published> {
        let text = self.line_text(id)?;
        if self.is_teaser(id) || self.follows_other_label(id) {
            return None;
        }
        in_label(&text, self.order())
    }

    /// A text with a digit, whose block is short.
    fn line_text(&self, id: NodeId) -> Option<String> {
        let node = self.tree.nodes.get(id)?;
        let source = node.span.of(self.tree.source);
        if node.tag != Tag::Text || node.in_link || !source.contains(char::is_numeric) {
            return None;
        }
        let mut block = node.parent as usize;
        while let Some(parent) = self.tree.nodes.get(block)
            && block > 0
            && !parent.tag.is_block()
        {
            block = parent.parent as usize;
        }
        let text = self.tree.text_of(block, 4 * LABEL_CHARS_MAX);
        let short = text.chars().take(LABEL_CHARS_MAX + 1).count() <= LABEL_CHARS_MAX;
        short.then_some(text)
    }

    /// Which of two numbers is the month, by the page's language and its country.
    fn order(&self) -> Order {
        const DAY_FIRST: [&str; 14] = [
            "GB", "AU", "NZ", "IE", "IN", "ZA", "SG", "HK", "MY", "NG", "KE", "PK", "MT", "UK",
        ];
        let host = self.url.map_or("", host_of);
        let country = host.rsplit('.').next().unwrap_or("").to_ascii_uppercase();
        let mut parts = self.language.unwrap_or("").split('-');
        let language = parts.next().unwrap_or("");
        let region = parts.find(|part| part.len() == 2).unwrap_or("");
        match (language, region) {
            ("en", "US") if !DAY_FIRST.contains(&country.as_str()) => Order::MonthFirst,
            ("en", region) if DAY_FIRST.contains(&region) => Order::DayFirst,
            ("en" | "", _) if DAY_FIRST.contains(&country.as_str()) => Order::DayFirst,
            ("en" | "" | "fil" | "tl", _) => Order::Unknown,
            _ => Order::DayFirst,
        }
    }
}

/// Words that say that a date is the publication's.
const PUBLISHED_WORDS: &[&str] = &[
    "publi",
    "posted",
    "veröffentlicht",
    "erschienen",
    "datum",
    "pubblicat",
    "geplaatst",
    "gepubliceerd",
    "publicerad",
    "publisert",
    "offentliggjort",
    "udgivet",
    "julkaistu",
    "opublikowan",
    "опубликован",
    "дата",
    "yayın",
    "发布",
    "發布",
    "發佈",
    "公開",
    "掲載",
    "입력",
    "등록",
    "เผยแพร่",
    "diterbitkan",
    "פורסם",
    "نشر",
    "date",
    "fecha",
    "erstellt",
    "created",
    "issued",
    "submitted on",
    "megjelen",
    "zveřejněn",
    "zverejnen",
    "objavljen",
    "публикац",
    "опубліковано",
    "data:",
    "dato",
];

/// Words that say that a date is another one.
const OTHER_WORDS: &[&str] = &[
    "updat",
    "modif",
    "revis",
    "received",
    "accepted",
    "aktualis",
    "geändert",
    "mis à jour",
    "mise à jour",
    "actualiz",
    "atualiz",
    "aggiornat",
    "bijgewerkt",
    "uppdaterad",
    "oppdatert",
    "opdateret",
    "päivitetty",
    "zaktualizowan",
    "обновлен",
    "обновлён",
    "изменен",
    "оновлен",
    "güncelle",
    "更新",
    "수정",
    "diperbarui",
    "cập nhật",
    "تحديث",
    "עודכן",
    "expires",
    "deadline",
    "retrieved",
    "accessed",
    "born",
    "copyright",
    "©",
    "event",
    "geboren",
    "frissít",
    "aktualizov",
    "edited",
    "last ",
    "until",
    "valid",
    "ends",
    "starts",
    "since",
    "joined",
    "member",
];

/// The place of the first of some words; they begin where a word does, in scripts that have blanks.
fn has_word(lower: &str, words: &[&str]) -> Option<usize> {
    let begins = |(at, word): &(usize, &str)| {
        let before = lower.get(..*at).and_then(|text| text.chars().next_back());
        !word.starts_with(char::is_lowercase) || !before.is_some_and(char::is_lowercase)
    };
    let first = |word: &&str| lower.match_indices(*word).find(begins).map(|(at, _)| at);
    words.iter().filter_map(first).min()
}

/// The date of a short text: the one that is labelled as the publication's, or the first that is not
/// labelled as another.
fn in_label(text: &str, order: Order) -> Option<Published> {
    let lower = text.to_lowercase();
    let other = has_word(&lower, OTHER_WORDS);
    let own = has_word(&lower, PUBLISHED_WORDS);
    let part = match (own, other) {
        (_, None) => lower.as_str(),
        // "Published 3 May, updated 5 May"
        (Some(own), Some(other)) if own < other => lower.get(own..other)?,
        // "Updated 5 May, published 3 May"
        (Some(own), Some(_)) => lower.get(own..)?,
        // "3 May, updated 5 May"
        (None, Some(other)) => lower.get(..other)?,
    };
    find(part, order)
}
