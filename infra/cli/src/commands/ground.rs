//! `gleaner ground TEXTFILE`: looks quotes up in a text, whatever model they come from.

use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use facts::grounding::Grounder;
use serde::Deserialize;
use serde_json::json;

use crate::args::GroundArgs;
use crate::failure::advise;

/// One line of input.
#[derive(Deserialize)]
struct Asked {
    quote: String,
    sentence: Option<u32>,
}

pub(crate) fn ground(args: &GroundArgs) -> anyhow::Result<ExitCode> {
    let path = args.text.display();
    let text = std::fs::read_to_string(&args.text).with_context(|| format!("read {path}"))?;
    let grounder = Grounder::new(&text);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (index, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.context("read quotes from standard input")?;
        if line.trim().is_empty() {
            continue;
        }
        let asked: Asked = serde_json::from_str(&line).map_err(|error| {
            let place = format!("read line {} of standard input", index + 1);
            advise(
                anyhow::Error::from(error).context(place),
                r#"lines look like {"quote": "…"}"#,
            )
        })?;
        let verdict = match grounder.ground(&asked.quote, asked.sentence) {
            Some(found) => json!({
                "verdict": found.grounding.as_str(),
                "span": [found.span.start, found.span.end],
                "edits": found.edits,
            }),
            None => json!({ "verdict": "none", "span": null, "edits": null }),
        };
        writeln!(out, "{verdict}")?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
