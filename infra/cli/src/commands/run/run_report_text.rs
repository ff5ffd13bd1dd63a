//! The report of a run as a person reads it: a table of its articles, a few facts with their quotes,
//! where everything is and what to type next.

use std::time::Duration;

use comfy_table::Cell;
use domain::{BudgetLevel, ErrorClass, WorkState, redacted_url};
use store::{Spent, StateCount, StoredFact, Summary};

use crate::commands::run::backlog::Ended;
use crate::commands::run::run_report::RunReport;
use crate::{print, spending};

/// Rows of the table; a larger run gives the rest by count.
const ROWS_MAX: usize = 40;

/// Longest title in the table.
const TITLE_CHARS: usize = 52;

/// Prints it all.
pub(super) fn print(report: &RunReport<'_>) {
    let articles = &report.articles;
    if articles.is_empty() && report.how == Ended::HeldBack {
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
        anstream::println!("\n{number}, {facts} facts in {}.", print::time(report.took));
        print_not_done(articles);
        print_facts(report);
    }
    print_states(&report.states);
    print_spending(report, &report.spent);
    print_next(report, articles);
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
    let url = || article.url.as_deref().map(redacted_url);
    let name = article.title.clone().or_else(url);
    name.unwrap_or_else(|| "(no url)".to_owned())
}

fn outcome(article: &Summary) -> String {
    let class = article.error_class.map(ErrorClass::as_str);
    match (article.outcome.as_deref(), class) {
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
fn print_not_done(articles: &[Summary]) {
    let not_done: Vec<_> = articles
        .iter()
        .filter(|it| it.error_class.is_some() && it.outcome.is_none())
        .collect();
    if not_done.is_empty() {
        return;
    }
    anstream::println!("\n{}", print::strong("Not done"));
    for article in not_done.iter().take(ROWS_MAX) {
        let class = article.error_class.map_or("", ErrorClass::as_str);
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
fn print_facts(report: &RunReport<'_>) {
    if report.facts.is_empty() {
        return;
    }
    let note = if report.stand_in {
        "  (by rules, not a language model)"
    } else {
        ""
    };
    anstream::println!("\n{}{}", print::strong("Some facts"), print::faint(note));
    for (article, StoredFact { fact, .. }) in &report.facts {
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
}

/// Today's money, when there is anything to say of it.
fn print_spending(report: &RunReport<'_>, spent: &Spent) {
    if report.stand_in && spent.level() == BudgetLevel::Unlimited {
        return; // the stand-in bills nobody
    }
    anstream::println!("\n{}", spending::line(spent));
    if let Some(missing) = spending::missing(spent) {
        anstream::println!("  {}", print::wait(&missing));
    }
    if spent.level() == BudgetLevel::Spent {
        // a database of ours has its waiting rows released at each start
        let then = if report.database.is_foreign {
            ", `gleaner retry --class llm_budget`,"
        } else {
            ""
        };
        anstream::println!(
            "  Nothing is lost: raise LLM_BUDGET_STOP_USD{then} and run again, or wait."
        );
    }
}

fn print_states(states: &[StateCount]) {
    let counted = states.iter().filter(|it| it.articles > 0);
    let counts: Vec<String> = counted
        .map(|it| format!("{} {}", it.articles, it.state))
        .collect();
    if !counts.is_empty() {
        anstream::println!("\nIn the database: {}.", counts.join(", "));
    }
}

fn print_next(report: &RunReport<'_>, articles: &[Summary]) {
    let example = articles
        .iter()
        .find(|it| it.facts_count.unwrap_or(0) > 0)
        .or(articles.first());
    let id = example.map_or_else(|| "ID".to_owned(), |article| article.article.to_string());
    anstream::println!("\n{}", print::strong("Where things are"));
    match &report.database.server {
        Some(server) => anstream::println!(
            "  database  {}, up while a command runs",
            server.data_dir().display()
        ),
        None => anstream::println!("  database  the one of DATABASE_URL"),
    }
    anstream::println!("  log       {}", report.data_dir.log("article").display());
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
        (
            "cargo gleaner report --open".to_owned(),
            "one page to look at and to show: articles, facts in place, pipeline",
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
