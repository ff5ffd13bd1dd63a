//! What tokens cost. Unknown is unknown, never nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use url::Url;

use crate::dialect::envelope::Tokens;
use crate::error::SetupError;

/// The table that is built in; its date stands inside.
const PRICE_FILE: &str = include_str!("../../assets/prices.json");

/// US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    #[serde(rename = "in")]
    input: f64,
    /// Of the input, what the provider had cached; the same as `in` when it is not said.
    cached: Option<f64>,
    /// Of the input, what the provider cached for later; the same as `in` when it is not said.
    write: Option<f64>,
    #[serde(rename = "out")]
    output: f64,
}

/// A price of the built-in table, with where it comes from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    #[serde(rename = "in")]
    input: f64,
    cached: Option<f64>,
    write: Option<f64>,
    #[serde(rename = "out")]
    output: f64,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for readers of the file, and a test")
    )]
    as_of: String,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for readers of the file, and a test")
    )]
    source: String,
}

#[derive(Default, Deserialize)]
struct BuiltIn {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for readers of the file, and a test")
    )]
    sources: BTreeMap<String, String>,
    /// Host of the provider → model → price. Another host may ask another price.
    hosts: BTreeMap<String, BTreeMap<String, Listed>>,
}

static BUILT_IN: LazyLock<BuiltIn> = LazyLock::new(|| {
    // The file is part of the build, and a test reads it.
    serde_json::from_str(PRICE_FILE).unwrap_or_else(|_| BuiltIn::default())
});

impl From<&Listed> for Price {
    fn from(listed: &Listed) -> Self {
        Self {
            input: listed.input,
            cached: listed.cached,
            write: listed.write,
            output: listed.output,
        }
    }
}

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
            let parts = [
                Some(price.input),
                Some(price.output),
                price.cached,
                price.write,
            ];
            !parts.into_iter().flatten().all(sound)
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
            let table = BUILT_IN.hosts.get(host)?;
            lookup(table, model).map(Price::from)
        };
        lookup(&self.own, model).copied().or_else(built_in)
    }
}

/// A model by its name, or by its name without a date (`name-2025-08-07`).
fn lookup<'t, P>(table: &'t BTreeMap<String, P>, model: &str) -> Option<&'t P> {
    table.get(model).or_else(|| table.get(undated(model)?))
}

/// `name` of `name-2025-08-07`, `name-20250807` or `name@20250807`. A version such as the second 5
/// of `name-5-5-20250807` belongs to the name.
fn undated(model: &str) -> Option<&str> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_date = |text: &str| match text.len() {
        8 => is_digits(text),
        10 => {
            let parts: Vec<&str> = text.split('-').collect();
            parts.iter().map(|part| part.len()).eq([4, 2, 2]) && parts.into_iter().all(is_digits)
        }
        _ => false,
    };
    [8, 10].into_iter().find_map(|length| {
        let (name, date) = model.split_at_checked(model.len().checked_sub(length)?)?;
        is_date(date).then_some(name)?.strip_suffix(['-', '@'])
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
        let written = tokens.written.min(tokens.input - cached);
        let fresh = tokens.input - cached - written;
        let sum = fresh as f64 * self.input
            + cached as f64 * self.cached.unwrap_or(self.input)
            + written as f64 * self.write.unwrap_or(self.input)
            + tokens.output as f64 * self.output;
        sum.round().clamp(0.0, 1e15) as i64
    }
}

#[cfg(test)]
mod tests;
