//! What models do to JSON, and that none of it is taken for "no facts".

use proptest::prelude::*;

use super::*;
use crate::fuzzing::reply as fuzz;

const ITEM: &str = r#"{"sentence":1,"quote":"a b","claim":"A b."}"#;

fn count(text: &str) -> Result<usize, Flaw> {
    whole(text).map(|reply| reply.facts.len())
}

#[test]
fn clothes_around_an_answer_do_not_hide_it() {
    for text in [
        format!("{{\"facts\":[{ITEM}]}}"),
        format!("\u{feff}{{\"facts\":[{ITEM}]}}"),
        format!("```json\n{{\"facts\":[{ITEM}]}}\n```"),
        format!("Here are the facts {{as asked}}:\n{{\"facts\":[{ITEM}]}} Good luck!"),
        format!("{{\"facts\":[{ITEM},]}}"),
        format!("{{\"facts\":[{ITEM}]}}{{\"facts\":[]}}"),
        format!("{{\"thought\":1}} {{\"facts\":[{ITEM}]}}"),
        format!("[{ITEM}]"),
        format!("Sure:\n```\n{{\"facts\": [{ITEM},\n],}}\n```"),
    ] {
        assert_eq!(count(&text), Ok(1), "{text}");
    }
}

#[test]
fn only_an_empty_list_means_no_facts() {
    assert_eq!(count("{\"facts\":[]}"), Ok(0));
    for text in [
        "{}",
        "{\"facts\":null}",
        "{\"facts\":\"none\"}",
        "{\"facts\":[1,\"a\"]}",
        "{\"facts\":[{}]}",
        "{\"facts\":[{\"quote\":",
        "[]",
        "{\"facts\":[],}",
        "{\"f\0acts\":[]}",
    ] {
        assert_eq!(count(text), Err(Flaw::NotSchema), "{text}");
    }
    for text in ["", "I found no facts.", "null", "\"facts\""] {
        assert_eq!(count(text), Err(Flaw::Prose), "{text}");
    }
}

#[test]
fn what_a_model_thinks_aloud_does_not_hide_its_answer() {
    for text in [
        format!(
            "<think>If there were none I would say {{\"facts\":[]}}.</think>\n{{\"facts\":[{ITEM}]}}"
        ),
        format!("{{\"facts\":[]}} or rather {{\"facts\":[{ITEM}]}}"),
        format!("{{\"facts\":[]}} or rather {{\"facts\":[{ITEM},]}}"),
    ] {
        assert_eq!(count(&text), Ok(1), "{text}");
    }
}

#[test]
fn an_empty_list_counts_only_as_the_whole_answer() {
    for text in [
        "{\"facts\":[]}",
        " ```json\n{ \"facts\" : [ ] }\n```",
        "<think>If there were any: {\"facts\":[1]}</think>\n{\"facts\":[]}",
        "{\"facts\":[],\"note\":null,\"others\":[]}",
        r#""{\"facts\":[]}""#,
    ] {
        assert_eq!(count(text), Ok(0), "{text}");
    }
    for text in [
        "There are none: {\"facts\":[]}",
        "{\"facts\":[]} I could not read the article.",
        "{\"facts\":[]}\n{\"facts\":[]}",
        "{\"facts\":[],\"reason\":\"no article\"}",
        "{\"facts\":[],\"left\":[1]}",
        "{\"facts\":[1],\"facts\":[]}",
        "{\"answer\":{\"facts\":[]}}",
        "[{\"facts\":[]}]",
        "{\"facts\":[]}<think>but wait",
    ] {
        assert_eq!(count(text), Err(Flaw::DoubtfulEmpty), "{text}");
    }
    for text in [
        "<think>I could say {\"facts\":[]}",
        "<think>{\"facts\":[]}</think>",
    ] {
        assert_eq!(count(text), Err(Flaw::OnlyReasoning), "{text}");
    }
    let prose_after = "<think>{\"facts\":[]}</think>\n1. It rained.";
    assert_eq!(count(prose_after), Err(Flaw::Prose));
}

fn item(quote: &str, claim: &str) -> String {
    format!("{{\"quote\":\"{quote}\",\"claim\":\"{claim}\"}}")
}

fn claims(text: &str) -> Vec<String> {
    let reply = whole(text).expect("an answer");
    reply.facts.into_iter().map(|fact| fact.claim).collect()
}

#[test]
fn a_draft_is_not_the_answer() {
    let (draft, last) = (item("a", "draft"), item("b", "final"));
    for (begin, end) in [
        ("<think>", "</think>"),
        ("", "</thinking>"),
        ("[THINK]", "[/THINK]"),
    ] {
        let text = format!("{begin}{{\"facts\":[{draft}]}}{end}{{\"facts\":[{last}]}}");
        assert_eq!(claims(&text), ["final"], "{text}");
    }
    let corrected = item("a", "final");
    let text = format!("Draft: {{\"facts\":[{draft}]}}\nBetter: {{\"facts\":[{corrected}]}}");
    assert_eq!(
        claims(&text),
        ["final"],
        "the later has the last word on a quote"
    );
    let text = format!(
        "{{\"facts\":[{draft}]}}\nOn reflection, the final answer:\n{{\"facts\":[{last}]}}"
    );
    assert_eq!(claims(&text), ["final"], "words take the first back");
    let quoting = item("the mark </think> ends it", "final");
    let text = format!("<think>x</think>{{\"facts\":[{quoting}]}}");
    assert_eq!(claims(&text), ["final"]);
}

