//! Whatever a row holds is text in the page, and the page allows itself nothing else.

use std::time::{Duration, SystemTime};

use domain::{
    ArticleId, Certainty, DailyLimits, ErrorClass, Fact, FactKind, Grounding, MicroUsd,
    RejectedFact, Span,
};
use scraper::{Html, Selector};
use store::{
    Activity, ArticleForReading, CostDay, FailureClass, OutcomeCount, RefusingHost, Spent,
    StateCount, StepTime, StoredFact, WaitingAge,
};

use super::*;

/// Ways out of text, attributes, comments, scripts, styles, JSON and SVG.
const WAYS_OUT: &str = include_str!("ways_out.txt");

/// A report in which every field of every row says the same.
fn page_that_says(words: &str) -> ReportPage {
    let fact = Fact {
        claim: words.to_owned(),
        kind: FactKind::Event,
        certainty: Certainty::Asserted,
        speaker: Some(words.to_owned()),
        when: Some(words.to_owned()),
        place: Some(words.to_owned()),
        entities: vec![words.to_owned()],
        quote: words.to_owned(),
        model_quote: Some(words.to_owned()),
        span: Span { start: 0, end: 1 },
        grounding: Grounding::Aligned,
        edits: 1,
        unsupported: vec![words.to_owned()],
        fact_key: words.to_owned(),
    };
    let some = || Some(words.to_owned());
    let article = ArticleForReading {
        article: ArticleId::new(1),
        url: Some(format!("https://{words}/{words}?{words}")),
        title: some(),
        state: words.to_owned(),
        outcome: None,
        error_class: some(),
        error: some(),
        reason: some(),
        attempt: 1,
        updated_at: SystemTime::UNIX_EPOCH,
        text: some(),
        language: some(),
        published: some(),
        model: some(),
        prompt_version: some(),
        cost_micro_usd: None,
        facts_ungrounded: 1,
        rejected: vec![RejectedFact {
            claim: words.to_owned(),
            quote: words.to_owned(),
        }],
        facts: vec![StoredFact {
            fact,
            model: words.to_owned(),
            prompt_version: words.to_owned(),
        }],
    };
    ReportPage {
        made: "made now".to_owned(),
        note: some(),
        articles: vec![article_json(&article, &[])],
        pipeline: pipeline_that_says(words),
        is_watched: false,
    }
}

fn pipeline_that_says(words: &str) -> Pipeline {
    let activity = Activity {
        outcomes: vec![OutcomeCount {
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(86_400),
            outcome: "ok".to_owned(),
            attempts: 3,
        }],
        bucket: Duration::from_secs(3_600),
        steps: vec![StepTime {
            step: words.to_owned(),
            times: 3,
            p50_ms: 10.0,
            p95_ms: 30.0,
        }],
        waiting: vec![(WaitingAge::Longer, 2)],
        pages: vec![(words.to_owned(), 1)],
        hosts: vec![RefusingHost {
            host: words.to_owned(),
            attempts: 2,
            refused: 1,
            class: Some(words.to_owned()),
            status: Some(403),
        }],
    };
    Pipeline {
        stretch: "last day".to_owned(),
        now: SystemTime::UNIX_EPOCH + Duration::from_secs(90_000),
        states: vec![StateCount {
            state: words.to_owned(),
            articles: 1,
            oldest_s: Some(5.0),
            overdue_s: None,
        }],
        failures: vec![FailureClass {
            class: ErrorClass::NoText,
            state: words.to_owned(),
            articles: 1,
            example: ArticleId::new(1),
            error: Some(words.to_owned()),
        }],
        activity,
        cost: vec![CostDay {
            day: "1970-01-02".to_owned(),
            model: words.to_owned(),
            endpoint: words.to_owned(),
            runs: 1,
            runs_failed: 0,
            calls: 1,
            tokens_in: 10,
            tokens_cached: 0,
            tokens_out: 5,
            tokens_reasoning: 0,
            cost_micro_usd: Some(7),
            calls_unpriced: 0,
        }],
        spent: Spent {
            day: "1970-01-02".to_owned(),
            known: MicroUsd::new(7),
            calls_unpriced: 0,
            runs_lost: 0,
            limits: DailyLimits::default(),
            ends_in: Duration::from_secs(60),
        },
    }
}

/// Every element with its attributes' names: the shape that no word may change.
fn shape(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let all = Selector::parse("*").expect("a selector");
    let elements = document.select(&all).map(|element| {
        let names: Vec<&str> = element.value().attrs().map(|(name, _)| name).collect();
        format!("{} {}", element.value().name(), names.join(" "))
    });
    elements.collect()
}

fn text_of(html: &str, selector: &str) -> String {
    let document = Html::parse_document(html);
    let selector = Selector::parse(selector).expect("a selector");
    document
        .select(&selector)
        .flat_map(|it| it.text())
        .collect()
}

#[test]
fn no_word_of_a_row_changes_the_shape_of_the_page() {
    let harmless = shape(&page_that_says("words").html());
    let ways_out: Vec<&str> = WAYS_OUT.lines().filter(|line| !line.is_empty()).collect();
    assert!(ways_out.len() >= 40, "{}", ways_out.len());

    for way_out in ways_out {
        let page = page_that_says(way_out).html();

        assert_eq!(shape(&page), harmless, "{way_out}");
        let data: Value = serde_json::from_str(&text_of(&page, "#data")).expect("JSON");
        assert_eq!(data["articles"][0]["facts"][0]["claim"], way_out);
        assert_eq!(data["articles"][0]["title"], way_out);
    }
}

#[test]
fn the_policy_allows_the_pages_own_script_and_style_and_nothing_else() {
    for is_watched in [false, true] {
        let page = ReportPage {
            is_watched,
            ..page_that_says("words")
        };
        let html = page.html();
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}';{} base-uri 'none'; form-action 'none'",
            hash(&text_of(&html, "script:not([type])")),
            hash(&text_of(&html, "style")),
            if is_watched {
                " connect-src 'self';"
            } else {
                ""
            },
        );

        let document = Html::parse_document(&html);
        let meta = Selector::parse("meta[http-equiv]").expect("a selector");
        let found = document.select(&meta).next().expect("a policy");
        assert_eq!(found.value().attr("content"), Some(policy.as_str()));
        for element in shape(&html) {
            let names: Vec<&str> = element.split(' ').skip(1).collect();
            let forbidden = names
                .iter()
                .any(|name| name.starts_with("on") || ["src", "style", "srcset"].contains(name));
            assert!(!forbidden, "{element}");
        }
    }
}
