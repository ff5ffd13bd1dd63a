//! The report: one HTML file that loads nothing, from anywhere.
//!
//! Whatever a page, a model or a row said is data: it stands in a JSON block that the script reads as
//! text, or was escaped by the template. The policy in the file allows its own script and style by
//! their hashes, and nothing else.

mod articles;
mod picture;
mod pipeline;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub(crate) use articles::article_json;
pub(crate) use pipeline::Pipeline;

const STYLE: &str = include_str!("../../page/page.css");

/// In this order, as one script.
const SCRIPTS: [&str; 6] = [
    include_str!("../../page/dom.js"),
    include_str!("../../page/spans.js"),
    include_str!("../../page/links.js"),
    include_str!("../../page/reading.js"),
    include_str!("../../page/facts.js"),
    include_str!("../../page/app.js"),
];

/// Only in the page that `--watch` serves.
const WATCH_SCRIPT: &str = include_str!("../../page/watch.js");

/// What a report is made of.
pub(crate) struct ReportPage {
    /// When it was made, as people read it.
    pub(crate) made: String,
    /// What is left out, if anything.
    pub(crate) note: Option<String>,
    /// The articles as [`article_json`] makes them.
    pub(crate) articles: Vec<Value>,
    pub(crate) pipeline: Pipeline,
    /// Whether the page asks its server for a newer one.
    pub(crate) is_watched: bool,
}

impl ReportPage {
    /// The whole file.
    pub(crate) fn html(&self) -> String {
        let script = script(self.is_watched);
        let connect = if self.is_watched {
            " connect-src 'self';"
        } else {
            ""
        };
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}';{connect} base-uri 'none'; form-action 'none'",
            hash(&script),
            hash(STYLE)
        );
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    meta name="color-scheme" content="light dark";
                    title { "Gleaner report" }
                    style { (PreEscaped(STYLE)) }
                }
                body class="on-articles" { (self.body()) script { (PreEscaped(script)) } }
            }
        };
        page.into_string()
    }

    fn body(&self) -> Markup {
        html! {
            header.head {
                h1 { "Gleaner report" }
                p.made id="made" { (self.made) }
                nav aria-label="views" {
                    a href="#/articles" data-view="articles" aria-current="page" { "Articles" }
                    a href="#/pipeline" data-view="pipeline" { "Pipeline" }
                }
            }
            p.note id="note" hidden[self.note.is_none()] { @if let Some(note) = &self.note { (note) } }
            noscript { p.note { "The articles need JavaScript. The pipeline does not." } }
            div.filters id="filters" role="search" aria-label="facts" { (filters()) }
            main {
                div.articles id="articles" {
                    ol.pane.list id="list" aria-label="articles" tabindex="0" {}
                    section.pane.reading id="reading" aria-label="article" tabindex="0" {}
                    section.pane id="facts" aria-label="facts of the article" tabindex="0" {}
                }
                div.pipeline id="pipeline" { (self.pipeline.markup()) }
            }
            p.toast id="toast" role="status" hidden {}
            script type="application/json" id="data" { (PreEscaped(self.data())) }
        }
    }

    /// The articles as JSON in which no `<` stands, so that nothing in it can end its element.
    fn data(&self) -> String {
        let data = serde_json::json!({ "articles": self.articles });
        data.to_string().replace('<', "\\u003c")
    }
}

fn filters() -> Markup {
    let words = |name: &str, label: &str, words: &[&str]| {
        html! {
            label { span.seen-only { (label) } select id=(name) {
                option value="" { "any " (label) }
                @for word in words { option value=(word) { (word.replace('_', " ")) } }
            } }
        }
    };
    html! {
        label { span.seen-only { "search facts" }
            input id="search" type="search" placeholder="Search facts ( / )" autocomplete="off"; }
        (words("kind", "kind", &["event", "statement", "measurement", "relation", "plan", "other"]))
        (words("certainty", "certainty", &["asserted", "attributed", "disputed", "planned", "hypothetical"]))
        (words("grounding", "grounding", &["exact", "normalized", "aligned", "unsupported"]))
        output id="count" for="search kind certainty grounding" {}
    }
}

fn script(is_watched: bool) -> String {
    let mut script = String::from("\"use strict\";\n(() => {\n");
    for part in SCRIPTS {
        script.push_str(part);
    }
    if is_watched {
        script.push_str(WATCH_SCRIPT);
    }
    script.push_str("})();\n");
    script
}

/// A source of the policy: the hash of an element's text.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests;
