//! Prices: whose, of which version, and what is unknown.

use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

#[test]
fn a_known_model_has_its_price_and_an_unknown_one_none() {
    let prices = Prices::read(None).expect("no table of its own");
    let tokens = Tokens {
        input: 1_000_000,
        cached: 200_000,
        output: 100_000,
        ..Tokens::default()
    };

    let price = prices.of("gpt-4o-mini-2024-07-18", &url("https://api.openai.com/v1"));

    // 0.8 M × 0.15 + 0.2 M × 0.075 + 0.1 M × 0.60
    assert_eq!(
        price.map(|price| price.cost_micro_usd(tokens)),
        Some(195_000)
    );
    assert_eq!(
        prices.of("gpt-4o-mini", &url("https://other.test/v1")),
        None
    );
    assert_eq!(
        prices.of("gpt-unheard-of", &url("https://api.openai.com/v1")),
        None
    );
}

#[test]
fn the_user_s_prices_come_first() {
    let prices = Prices::read(Some(r#"{"mine":{"in":1,"out":2}}"#)).expect("a table");

    let price = prices
        .of("mine", &url("https://any.test"))
        .expect("it is in the table");

    let tokens = Tokens {
        input: 10,
        cached: 5,
        output: 1,
        ..Tokens::default()
    };
    assert_eq!(price.cost_micro_usd(tokens), 12);
}

#[test]
fn a_broken_table_is_refused_at_the_start() {
    for text in [
        "[]",
        "{\"m\":1}",
        "{\"m\":{\"in\":-1,\"out\":1}}",
        "{\"m\":{\"in\":1,\"out\":1,\"write\":-1}}",
        "{\"m\":{\"in\":1}}",
    ] {
        assert!(
            matches!(Prices::read(Some(text)), Err(SetupError::Prices(_))),
            "{text}"
        );
    }
}

#[test]
fn a_dated_name_has_the_price_of_its_own_version() {
    let prices = Prices::read(None).expect("no table of its own");
    let anthropic = url("https://api.anthropic.com");
    let of = |model| prices.of(model, &anthropic);

    assert_eq!(
        of("claude-sonnet-5-5-20260928"),
        of("claude-sonnet-5-5").filter(|price| Some(*price) != of("claude-sonnet-5"))
    );
    assert_eq!(of("claude-haiku-4-5@20251001"), of("claude-haiku-4-5"));
    assert_eq!(of("claude-sonnet-5-9-20260928"), None);
    assert_eq!(of("claude-sonnet-5-123456789"), None);
}

#[test]
fn what_is_written_to_the_cache_costs_more_than_what_is_read_from_it() {
    let prices = Prices::read(None).expect("no table of its own");
    let price = prices.of("claude-haiku-4-5", &url("https://api.anthropic.com"));
    let tokens = Tokens {
        input: 1_000_000,
        cached: 600_000,
        written: 300_000,
        output: 10_000,
        reasoning: 0,
    };

    let cost = price.map(|price| price.cost_micro_usd(tokens));

    // 0.1 M × 1 + 0.6 M × 0.10 + 0.3 M × 1.25 + 0.01 M × 5
    assert_eq!(cost, Some(585_000));
}

#[test]
fn reasoning_is_part_of_the_output_and_not_paid_for_twice() {
    let price = Prices::read(Some(r#"{"m":{"in":1,"out":2}}"#))
        .expect("a table")
        .of("m", &url("https://any.test"))
        .expect("it is in the table");
    let tokens = Tokens {
        output: 100,
        reasoning: 80,
        ..Tokens::default()
    };

    assert_eq!(price.cost_micro_usd(tokens), 200);
}

#[test]
fn another_host_that_ends_like_a_provider_s_has_no_price() {
    let prices = Prices::read(None).expect("no table of its own");

    assert_eq!(
        prices.of("gpt-4o", &url("https://notapi.openai.com.test")),
        None
    );
    assert_eq!(
        prices.of("gpt-4o", &url("https://xapi.openai.com/v1")),
        None
    );
}

#[test]
fn every_built_in_price_is_dated_and_says_where_it_comes_from() {
    assert!(BUILT_IN.hosts.len() > 2, "the file does not parse");
    for (model, listed) in BUILT_IN.hosts.values().flatten() {
        let date: Vec<usize> = listed.as_of.split('-').map(str::len).collect();
        assert_eq!(date, [4, 2, 2], "{model}");
        assert!(BUILT_IN.sources.contains_key(&listed.source), "{model}");
        assert!(
            listed.cached.is_none_or(|cached| cached <= listed.input),
            "{model}"
        );
        assert!(
            listed.write.is_none_or(|write| write >= listed.input),
            "{model}"
        );
        assert!(listed.output >= listed.input, "{model}");
    }
    for source in BUILT_IN.sources.keys() {
        let mut all = BUILT_IN.hosts.values().flat_map(BTreeMap::values);
        assert!(
            all.any(|listed| listed.source == *source),
            "{source} backs no price"
        );
    }
}
