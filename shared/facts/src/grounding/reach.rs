//! How far a span has to reach so that it says what its sentence says: a word beside it that turns it, or
//! the other half of a number or a name, is taken in, or the span is refused.
//!
//! "does" of "does not" is refused: the half says the opposite. "5 people" of "only 5 people", "48" of "48
//! million" and "Mayor Anna" of "Mayor Anna Petrov" reach further.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::guarded;

/// Words taken in at most on either side; more is no edge but a list.
const WORDS_MAX: usize = 4;

/// Negations right before what they turn.
const NEGATIONS_BEFORE: &str = "not no never neither nor without cannot hardly barely scarcely none \
    nicht kein keine keinen keinem keiner keines nie niemals ohne ne pas jamais aucun aucune sans \
    nunca jamás tampoco sin ningún ninguna não sem nenhum nenhuma non mai senza nessun nessuna \
    niet geen nooit zonder inte ej aldrig utan ikke aldri ingen не ни без никогда нет nie bez nigdy";

/// Negations right behind what they turn.
const NEGATIONS_BEHIND: &str = "not never neither nor cannot nicht nie niemals pas jamais aucun aucune nunca jamás \
    tampoco não mai niet nooit inte aldrig ikke aldri не нет никогда değil yok";

/// Words that limit what follows them.
const LIMITS_BEFORE: &str = "only may might could would should if unless except almost nearly allegedly reportedly \
    possibly probably perhaps supposedly nur lediglich fast kaum angeblich vielleicht möglicherweise wenn falls \
    sofern seulement presque peut-être sauf solo sólo solamente casi quizás salvo excepto só apenas quase talvez \
    exceto soltanto quasi forse tranne alleen slechts bijna misschien tenzij behalve bara endast kanske \
    только лишь почти если кроме возможно tylko prawie jeśli może";

/// Words that limit what precedes them.
const LIMITS_BEHIND: &str = "only if unless except nur wenn falls sofern außer seulement sauf salvo excepto exceto tranne \
    tenzij behalve только лишь если кроме tylko jeśli chyba";

/// What a number before them is only a part of.
const MAGNITUDES: &str = "hundred thousand thousands million millions billion billions trillion trillions percent bn mn \
    lakh lakhs crore crores dozen tausend millionen milliarden mio mrd prozent mille millions milliard milliards \
    mil millón millones milhão milhões bilhão bilhões mila milione milioni miliardo miliardi miljoen miljard \
    miljoner miljarder тысяч тысячи миллион миллиона миллионов миллиард миллиарда миллиардов tysięcy milionów";

static BEFORE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words(NEGATIONS_BEFORE));
static BEHIND: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words(NEGATIONS_BEHIND));
static LIMIT_BEFORE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words(LIMITS_BEFORE));
static LIMIT_BEHIND: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words(LIMITS_BEHIND));
static MAGNITUDE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words(MAGNITUDES));

