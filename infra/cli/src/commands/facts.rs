//! `gleaner facts ID`: claims with their quotes.

use std::process::ExitCode;

use domain::ErrorClass;
use runtime::config::Environment;
use serde_json::{Value, json};
use store::StoredFact;

use crate::args::OneArticle;
use crate::database::{self, Absent};
use crate::{one_article, print};

pub(crate) async fn facts(args: OneArticle) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let article = one_article::find(&database.store, args.id).await?;
    let facts = database.store.facts(&database::budget(), args.id).await?;
    database.close().await?;
    if args.json {
        let facts: Vec<Value> = facts.iter().map(fact_json).collect();
        anstream::println!(
            "{}",
            json!({
                "id": article.article,
                "url": article.url.as_deref().map(domain::redacted_url),
                "state": article.state,
                "outcome": article.outcome,
                "class": article.error_class,
                "facts": facts,
            })
        );
        return Ok(ExitCode::SUCCESS);
    }
    anstream::println!("{}", one_article::heading(&article));
    if facts.is_empty() {
        let how = article
            .outcome
            .as_deref()
            .or(article.error_class.map(ErrorClass::as_str))
            .unwrap_or("not yet tried");
        anstream::println!(
            "No facts: {} {how}. `gleaner why {}` shows why.",
            article.state,
            args.id
        );
    }
    for fact in &facts {
        print_fact(fact);
    }
    Ok(ExitCode::SUCCESS)
}

fn fact_json(stored: &StoredFact) -> Value {
    let mut value = json!(stored.fact);
    if let Value::Object(fields) = &mut value {
        fields.insert("model".to_owned(), json!(stored.model));
        fields.insert("prompt_version".to_owned(), json!(stored.prompt_version));
    }
    value
}

fn print_fact(stored: &StoredFact) {
    let fact = &stored.fact;
    anstream::println!("\n{}", print::plain(&fact.claim));
    let quote = print::plain(&fact.quote)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    anstream::println!("  {}", print::faint(&format!("“{quote}”")));
    let span = format!("{}–{}", fact.span.start, fact.span.end);
    let mut notes = vec![fact.kind.to_string(), fact.certainty.to_string()];
    notes.extend(
        fact.speaker
            .as_deref()
            .map(|who| format!("by {}", print::plain(who))),
    );
    notes.extend(fact.when.as_deref().map(print::plain));
    notes.extend(fact.place.as_deref().map(print::plain));
    notes.push(format!("{} at {span}", fact.grounding));
    anstream::println!("  {}", print::faint(&notes.join(" · ")));
    if !fact.unsupported.is_empty() {
        let words = print::plain(&fact.unsupported.join(", "));
        anstream::println!("  {}", print::wait(&format!("not near the quote: {words}")));
    }
}
