//! `ground_quotes ROUNDS < LINES`: each line is `{"text": …, "quotes": […]}`; prints, a line each, the
//! verdicts and the least time of all rounds for making the text ready and looking up all its quotes.

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::time::Duration;

use facts::grounding::Grounder;
use runtime::clock;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Page {
    text: String,
    quotes: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds: u32 = std::env::args().nth(1).unwrap_or_default().parse()?;
    for line in std::io::stdin().lock().lines() {
        let page: Page = serde_json::from_str(&line?)?;
        let mut least = Duration::MAX;
        let mut verdicts = Vec::new();
        for _round in 0..rounds {
            let started = clock::now();
            let grounder = Grounder::new(&page.text);
            let quotes = page.quotes.iter();
            let found: Vec<_> = quotes.map(|quote| grounder.ground(quote, None)).collect();
            least = least.min(clock::now() - started);
            verdicts = found;
        }
        let words: Vec<_> = verdicts
            .iter()
            .map(|found| found.map_or("none", |found| found.grounding.as_str()))
            .collect();
        let line = json!({"verdicts": words, "seconds": least.as_secs_f64()});
        writeln!(std::io::stdout(), "{line}")?;
    }
    Ok(())
}
