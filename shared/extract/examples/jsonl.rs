//! Extracts every `*.html` of a folder in one process and prints one JSON object a line:
//! `{"id": file stem, "text": …, "ms": …}`, and why it is empty.

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use extract::{Options, extract};

#[expect(
    clippy::disallowed_methods,
    reason = "an example outside the pipeline measures itself"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: jsonl FOLDER")?;
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            files.push(path);
        }
    }
    files.sort();
    let mut out = BufWriter::new(std::io::stdout().lock());
    for file in files {
        let page = std::fs::read(&file)?;
        let start = std::time::Instant::now();
        let found = extract(&page, &Options::default());
        let ms = start.elapsed().as_secs_f64() * 1e3;
        let id = file
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        let line = serde_json::json!({ "id": id, "text": found.text, "ms": ms, "title": found.title,
            "published": found.published, "byline": found.byline,
            "page_kind": found.page_kind, "empty": found.why.empty, "cut": found.why.cut, "source": found.why.source, "suspects": found.why.suspects });
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}