#[test]
fn several_objects_are_one_answer() {
    let (a, b, c) = (item("a", "A"), item("b", "B"), item("c", "C"));
    for text in [
        format!("{{\"facts\":[{a}]}}\n\n{{\"facts\":[{b},{c}]}}"),
        format!("First part: {{\"facts\":[{a},{b}]}} Second part: {{\"facts\":[{c}]}}"),
        format!("[{{\"facts\":[{a}]}},{{\"facts\":[{b},{c}]}}]"),
        format!("{a}\n{b}\n{c}"),
        format!("{a},\n{b},\n{c}"),
        format!("{{\"facts\":[]}}{{\"facts\":[{a},{b},{c}]}}"),
    ] {
        assert_eq!(claims(&text), ["A", "B", "C"], "{text}");
    }
}

#[test]
fn a_list_in_an_odd_place_is_found() {
    let a = item("a", "A");
    let text = serde_json::to_string(&format!("{{\"facts\":[{a}]}}")).expect("a string");
    for text in [
        text,
        format!("{{\"article_facts\":{{\"facts\":[{a}]}}}}"),
        format!("{{\"type\":\"object\",\"properties\":{{\"facts\":[{a}]}}}}"),
        format!("{{\"facts\":{a}}}"),
        format!("{{\"facts\":{{\"1\":{a}}}}}"),
        format!("{{\"facts\":[],\"extractions\":[{a}]}}"),
        format!("{{\"extractions\":[{a}]}}"),
        format!("```json\n[{a}]\n```"),
        format!("Here you are:\n```json\n[{a}]\n```\nAnything else?"),
        format!(
            "\\frac{{1}}{{2}} {} {{\"facts\":[{a}]}}",
            "{x} ".repeat(200)
        ),
        format!("{{\"facts\":[{a}],\"score\":NaN}}"),
    ] {
        assert_eq!(claims(&text), ["A"], "{text}");
    }
}

#[test]
fn a_broken_list_is_not_taken_for_a_shorter_one() {
    let a = item("a", "A");
    let bad = "{\"quote\":\"\"we\" said he\",\"claim\":\"B\"}";
    for text in [
        format!("{{\"facts\":[{a},{bad}]}}"),
        format!("{{\"facts\":[{a}]}} {{\"facts\":[{bad}]}}"),
    ] {
        assert_eq!(count(&text), Err(Flaw::NotSchema), "{text}");
    }
}

#[test]
fn half_surrogates_nul_and_raw_line_breaks_are_mended() {
    let text = "{\"facts\":[{\"quote\":\"a\\ud83d \\udc00b\\u0000 c\nd\\x\",\"claim\":\"\\ud83d\\ude00\"}]}";

    let reply = whole(text).expect("it can be mended");

    assert_eq!(reply.facts[0].quote, "a b c\ndx");
    assert_eq!(reply.facts[0].claim, "😀");
}

#[test]
fn a_cut_answer_keeps_its_complete_items() {
    let cut = format!("{{\"facts\":[{ITEM},{ITEM}, {{\"sentence\":3,\"quo");

    assert_eq!(prefix(&cut).facts.len(), 2);
    assert_eq!(prefix(&format!("<think>{cut}")).facts.len(), 0, "a draft");
    assert_eq!(prefix(&format!("<think>{cut}</think>{cut}")).facts.len(), 2);
    assert_eq!(prefix(&format!("```json\n[{ITEM}, {{\"sen")).facts.len(), 1);
    assert_eq!(prefix("{\"facts\":[").facts.len(), 0);
    assert_eq!(prefix("nothing").returned, 0);
}

#[test]
fn a_model_that_runs_wild_is_capped_and_counted() {
    let many = vec![ITEM; 500].join(",");

    let reply = whole(&format!("{{\"facts\":[{many}]}}")).expect("it is valid");

    assert_eq!(
        (reply.facts.len(), reply.returned),
        (FACTS_PER_ANSWER_MAX, 500)
    );
}

#[test]
fn depth_does_not_overflow_the_stack() {
    let deep = format!("{{\"facts\":{}", "[".repeat(100_000));
    let braces = "{\"a\":".repeat(50_000);

    assert!(whole(&deep).is_err());
    assert!(whole(&braces).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// The bounded run of the fuzz target: any text is read or refused, within the caps, and the same way twice.
    #[test]
    fn no_text_makes_the_reader_panic(text in r#"([ -~]|[{}\[\]",:\\u]|facts|quote|claim|\\ud83d|\\u0000|\n|é|😀){0,80}"#) {
        fuzz(&text);
    }

    #[test]
    fn no_damage_to_a_sound_answer_makes_the_reader_panic(at in 0_usize..400, byte in any::<u8>(), cut in 0_usize..400) {
        let mut bytes = format!("{{\"facts\":[{ITEM},{ITEM}]}}").into_bytes();
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.truncate(cut.max(1));
        fuzz(&String::from_utf8_lossy(&bytes));
    }
}