fn words(list: &'static str) -> HashSet<&'static str> {
    list.split_whitespace().collect()
}

/// The span with what belongs to it; `None`: it says the opposite of its sentence, or half a number.
pub(super) fn reached(text: &str, bytes: &Range<usize>) -> Option<Range<usize>> {
    let mut span = bytes.clone();
    for _word in 0..WORDS_MAX {
        match before(text, &span) {
            Beside::Nothing => break,
            Beside::Belongs(start) => span.start = start,
            Beside::Turns => return None,
        }
    }
    for _word in 0..WORDS_MAX {
        match behind(text, &span) {
            Beside::Nothing => break,
            Beside::Belongs(end) => span.end = end,
            Beside::Turns => return None,
        }
    }
    Some(span)
}

/// What stands beside an edge.
enum Beside {
    /// Nothing that matters.
    Nothing,
    /// A word that the span has to have; the edge is then here.
    Belongs(usize),
    /// A word without which the span says something else.
    Turns,
}

fn before(text: &str, span: &Range<usize>) -> Beside {
    let Some(word) = word_before(text, span.start) else {
        return Beside::Nothing;
    };
    let lower = lower(word.text);
    let is_negation = BEFORE.contains(&*lower) || lower.ends_with("n't") || lower == "n'";
    // A "No" at the beginning of a name or before a number is "number".
    if is_negation && !(lower == "no" && is_numbered(text, span)) {
        return Beside::Turns;
    }
    // "May" and "Will" with a capital are a month and a man.
    let is_plain = word.text.chars().all(char::is_lowercase) || begins_a_sentence(text, word.start);
    if LIMIT_BEFORE.contains(&*lower) && is_plain && !(lower == "may" && is_numbered(text, span)) {
        return Beside::Belongs(word.start);
    }
    let Some(first) = text.get(span.clone()).and_then(first_word) else {
        return Beside::Nothing;
    };
    if MAGNITUDE.contains(&*self::lower(first)) && is_number(&lower) {
        return Beside::Turns;
    }
    let is_name = word.is_close
        && is_name_word(first)
        && is_name_word(word.text)
        && !begins_a_sentence(text, word.start);
    if is_name {
        return Beside::Belongs(word.start);
    }
    Beside::Nothing
}

fn behind(text: &str, span: &Range<usize>) -> Beside {
    let Some(word) = word_behind(text, span.end) else {
        return Beside::Nothing;
    };
    let lower = lower(word.text);
    if BEHIND.contains(&*lower) {
        return Beside::Turns;
    }
    if LIMIT_BEHIND.contains(&*lower) {
        return Beside::Belongs(word.end);
    }
    let Some(last) = text.get(span.clone()).and_then(last_word) else {
        return Beside::Nothing;
    };
    if MAGNITUDE.contains(&*lower) && is_number(&self::lower(last)) {
        return Beside::Belongs(word.end);
    }
    if word.is_close && is_name_word(last) && is_name_word(word.text) {
        return Beside::Belongs(word.end);
    }
    Beside::Nothing
}

/// A word beside an edge.
struct Word<'t> {
    text: &'t str,
    start: usize,
    end: usize,
    /// Nothing but a space is between.
    is_close: bool,
}

/// The word before a place, with nothing but blanks, quotation marks and brackets between; a line's end is
/// a border.
fn word_before(text: &str, at: usize) -> Option<Word<'_>> {
    let before = text.get(..at)?;
    let blank = before.trim_end_matches([' ', '\u{a0}', '\u{202f}']);
    let stripped = before.trim_end_matches(is_between);
    let start = stripped
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_of_word(*c))
        .last()
        .map(|(at, _)| at)?;
    let word = stripped.get(start..)?;
    // An apostrophe that elides: "n'" of "n'est".
    let elided = before.strip_suffix(['\'', '’']).filter(|rest| {
        let n = rest.strip_suffix(['n', 'N']);
        n.is_some_and(|rest| !rest.ends_with(char::is_alphabetic))
    });
    if elided.is_some() {
        return Some(Word {
            text: "n'",
            start: at,
            end: at,
            is_close: false,
        });
    }
    Some(Word {
        text: word,
        start,
        end: stripped.len(),
        is_close: blank.len() == stripped.len() && blank.len() < before.len(),
    })
}

/// The word behind a place, in the same way.
fn word_behind(text: &str, at: usize) -> Option<Word<'_>> {
    let after = text.get(at..)?;
    let blank = after.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let stripped = after.trim_start_matches(is_between);
    let start = at + after.len() - stripped.len();
    let length: usize = stripped
        .chars()
        .take_while(|c| is_of_word(*c))
        .map(char::len_utf8)
        .sum();
    let word = stripped.get(..length)?.trim_end_matches(['-', '\'', '’']);
    (!word.is_empty()).then_some(Word {
        text: word,
        start,
        end: start + word.len(),
        is_close: blank.len() == stripped.len() && blank.len() < after.len(),
    })
}

const fn is_between(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}' | '\u{202f}' | '"' | '“' | '”' | '„' | '‘' | '«' | '»' | '(' | '['
    )
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric()
        || unicode_normalization::char::is_combining_mark(c)
        || matches!(c, '\'' | '’' | '-')
}

fn lower(word: &str) -> String {
    word.to_lowercase().replace('’', "'")
}

fn first_word(inside: &str) -> Option<&str> {
    let inside = inside.trim_start_matches(|c: char| !c.is_alphanumeric());
    let end = inside.find(|c: char| !is_of_word(c));
    inside.get(..end.unwrap_or(inside.len()))
}

/// The last word, if the span ends with it.
fn last_word(inside: &str) -> Option<&str> {
    let start = inside
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_of_word(*c))
        .last()?;
    inside.get(start.0..)
}

