//! What a heading or a message says, in points for each kind of page.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::words::{HEADINGS, MESSAGES};
use crate::extracted::PageKind;

/// Points of a heading that is about nothing else, half about it, and that mentions it.
pub(super) const STRONG: i32 = 3;
const HALF: i32 = 2;
const WEAK: i32 = 1;

/// Percent of a heading that is nearly all of it.
const NEARLY_ALL: usize = 80;

/// Points for each kind of page.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Points([i32; PageKind::COUNT]);

impl Points {
    pub(super) fn of(&self, kind: PageKind) -> i32 {
        self.0[kind as usize]
    }

    pub(super) fn most(&self) -> i32 {
        self.0.iter().copied().max().unwrap_or(0)
    }

    /// The higher of both: title and headings say the same thing twice.
    pub(super) fn raise(&mut self, other: &Points) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = (*own).max(other);
        }
    }

    pub(super) fn clear(&mut self, kind: PageKind) {
        self.0[kind as usize] = 0;
    }

    fn set(&mut self, kind: PageKind, points: i32) {
        self.0[kind as usize] = self.0[kind as usize].max(points);
    }
}

/// A table of phrases, found in one pass.
struct Phrases {
    automaton: Option<AhoCorasick>,
    /// For each phrase its kind, and whether it must be nearly all of the text.
    kinds: Vec<(PageKind, bool)>,
}

impl Phrases {
    fn new(table: &[(PageKind, &[&str])]) -> Phrases {
        let all = || {
            table
                .iter()
                .flat_map(|(kind, phrases)| phrases.iter().map(move |phrase| (*kind, *phrase)))
        };
        let plain = all().map(|(_, phrase)| phrase.trim_start_matches('='));
        Phrases {
            // Fails only beyond billions of patterns; then words say nothing.
            automaton: AhoCorasick::new(plain).ok(),
            kinds: all()
                .map(|(kind, phrase)| (kind, phrase.starts_with('=')))
                .collect(),
        }
    }

    /// Calls `take` with kind, wholeness, and the bytes of each phrase in `text`.
    fn each(&self, text: &str, mut take: impl FnMut(usize, PageKind, bool, (usize, usize))) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        for found in automaton.find_overlapping_iter(text) {
            let phrase = found.pattern().as_usize();
            let starts = starts_word(text, found.start());
            if let Some((kind, whole)) = self.kinds.get(phrase).filter(|_| starts) {
                take(phrase, *kind, *whole, (found.start(), found.end()));
            }
        }
    }
}

/// Whether a phrase may begin at `at`: not inside a word of a script with spaces between them.
fn starts_word(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let first = text.get(at..).and_then(|rest| rest.chars().next());
    let spaced = |c: char| c.is_alphanumeric() && c < '\u{E00}';
    !(before.is_some_and(spaced) && first.is_some_and(spaced))
}

/// What a title or a heading says.
pub(super) fn heading_points(text: &str) -> Points {
    static PHRASES: OnceLock<Phrases> = OnceLock::new();
    let text = plain(text);
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let mut points = Points::default();
    let mut covered = [(0_usize, 0_usize); PageKind::COUNT];
    let phrases = PHRASES.get_or_init(|| Phrases::new(HEADINGS));
    phrases.each(text, |_, kind, whole, (start, end)| {
        if whole && (end - start) * 100 < text.len() * NEARLY_ALL {
            return;
        }
        let (bytes, to) = &mut covered[kind as usize];
        *bytes += end.saturating_sub(start.max(*to));
        *to = end.max(*to);
    });
    for kind in PageKind::NO_ARTICLE {
        let share = covered[kind as usize].0 * 100 / text.len().max(1);
        points.set(
            kind,
            match share {
                0 => 0,
                1..25 => WEAK,
                // "Your country" is said by nobody else.
                25..50 if kind != PageKind::GeoBlock => HALF,
                _ => STRONG,
            },
        );
    }
    number_points(text, &mut points);
    points
}

/// A heading that is a status code, or short and with the best known of them.
fn number_points(text: &str, points: &mut Points) {
    let numbers: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .collect();
    let alone = text.len() <= 4;
    for number in numbers {
        match (number, alone) {
            ("404" | "410", true) => points.set(PageKind::NotFound, STRONG),
            ("404", false) if text.chars().count() <= 40 => points.set(PageKind::NotFound, HALF),
            ("403" | "429", true) => points.set(PageKind::Challenge, STRONG),
            ("451", true) => points.set(PageKind::GeoBlock, STRONG),
            ("500" | "502" | "504", true) => points.set(PageKind::ErrorPage, STRONG),
            ("503", true) => points.set(PageKind::Maintenance, STRONG),
            _ => {}
        }
    }
}

/// What the sentences of a message say: a point for a phrase, two for more.
pub(super) fn message_points(text: &str) -> Points {
    static PHRASES: OnceLock<Phrases> = OnceLock::new();
    static HEADINGS_BELOW: OnceLock<Phrases> = OnceLock::new();
    let text = plain(text);
    let mut counts = Points::default();
    let mut known = Vec::new();
    let phrases = PHRASES.get_or_init(|| Phrases::new(MESSAGES));
    phrases.each(&text, |phrase, kind, _, _| {
        if !known.contains(&phrase) {
            known.push(phrase);
            counts.0[kind as usize] += 1;
        }
    });
    // A page may say in a sentence what others have in a heading.
    let headings = HEADINGS_BELOW.get_or_init(|| Phrases::new(HEADINGS));
    let mut said = [false; PageKind::COUNT];
    headings.each(&text, |_, kind, whole, _| said[kind as usize] |= !whole);
    for (count, said) in counts.0.iter_mut().zip(said) {
        *count = (*count + i32::from(said)).min(2);
    }
    counts
}

/// The parts of a title between the marks that sites put before their names.
pub(super) fn title_parts(title: &str) -> impl Iterator<Item = &str> {
    title
        .split(['|', '–', '—', '·', '•', '»', '«', '›', '｜'])
        .flat_map(|part| part.split(" - "))
        .map(str::trim)
        .filter(|part| !part.is_empty() && part.len() <= 240)
}

/// Lower case, plain apostrophes, single spaces; the dot that `İ` leaves behind goes.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut out = String::with_capacity(lower.len());
    for word in lower.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().filter(|c| *c != '\u{307}').map(|c| match c {
            '’' | '‘' | 'ʼ' | '´' | '`' => '\'',
            c => c,
        }));
    }
    out
}
