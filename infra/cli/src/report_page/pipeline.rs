//! The pipeline in pictures, each with its numbers: states, outcomes, failures, waiting, times, money,
//! pages, hosts.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use domain::{BudgetLevel, MicroUsd};
use maud::{Markup, html};
use store::{Activity, CostDay, FailureClass, Spent, StateCount, WaitingAge};
use time::OffsetDateTime;

use super::articles::minute;
use super::picture::{Series, bar, share};
use crate::print;

/// Buckets that are shown at least: one bar alone would fill the picture.
const BUCKETS_MIN: u64 = 24;

/// Buckets that are shown at most, gaps included.
const BUCKETS_MAX: u64 = 400;

/// Days that are shown at least.
const DAYS_MIN: usize = 14;

/// Models with a paint of their own.
const MODEL_PAINTS: [&str; 5] = ["1", "2", "3", "4", "5"];

/// What the pipeline's side of a report is made of.
pub(crate) struct Pipeline {
    /// The stretch of time of `activity`, in words.
    pub(crate) stretch: String,
    pub(crate) now: SystemTime,
    pub(crate) states: Vec<StateCount>,
    pub(crate) failures: Vec<FailureClass>,
    pub(crate) activity: Activity,
    /// The newest first.
    pub(crate) cost: Vec<CostDay>,
    pub(crate) spent: Spent,
}

impl Pipeline {
    pub(super) fn markup(&self) -> Markup {
        html! {
            (self.states_card())
            (self.waiting_card())
            (self.pages_card())
            (self.outcomes_card())
            (self.failures_card())
            (self.steps_card())
            (self.hosts_card())
            (self.cost_card())
        }
    }

    fn states_card(&self) -> Markup {
        let articles = |state: &StateCount| as_f64(state.articles);
        let largest = self.states.iter().map(articles).fold(0.0, f64::max);
        let total: i64 = self.states.iter().map(|state| state.articles).sum();
        let about = format!(
            "{} in all, by where they are on their path",
            print::thousands(total)
        );
        card(
            "Articles",
            &about,
            "third",
            &html! {
                table {
                    thead { tr { th { "state" } th { span.seen-only { "share" } } th.number { "articles" }
                        th.number { "oldest" } } }
                    tbody { @for state in &self.states { tr {
                        td { (state.state) }
                        td.picture { (bar(&[(share(articles(state), largest), state_paint(&state.state))])) }
                        td.number { (print::thousands(state.articles)) }
                        td.number { (age(state.oldest_s)) }
                    } } }
                }
            },
        )
    }

    fn waiting_card(&self) -> Markup {
        let largest = self
            .activity
            .waiting
            .iter()
            .map(|(_, articles)| *articles)
            .max()
            .unwrap_or(0);
        let about = "How long what waits has been due";
        card(
            "Waiting",
            about,
            "third",
            &html! {
                @if self.activity.waiting.is_empty() { p.empty { "Nothing waits." } } @else { table {
                    thead { tr { th { "due for" } th { span.seen-only { "share" } } th.number { "articles" } } }
                    tbody { @for (age, articles) in &self.activity.waiting { tr {
                        td { (age_words(*age)) }
                        td.picture { (bar(&[(share(count_f64(*articles), count_f64(largest)), age_paint(*age))])) }
                        td.number { (thousands(*articles)) }
                    } } }
                } }
            },
        )
    }

    fn outcomes_card(&self) -> Markup {
        let about = format!("How attempts ended, {}", self.stretch);
        let kinds = [
            "ok",
            "partial",
            "no_facts",
            "retry",
            "snooze",
            "failed",
            "lost",
            "superseded",
        ];
        let seen: BTreeSet<&str> = self
            .activity
            .outcomes
            .iter()
            .map(|it| it.outcome.as_str())
            .collect();
        let kinds: Vec<&str> = kinds
            .into_iter()
            .filter(|kind| seen.contains(kind))
            .collect();
        card(
            "Throughput and outcomes",
            &about,
            "wide",
            &html! {
                @if kinds.is_empty() { p.empty { "No attempt ended in this time." } } @else {
                    (self.outcomes_series(&about, &kinds).markup())
                }
            },
        )
    }

