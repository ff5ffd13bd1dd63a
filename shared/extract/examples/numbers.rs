//! Writes what the classifier sees of every page of a corpus, for the training scripts:
//! `numbers CORPUS OUT [SURE]` reads `CORPUS/truth.jsonl` and `CORPUS/html/ID.html`, writes
//! `OUT.jsonl` (id and block texts) and `OUT.first`, and with SURE (one byte a block, in the same
//! order) also `OUT.second`.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use extract::training::{FIRST_NUMBERS, dump};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, corpus, out, rest @ ..] = arguments.as_slice() else {
        return Err("usage: numbers CORPUS OUT [SURE]".into());
    };
    let sure = rest.first().map(std::fs::read).transpose()?;
    let writer = |end: &str| File::create(format!("{out}.{end}")).map(BufWriter::new);
    let (mut lines, mut first) = (writer("jsonl")?, writer("first")?);
    let mut second = if sure.is_some() {
        Some(writer("second")?)
    } else {
        None
    };
    let mut done = 0;
    let corpus = Path::new(corpus);
    for line in BufReader::new(File::open(corpus.join("truth.jsonl"))?).lines() {
        let truth: serde_json::Value = serde_json::from_str(&line?)?;
        let id = truth["id"].as_str().ok_or("a line without id")?;
        let page = std::fs::read(corpus.join("html").join(format!("{id}.html")))?;
        let url = truth["url"].as_str();
        let blank = dump(&page, url, None);
        let count = blank.texts.len();
        let line = serde_json::json!({"id": id, "texts": blank.texts, "body": blank.linked_body});
        writeln!(lines, "{line}")?;
        for row in &blank.first {
            first.write_all(&row[..FIRST_NUMBERS])?;
        }
        if let (Some(sure), Some(second)) = (&sure, &mut second) {
            let sure = sure.get(done..done + count).ok_or("SURE is too short")?;
            for row in dump(&page, url, Some(sure)).second {
                second.write_all(&row)?;
            }
        }
        done += count;
    }
    Ok(())
}
