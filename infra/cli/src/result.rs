//! The end of a run as it is told: a table of its articles, a few facts with their quotes, where
//! everything is and what to type next; or the same as JSON lines.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use comfy_table::Cell;
use domain::{ArticleId, BudgetLevel, WorkState, shown_url};
use serde_json::json;
use store::{Spent, StateCount, StoredFact, Summary};

use crate::database::{self, Opened};
use crate::place::Place;
use crate::{print, spending};

/// Rows of the table; a larger run tells the rest by count.
const ROWS_MAX: usize = 40;

/// Articles whose first fact is shown, and facts in all.
const FACTS_SHOWN: usize = 4;

/// Longest title in the table.
const TITLE_CHARS: usize = 52;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nothing is due and nothing is at work.
    NothingDue,
    /// The day's LLM budget is spent: what is due is not sent.
    HeldBack,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

/// A run that has ended.
pub(crate) struct Result<'a> {
    pub(crate) database: &'a Opened,
    pub(crate) place: &'a Place,
    /// The articles it worked on.
    pub(crate) ids: &'a BTreeSet<ArticleId>,
    pub(crate) how: Ended,
    /// Whether the facts are the stand-in's.
    pub(crate) stand_in: bool,
    pub(crate) took: Duration,
    pub(crate) json: bool,
}

/// Tells the result; the exit code says whether every article is done.
pub(crate) async fn tell(result: &Result<'_>) -> anyhow::Result<ExitCode> {
    let store = &result.database.store;
    let ids: Vec<ArticleId> = result.ids.iter().copied().collect();
    let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let articles = store
        .summaries(&database::budget(), Some(&ids), limit)
        .await?;
    let states = store.status(&database::budget()).await?;
    let all_done = states
        .iter()
        .all(|it| it.state == WorkState::Done.as_str() || it.articles == 0);
    let spent = store.spent_today(&database::budget()).await?;
    if result.json {
        tell_json(result, &articles, &states, &spent);
    } else {
        tell_person(result, &articles, &states, &spent).await?;
    }
    Ok(match (result.how, all_done) {
        (Ended::NothingDue, true) => ExitCode::SUCCESS,
        // what a shell says of Ctrl-C
        (Ended::Interrupted, _) => ExitCode::from(130),
        (Ended::NothingDue, false) | (Ended::HeldBack, _) => ExitCode::FAILURE,
    })
}

