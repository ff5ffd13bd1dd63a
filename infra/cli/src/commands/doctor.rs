//! `gleaner doctor`: the invariants of the database, and what stands in the way of work. Exit code 1
//! when an invariant is broken.

use std::process::ExitCode;

use domain::{BudgetLevel, DailyLimits};
use facts::FactFinder;
use runtime::Chain;
use runtime::config::{Environment, Llm, Reader, read_limits};
use serde_json::json;
use store::Spent;

use crate::args::JsonArgs;
use crate::database::{self, Absent};
use crate::{print, spending};

/// Violations that are shown; each kind is one too many already.
const SHOWN_MAX: usize = 20;

pub(crate) async fn doctor(args: JsonArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let broken = database.store.violations(&database::budget()).await?;
    let states = database.store.status(&database::budget()).await?;
    let spent = database.store.spent_today(&database::budget()).await?;
    database.close().await?;
    let advice = advice(&environment, &spent);
    let articles: i64 = states.iter().map(|state| state.articles).sum();
    if args.json {
        let notes = broken.iter().map(
            |it| json!({ "invariant": it.invariant, "article": it.article, "detail": it.detail }),
        );
        let notes: Vec<_> = notes.collect();
        anstream::println!(
            "{}",
            json!({
                "articles": articles,
                "violations": notes,
                "llm": spending::json(&spent),
                "advice": advice,
            })
        );
    } else if broken.is_empty() {
        anstream::println!(
            "{} every invariant holds, {articles} articles",
            print::good("✓")
        );
    } else {
        for it in broken.iter().take(SHOWN_MAX) {
            let detail = it.detail.as_deref().unwrap_or_default();
            anstream::println!(
                "{} article {}: {}  {detail}",
                print::bad("✗"),
                it.article,
                it.invariant
            );
        }
        anstream::println!("{}", print::bad(&print::count(broken.len(), "violation")));
    }
    if !args.json {
        for it in &advice {
            anstream::println!("{} {it}", print::wait("!"));
        }
    }
    Ok(if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What a person should know although no promise is broken: a budget that is spent or cannot hold.
fn advice(environment: &Environment, spent: &Spent) -> Vec<String> {
    let mut notes = Vec::new();
    match spent.level() {
        BudgetLevel::Unlimited | BudgetLevel::Within => {}
        BudgetLevel::Blind => {
            notes.push("the LLM budget cannot hold".to_owned());
            notes.extend(spending::missing(spent));
        }
        BudgetLevel::Warned | BudgetLevel::Spent => {
            notes.push(format!(
                "{}; `gleaner retry --class llm_budget` when it is raised",
                spending::line(spent)
            ));
            notes.extend(spending::missing(spent));
        }
    }
    let mut reader = Reader::new(environment);
    let limits = read_limits(&mut reader);
    let has_model =
        environment.get("LLM_MODEL").is_some() || environment.get("LLM_MODELS").is_some();
    let llm = if has_model {
        Llm::read(&mut reader)
    } else {
        None
    };
    match reader.finish(|| Some(llm)) {
        Err(faults) => notes.push(faults.to_string()),
        Ok(None) => {}
        Ok(Some(llm)) => match FactFinder::new(&llm) {
            Err(error) => notes.push(Chain(&error).to_string()),
            Ok(finder) => notes.extend(finder.unpriced().map(|route| {
                let weight = if limits == DailyLimits::default() {
                    "its cost counts as unknown"
                } else {
                    "the daily budget cannot hold"
                };
                format!(
                    "no price is known for {} at {}: {weight}; set LLM_PRICES",
                    route.model, route.endpoint
                )
            })),
        },
    }
    notes
}
