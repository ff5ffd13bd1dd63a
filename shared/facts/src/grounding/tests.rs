//! What is found, what is not, and that a span holds what it says.

use domain::Grounding::{Exact, Normalized};

use super::*;

const TEXT: &str = "Mayor Ann Cole said on Monday that the city would not sell the port. “It cost $3.5 million,” \
    she said — 15 people work there.\nThe rate rose 5% to 1,500 in 2024.";

fn found(quote: &str) -> Option<(Grounding, String)> {
    let grounded = ground(TEXT, quote, None)?;
    let span = grounded.span;
    let words = TEXT
        .chars()
        .skip(span.start as usize)
        .take((span.end - span.start) as usize);
    Some((grounded.grounding, words.collect()))
}

#[test]
fn a_verbatim_quote_is_found_exactly() {
    for quote in [
        "Ann Cole said on Monday",
        "“It cost $3.5 million,” she said",
        "rose 5% to 1,500 in 2024.",
    ] {
        assert_eq!(found(quote), Some((Exact, quote.to_owned())));
    }
}

#[test]
fn case_space_marks_and_a_final_stop_do_not_matter() {
    for (quote, words) in [
        ("ann cole SAID on monday", "Ann Cole said on Monday"),
        ("Ann  Cole\nsaid", "Ann Cole said"),
        (
            "\"It cost $3.5 million,\" she said - 15 people",
            "“It cost $3.5 million,” she said — 15 people",
        ),
        (
            "15 people work there. The rate",
            "15 people work there.\nThe rate",
        ),
        (
            "the city would not sell the port!",
            "the city would not sell the port",
        ),
    ] {
        assert_eq!(
            found(quote),
            Some((Normalized, words.to_owned())),
            "{quote}"
        );
    }
}

#[test]
fn a_span_never_cuts_a_word_or_a_number() {
    for quote in [
        "5 people work",
        "ayor Ann",
        "3.5 million",
        "cost $3",
        "rose 5",
        "500 in 2024",
        "in 202",
        "1,500 in 20",
    ] {
        assert_eq!(found(quote), None, "{quote}");
    }
}

#[test]
fn changed_words_are_not_found() {
    for quote in [
        "It cost $3.6 million",
        "Ann Coal said on Monday",
        "the city would sell the port",
        "rose 6% to 1,500",
    ] {
        assert_eq!(found(quote), None, "{quote}");
    }
}

#[test]
fn the_named_sentence_decides_between_two_places() {
    let text = "He won. She lost.\nThe end came. He won.";

    let second = ground(text, "He won", Some(4)).expect("it is there");

    assert_eq!(second.span, Span { start: 32, end: 38 });
    assert_eq!(
        ground(text, "He won", Some(1)).map(|one| one.span.start),
        Some(0)
    );
    assert_eq!(
        ground(text, "He won", Some(99)).map(|one| one.span.start),
        Some(0)
    );
}

#[test]
fn offsets_are_code_points_in_any_script() {
    let text = "🙂 Größe: 東京は雨。 مرحبا بالعالم e\u{301}te\u{301} soft\u{ad}ware ends.";
    for quote in [
        "東京は雨",
        "مرحبا بالعالم",
        "été",
        "software ends",
        "GRÖSSE: 東京",
        "Größe",
    ] {
        let grounded = ground(text, quote, None).expect(quote);
        let Span { start, end } = grounded.span;
        let words: String = text
            .chars()
            .skip(start as usize)
            .take((end - start) as usize)
            .collect();
        assert!(
            ground(&words, quote, None).is_some(),
            "{quote} is not {words}"
        );
    }
}

