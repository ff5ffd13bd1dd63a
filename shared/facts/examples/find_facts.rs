//! `find_facts BASE_URL MODEL SECONDS < TEXT`: asks one endpoint for the facts of a text, with the
//! settings of production, and prints what came of it as one line of JSON.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::time::Duration;

use domain::Budget;
use facts::{Article, FactFinder, KeepNone};
use runtime::clock;
use runtime::config::{Environment, Llm, Reader};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(base_url), Some(model), Some(seconds)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: find_facts BASE_URL MODEL SECONDS < TEXT".into());
    };
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let environment = Environment::of_pairs([
        ("LLM_BASE_URL", base_url),
        ("LLM_MODEL", model),
        ("LLM_API_KEY", "none".to_owned()),
    ]);
    let mut reader = Reader::new(&environment);
    let llm = Llm::read(&mut reader);
    let llm = reader.finish(|| llm)?;
    let finder = FactFinder::new(&llm)?;
    let article = Article {
        text: &text,
        title: None,
        published: None,
        language: None,
        url: None,
    };
    let started = clock::now();
    let budget = Budget::starting(started, Duration::from_secs(seconds.parse()?));

    let found = finder.find(&article, &[], &KeepNone, &budget).await;

    let seconds = (clock::now() - started).as_secs_f64();
    let line = match found {
        Ok(found) => {
            let claims: Vec<_> = found.facts.iter().map(|fact| &fact.claim).collect();
            let quotes: Vec<_> = found.facts.iter().map(|fact| &fact.quote).collect();
            let (status, calls) = (found.record.status.as_str(), found.record.usage.calls);
            json!({"status": status, "quotes": quotes, "claims": claims, "calls": calls, "seconds": seconds})
        }
        Err(failure) => {
            // the variant's name is the class of the failure
            let shown = format!("{:?}", failure.error);
            let class = shown.split(|c: char| !c.is_alphanumeric()).next();
            let calls = failure.record.usage.calls;
            json!({"error": class, "message": failure.error.to_string(), "calls": calls, "seconds": seconds})
        }
    };
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
