//! Money, and what a day may cost.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Millionths of a US dollar: what prices by the million tokens come to without fractions.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroUsd(i64);

/// A text is no sum of money.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a sum in US dollars")]
pub struct NotMoney(pub String);

impl MicroUsd {
    /// Wraps a number of millionths.
    #[must_use]
    pub const fn new(micro_usd: i64) -> Self {
        Self(micro_usd)
    }

    /// The number of millionths.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for MicroUsd {
    /// `$12.50`; six places below a dollar, where the cost of single articles is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (
            self.0.unsigned_abs() / 1_000_000,
            self.0.unsigned_abs() % 1_000_000,
        );
        if rest % 10_000 == 0 {
            write!(f, "{sign}${whole}.{:02}", rest / 10_000)
        } else {
            write!(f, "{sign}${whole}.{rest:06}")
        }
    }
}

impl FromStr for MicroUsd {
    type Err = NotMoney;

    /// Reads `5`, `0.25`, `12.500001`: decimal dollars, not negative, at most six places.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
            let is_digits =
                |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            if !is_digits(whole) || !is_digits(places) || places.len() > 6 {
                return None;
            }
            let whole: i64 = whole.parse().ok()?;
            let rest: i64 = format!("{places:0<6}").parse().ok()?;
            whole.checked_mul(1_000_000)?.checked_add(rest).map(Self)
        };
        read().ok_or_else(|| NotMoney(text.to_owned()))
    }
}

/// What the LLM may cost on a UTC day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DailyLimits {
    /// From here on it is said.
    pub warn: Option<MicroUsd>,
    /// From here on nothing is asked until the next day.
    pub stop: Option<MicroUsd>,
}

/// How a day's cost stands to its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetLevel {
    /// There are no limits.
    #[default]
    Unlimited,
    /// Below every limit, as far as prices are known.
    Within,
    /// Below every limit, and calls without a known price are missing from the sum: it cannot hold.
    Blind,
    /// The first limit is reached.
    Warned,
    /// The hard limit is reached: nothing is sent, nothing is asked.
    Spent,
}

impl BudgetLevel {
    /// Every level there is.
    pub const ALL: [Self; 5] = [
        Self::Unlimited,
        Self::Within,
        Self::Blind,
        Self::Warned,
        Self::Spent,
    ];

    /// The level as logs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unlimited => "unlimited",
            Self::Within => "within",
            Self::Blind => "blind",
            Self::Warned => "warned",
            Self::Spent => "spent",
        }
    }
}

impl DailyLimits {
    /// Judges a day's known cost; `is_blind` when calls of unknown cost are missing from it.
    #[must_use]
    pub fn level(self, spent: MicroUsd, is_blind: bool) -> BudgetLevel {
        let reached = |limit: Option<MicroUsd>| limit.is_some_and(|limit| spent >= limit);
        if self == Self::default() {
            BudgetLevel::Unlimited
        } else if reached(self.stop) {
            BudgetLevel::Spent
        } else if reached(self.warn) {
            BudgetLevel::Warned
        } else if is_blind {
            BudgetLevel::Blind
        } else {
            BudgetLevel::Within
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_exactly_and_nothing_else_is() {
        for (text, micro) in [
            ("5", 5_000_000),
            ("0.25", 250_000),
            ("12.500001", 12_500_001),
            ("0", 0),
        ] {
            assert_eq!(text.parse(), Ok(MicroUsd::new(micro)), "{text}");
        }
        for text in [
            "",
            ".",
            "5.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "$5",
            "1,5",
            "0.0000001",
            "NaN",
            "9223372036855",
            "99999999999999999999",
        ] {
            assert!(text.parse::<MicroUsd>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn money_is_shown_so_that_it_can_be_read_back() {
        for (micro, shown) in [
            (12_500_000, "$12.50"),
            (1, "$0.000001"),
            (0, "$0.00"),
            (1_234_567, "$1.234567"),
            (-2_500_000, "-$2.50"),
        ] {
            assert_eq!(MicroUsd::new(micro).to_string(), shown);
        }
    }

    #[test]
    fn a_limit_is_reached_when_it_is_met_and_an_unknown_price_is_never_within() {
        let limits = DailyLimits {
            warn: Some(MicroUsd::new(80)),
            stop: Some(MicroUsd::new(100)),
        };
        let level = |spent, is_blind| limits.level(MicroUsd::new(spent), is_blind);

        assert_eq!(level(79, false), BudgetLevel::Within);
        assert_eq!(level(79, true), BudgetLevel::Blind);
        assert_eq!(level(80, true), BudgetLevel::Warned);
        assert_eq!(level(100, false), BudgetLevel::Spent);
        assert_eq!(
            DailyLimits::default().level(MicroUsd::new(1), true),
            BudgetLevel::Unlimited
        );
    }
}