/// A news text that many quotes are made of.
const NEWS: &str = "The Riverton city council approved a plan on Tuesday to spend $48 million on three new water plants, \
    according to Mayor Dana Whitfield. Officials said the first plant, near Lake Corwin, would not open before March 2027. \
    “We have never had enough water for all 212,000 residents,” Whitfield told reporters after the meeting. \
    The council voted 7 to 2 in favour of the plan, with members Ray Ortiz and Helen Park voting against it. \
    Engineers at Halden Partners measured losses of 18.5% in pipes that were laid before 1962. \
    In a report from September, the state warned that demand could rise by 40 percent within ten years. \
    Farmers north of the city did not support the plan because it would take 900 hectares of land. \
    “They never asked us, and nobody came to see the fields,” said Tom Bexley, who grows almonds near Corwin. \
    The company will begin to dig in June, and about 350 people are expected to work on the site for two years. \
    Water prices in Riverton rose from €1.20 to €1.45 per cubic metre between 2021 and 2025, a study found. \
    No other city in Calder County has raised its prices as fast, the study by Northgate College said. \
    The plan does not need a vote in the state senate, but a court in Milford has to hear two complaints in November. \
    Whitfield, who has led the city since 2019, said she would not run again next year. \
    The last big drought, in 2016, cost the region some $1.3 billion and closed 57 schools for a week.";

/// Quotes of 6 to 16 words from every place of the news.
fn quotes() -> Vec<String> {
    let words: Vec<&str> = NEWS.split_whitespace().collect();
    let mut quotes = Vec::new();
    for length in [6, 9, 12, 16] {
        for start in (0..words.len() - length).step_by(3) {
            quotes.push(words[start..start + length].join(" "));
        }
    }
    quotes
}

/// Every alteration of one kind that a quote allows.
fn altered(quote: &str, kind: &str) -> Vec<String> {
    let words: Vec<&str> = quote.split(' ').collect();
    let replaced = |at: usize, with: &str| {
        let mut words = words.clone();
        words[at] = with;
        words.retain(|word| !word.is_empty());
        words.join(" ")
    };
    let swaps: &[(&str, &str)] = match kind {
        "name" => &[
            ("Whitfield", "Whitman"),
            ("Riverton", "Rivertown"),
            ("Corwin.", "Corvin."),
            ("Milford", "Medford"),
            ("Ortiz", "Ortega"),
            ("Halden", "Holden"),
            ("Bexley,", "Baxter,"),
            ("Calder", "Colder"),
            ("Northgate", "Northfield"),
        ],
        "negation" => &[
            ("not", ""),
            ("never", ""),
            ("No", "Every"),
            ("nobody", "somebody"),
            ("never", "always"),
            ("did", "did not"),
        ],
        "number word" => &[
            ("three", "four"),
            ("two", "ten"),
            ("ten", "two"),
            ("first", "second"),
        ],
        "magnitude" => &[("million", "billion"), ("billion", "million")],
        "unit" => &[
            ("$48", "€48"),
            ("$1.3", "£1.3"),
            ("18.5%", "18.5"),
            ("percent", "points"),
            ("hectares", "acres"),
            ("€1.20", "$1.20"),
        ],
        "date" => &[
            ("Tuesday", "Thursday"),
            ("March", "May"),
            ("September,", "December,"),
            ("June,", "July,"),
            ("November.", "October."),
        ],
        _ => &[],
    };
    let mut all = Vec::new();
    for (at, word) in words.iter().enumerate() {
        for (_, with) in swaps.iter().filter(|(from, _)| from == word) {
            all.push(replaced(at, with));
        }
        if kind == "digit"
            && let Some(place) = word.find(|c: char| c.is_ascii_digit())
        {
            let digit = word.as_bytes()[place] - b'0';
            let mut changed = (*word).to_owned();
            changed.replace_range(place..=place, &((digit + 1) % 10).to_string());
            all.push(replaced(at, &changed));
        }
    }
    // What still stands in the text word by word was not altered but cut short.
    all.retain(|altered| !NEWS.contains(altered.as_str()));
    all
}

