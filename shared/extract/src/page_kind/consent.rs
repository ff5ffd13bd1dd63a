//! Requests for consent: dialogues and placeholders of blocked embeds, which leave the text whole,
//! and pages that are nothing else.
//!
//! A block is a request by the density of the words of consent, in any of the languages below. The
//! dialogue around it is the widest element that is mostly made of such blocks, or is named for it,
//! and has something to press. Without that it is prose about consent, and stays.

use memchr::memmem;

use super::case::{Case, kept_chars};
use crate::classify::Judged;
use crate::hints::{Hints, hints_of};
use crate::html::{AttributeName, Node, Tag, Tree};

/// Words of consent texts, lower-case.
#[rustfmt::skip]
const CONSENT_WORDS: [&str; 79] = [
    "cookie", "consent", "privacy", "tracking", "partner", "personal data", "opt-out", "opt out",
    "gdpr", "third part", "legitimate interest", "personali", "einwillig", "zustimm",
    "datenschutz", "privatsphäre", "personenbezogen", "dsgvo", "externe inhalte", "externer inhalt",
    "externen inhalt", "drittplattform", "drittanbieter", "einverstanden", "berechtigtes interesse", "traceur",
    "données personnelles", "consentement", "partenaire", "contenu externe", "contenido externo",
    "consentimiento", "datos personales", "terceros", "consentimento", "dados pessoais",
    "parceiros", "consenso", "dati personali", "terze parti", "toestemming", "persoonsgegevens",
    "derde partijen", "surfgedrag", "akkoord", "samtycke", "personuppgifter", "samtykke",
    "personoplysninger", "personopplysninger", "eväste", "suostumu", "henkilötie", "ciastecz",
    "zgod", "danych osobowych", "souhlas", "osobní údaj", "osobných údajov", "süti", "hozzájárul",
    "személyes adat", "consimț", "date cu caracter personal", "куки", "согласи",
    "персональных данных", "персональних даних", "συγκατάθεση", "προσωπικ", "çerez",
    "kişisel veri", "ملفات تعريف الارتباط", "עוגיות", "クッキー", "同意", "个人信息", "쿠키", "개인정보",
];

/// Of these a request has one at least; the others are common in prose as well.
#[rustfmt::skip]
const CORE_WORDS: [&str; 31] = [
    "cookie", "consent", "gdpr", "einwillig", "zustimm", "dsgvo", "datenschutzerkl", "externe inhalte",
    "externer inhalt", "externen inhalt", "traceur", "contenu externe", "contenido externo",
    "consenso", "toestemming", "akkoord", "samtycke", "samtykke", "eväste", "suostumu", "ciastecz",
    "souhlas", "süti", "hozzájárul", "куки", "συγκατάθεση", "çerez", "ملفات تعريف الارتباط", "עוגיות",
    "クッキー", "쿠키",
];

/// One consent word in so many words makes a block a consent text.
const CONSENT_DENSITY: usize = 25;

/// Requests around which a dialogue is looked for; each costs a look at the page.
const REQUESTS_MAX: usize = 24;

/// Elements climbed from a request to the dialogue around it.
const CLIMB_MAX: usize = 12;

fn asks_consent(text: &str, words: u32) -> bool {
    let lower = text.to_lowercase();
    if !CORE_WORDS.iter().any(|word| lower.contains(word)) {
        return false;
    }
    let found: usize = CONSENT_WORDS
        .iter()
        .map(|word| lower.matches(word).count())
        .sum();
    found >= 2 && found * CONSENT_DENSITY >= words as usize
}

/// Whether a block may be a request at all; spares most pages the closer look.
fn mentions_consent(case: &Case<'_>) -> bool {
    let text = case.blocks.text.as_bytes();
    // Its first letter may be a capital, and so may the next word.
    let stem = |word: &'static str| {
        let first = word.split(' ').next().unwrap_or(word);
        first.get(1..).unwrap_or(first)
    };
    CORE_WORDS
        .into_iter()
        .any(|word| memmem::find(text, stem(word).as_bytes()).is_some())
}

/// Drops what asks for consent; whether it was most of the text.
pub(super) fn drop_consent(case: &Case<'_>, judged: &mut [Judged]) -> bool {
    if case.late || !mentions_consent(case) {
        return false;
    }
    let requests: Vec<usize> = (0..case.blocks.list.len())
        .filter(|at| is_request(case, *at))
        .collect();
    let all = kept_chars(case.blocks, judged);
    let mut dropped = drop_wall(case, judged, &requests, all);
    let mut read_to = 0;
    let mut looks = 0;
    for at in &requests {
        let node = case.blocks.list[*at].node;
        if node < read_to {
            continue;
        }
        looks += 1;
        if looks > REQUESTS_MAX {
            break;
        }
        let Some(dialogue) = dialogue(case, judged, &requests, node) else {
            continue;
        };
        let end = case.tree.nodes[dialogue].end as usize;
        read_to = end;
        for (block, judged) in case.blocks.list.iter().zip(judged.iter_mut()) {
            if judged.kept && (dialogue..end).contains(&block.node) {
                (judged.kept, judged.reason) = (false, "asks for consent");
                dropped += block.chars;
            }
        }
    }
    dropped * 2 > all
}