/// A span that begins with a digit.
fn is_numbered(text: &str, span: &Range<usize>) -> bool {
    let inside = text.get(span.clone()).unwrap_or("");
    inside.starts_with(|c: char| c.is_numeric() || c == '.')
}

fn is_number(lower: &str) -> bool {
    lower.ends_with(char::is_numeric) || guarded::is_number_word(lower)
}

/// A capital with small letters behind it, as names have them: a line in capitals has no names to tell.
fn is_name_word(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase)
        && chars.next().is_some_and(char::is_lowercase)
        && !word.contains(char::is_numeric)
        && !word.contains(char::is_numeric)
        && !guarded::is_date_word(&lower(word))
}

fn begins_a_sentence(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("").trim_end_matches(is_between);
    before.is_empty() || before.ends_with(['.', '!', '?', '…', ':', '\n', '—', '–', '•'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a part of a text reaches to.
    #[track_caller]
    fn span<'t>(text: &'t str, part: &str) -> Option<&'t str> {
        let start = text.find(part).expect("a part of the text");
        let reached = reached(text, &(start..start + part.len()));
        reached.map(|bytes| text.get(bytes).expect("whole letters"))
    }

    #[test]
    fn a_negation_beside_a_span_refuses_it() {
        for (text, part) in [
            ("The drug does not work here.", "The drug does"),
            ("The drug does not work here.", "work here"),
            ("It never approved the plan.", "approved the plan"),
            ("They won't sell the plant.", "sell the plant"),
            ("No one was hurt.", "one was hurt"),
            ("He said \"not guilty\" twice.", "guilty\" twice"),
            ("Das Werk wird nicht gebaut.", "Das Werk wird"),
            ("Es gibt kein Geld mehr.", "Geld mehr"),
            ("Le plan n'est pas approuvé.", "est pas approuvé"),
            ("Le plan ne vient pas ici.", "vient pas ici"),
            ("El plan no fue aprobado.", "fue aprobado"),
            ("План не одобрен.", "одобрен"),
            ("It cost 48 million dollars.", "million dollars"),
        ] {
            assert_eq!(span(text, part), None, "{part:?} of {text:?}");
        }
    }

    #[test]
    fn a_limiting_word_beside_a_span_is_taken_in() {
        for (text, part, whole) in [
            (
                "In all only 5 people came.",
                "5 people came",
                "only 5 people came",
            ),
            (
                "The plant may close in June.",
                "close in June",
                "may close in June",
            ),
            ("Only two survived.", "two survived", "Only two survived"),
            (
                "It opens if the court agrees.",
                "the court agrees",
                "if the court agrees",
            ),
            (
                "It opens unless the court objects.",
                "It opens",
                "It opens unless",
            ),
            (
                "The law applies only to firms.",
                "The law applies",
                "The law applies only",
            ),
            ("Es kommen nur 5 Leute.", "5 Leute", "nur 5 Leute"),
            (
                "The plant will cost 48 million dollars.",
                "The plant will cost 48",
                "The plant will cost 48 million",
            ),
            (
                "Then Mayor Anna Petrov spoke.",
                "Petrov spoke",
                "Mayor Anna Petrov spoke",
            ),
            (
                "It was said by Anna Petrov there.",
                "said by Anna",
                "said by Anna Petrov",
            ),
        ] {
            assert_eq!(span(text, part), Some(whole), "{part:?} of {text:?}");
        }
    }

    #[test]
    fn what_says_all_that_its_sentence_says_stays_as_it_is() {
        for (text, part) in [
            ("It was not so. The plan passed.", "The plan passed"),
            ("Why not\nThe plan passed.", "The plan passed"),
            ("It works, not by chance.", "It works"),
            ("On May 5 the plan passed.", "5 the plan passed"),
            ("The No. 5 seed won.", "5 seed won"),
            (
                "The plan passed on Tuesday in Marlow.",
                "The plan passed on Tuesday",
            ),
            ("Yesterday Anna Petrov spoke.", "Anna Petrov spoke"),
            ("It cost 48 million dollars.", "It cost 48 million dollars"),
        ] {
            assert_eq!(span(text, part), Some(part), "{part:?} of {text:?}");
        }
    }
}