    fn outcomes_series(&self, about: &str, kinds: &[&str]) -> Series {
        let width = self.activity.bucket.as_secs().max(1);
        let bucket_of = |at: SystemTime| seconds(at) / width;
        let newest = bucket_of(self.now);
        let oldest = self
            .activity
            .outcomes
            .first()
            .map_or(newest, |it| bucket_of(it.at));
        let first = oldest
            .min(newest.saturating_sub(BUCKETS_MIN - 1))
            .max(newest.saturating_sub(BUCKETS_MAX));
        let buckets = (first..=newest).map(|bucket| {
            let values = kinds.iter().map(|kind| {
                let here = self.activity.outcomes.iter();
                let here = here.filter(|it| bucket_of(it.at) == bucket && it.outcome == **kind);
                here.map(|it| count_f64(it.attempts)).sum()
            });
            let label =
                OffsetDateTime::from(SystemTime::UNIX_EPOCH + Duration::from_secs(bucket * width));
            (minute(label), values.collect())
        });
        Series {
            about: format!("{about}, in steps of {}", print::time(self.activity.bucket)),
            kinds: kinds
                .iter()
                .map(|kind| ((*kind).to_owned(), outcome_paint(kind)))
                .collect(),
            buckets: buckets.collect(),
            limit: None,
            words: |value| format!("{value:.0}"),
        }
    }

    fn failures_card(&self) -> Markup {
        let largest = self
            .failures
            .iter()
            .map(|it| it.articles)
            .max()
            .unwrap_or(0);
        let about = "What is not done, by class, with the newest words and what to type";
        card(
            "Failures",
            about,
            "wide",
            &html! {
                @if self.failures.is_empty() { p.empty { "Every article is done or on its way." } } @else {
                    div.scroll tabindex="0" role="region" aria-label="failures" { table {
                        thead { tr { th { "class" } th { "state" } th { span.seen-only { "share" } } th.number { "articles" }
                            th { "newest words" } th { "look" } th { "try again" } } }
                        tbody { @for it in &self.failures { tr {
                            td { strong.state-bad { (it.class) } }
                            td { (it.state) }
                            td.picture { (bar(&[(share(as_f64(it.articles), as_f64(largest)), "bad")])) }
                            td.number { (print::thousands(it.articles)) }
                            td.words { (it.error.as_deref().unwrap_or_default()) }
                            td { code { "gleaner why " (it.example) } }
                            td { code { "gleaner retry --class " (it.class) } }
                        } } }
                    } }
                }
            },
        )
    }

    fn steps_card(&self) -> Markup {
        let largest = self
            .activity
            .steps
            .iter()
            .map(|it| it.p95_ms)
            .fold(0.0, f64::max);
        let about = format!(
            "Half of the attempts are as fast as p50, 19 of 20 as p95, {}",
            self.stretch
        );
        card(
            "Time per step",
            &about,
            "half",
            &html! {
                @if self.activity.steps.is_empty() { p.empty { "No attempt ended in this time." } } @else { table {
                    thead { tr { th { "step" } th { span.seen-only { "p50 and p95" } } th.number { "p50" }
                        th.number { "p95" } th.number { "times" } } }
                    tbody { @for it in &self.activity.steps { tr {
                        td { (it.step) }
                        td.picture { (bar(&[(share(it.p50_ms, largest), "1"), (share(it.p95_ms - it.p50_ms, largest), "soft")])) }
                        td.number { (milliseconds(it.p50_ms)) }
                        td.number { (milliseconds(it.p95_ms)) }
                        td.number { (thousands(it.times)) }
                    } } }
                } }
            },
        )
    }

