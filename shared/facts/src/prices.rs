//! What tokens cost. Unknown is unknown, never nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use url::Url;

use crate::dialect::Tokens;
use crate::error::SetupError;

/// The table that is built in; its date stands inside.
const PRICE_FILE: &str = include_str!("../assets/prices.json");

/// US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    #[serde(rename = "in")]
    input: f64,
    /// Of the input, what the provider had cached; the same as `in` when it is not said.
    cached: Option<f64>,
    #[serde(rename = "out")]
    output: f64,
}

#[derive(Deserialize)]
struct BuiltIn {
    /// Host suffix of the provider → model → price. Another host may ask another price.
    hosts: BTreeMap<String, BTreeMap<String, Price>>,
}

static BUILT_IN: LazyLock<BTreeMap<String, BTreeMap<String, Price>>> = LazyLock::new(|| {
    // The file is part of the build, and a test reads it.
    serde_json::from_str::<BuiltIn>(PRICE_FILE).map_or_else(|_| BTreeMap::new(), |file| file.hosts)
});

/// Prices of one configuration: its own before the built-in ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prices {
    own: BTreeMap<String, Price>,
}

impl Prices {
    /// Reads `LLM_PRICES`: `{"model": {"in": 0.25, "cached": 0.025, "out": 2.0}}`.
    pub(crate) fn read(text: Option<&str>) -> Result<Self, SetupError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let own: BTreeMap<String, Price> =
            serde_json::from_str(text).map_err(|error| SetupError::Prices(error.to_string()))?;
        let sound = |price: f64| price.is_finite() && price >= 0.0;
        match own.iter().find(|(_, price)| {
            !(sound(price.input) && sound(price.output) && price.cached.is_none_or(sound))
        }) {
            Some((model, _)) => Err(SetupError::Prices(format!(
                "a price of {model:?} is negative"
            ))),
            None => Ok(Self { own }),
        }
    }

    /// The price of a model at an endpoint.
    pub(crate) fn of(&self, model: &str, base: &Url) -> Option<Price> {
        let host = base.host_str().unwrap_or("");
        let built_in = || {
            let mut tables = BUILT_IN.iter();
            let (_, table) = tables.find(|(suffix, _)| host.ends_with(suffix.as_str()))?;
            lookup(table, model)
        };
        lookup(&self.own, model).or_else(built_in)
    }
}

/// A model by its name, or by its name without a date (`name-2025-08-07`).
fn lookup(table: &BTreeMap<String, Price>, model: &str) -> Option<Price> {
    let dated = |name: &str| {
        let rest = model.strip_prefix(name)?.strip_prefix(['-', '@'])?;
        let is_date = rest.len() >= 8 && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        is_date.then_some(())
    };
    table.get(model).copied().or_else(|| {
        let found = table.iter().find(|(name, _)| dated(name).is_some());
        found.map(|(_, price)| *price)
    })
}

impl Price {
    /// The cost of one call in millionths of a dollar: dollars a million tokens are just that a
    /// token.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "token counts are far below 2^52, and the sum is clamped"
    )]
    pub(crate) fn cost_micro_usd(&self, tokens: Tokens) -> i64 {
        let cached = tokens.cached.min(tokens.input);
        let fresh = tokens.input - cached;
        let sum = fresh as f64 * self.input
            + cached as f64 * self.cached.unwrap_or(self.input)
            + tokens.output as f64 * self.output;
        sum.round().clamp(0.0, 1e15) as i64
    }
}

#[cfg(test)]
mod tests {
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
            reasoning: 0,
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
            reasoning: 0,
        };
        assert_eq!(price.cost_micro_usd(tokens), 12);
    }

    #[test]
    fn a_broken_table_is_refused_at_the_start() {
        for text in [
            "[]",
            "{\"m\":1}",
            "{\"m\":{\"in\":-1,\"out\":1}}",
            "{\"m\":{\"in\":1}}",
        ] {
            assert!(
                matches!(Prices::read(Some(text)), Err(SetupError::Prices(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn the_built_in_table_is_sound() {
        assert!(BUILT_IN.len() > 2, "the file does not parse");
        for price in BUILT_IN.values().flat_map(BTreeMap::values) {
            assert!(price.cached.is_none_or(|cached| cached <= price.input));
            assert!(price.output >= price.input);
        }
    }
}
