//! `gleaner extract`: the main text of a page, and why it is that.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use domain::Budget;
use domain::limits::{BODY_BYTES_MAX, FETCH_CAP};
use extract::{Extracted, Options};
use fetch::Fetcher;
use runtime::clock;
use runtime::config::{Environment, Fetch, Reader};
use serde_json::json;

use crate::args::ExtractArgs;
use crate::failure::{self, advise};
use crate::print;

/// A page and what came with it.
struct Source {
    body: Vec<u8>,
    content_type: Option<String>,
    url: Option<String>,
}

pub(crate) async fn extract(args: ExtractArgs) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &args.jsonl {
        return extract_folder(folder, args.select.as_ref());
    }
    let source = read(args.source.as_deref().unwrap_or("-")).await?;
    let options = Options {
        content_type: source.content_type.as_deref(),
        url: source.url.as_deref(),
        explain: args.explain,
        selector: args.select.as_ref(),
        ..Options::default()
    };
    let extracted = extract::extract(&source.body, &options);
    if args.json {
        anstream::println!("{}", serde_json::to_string(&extracted)?);
    } else if args.explain {
        explain(&extracted);
    } else if !extracted.text.is_empty() {
        anstream::println!("{}", print::plain(&extracted.text));
    }
    if args.select.is_some() && extracted.why.source != extract::Source::Selector {
        let note = "the selector names no text here; the page was read as any other";
        anstream::eprintln!("{}: {note}", print::wait("note"));
    }
    match extracted.why.empty {
        None => Ok(ExitCode::SUCCESS),
        Some(reason) => {
            anstream::eprintln!(
                "{}: no article text: {}",
                print::wait("empty"),
                reason.as_str()
            );
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn read(source: &str) -> anyhow::Result<Source> {
    if source == "-" {
        return Ok(bare(bounded(std::io::stdin().lock(), "standard input")?));
    }
    if is_address(source) {
        return fetch(source.trim()).await;
    }
    if Path::new(source).is_dir() {
        let folder = anyhow::anyhow!("read {source}: it is a folder");
        return Err(advise(folder, format!("gleaner extract --jsonl {source}")));
    }
    let opened = std::fs::File::open(source).with_context(|| format!("open {source}"));
    let opened = opened.map_err(|error| match way_out(source) {
        Some(advice) => advise(error, advice),
        None => error,
    })?;
    Ok(bare(bounded(opened, source)?))
}

/// Whether a source is an address: as pasted, with blanks around it and in whatever case.
fn is_address(source: &str) -> bool {
    let source = source.trim_start();
    let begins = |scheme: &str| {
        let start = source.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    begins("http://") || begins("https://")
}

/// What somebody may have meant who names a file that cannot be opened.
fn way_out(source: &str) -> Option<String> {
    if source.contains("://") {
        return Some("only http:// and https:// addresses are fetched".to_owned());
    }
    let host = source.split('/').next().unwrap_or("");
    let like_address = source.contains('/') && host.contains('.') && !host.starts_with('.');
    like_address.then(|| format!("gleaner extract https://{source}, if it is an address"))
}

fn bare(body: Vec<u8>) -> Source {
    Source {
        body,
        content_type: None,
        url: None,
    }
}

fn bounded(source: impl std::io::Read, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    let limit = BODY_BYTES_MAX as u64 + 1;
    source
        .take(limit)
        .read_to_end(&mut body)
        .with_context(|| format!("read {name}"))?;
    if body.len() > BODY_BYTES_MAX {
        let most = BODY_BYTES_MAX / (1024 * 1024);
        bail!("read {name}: it is larger than {most} MiB, the most that is taken for a page");
    }
    Ok(body)
}

/// As the article function fetches it, the same guard included.
async fn fetch(url: &str) -> anyhow::Result<Source> {
    let environment = Environment::of_process();
    let mut reader = Reader::new(&environment);
    let settings = Fetch::read(&mut reader);
    let settings = reader.finish(|| settings)?;
    let budget = Budget::starting(clock::now(), FETCH_CAP);
    let page = Fetcher::new(&settings)?.fetch(url, &budget).await?;
    Ok(Source {
        body: page.body.to_vec(),
        content_type: page.content_type,
        url: Some(page.final_url.to_string()),
    })
}

/// Every *.html of a folder in the order of names, one line each. A page that cannot be read is
/// reported, and the others go on.
fn extract_folder(folder: &Path, select: Option<&extract::Selector>) -> anyhow::Result<ExitCode> {
    let pages = pages_of(folder)?;
    if pages.is_empty() {
        bail!("list {}: no *.html in it", folder.display());
    }
    let options = Options {
        selector: select,
        ..Options::default()
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut unread = 0;
    for path in &pages {
        let name = path.display().to_string();
        let opened = std::fs::File::open(path).with_context(|| format!("open {name}"));
        let body = match opened.and_then(|file| bounded(file, &name)) {
            Ok(body) => body,
            Err(error) => {
                failure::print(&error);
                unread += 1;
                continue;
            }
        };
        let started = clock::now();
        let extracted = extract::extract(&body, &options);
        let ms = (clock::now() - started).as_secs_f64() * 1_000.0;
        let id = path.file_stem().unwrap_or_default().to_string_lossy();
        let line = json!({ "id": id, "text": extracted.text, "ms": (ms * 100.0).round() / 100.0 });
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    if unread == 0 {
        Ok(ExitCode::SUCCESS)
    } else {
        bail!("{unread} of {} pages could not be read", pages.len());
    }
}

fn pages_of(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let listed = std::fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    let mut pages = Vec::new();
    for entry in listed {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "html") {
            pages.push(path);
        }
    }
    pages.sort();
    Ok(pages)
}

fn explain(extracted: &Extracted) {
    let field = |name: &str, value: Option<&str>| {
        let value = value.map_or_else(|| print::faint("none"), print::plain);
        anstream::println!("{} {value}", print::faint(&format!("{name:<10}")));
    };
    field("title", extracted.title.as_deref());
    field("byline", extracted.byline.as_deref());
    field(
        "published",
        extracted.published.as_ref().map(|date| date.iso.as_str()),
    );
    field("site", extracted.site_name.as_deref());
    field("language", extracted.language.as_deref());
    field("canonical", extracted.canonical_url.as_deref());
    field("encoding", Some(extracted.why.encoding));
    field("source", Some(&format!("{:?}", extracted.why.source)));
    for cut in &extracted.why.cut {
        field("cut", Some(&format!("{cut:?}")));
    }
    for suspect in &extracted.why.suspects {
        field("suspect", Some(&format!("{suspect:?}")));
    }
    for candidate in &extracted.why.candidates {
        let size = format!(
            "{} characters, agreement {:.2}",
            candidate.chars, candidate.agreement
        );
        field(candidate.name, Some(&size));
    }
    for block in &extracted.why.blocks {
        let mark = if block.kept {
            print::good("keep")
        } else {
            print::bad("drop")
        };
        let text = print::short(&print::plain(&block.text), 70);
        let why = print::faint(&format!(
            "{:.2} {} {}",
            block.score, block.reason, block.path
        ));
        anstream::println!("{mark} {text}\n     {why}");
    }
}