    fn pages_card(&self) -> Markup {
        let about = format!("What was fetched turned out to be, {}", self.stretch);
        let largest = self
            .activity
            .pages
            .iter()
            .map(|(_, pages)| *pages)
            .max()
            .unwrap_or(0);
        card(
            "Kinds of pages",
            &about,
            "third",
            &html! {
                @if self.activity.pages.is_empty() { p.empty { "No page was read in this time." } } @else { table {
                    thead { tr { th { "kind" } th { span.seen-only { "share" } } th.number { "pages" } } }
                    tbody { @for (kind, pages) in &self.activity.pages { tr {
                        td { (kind.replace('_', " ")) }
                        td.picture { (bar(&[(share(count_f64(*pages), count_f64(largest)), if kind == "article" { "good" } else { "wait" })])) }
                        td.number { (thousands(*pages)) }
                    } } }
                } }
            },
        )
    }

    fn hosts_card(&self) -> Markup {
        let about = format!("Hosts that said no, or nothing, {}", self.stretch);
        card(
            "Hosts that refuse",
            &about,
            "half",
            &html! {
                @if self.activity.hosts.is_empty() { p.empty { "No host refused." } } @else {
                    div.scroll tabindex="0" role="region" aria-label="hosts that refuse" { table {
                        thead { tr { th { "host" } th { span.seen-only { "share refused" } } th.number { "refused" }
                            th.number { "attempts" } th { "newest" } } }
                        tbody { @for it in &self.activity.hosts { tr {
                            td { (it.host) }
                            td.picture { (bar(&[(share(count_f64(it.refused), count_f64(it.attempts)), "bad")])) }
                            td.number { (thousands(it.refused)) }
                            td.number { (thousands(it.attempts)) }
                            td { (it.class.as_deref().unwrap_or_default()) @if let Some(status) = it.status { " " (status) } }
                        } } }
                    } }
                }
            },
        )
    }

    fn cost_card(&self) -> Markup {
        let known = self.spent.known;
        let limits = [
            ("warn at", self.spent.limits.warn),
            ("stop at", self.spent.limits.stop),
        ];
        let limits = limits
            .iter()
            .filter_map(|(what, limit)| Some(format!("{what} {}", (*limit)?)));
        let limits = limits.collect::<Vec<_>>().join(", ");
        let about = match self.spent.level() {
            BudgetLevel::Unlimited => format!("Today {known}, no daily limit"),
            BudgetLevel::Within => format!("Today {known}; {limits}"),
            BudgetLevel::Blind => {
                format!("Today {known} and calls of unknown cost: the limit cannot hold; {limits}")
            }
            BudgetLevel::Warned => format!("Today {known}, nearly spent; {limits}"),
            BudgetLevel::Spent => format!("Today {known}, spent; {limits}"),
        };
        card(
            "Tokens and money",
            &about,
            "wide",
            &html! {
                @if self.cost.is_empty() { p.empty { "No model has been asked." } } @else {
                    @if self.cost.iter().any(|day| day.cost_micro_usd.unwrap_or(0) > 0) {
                        (self.cost_series("Money by day and model", |day| day.cost_micro_usd.unwrap_or(0),
                            self.spent.limits.stop.or(self.spent.limits.warn).map(|limit| as_f64(limit.get())), dollars).markup())
                    }
                    (self.cost_series("Tokens by day and model", |day| day.tokens_in + day.tokens_out, None,
                        |value| print::thousands(as_i64(value))).markup())
                    (self.cost_table())
                }
            },
        )
    }

    fn cost_series(
        &self,
        about: &str,
        value: fn(&CostDay) -> i64,
        limit: Option<f64>,
        words: fn(f64) -> String,
    ) -> Series {
        let models: BTreeSet<&str> = self.cost.iter().map(|day| day.model.as_str()).collect();
        let paints = MODEL_PAINTS.into_iter().chain(std::iter::repeat("rest"));
        let kinds: Vec<(String, &str)> = models
            .iter()
            .map(|model| (*model).to_owned())
            .zip(paints)
            .collect();
        let days: BTreeSet<&str> = self.cost.iter().map(|day| day.day.as_str()).collect();
        let buckets = days.into_iter().map(|day| {
            let values = models.iter().map(|model| {
                let here = self
                    .cost
                    .iter()
                    .filter(|it| it.day == day && it.model == **model);
                here.map(|it| as_f64(value(it))).sum()
            });
            (day.to_owned(), values.collect())
        });
        let mut buckets: Vec<(String, Vec<f64>)> = buckets.collect();
        while buckets.len() < DAYS_MIN {
            buckets.insert(0, (String::new(), vec![0.0; models.len()]));
        }
        Series {
            about: about.to_owned(),
            kinds,
            buckets,
            limit,
            words,
        }
    }

