//! The prompt: a static part that is the same byte for byte in every call (so that providers can
//! cache it), then one article, its sentences behind marks that a page cannot guess.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::LazyLock;

use domain::hex;
use runtime::OrWarn as _;
use sha2::{Digest, Sha256};

use crate::answer::clean;
use crate::article::Article;
use crate::ask::schema::{SCHEMA_FILE, Schema};
use crate::plan::sentences::Sentence;

const PROMPT_FILE: &str = include_str!("../../assets/prompt.md");

/// The schema's own version; its hash is added, so that an edit never goes unnoticed.
const SCHEMA_SEMVER: &str = "1.0.0";

/// Names that the prompt's examples invent. A fact with one of them, in an article without it, was
/// copied from the prompt.
pub(crate) const EXAMPLE_NAMES: [&str; 5] = ["Velmora", "Quist", "Tarnholm", "Ostrane", "Fyrbeck"];

/// A title longer than this tells the model nothing more.
const TITLE_CHARS_MAX: usize = 300;

/// The static part and what identifies it.
pub(crate) struct Static {
    /// For a form that sends the schema as a parameter.
    pub(crate) system: &'static str,
    /// For a form that cannot: the same and the schema in words.
    pub(crate) system_with_schema: String,
    /// The schema with bounds on its lists; none only if the file were no JSON, which a test reads.
    pub(crate) bounded: Option<Schema>,
    /// The schema without them.
    pub(crate) unbounded: Option<Schema>,
    /// Semver and hash.
    pub(crate) prompt_version: String,
    /// Semver and hash.
    pub(crate) schema_version: String,
}

/// The one static part of this build.
pub(crate) static STATIC: LazyLock<Static> = LazyLock::new(|| {
    let (version_line, system) = PROMPT_FILE.split_once('\n').unwrap_or(("", PROMPT_FILE));
    let semver = version_line.trim_start_matches("version:").trim();
    let unbounded = Schema::unbounded().or_warn("read the schema");
    let inner = unbounded.as_ref().map_or("", |schema| schema.inner.get());
    Static {
        system,
        system_with_schema: format!("{system}\nThe JSON Schema of the answer:\n{inner}\n"),
        prompt_version: format!("{semver}+{}", short_hash(system)),
        schema_version: format!("{SCHEMA_SEMVER}+{}", short_hash(SCHEMA_FILE)),
        bounded: Schema::bounded().or_warn("read the schema"),
        unbounded,
    }
});

fn short_hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    hex(digest.get(..4).unwrap_or(&digest))
}

/// A code for the marks of one call: four hex digits. It need not be secret for long, for the
/// article's own mark brackets are replaced before they get here.
pub(crate) fn nonce() -> u16 {
    fastrand::u16(..)
}

/// The part of the prompt that is about one article: `shown` sentences, of which `focus` may give
/// facts and the others are context.
pub(crate) fn user(
    article: &Article<'_>,
    sentences: &[Sentence],
    shown: Range<usize>,
    focus: &Range<usize>,
    nonce: u16,
) -> String {
    let list = sentences.get(shown.clone()).unwrap_or(&[]);
    let bytes: usize = list.iter().map(|one| one.bytes().len() + 20).sum();
    let mut out = String::with_capacity(bytes + 400);
    header(&mut out, "Title", article.title);
    header(&mut out, "Published", article.published);
    header(&mut out, "Language", article.language);
    if *focus != shown {
        let (from, to) = (focus.start + 1, focus.end);
        line(
            &mut out,
            format_args!("Take facts from sentences {from} to {to} only; the others are context."),
        );
    }
    for (offset, sentence) in list.iter().enumerate() {
        let number = shown.start + offset + 1;
        let words = clean::for_prompt(sentence.of(article.text));
        line(&mut out, format_args!("⟦{nonce:04x}:{number}⟧ {words}"));
    }
    out
}

fn header(out: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    let short = value
        .char_indices()
        .nth(TITLE_CHARS_MAX)
        .map_or(value.len(), |(at, _)| at);
    let clean = clean::for_prompt(value.get(..short).unwrap_or(""));
    if !clean.trim().is_empty() {
        line(out, format_args!("{name}: {}", clean.trim()));
    }
}

fn line(out: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail; if it ever did, the line is left out and seen at once.
    if out.write_fmt(what).is_ok() {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sentences;

    fn article(text: &str) -> Article<'_> {
        Article {
            text,
            title: Some("A\u{200b} title"),
            published: Some("2026-01-02"),
            language: None,
            url: None,
        }
    }

    #[test]
    fn every_sentence_stands_behind_a_numbered_mark() {
        let text = "One is. Two is.\nThree is.";
        let cut = sentences::split(text);

        let user = user(&article(text), &cut, 0..3, &(0..3), 0x7f3a);

        let expected = "Title: A title\nPublished: 2026-01-02\n⟦7f3a:1⟧ One is.\n⟦7f3a:2⟧ Two is.\n⟦7f3a:3⟧ Three is.\n";
        assert_eq!(user, expected);
    }

    #[test]
    fn a_chunk_says_which_sentences_it_is_about() {
        let text = "One is. Two is. Three is.";
        let cut = sentences::split(text);

        let user = user(&article(text), &cut, 0..3, &(1..2), 1);

        assert!(
            user.contains("Take facts from sentences 2 to 2 only"),
            "{user}"
        );
    }

    #[test]
    fn the_static_part_has_a_version_and_no_trace_of_any_article() {
        assert!(
            STATIC.prompt_version.starts_with("1.0.0+"),
            "{}",
            STATIC.prompt_version
        );
        assert!(STATIC.schema_version.starts_with("1.0.0+"));
        assert!(!STATIC.system.starts_with("version"));
        for name in EXAMPLE_NAMES {
            assert!(
                STATIC.system.contains(name),
                "{name} is on the deny list for nothing"
            );
        }
    }
}