#[test]
fn of_three_hundred_altered_quotes_none_is_accepted() {
    let grounder = Grounder::new(NEWS);
    for kind in [
        "digit",
        "name",
        "negation",
        "number word",
        "magnitude",
        "unit",
        "date",
    ] {
        let altered: Vec<String> = quotes()
            .iter()
            .flat_map(|quote| altered(quote, kind))
            .collect();
        let accepted: Vec<_> = altered
            .iter()
            .filter(|quote| grounder.ground(quote, None).is_some())
            .collect();

        assert!(altered.len() >= 10, "{kind}: only {} quotes", altered.len());
        assert!(
            accepted.is_empty(),
            "{kind}: {} of {}: {accepted:#?}",
            accepted.len(),
            altered.len()
        );
    }
    let all = ["digit", "name", "negation"].map(|kind| {
        quotes()
            .iter()
            .flat_map(|quote| altered(quote, kind))
            .count()
    });
    assert!(all.iter().sum::<usize>() >= 300, "{all:?}");
}

#[test]
fn of_the_verbatim_recased_and_respaced_quotes_all_are_accepted() {
    let grounder = Grounder::new(NEWS);
    let mut refused = Vec::new();
    for quote in quotes() {
        // A run of words that ends beside a negation, or within a number, says something else.
        let Some(found) = grounder.ground(&quote, None) else {
            refused.push(quote);
            continue;
        };
        let bytes = grounder.bytes(found.span).expect("a span of the text");
        let span = NEWS.get(bytes).expect("whole letters");
        assert!(span.contains(&quote), "{quote}");
        assert_eq!(found.grounding == Exact, span == quote, "{quote}");
        for changed in [
            quote.to_uppercase(),
            quote.to_lowercase(),
            quote.replace(' ', "  "),
            quote.replace(' ', "\n"),
            quote.replace(' ', "\u{a0}"),
            quote.replace(['“', '”'], "\""),
            format!("\"{quote}\""),
            quote.trim_end_matches('.').to_owned(),
            format!("{}.", quote.trim_end_matches(['.', ','])),
        ] {
            let found = grounder.ground(&changed, None);
            assert!(found.is_some_and(|found| found.edits == 0), "{changed}");
        }
    }
    assert!(refused.len() * 10 <= quotes().len(), "{refused:#?}");
}

#[test]
fn of_the_quotes_of_another_article_none_is_accepted() {
    let other = "Scientists at the Weymouth observatory found a comet on Friday that will pass the sun in 2031. \
        It was seen with a telescope of 4.1 metres, the team led by Ines Carrow wrote. The comet is some 12 kilometres wide.";
    let grounder = Grounder::new(other);

    let accepted = quotes()
        .iter()
        .filter(|quote| grounder.ground(quote, None).is_some())
        .count();

    assert_eq!((accepted, quotes().len() >= 100), (0, true));
}

#[test]
fn a_few_plain_words_may_differ_and_the_span_holds_the_text_s_own() {
    let quote =
        "Officials said that the first plant, near Lake Corwin, would not open before March 2027";

    let found = ground(NEWS, quote, None).expect("one word more");

    let words: String = NEWS
        .chars()
        .skip(found.span.start as usize)
        .take((found.span.end - found.span.start) as usize)
        .collect();
    assert_eq!(
        (found.grounding, found.edits),
        (domain::Grounding::Aligned, 1)
    );
    assert_eq!(words, quote.replace("that ", ""));
    let loose = "Officials there said that the initial facility near some Lake Corwin would not open before March 2027";
    assert_eq!(ground(NEWS, loose, None), None);
}

mod properties {
    use proptest::prelude::*;

    use super::*;
    use crate::grounding::tokens::{self, tokens};