    fn cost_table(&self) -> Markup {
        html! { details { summary { "every day, model and endpoint" }
            div.scroll tabindex="0" role="region" aria-label="cost by day, model and endpoint" { table {
                thead { tr { th { "day (UTC)" } th { "model" } th { "endpoint" } th.number { "runs" } th.number { "failed" }
                    th.number { "calls" } th.number { "tokens in" } th.number { "cached" } th.number { "tokens out" } th.number { "cost" } } }
                tbody { @for it in &self.cost { tr {
                    td { (it.day) } td { (it.model) } td { (it.endpoint) }
                    td.number { (print::thousands(it.runs)) } td.number { (print::thousands(it.runs_failed)) }
                    td.number { (print::thousands(it.calls)) } td.number { (print::thousands(it.tokens_in)) }
                    td.number { (print::thousands(it.tokens_cached)) } td.number { (print::thousands(it.tokens_out)) }
                    td.number { @match it.cost_micro_usd {
                        Some(micro) => { (MicroUsd::new(micro)) @if it.calls_unpriced > 0 { " + unknown" } }
                        None => "price unknown"
                    } }
                } } }
            } }
        } }
    }
}

fn card(title: &str, about: &str, width: &str, content: &Markup) -> Markup {
    html! {
        section class={ "card " (width) } { h2 { (title) } p.about { (about) } (content) }
    }
}

fn state_paint(state: &str) -> &'static str {
    match state {
        "done" => "good",
        "failed" => "bad",
        "retry" => "wait",
        _ => "soft",
    }
}

fn outcome_paint(outcome: &str) -> &'static str {
    match outcome {
        "ok" => "good",
        "partial" => "3",
        "no_facts" => "soft",
        "retry" => "wait",
        "snooze" => "4",
        "failed" => "bad",
        "lost" => "5",
        _ => "rest",
    }
}

fn age_words(age: WaitingAge) -> &'static str {
    match age {
        WaitingAge::DueLater => "due later",
        WaitingAge::UnderAMinute => "under a minute",
        WaitingAge::UnderTenMinutes => "under 10 minutes",
        WaitingAge::UnderAnHour => "under an hour",
        WaitingAge::UnderSixHours => "under 6 hours",
        WaitingAge::UnderADay => "under a day",
        WaitingAge::Longer => "a day and more",
    }
}

fn age_paint(age: WaitingAge) -> &'static str {
    match age {
        WaitingAge::DueLater => "soft",
        WaitingAge::UnderAMinute | WaitingAge::UnderTenMinutes => "good",
        WaitingAge::UnderAnHour | WaitingAge::UnderSixHours => "wait",
        WaitingAge::UnderADay | WaitingAge::Longer => "bad",
    }
}

fn age(seconds: Option<f64>) -> String {
    let duration = seconds.and_then(|s| Duration::try_from_secs_f64(s.max(0.0)).ok());
    duration.map_or_else(String::new, print::time)
}

fn milliseconds(ms: f64) -> String {
    age(Some(ms / 1_000.0))
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

fn dollars(micro: f64) -> String {
    MicroUsd::new(as_i64(micro)).to_string()
}

fn thousands(number: u64) -> String {
    print::thousands(i64::try_from(number).unwrap_or(i64::MAX))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a picture has fewer points than 2^52"
)]
fn as_f64(number: i64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a picture has fewer points than 2^52"
)]
fn count_f64(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "it was a whole number before"
)]
fn as_i64(number: f64) -> i64 {
    number as i64
}
