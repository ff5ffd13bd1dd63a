//! Today's LLM money against its limits, as every command says it.

use domain::BudgetLevel;
use serde_json::{Value, json};
use store::Spent;

use crate::print;

/// One line for a person.
pub(crate) fn line(spent: &Spent) -> String {
    let known = spent.known;
    let limits = [
        ("warn at", spent.limits.warn),
        ("stop at", spent.limits.stop),
    ];
    let limits = limits
        .iter()
        .filter_map(|(what, limit)| Some(format!("{what} {}", (*limit)?)));
    let limits = limits.collect::<Vec<_>>().join(", ");
    let ends = print::time(spent.ends_in);
    let amount = match spent.level() {
        BudgetLevel::Unlimited => format!("{known}, no daily limit"),
        BudgetLevel::Within => print::good(&format!("{known} ({limits})")),
        BudgetLevel::Blind => print::bad(&format!(
            "{known} ({limits}); the limit cannot hold, see below"
        )),
        BudgetLevel::Warned => print::wait(&format!("{known} ({limits}): nearly spent")),
        BudgetLevel::Spent => print::bad(&format!(
            "{known} ({limits}): spent; nothing is sent until 00:00 UTC, in {ends}"
        )),
    };
    format!("LLM today {amount}")
}

/// What is missing from the sum, when anything is.
pub(crate) fn missing(spent: &Spent) -> Option<String> {
    let calls = usize::try_from(spent.calls_unpriced).unwrap_or(usize::MAX);
    let runs = usize::try_from(spent.runs_lost).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    if calls > 0 {
        parts.push(print::count(calls, "call"));
    }
    if runs > 0 {
        parts.push(print::count(runs, "run that a worker took with it"));
    }
    (!parts.is_empty()).then(|| {
        format!(
            "not in that sum: {} of unknown cost (a price may be set in LLM_PRICES)",
            parts.join(" and ")
        )
    })
}

/// The same for machines.
pub(crate) fn json(spent: &Spent) -> Value {
    json!({
        "day": spent.day,
        "level": spent.level().as_str(),
        "spent_micro_usd": spent.known,
        "calls_unpriced": spent.calls_unpriced,
        "runs_lost": spent.runs_lost,
        "warn_micro_usd": spent.limits.warn,
        "stop_micro_usd": spent.limits.stop,
        "ends_in_s": spent.ends_in.as_secs(),
    })
}
