//! URLs as people give them: arguments, a file, standard input.

use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, bail};
use url::Url;

use crate::failure::advise;

/// A list larger than this is a database's business, not a command line's.
const LIST_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Every URL that was given, in order, each once. Lines that are no http(s) URL are an error that
/// names the first of them; nothing is added then.
pub(crate) fn collect(arguments: &[String], file: Option<&Path>) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    for argument in arguments {
        if argument == "-" {
            lines.extend(read_lines(io::stdin().lock(), "standard input")?);
        } else {
            lines.push(("the command line".to_owned(), argument.clone()));
        }
    }
    if let Some(path) = file {
        let place = path.display().to_string();
        let opened = std::fs::File::open(path).with_context(|| format!("open {place}"))?;
        lines.extend(read_lines(opened, &place)?);
    }
    check(lines)
}

fn read_lines(source: impl Read, place: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut text = String::new();
    let mut bounded = source.take(LIST_BYTES_MAX + 1);
    bounded
        .read_to_string(&mut text)
        .with_context(|| format!("read URLs from {place}"))?;
    if text.len() as u64 > LIST_BYTES_MAX {
        bail!("read URLs from {place}: more than {LIST_BYTES_MAX} bytes");
    }
    let lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()));
    let wanted = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    Ok(wanted
        .map(|(n, line)| (format!("line {n} of {place}"), line.to_owned()))
        .collect())
}

fn check(lines: Vec<(String, String)>) -> anyhow::Result<Vec<String>> {
    let mut urls = Vec::new();
    let mut known = std::collections::HashSet::new();
    for (place, text) in lines {
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                if known.insert(text.clone()) {
                    urls.push(text);
                }
            }
            _ => {
                let url = domain::redacted_url(&text);
                let error = anyhow::anyhow!("read {place}: `{url}` is not a URL");
                return Err(advise(
                    error,
                    "URLs begin with http:// or https://, one a line",
                ));
            }
        }
    }
    Ok(urls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_its_order_and_drops_blanks_comments_and_repeats() {
        let text = "# mine\nhttps://a.example/1\n\n  https://b.example/2  \nhttps://a.example/1\n";

        let urls = check(read_lines(text.as_bytes(), "a test").unwrap()).unwrap();

        assert_eq!(urls, ["https://a.example/1", "https://b.example/2"]);
    }

    #[test]
    fn a_line_that_is_no_url_is_named_by_place() {
        let lines = read_lines("https://a.example/\nexample.com\n".as_bytes(), "a test").unwrap();

        let error = check(lines).unwrap_err();

        let message = format!("{error:#}");
        assert!(
            message.contains("line 2 of a test: `example.com` is not a URL"),
            "{message}"
        );
    }
}