fn tell_json(result: &Result<'_>, articles: &[Summary], states: &[StateCount], spent: &Spent) {
    for article in articles {
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
                "url": article.url.as_deref().map(shown_url),
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
    let states = states
        .iter()
        .map(|it| (it.state.clone(), json!(it.articles)));
    let states: serde_json::Map<_, _> = states.collect();
    anstream::println!(
        "{}",
        json!({
            "event": "summary",
            "articles": result.ids.len(),
            "states": states,
            "stand_in": result.stand_in,
            "interrupted": result.how == Ended::Interrupted,
            "held_back": (result.how == Ended::HeldBack).then_some("llm_budget"),
            "llm": spending::json(spent),
            "took_ms": result.took.as_millis(),
        })
    );
}

async fn tell_person(
    result: &Result<'_>,
    articles: &[Summary],
    states: &[StateCount],
    spent: &Spent,
) -> anyhow::Result<()> {
    if articles.is_empty() && result.how == Ended::HeldBack {
        anstream::println!("\n{}", print::bad("Nothing was sent."));
    } else if articles.is_empty() {
        anstream::println!("\n{}", print::strong("Nothing is due."));
    } else {
        anstream::println!("\n{}", table(articles));
        let facts: i64 = articles
            .iter()
            .filter_map(|it| it.facts_count)
            .map(i64::from)
            .sum();
        let number = print::count(articles.len(), "article");
        anstream::println!("\n{number}, {facts} facts in {}.", print::time(result.took));
        tell_setbacks(articles);
        tell_facts(result, articles).await?;
    }
    tell_states(states);
    tell_spent(result, spent);
    tell_places(result, articles);
    Ok(())
}

fn table(articles: &[Summary]) -> comfy_table::Table {
    let headings = [
        "id", "article", "outcome", "facts", "fetch", "extract", "llm", "total",
    ];
    let mut table = print::table(&headings, &[0, 3, 4, 5, 6, 7]);
    for article in articles.iter().take(ROWS_MAX) {
        let step = |name: &str| {
            let found = article.steps.iter().find(|(step, _)| step == name);
            Cell::new(found.map_or_else(String::new, |(_, ms)| milliseconds(*ms)))
        };
        let facts = article
            .facts_count
            .map_or_else(String::new, |count| count.to_string());
        table.add_row(vec![
            Cell::new(article.article),
            Cell::new(print::short(&print::plain(&name(article)), TITLE_CHARS)),
            Cell::new(outcome(article)),
            Cell::new(facts),
            step("fetch"),
            step("extract"),
            step("llm"),
            Cell::new(article.took_ms.map_or_else(String::new, milliseconds)),
        ]);
    }
    if articles.len() > ROWS_MAX {
        let rest = format!("and {} more", articles.len() - ROWS_MAX);
        table.add_row(vec![Cell::new(""), Cell::new(rest)]);
    }
    table
}

fn name(article: &Summary) -> String {
    let url = || article.url.as_deref().map(shown_url);
    let name = article.title.clone().or_else(url);
    name.unwrap_or_else(|| "(no url)".to_owned())
}

fn outcome(article: &Summary) -> String {
    match (article.outcome.as_deref(), article.error_class.as_deref()) {
        (Some(outcome), _) => print::good(outcome),
        (None, Some(class)) if article.state == WorkState::Failed.as_str() => print::bad(class),
        (None, Some(class)) => print::wait(class),
        (None, None) => print::wait(&article.state),
    }
}

fn milliseconds(ms: f64) -> String {
    print::time(Duration::from_secs_f64(ms.max(0.0) / 1_000.0))
}

/// Each article that is not done, with its class and reason.
fn tell_setbacks(articles: &[Summary]) {
    let setbacks: Vec<_> = articles
        .iter()
        .filter(|it| it.error_class.is_some())
        .collect();
    let setbacks: Vec<_> = setbacks
        .into_iter()
        .filter(|it| it.outcome.is_none())
        .collect();
    if setbacks.is_empty() {
        return;
    }
    anstream::println!("\n{}", print::strong("Not done"));
    for article in setbacks.iter().take(ROWS_MAX) {
        let class = article.error_class.as_deref().unwrap_or_default();
        let again = if article.state == WorkState::Failed.as_str() {
            ""
        } else {
            ", tried again later"
        };
        let reason = article
            .reason
            .as_deref()
            .or(article.error.as_deref())
            .unwrap_or_default();
        let reason = print::short(&print::plain(reason), 110);
        anstream::println!(
            "  {:>6}  {}{again}  {}",
            article.article,
            print::bad(class),
            print::faint(&reason)
        );
    }
}

/// The first fact of the first few articles.
async fn tell_facts(result: &Result<'_>, articles: &[Summary]) -> anyhow::Result<()> {
    let mut shown: Vec<(ArticleId, StoredFact)> = Vec::new();
    let with_facts = articles
        .iter()
        .filter(|article| article.facts_count.unwrap_or(0) > 0);
    for article in with_facts.take(FACTS_SHOWN) {
        let facts = result
            .database
            .store
            .facts(&database::budget(), article.article)
            .await?;
        shown.extend(facts.into_iter().next().map(|fact| (article.article, fact)));
    }
    if shown.is_empty() {
        return Ok(());
    }
    let note = if result.stand_in {
        "  (by rules, not a language model)"
    } else {
        ""
    };
    anstream::println!("\n{}{}", print::strong("Some facts"), print::faint(note));
    for (article, StoredFact { fact, .. }) in shown {
        let quote = print::short(&print::plain(&fact.quote), 200);
        anstream::println!("  {}", print::short(&print::plain(&fact.claim), 200));
        let place = format!(
            "article {article}, characters {}–{}",
            fact.span.start, fact.span.end
        );
        anstream::println!(
            "    {} {}",
            print::faint(&format!("“{quote}”")),
            print::faint(&place)
        );
    }
    Ok(())
}

/// Today's money, when there is anything to say of it.
fn tell_spent(result: &Result<'_>, spent: &Spent) {
    if result.stand_in && spent.level() == BudgetLevel::Unlimited {
        return; // the stand-in bills nobody
    }
    anstream::println!("\n{}", spending::line(spent));
    if let Some(missing) = spending::missing(spent) {
        anstream::println!("  {}", print::wait(&missing));
    }
    if spent.level() == BudgetLevel::Spent {
        // a database of ours has its waiting rows released at each start
        let then = if result.database.is_foreign {
            ", `gleaner retry --class llm_budget`,"
        } else {
            ""
        };
        anstream::println!(
            "  Nothing is lost: raise LLM_BUDGET_STOP_USD{then} and run again, or wait."
        );
    }
}

fn tell_states(states: &[StateCount]) {
    let told = states.iter().filter(|it| it.articles > 0);
    let told: Vec<String> = told
        .map(|it| format!("{} {}", it.articles, it.state))
        .collect();
    if !told.is_empty() {
        anstream::println!("\nIn the database: {}.", told.join(", "));
    }
}

fn tell_places(result: &Result<'_>, articles: &[Summary]) {
    let example = articles
        .iter()
        .find(|it| it.facts_count.unwrap_or(0) > 0)
        .or(articles.first());
    let id = example.map_or_else(|| "ID".to_owned(), |article| article.article.to_string());
    anstream::println!("\n{}", print::strong("Where things are"));
    match &result.database.server {
        Some(server) => anstream::println!(
            "  database  {}, up while a command runs",
            server.data_dir().display()
        ),
        None => anstream::println!("  database  the one of DATABASE_URL"),
    }
    anstream::println!("  log       {}", result.place.log("article").display());
    anstream::println!("\n{}", print::strong("What next"));
    for (command, what) in [
        (
            format!("cargo gleaner facts {id}"),
            "the facts of an article, each with its quote",
        ),
        (
            format!("cargo gleaner why {id}"),
            "every attempt, step by step",
        ),
        ("cargo gleaner run https://…".to_owned(), "your own pages"),
        (
            "cargo gleaner --help".to_owned(),
            "everything else; your own model: LLM_BASE_URL, LLM_MODEL",
        ),
    ] {
        anstream::println!("  {command:<28} {}", print::faint(what));
    }
}
