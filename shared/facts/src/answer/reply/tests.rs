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
    assert_eq!(count("There are none: {\"facts\":[]}"), Ok(0));
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
