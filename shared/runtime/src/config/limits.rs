//! What the LLM may cost on a UTC day.

use domain::{DailyLimits, MicroUsd};

use super::Reader;

/// The sum from which on it is said.
const WARN: &str = "LLM_BUDGET_WARN_USD";

/// The sum from which on nothing is asked until the next day.
const STOP: &str = "LLM_BUDGET_STOP_USD";

/// Reads both limits. One that would stop before it warns is a fault.
pub fn read_limits(reader: &mut Reader<'_>) -> DailyLimits {
    let limits = DailyLimits {
        warn: money(reader, WARN),
        stop: money(reader, STOP),
    };
    if let (Some(warn), Some(stop)) = (limits.warn, limits.stop)
        && stop < warn
    {
        reader.fault(
            STOP,
            format!("is {stop}, less than {WARN}, which is {warn}"),
        );
    }
    limits
}

fn money(reader: &mut Reader<'_>, name: &str) -> Option<MicroUsd> {
    let text = reader.optional(name)?;
    let sum = text.parse().ok();
    if sum.is_none() {
        reader.fault(name, "is not a sum in US dollars (example: 12.50)");
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigFaults, Environment};

    fn read(pairs: &[(&str, &str)]) -> Result<DailyLimits, ConfigFaults> {
        let environment = Environment::of_pairs(pairs.iter().copied());
        let mut reader = Reader::new(&environment);
        let limits = read_limits(&mut reader);
        reader.finish(|| Some(limits))
    }

    #[test]
    fn limits_are_read_in_dollars_and_may_be_absent() {
        let both = read(&[(WARN, "4"), (STOP, "5.50")]).expect("sound");

        assert_eq!(both.warn, Some(MicroUsd::new(4_000_000)));
        assert_eq!(both.stop, Some(MicroUsd::new(5_500_000)));
        assert_eq!(read(&[(WARN, ""), (STOP, " ")]), Ok(DailyLimits::default()));
        assert_eq!(
            read(&[(WARN, "5"), (STOP, "5")]).map(|it| it.warn),
            read(&[(WARN, "5")]).map(|it| it.warn)
        );
    }

    #[test]
    fn every_fault_of_the_limits_is_told_at_once() {
        let less = read(&[(WARN, "5"), (STOP, "4.99")]).expect_err("it stops before it warns");
        let both = read(&[(WARN, "five"), (STOP, "-1")]).expect_err("no sums");

        assert!(
            less.to_string()
                .contains("LLM_BUDGET_STOP_USD is $4.99, less than"),
            "{less}"
        );
        assert_eq!(both.0.len(), 2, "{both}");
    }
}
