//! `gleaner why ID`: every attempt of an article.

use std::process::ExitCode;
use std::time::Duration;

use domain::{ErrorClass, MicroUsd, redacted_url};
use runtime::config::Environment;
use serde_json::{Map, Value, json};
use store::{Attempt, Summary};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::args::OneArticle;
use crate::database::{self, Absent};
use crate::{one_article, print};

pub(crate) async fn why(args: OneArticle) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let article = one_article::find(&database.store, args.id).await?;
    let attempts = database
        .store
        .attempts(&database::budget(), args.id)
        .await?;
    database.close().await?;
    if args.json {
        print_json(&article, &attempts);
    } else {
        print_text(&article, &attempts);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_json(article: &Summary, attempts: &[Attempt]) {
    let attempts: Vec<Value> = attempts.iter().map(attempt_json).collect();
    anstream::println!(
        "{}",
        json!({
            "id": article.article,
            "url": article.url.as_deref().map(redacted_url),
            "state": article.state,
            "outcome": article.outcome,
            "class": article.error_class,
            "attempts": attempts,
        })
    );
}

fn attempt_json(attempt: &Attempt) -> Value {
    let steps: Map<String, Value> = attempt
        .steps
        .iter()
        .map(|(step, ms)| (step.clone(), json!(ms)))
        .collect();
    let run = attempt.run.as_ref().map(|run| {
        json!({
            "model": run.model,
            "status": run.status,
            "reused": run.reused,
            "calls": run.calls,
            "tokens_in": run.tokens_in,
            "tokens_out": run.tokens_out,
            "cost_micro_usd": run.cost_micro_usd,
            "facts_returned": run.facts_returned,
            "facts_kept": run.facts_kept,
            "facts_ungrounded": run.facts_ungrounded,
        })
    });
    json!({
        "fence": attempt.fence,
        "attempt": attempt.attempt,
        "request_id": attempt.request_id,
        "started_at": rfc3339(attempt.started_at.into()),
        "ended_at": attempt.ended_at.map(|at| rfc3339(at.into())),
        "took_ms": attempt.took_ms,
        "outcome": attempt.outcome,
        "class": attempt.error_class,
        "error": attempt.error,
        "reason": attempt.reason,
        "http_status": attempt.http_status,
        "final_url": attempt.final_url,
        "page_bytes": attempt.page_bytes,
        "text_chars": attempt.text_chars,
        "steps_ms": steps,
        "run": run,
    })
}

fn print_text(article: &Summary, attempts: &[Attempt]) {
    anstream::println!("{}", one_article::heading(article));
    anstream::println!(
        "{}",
        print::plain(&redacted_url(article.url.as_deref().unwrap_or("(no url)")))
    );
    let how = article
        .outcome
        .as_deref()
        .or(article.error_class.map(ErrorClass::as_str))
        .unwrap_or("");
    anstream::println!("article {}: {} {how}", article.article, article.state);
    if attempts.is_empty() {
        anstream::println!("\nNo worker has had it yet.");
    }
    for attempt in attempts {
        print_attempt(attempt);
    }
    if let Some(total) = total(attempts) {
        anstream::println!("\n{total}");
    }
}

/// What all attempts used together, when a model was asked.
fn total(attempts: &[Attempt]) -> Option<String> {
    let runs = || attempts.iter().filter_map(|attempt| attempt.run.as_ref());
    runs().next()?;
    let known: i64 = runs().filter_map(|run| run.cost_micro_usd).sum();
    let unknown = runs().filter(|run| run.cost_micro_usd.is_none()).count();
    let asked: i64 = runs().map(|run| i64::from(run.calls)).sum();
    let (tokens_in, tokens_out): (i64, i64) = (
        runs().map(|run| run.tokens_in).sum(),
        runs().map(|run| run.tokens_out).sum(),
    );
    let missing = match unknown {
        0 => String::new(),
        some => format!(" + {} of unknown cost", print::count(some, "attempt")),
    };
    Some(format!(
        "in all {}, {} tokens in, {} out, {}{missing}",
        calls(asked),
        print::thousands(tokens_in),
        print::thousands(tokens_out),
        MicroUsd::new(known)
    ))
}

fn calls(number: i64) -> String {
    print::count(usize::try_from(number).unwrap_or(0), "call")
}

fn print_attempt(attempt: &Attempt) {
    let at = rfc3339(attempt.started_at.into());
    let outcome = match attempt.outcome.as_deref() {
        Some(outcome @ ("ok" | "no_facts" | "partial")) => print::good(outcome),
        Some(outcome) => print::bad(outcome),
        None => print::wait("at work, or lost until its lease ends"),
    };
    let took = attempt.took_ms.map(milliseconds).unwrap_or_default();
    anstream::println!("\nattempt {}  {at}  {outcome}  {took}", attempt.attempt);
    let line = |name: &str, value: String| {
        anstream::println!("  {} {value}", print::faint(&format!("{name:<8}")));
    };
    if let Some(class) = attempt.error_class {
        let error = attempt.error.as_deref().unwrap_or_default();
        line("class", print::bad(class.as_str()));
        line("error", print::short(&print::plain(error), 300));
    }
    if let Some(reason) = &attempt.reason {
        line("reason", print::plain(reason));
    }
    let steps = attempt
        .steps
        .iter()
        .map(|(step, ms)| format!("{step} {}", milliseconds(*ms)));
    line("steps", steps.collect::<Vec<_>>().join(" · "));
    if let Some(status) = attempt.http_status {
        let bytes = attempt
            .page_bytes
            .map_or_else(String::new, |bytes| format!(", {bytes} bytes"));
        let chars = attempt
            .text_chars
            .map_or_else(String::new, |chars| format!(", {chars} characters of text"));
        line("page", format!("status {status}{bytes}{chars}"));
    }
    if let Some(run) = &attempt.run {
        let reused = if run.reused {
            ", reused without a call"
        } else {
            ""
        };
        let cost = run.cost_micro_usd.map_or_else(
            || "cost unknown".to_owned(),
            |micro| MicroUsd::new(micro).to_string(),
        );
        line(
            "model",
            format!("{}, {}{reused}", run.model, calls(run.calls.into())),
        );
        line(
            "tokens",
            format!(
                "{} in, {} out, {cost}",
                print::thousands(run.tokens_in),
                print::thousands(run.tokens_out)
            ),
        );
        let (kept, returned, lost) = (run.facts_kept, run.facts_returned, run.facts_ungrounded);
        line(
            "facts",
            format!("{kept} kept of {returned}, {lost} without their words in the text"),
        );
    }
    line("request", attempt.request_id.clone());
}

fn milliseconds(ms: f64) -> String {
    print::time(Duration::try_from_secs_f64(ms.max(0.0) / 1_000.0).unwrap_or(Duration::MAX))
}

fn rfc3339(at: OffsetDateTime) -> String {
    let whole = at.replace_nanosecond(0).unwrap_or(at);
    whole.format(&Rfc3339).unwrap_or_else(|_| whole.to_string())
}
