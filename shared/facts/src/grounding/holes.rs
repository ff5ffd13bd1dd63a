//! Quotes made up to break the grounding: what must be refused in many scripts, and the same text's
//! quotes that must still be found.

use super::*;

fn is_found(text: &str, quote: &str) -> bool {
    ground(text, quote, None).is_some()
}

#[track_caller]
fn refused(text: &str, quotes: &[&str]) {
    for quote in quotes {
        assert!(!is_found(text, quote), "{quote:?} was found in {text:?}");
    }
}

#[track_caller]
fn found(text: &str, quotes: &[&str]) {
    for quote in quotes {
        assert!(is_found(text, quote), "{quote:?} was not found in {text:?}");
    }
}

#[test]
fn every_quote_made_by_hand_is_found_or_refused_as_it_should_be() {
    let unescaped = |field: &str| field.replace("\\n", "\n").replace("\\t", "\t");
    let mut wrong = Vec::new();
    let lines = include_str!("by_hand.tsv").lines();
    for line in lines.clone() {
        let mut fields = line.split('\t');
        let mut next = || unescaped(fields.next().expect("verdict, text, quote"));
        let (wanted, text, quote) = (next(), next(), next());
        if is_found(&text, &quote) != (wanted == "found") {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(lines.count() >= 80);
}

#[test]
fn a_quote_that_overlaps_itself_is_found_exactly() {
    let found = ground("#5 — #5 — # of all", "#5 — #", None).expect("it is there");

    assert_eq!((found.grounding, found.span.start), (Grounding::Exact, 5));
}

#[test]
fn a_part_of_a_number_is_not_found() {
    let text = "Some 12 500 people paid .5 million, or 1\u{202f}200 each; forty-two were from the 2019–2021 class and 15-20 \
        came by bus at –5 degrees on 2024-05-12, 1.5 hours late, for ½ of 3⁄4 and 10² seats, and the score was 7-2.";
    refused(
        text,
        &[
            "500 people paid",
            "Some 12",
            "5 million, or",
            "200 each",
            "or 1",
            "two were from",
            "forty",
            "2021 class",
            "from the 2019",
            "20 came by bus",
            "5 degrees",
            "on 2024",
            "12, 1.5 hours",
            "5 hours late",
            "15 hours late",
            "10 hours late",
            "the score was 7",
            "2.",
            "102 seats",
            "12 of 3",
        ],
    );
    found(
        text,
        &[
            "Some 12 500 people paid",
            "paid .5 million",
            "1 200 each",
            "forty-two were from",
            "the 2019-2021 class",
            "15–20 came by bus",
            "-5 degrees",
            "on 2024-05-12",
            "1.5 hours late",
            "the score was 7-2",
        ],
    );
    let years = "In 2020 500 people came. Gate 12 50 left. He won a fifth of 3 000 votes.";
    found(
        years,
        &["500 people came", "50 left", "In 2020", "3 000 votes"],
    );
}

#[test]
fn a_part_of_a_word_that_turns_it_round_is_not_found() {
    let text = "The non-fatal crash of the ex-president's car: we can't say, Ann's husband said; tax-free COVID-19 aid isn’t \
        over, and the US-led force won’t go.";
    refused(
        text,
        &[
            "fatal crash",
            "president's car",
            "we can",
            "Ann",
            "aid isn",
            "led force",
            "force won",
        ],
    );
    found(
        text,
        &[
            "non-fatal crash",
            "The non–fatal crash",
            "we can't say",
            "Ann’s husband said",
            "aid isn't over",
            "tax-free COVID-19 aid",
        ],
    );
}

#[test]
fn no_word_that_means_something_is_swapped_in_a_long_quote() {
    // Each text is long enough for an edit, and the word stands in its middle.
    for (text, with) in [
        (
            "Officials in Lyon said the shops would open at 5 {a}.m. on the day",
            "p",
        ),
        (
            "Officials in Lyon said that {three} new bridges would be made of wood",
            "four",
        ),
        (
            "Officials in Lyon said that the {third} new bridge is made of wood",
            "fourth",
        ),
        (
            "Officials in Lyon said that a {third} of new bridges are made of wood",
            "quarter",
        ),
        (
            "Officials in Lyon said the cost had {doubled} on the way to wood",
            "tripled",
        ),
        (
            "Officials in Lyon said the cost was a {million} on the way to wood",
            "billion",
        ),
        (
            "Officials in Lyon said in chapter {iii} that the bridge is made of wood",
            "iv",
        ),
        (
            "Officials in Lyon said the report was {unconfirmed} by people near the bridge",
            "confirmed",
        ),
        (
            "Officials in Lyon said the drink was {harmless} to people near the bridge",
            "harmful",
        ),
        (
            "Officials in Lyon said Ursula von {der} Leyen was near the old bridge",
            "den",
        ),
        (
            "Officials in Lyon said the new {iPhone} was found near the old bridge",
            "iPad",
        ),
        (
            "Officials in Lyon said the team of {🇫🇷} was near the old bridge",
            "🇩🇪",
        ),
        (
            "Officials in Lyon said the price {▲} a little near the old bridge",
            "▼",
        ),
        (
            "Officials in Lyon said the bridge {is} made of old wood and iron",
            "was",
        ),
        (
            "Officials in Lyon said the bridge of wood {and} iron was made there",
            "or",
        ),
        (
            "Officials in Lyon said the {attempted} murder was near the old bridge",
            "completed",
        ),
        (
            "Officials in Lyon said {nearly} all bridges there were made of wood",
            "exactly",
        ),
        (
            "Officials in Lyon said the old bridge was 5 {km} out of town then",
            "mi",
        ),
        (
            "Officials in Lyon said the old bridge is {10} to 15 metres long there",
            "12",
        ),
        (
            "Officials in Lyon said that {they} paid the people near the bridge",
            "we",
        ),
        (
            "Le maire de Lyon dit que les ponts coûtent deux {millions} en tout",
            "milliards",
        ),
        (
            "Der Chef in Bonn sagte, es seien {dreizehn} neue Boote am See",
            "dreißig",
        ),
        (
            "Мэр города Лион сказал, что мост стоит два {миллиона} рублей в год",
            "миллиарда",
        ),
    ] {
        let original = text.replace(['{', '}'], "");
        let (start, rest) = text.split_once('{').expect("a mark");
        let (_, end) = rest.split_once('}').expect("a mark");
        let (swapped, dropped) = (format!("{start}{with}{end}"), format!("{start}{end}"));
        assert_ne!(original, swapped);
        refused(&original, &[&swapped, &dropped]);
        refused(&swapped, &[&original]);
        found(
            &original,
            &[
                &original,
                &original.to_uppercase(),
                &original.replace(' ', "\n "),
            ],
        );
    }
}

#[test]
fn no_number_or_negation_is_cut_where_words_have_no_spaces() {
    for (text, bad, good) in [
        (
            "会場には二十三人が集まった。",
            "三人が集まった",
            "二十三人が集まった",
        ),
        ("十一月に開かれた。", "一月に開かれた", "十一月に開かれた"),
        ("人口は35万人だ。", "万人だ", "35万人だ"),
        ("人口は35万人だ。", "人口は35", "人口は35万人"),
        (
            "市長は計画を支持しない。",
            "市長は計画を支持し",
            "計画を支持しない",
        ),
        ("市长不同意该计划。", "同意该计划", "市长不同意该计划"),
        ("他们没有投票。", "有投票", "他们没有投票"),
        ("예산은 3백만 원이다.", "백만 원이다", "3백만 원이다"),
        ("เขาไม่สนับสนุนแผน", "สนับสนุนแผน", "เขาไม่สนับสนุนแผน"),
    ] {
        refused(text, &[bad]);
        found(text, &[good]);
    }
}

#[test]
fn dress_does_not_matter_in_any_script() {
    for (text, quotes) in [
        (
            "Die Straße ist 5 km lang.",
            &["DIE STRASSE IST 5 KM LANG", "die strasse ist 5 km lang."][..],
        ),
        ("Ο δρόμος είναι μεγάλος.", &["Ο ΔΡΌΜΟΣ ΕΊΝΑΙ ΜΕΓΆΛΟΣ"][..]),
        (
            "The oﬀer of the o\u{ad}ﬃce stands — for “now”…",
            &[
                "the offer of the office stands – for 'now'...",
                "THE OFFER OF THE OFFICE STANDS",
            ][..],
        ),
        (
            "مرحبا بالعالم، قال الرجل.",
            &["مرحبا  بالعالم، قال الرجل"][..],
        ),
        ("東京は「雨」だ。", &["東京は『雨』だ"][..]),
        (
            "He said 🙂 yes 👍🏽 to Ann.",
            &["he said 🙂 yes 👍🏽 to ann", "He said 🙂 yes"][..],
        ),
        (
            "L’état n’est pas d’accord.",
            &["L'ÉTAT N'EST PAS D'ACCORD", "état n'est pas"][..],
        ),
        ("MAYOR ANN COLE SAID NO.", &["Mayor Ann Cole said no"][..]),
        (
            "It rose 5 % to $ 3.5 million—a record.",
            &["rose 5% to $3.5 million - a record"][..],
        ),
        (
            "“We will not sell,” she said.",
            &[
                "\"We will not sell,\" she said",
                "We will not sell, she said",
                "We will not sell",
            ][..],
        ),
    ] {
        found(text, quotes);
    }
}
