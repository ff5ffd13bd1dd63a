//! A page's `<title>` without what the site puts around every headline: its own name, a section, a
//! trail of sections. One table of rules, tried in turn; each needs a reason in the text itself,
//! since headlines have dashes and colons of their own.

use super::site::{Site, names_site};
use crate::metadata::text::letters;

/// Gives the shorter title, if its rule applies.
type Rule = fn(&str, &Site<'_>) -> Option<String>;

/// The rules, the surest first.
const RULES: [(&str, Rule); 4] = [
    ("known site, glued", without_glued_site),
    ("trail of sections", longest_of_trail),
    ("section and site, glued", first_of_underscores),
    ("name at the end", without_name_at_end),
];

/// What stands between the parts of a title, blanks around it.
const SEPARATORS: [&str; 11] = [
    " | ", " - ", " – ", " — ", " • ", " · ", " :: ", " » ", " › ", " « ", " > ",
];

/// What stands between them without blanks.
const GLUES: [char; 9] = ['_', '|', 'ㅣ', '丨', '｜', '-', '–', '—', '·'];

/// Longest section name in scripts without blanks.
const SECTION_CHARS_MAX: usize = 4;

/// Fewest characters of a headline in such scripts.
const DENSE_TITLE_CHARS_MIN: usize = 6;

/// Applies the rules.
pub(super) fn without_furniture(title: &str, site: &Site<'_>) -> String {
    RULES
        .iter()
        .find_map(|(_, rule)| rule(title, site))
        .unwrap_or_else(|| title.to_owned())
}

/// "Headline-sectionㅣSite": the site is known; a short section before it goes too.
fn without_glued_site(title: &str, site: &Site<'_>) -> Option<String> {
    let rest = title.strip_suffix(site.name?)?;
    let rest = rest.strip_suffix(GLUES)?.trim_end();
    let (head, section) = rest.rsplit_once(GLUES).unwrap_or((rest, ""));
    let is_section = is_dense(head)
        && (1..=SECTION_CHARS_MAX).contains(&section.chars().count())
        && head.chars().count() >= DENSE_TITLE_CHARS_MIN;
    let kept = if is_section { head } else { rest };
    (!kept.trim().is_empty()).then(|| kept.trim().to_owned())
}

/// "Site » Section » Headline": the part that is much longer than all the others.
fn longest_of_trail(title: &str, _: &Site<'_>) -> Option<String> {
    let separator = SEPARATORS
        .iter()
        .find(|separator| title.matches(**separator).count() >= 2)?;
    let parts: Vec<&str> = title.split(separator).map(str::trim).collect();
    let words = |part: &&&str| part.split_whitespace().count();
    let longest = parts.iter().max_by_key(words)?;
    let others = parts.iter().filter(|part| part != &longest);
    let next = others.map(|part| words(&part)).max().unwrap_or(0);
    (words(&longest) >= 4 && words(&longest) >= 2 * next).then(|| (*longest).to_owned())
}

/// `Headline_section_site` in a script without blanks.
fn first_of_underscores(title: &str, _: &Site<'_>) -> Option<String> {
    let (first, _) = title.split_once('_')?;
    let long = first.chars().count() >= DENSE_TITLE_CHARS_MIN;
    (is_dense(first) && long).then(|| first.trim().to_owned())
}

/// "Headline - Site": a short part in capitals behind a longer one that is a sentence.
fn without_name_at_end(title: &str, site: &Site<'_>) -> Option<String> {
    let split = |separator: &'static str| {
        let (head, tail) = title.rsplit_once(separator)?;
        Some((head.trim(), tail.trim(), separator))
    };
    let (head, tail, separator) = SEPARATORS
        .into_iter()
        .filter_map(split)
        .min_by_key(|(_, tail, _)| tail.len())?;
    let words = |text: &str| text.split_whitespace().count();
    let long = words(head) >= 4 || is_dense(head) && head.chars().count() >= DENSE_TITLE_CHARS_MIN;
    let short = words(tail) <= 4 && tail.chars().count() * 5 < head.chars().count() * 4;
    // In a headline in capitals, only a hyphen or a bar says that a name follows.
    let dash = matches!(separator, " – " | " — ");
    let said = !dash || !is_capitalised(head);
    let name = names_site(tail, site) || is_capitalised(tail) && !is_number(tail) && said;
    (long && short && name).then(|| head.to_owned())
}

/// Whether all words but the small ones begin with a capital, or the script has none.
fn is_capitalised(text: &str) -> bool {
    const SMALL: [&str; 22] = [
        "a", "an", "and", "at", "by", "da", "de", "del", "der", "des", "die", "du", "et", "for",
        "from", "in", "la", "of", "on", "the", "to", "und",
    ];
    text.split_whitespace().all(|word| {
        let first = word.chars().find(|c| c.is_alphanumeric());
        first.is_none_or(|c| !c.is_lowercase()) || SMALL.contains(&word) || word.contains('.')
    })
}

fn is_number(text: &str) -> bool {
    letters(text).chars().all(char::is_numeric)
}

/// Whether a text is in a script that has no blanks between words, or few.
fn is_dense(text: &str) -> bool {
    let dense = |c: &char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    text.chars().filter(dense).count() * 2 > text.chars().count()
}
