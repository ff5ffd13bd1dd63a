//! The report of a run for machines: a JSON line an article, then one for the run.

use domain::redacted_url;
use serde_json::json;

use crate::commands::run::backlog::Ended;
use crate::commands::run::run_report::RunReport;
use crate::spending;

/// Prints it all.
pub(super) fn print(report: &RunReport<'_>) {
    for article in &report.articles {
        let steps = article
            .steps
            .iter()
            .map(|(step, ms)| (step.clone(), json!(ms)));
        let steps: serde_json::Map<_, _> = steps.collect();
        anstream::println!(
            "{}",
            json!({
                "event": "article",
                "id": article.article,
                "url": article.url.as_deref().map(redacted_url),
                "title": article.title,
                "state": article.state,
                "outcome": article.outcome,
                "class": article.error_class,
                "reason": article.reason,
                "error": article.error,
                "attempt": article.attempt,
                "facts": article.facts_count,
                "steps_ms": steps,
                "took_ms": article.took_ms,
            })
        );
    }
    let states = report
        .states
        .iter()
        .map(|it| (it.state.clone(), json!(it.articles)));
    let states: serde_json::Map<_, _> = states.collect();
    anstream::println!(
        "{}",
        json!({
            "event": "summary",
            "articles": report.worked_on,
            "states": states,
            "stand_in": report.stand_in,
            "interrupted": report.how == Ended::Interrupted,
            "held_back": (report.how == Ended::HeldBack).then_some("llm_budget"),
            "llm": spending::json(&report.spent),
            "took_ms": report.took.as_millis(),
        })
    );
}