/// Drops the requests that are most of the text, dialogue or not; the characters dropped. A page
/// whose title speaks of it is about it.
fn drop_wall(case: &Case<'_>, judged: &mut [Judged], requests: &[usize], all: u32) -> u32 {
    let title = case.title.unwrap_or("").to_lowercase();
    let kept = |at: &&usize| judged.get(**at).is_some_and(|judged| judged.kept);
    let chars = |at: &usize| case.blocks.list[*at].chars;
    let asked: u32 = requests.iter().filter(kept).map(chars).sum();
    if asked * 2 <= all || CORE_WORDS.iter().any(|word| title.contains(word)) {
        return 0;
    }
    for at in requests {
        if let Some(judged) = judged.get_mut(*at) {
            (judged.kept, judged.reason) = (false, "asks for consent");
        }
    }
    asked
}

fn is_request(case: &Case<'_>, at: usize) -> bool {
    let block = &case.blocks.list[at];
    let named = block.path.any(Hints::CONSENT.with(Hints::OVERLAY));
    (named || block.words > 8 || block.chars > 40)
        && block.place.heading == 0
        && asks_consent(case.blocks.text_of(block), block.words)
}

/// The widest element around a request that is made of requests and has something to press, or is
/// named for it.
fn dialogue(case: &Case<'_>, judged: &[Judged], requests: &[usize], node: usize) -> Option<usize> {
    let mut found = None;
    let mut at = node;
    for _ in 0..CLIMB_MAX {
        let element = case.tree.nodes.get(at).filter(|_| at != 0)?;
        let end = element.end as usize;
        let named = is_named(case.tree, element);
        if !Sizes::of(case, judged, requests, at, end).is_dialogue(named) {
            break;
        }
        if named || has_control(case.tree, at, end) {
            found = Some(at);
        }
        at = element.parent as usize;
    }
    found
}

/// Characters inside an element.
struct Sizes {
    all: u32,
    requests: u32,
    /// What was kept of requests and of the rest.
    requests_kept: u32,
    others_kept: u32,
}

impl Sizes {
    fn of(
        case: &Case<'_>,
        judged: &[Judged],
        requests: &[usize],
        from: usize,
        end: usize,
    ) -> Sizes {
        let list = &case.blocks.list;
        let first = list.partition_point(|block| block.node < from);
        let inside = list.iter().zip(judged).enumerate().skip(first);
        let mut sizes = Sizes {
            all: 0,
            requests: 0,
            requests_kept: 0,
            others_kept: 0,
        };
        for (at, (block, judged)) in inside.take_while(|(_, (block, _))| block.node < end) {
            sizes.all += block.chars;
            let kept = if judged.kept { block.chars } else { 0 };
            if requests.binary_search(&at).is_ok() {
                sizes.requests += block.chars;
                sizes.requests_kept += kept;
            } else {
                sizes.others_kept += kept;
            }
        }
        sizes
    }

    /// Mostly requests; what is named for it may explain itself at length.
    const fn is_dialogue(&self, named: bool) -> bool {
        if named {
            self.requests * 10 >= self.all
        } else {
            self.requests * 10 >= self.all * 4 && self.others_kept * 2 <= self.requests_kept * 3
        }
    }
}

/// An element for consent by its name, or a dialogue by its role.
fn is_named(tree: &Tree<'_>, element: &Node) -> bool {
    let value = |name| tree.raw_attribute(element, name).unwrap_or("");
    let named = [AttributeName::Class, AttributeName::Id]
        .into_iter()
        .any(|name| hints_of(value(name)).any(Hints::CONSENT));
    let role = value(AttributeName::Role);
    named || matches!(role, "dialog" | "alertdialog") || element.tag == Tag::Dialog
}

/// A button, a checkbox, or a link that acts as one.
fn has_control(tree: &Tree<'_>, from: usize, end: usize) -> bool {
    let inside = tree.nodes.get(from..end).unwrap_or(&[]);
    inside.iter().any(|node| {
        let value = |name| tree.raw_attribute(node, name).unwrap_or("");
        match node.tag {
            Tag::Button => true,
            Tag::Input => !matches!(
                value(AttributeName::Type),
                "" | "text" | "search" | "hidden"
            ),
            Tag::A => {
                let href = value(AttributeName::Href);
                href.is_empty()
                    || href.starts_with('#')
                    || href.starts_with("javascript")
                    || value(AttributeName::Role).eq_ignore_ascii_case("button")
            }
            _ => value(AttributeName::Role).eq_ignore_ascii_case("button"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consent_is_told_by_the_density_of_its_words() {
        let wall = "We and our partners use cookies and process personal data with your consent.";
        let article = "The minister spoke about privacy on Monday. The bill, debated for two years \
            in both chambers, asks companies to delete what they keep about their customers after \
            a year, and gives a new office the right to inspect them without notice at any time.";

        assert!(asks_consent(wall, 13));
        assert!(!asks_consent(article, 47));
    }
}