    /// A quote: a run of the news with some words dropped, doubled, swapped, altered or re-cased.
    fn mangled() -> impl Strategy<Value = String> {
        let edits = prop::collection::vec((0_usize..20, 0_u8..9), 0..4);
        (0_usize..230, 3_usize..20, edits).prop_map(|(start, length, edits)| {
            let words: Vec<&str> = NEWS.split_whitespace().collect();
            let start = start.min(words.len() - length);
            let mut quote: Vec<String> = words[start..start + length]
                .iter()
                .map(|word| (*word).to_owned())
                .collect();
            for (at, edit) in edits {
                let at = at % quote.len();
                match edit {
                    0 if quote.len() > 1 => {
                        quote.remove(at);
                    }
                    1 => {
                        let word = quote[at].clone();
                        quote.insert(at, word);
                    }
                    2 => {
                        let last = quote.len() - 1;
                        quote.swap(at, last);
                    }
                    3 => quote[at] = "thing".to_owned(),
                    4 => quote[at] = quote[at].to_uppercase(),
                    5 => quote.insert(at, "the".to_owned()),
                    6 => quote[at].push('7'),
                    7 => quote.insert(at, "not".to_owned()),
                    _ => quote[at] = quote[at].replace(['a', 'e'], "o"),
                }
            }
            quote.join(" ")
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn no_guarded_word_differs_between_a_quote_and_its_span(quote in mangled()) {
            if let Some(found) = ground(NEWS, &quote, None) {
                let span: String = NEWS.chars().skip(found.span.start as usize)
                    .take((found.span.end - found.span.start) as usize).collect();
                // A span may reach a few words further than its quote; what the quote stands for lies between.
                let (of_quote, reached) = (tokens(&quote), tokens(&span));
                let ends = [of_quote.first(), of_quote.last()].map(|it| it.map(|token| token.hash));
                let first = reached.iter().take(5).position(|it| Some(it.hash) == ends[0]).expect("its first word");
                let last = reached.iter().rev().take(5).position(|it| Some(it.hash) == ends[1]).expect("its last word");
                let of_span = reached[first..reached.len() - last].to_vec();
                let core = of_span[0].start as usize..of_span[of_span.len() - 1].end as usize;
                let core = span.get(core).expect("whole letters");
                let hard = |text: &str| {
                    let mut all = tokens(text);
                    let is_sign = |token: &tokens::Token| text.get(token.bytes())
                        .is_some_and(|word| !word.starts_with(char::is_alphanumeric));
                    all.retain(|token| token.is_number || token.is_negation || is_sign(token));
                    all.iter().map(|token| token.hash).collect::<Vec<_>>()
                };
                prop_assert_eq!(hard(&quote), hard(core), "{} / {}", quote, span);
                let names_stand_in = |one: &[tokens::Token], other: &[tokens::Token]| {
                    let mut names = one.iter().filter(|token| token.is_capitalised);
                    names.all(|name| other.iter().any(|token| token.hash == name.hash))
                };
                prop_assert!(names_stand_in(&of_quote, &of_span), "{} / {}", quote, span);
                prop_assert!(names_stand_in(&of_span, &of_quote), "{} / {}", quote, span);
                let count = tokens(&quote).len();
                prop_assert!((found.edits as usize) * 100 <= count * 15);
                prop_assert_eq!(found.grounding == Exact, span == quote.trim());
            }
        }

        /// The bounded run of the fuzz target.
        #[test]
        fn no_text_and_quote_break_the_grounding(
            text in "[a-zA-ZäßÇΣς東二十不ไ0-9$€%.,’'“”–− \n½²ﬁ\u{ad}\u{a0}🇫-]{0,60}", from in 0_usize..40, length in 1_usize..30, with in ".{0,2}",
        ) {
            let part: String = text.chars().skip(from).take(length).collect();
            crate::fuzzing::grounding(&format!("{text}\n{}{with}", part.replace('\n', " ")));
        }

        #[test]
        fn any_run_of_a_text_is_found_in_it(text in "[a-zA-Zäß東京0-9$%.,’“” \n-]{1,80}", from in 0_usize..40, length in 1_usize..40) {
            let part: String = text.chars().skip(from).take(length).collect();
            if let Some(found) = ground(&text, &part, Some(1)) {
                let span: String = text.chars().skip(found.span.start as usize)
                    .take((found.span.end - found.span.start) as usize).collect();
                prop_assert_eq!(found.grounding == Exact, span == part.trim());
                prop_assert!(!span.is_empty());
            }
        }
    }
}
