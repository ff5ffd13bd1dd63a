//! What stands near a quote, and what a claim adds to it.

use domain::{Certainty, FactKind};

use super::*;

const TEXT: &str = "Acme Corp. met on Monday. Its chief, Ann Cole, spoke first. The firm will not sell its 1,500 shops. \
    Nobody asked why. More came later. In Lima, far away, it rained three days.";

fn unsupported(quote: &str, claim: &str) -> Vec<String> {
    unsupported_in(TEXT, quote, claim)
}

fn unsupported_in(text: &str, quote: &str, claim: &str) -> Vec<String> {
    let article = Article {
        text,
        title: Some("Zenith talks"),
        published: Some("2031-05-06T10:00:00Z"),
        language: None,
        url: None,
    };
    let grounder = Grounder::new(text);
    let said = ModelFact {
        sentence: None,
        quote: quote.to_owned(),
        claim: claim.to_owned(),
        kind: FactKind::Event,
        certainty: Certainty::Asserted,
        speaker: None,
        when: None,
        place: None,
        entities: vec!["Bob Dune".to_owned()],
    };
    let found = grounder.ground(quote, None).expect("the quote is there");
    let bytes = grounder.bytes(found.span).expect("a span of the text");
    Support::of(&article).unsupported(text, &grounder, &said, &bytes)
}

#[test]
fn what_stands_near_the_quote_in_title_or_date_is_supported() {
    for claim in [
        "Acme Corp. will not sell its 1500 shops.",
        "Ann Cole's firm will not sell 1,500 shops, she said at the Zenith talks.",
        "On 5 May 2031 Acme said it will not sell 1,500 shops.",
    ] {
        assert_eq!(
            unsupported("will not sell its 1,500 shops", claim),
            Vec::<String>::new(),
            "{claim}"
        );
    }
}

#[test]
fn what_stands_nowhere_near_is_named() {
    for (claim, missing) in [
        ("Acme will not sell its 1,600 shops.", vec!["1,600"]),
        ("Acme will not sell its shops in Lima.", vec!["Lima"]),
        ("Bob Dune will not sell 1,500 shops.", vec!["Bob", "Dune"]),
        ("Acme met on 25 May 2031.", vec!["25"]),
    ] {
        assert_eq!(
            unsupported("will not sell its 1,500 shops", claim),
            missing,
            "{claim}"
        );
    }
}

#[test]
fn a_claim_that_counts_otherwise_than_the_text_is_named() {
    let text = "The town spends £48m and $1.3 billion on 5 km of road. Three men, or 40%, left.";
    let missing = |claim: &str| unsupported_in(text, "on 5 km of road", claim);

    for claim in [
        "The town spends £48 million.",
        "The town spends 48m pounds and 1.3bn dollars on 5 kilometres.",
        "3 men left, 40 percent of them.",
    ] {
        assert_eq!(missing(claim), Vec::<String>::new(), "{claim}");
    }
    for (claim, word) in [
        ("The town spends 48 trillion on roads", "trillion"),
        ("The town spends 48 million euros", "euros"),
        ("The road has 5 miles", "miles"),
        ("Four men left", "Four"),
        ("In all four men left", "four"),
    ] {
        assert_eq!(missing(claim), [word], "{claim}");
    }
}

#[test]
fn a_quote_that_leaves_out_the_not_before_it_is_not_found() {
    let grounder = Grounder::new(TEXT);

    assert!(grounder.ground("sell its 1,500 shops", None).is_none());
    assert!(
        grounder
            .ground("will not sell its 1,500 shops", None)
            .is_some()
    );
}

#[test]
fn a_negation_near_by_supports_one() {
    assert_eq!(
        unsupported("it rained three days", "In Lima it never rained 3 days."),
        vec!["never"; 0].as_slice()
    );
    assert_eq!(
        unsupported("Acme Corp. met on Monday", "Acme Corp. met on Monday."),
        Vec::<String>::new()
    );
}
