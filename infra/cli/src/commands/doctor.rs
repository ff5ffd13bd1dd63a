//! `gleaner doctor`: the invariants of the database, and what stands in the way of work. Exit code 1
//! when an invariant is broken, 2 when it could not look.

use std::process::ExitCode;
use std::time::Duration;

use domain::{Budget, BudgetLevel, DailyLimits};
use facts::FactFinder;
use runtime::config::{Environment, Llm, Reader, read_limits};
use runtime::{Chain, clock};
use serde_json::json;
use store::{Findings, PaidAgain, Spent};

use crate::args::JsonArgs;
use crate::database::{self, Absent};
use crate::{failure, print, spending};

/// Violations that are shown; each kind is one too many already.
const SHOWN_MAX: usize = 20;

/// "Could not look" is not "broken": whoever watches has to tell them apart.
const COULD_NOT_LOOK: u8 = 2;

/// A look through a table of millions takes minutes, window by window.
const LOOK_CAP: Duration = Duration::from_secs(1_800);

pub(crate) async fn doctor(args: JsonArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let looked = match look(&environment).await {
        Ok(looked) => looked,
        Err(error) => {
            failure::print(&error.context("look through the database: nothing is known of it"));
            return Ok(ExitCode::from(COULD_NOT_LOOK));
        }
    };
    Ok(report(&args, &environment, &looked))
}

/// What was found.
struct Looked {
    findings: Findings,
    articles: i64,
    spent: Spent,
}

async fn look(environment: &Environment) -> anyhow::Result<Looked> {
    let (database, _migrated) = database::open_migrated(environment, Absent::Refuse).await?;
    let budget = Budget::starting(clock::now(), LOOK_CAP);
    let findings = database.store.look_through(&budget).await?;
    let states = database.store.status(&database::budget()).await?;
    let spent = database.store.spent_today(&database::budget()).await?;
    database.close().await?;
    Ok(Looked {
        findings,
        articles: states.iter().map(|state| state.articles).sum(),
        spent,
    })
}

fn report(args: &JsonArgs, environment: &Environment, looked: &Looked) -> ExitCode {
    let Looked {
        findings,
        articles,
        spent,
    } = looked;
    let broken = &findings.violations;
    let mut advice = advice(environment, spent);
    advice.extend(paid_again(&findings.paid_again));
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
                "paid_again": findings.paid_again.iter().map(|it| it.article).collect::<Vec<_>>(),
                "llm": spending::json(spent),
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
    if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Articles whose text was paid for more than once, in one sentence.
fn paid_again(paid: &[PaidAgain]) -> Option<String> {
    let first = paid.first()?;
    let articles = print::count(paid.len(), "article");
    Some(format!(
        "the model was paid more than once for the same text of {articles}: an answer was lost before it \
         could be recorded; `gleaner why {}` tells the attempts",
        first.article
    ))
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
