//! An article as the page's script reads it.

use domain::{WorkState, redacted_url};
use facts::grounding::Grounder;
use serde_json::{Value, json};
use store::{ArticleForReading, StoredFact};
use time::OffsetDateTime;
use url::Url;

use crate::print;

/// A parameter's value longer than this may be a signature.
const VALUE_CHARS_MAX: usize = 40;

/// Names of parameters that carry what opens doors.
const SECRET_NAMES: [&str; 12] = [
    "token",
    "sig",
    "key",
    "secret",
    "pass",
    "pwd",
    "auth",
    "session",
    "credential",
    "jwt",
    "code",
    "x-amz",
];

/// The article, its facts, and why its rejected quotes are not in its text. `elsewhere` names the
/// article in which a rejected quote stands, by the number of the quote.
pub(crate) fn article_json(
    article: &ArticleForReading,
    elsewhere: &[(usize, domain::ArticleId)],
) -> Value {
    let url = article.url.as_deref();
    let facts: Vec<Value> = article.facts.iter().map(fact_json).collect();
    let trouble = trouble(article);
    json!({
        "id": article.article,
        "title": article.title,
        "href": url.and_then(link),
        "address": url.map(redacted_url),
        "host": url.and_then(|url| Url::parse(url).ok()).and_then(|url| url.host_str().map(str::to_owned)),
        "state": article.state,
        "outcome": article.outcome,
        "class": article.error_class,
        "tone": tone(article),
        "how": how(article),
        "trouble": trouble,
        "command": command(article),
        "text": article.text,
        "language": article.language,
        "facts": facts,
        "rejected": rejected_json(article, elsewhere),
        "rejected_count": article.facts_ungrounded,
    })
}

fn fact_json(stored: &StoredFact) -> Value {
    let fact = &stored.fact;
    json!({
        "claim": fact.claim,
        "kind": fact.kind,
        "certainty": fact.certainty,
        "speaker": fact.speaker,
        "when": fact.when,
        "place": fact.place,
        "entities": fact.entities,
        "quote": fact.quote,
        "model_quote": fact.model_quote,
        "span": [fact.span.start, fact.span.end],
        "grounding": fact.grounding,
        "edits": fact.edits,
        "unsupported": fact.unsupported,
        "key": fact.fact_key,
    })
}

fn rejected_json(article: &ArticleForReading, elsewhere: &[(usize, domain::ArticleId)]) -> Value {
    let grounder = Grounder::new(article.text.as_deref().unwrap_or_default());
    let rejected = article.rejected.iter().enumerate().map(|(at, it)| {
        let found = elsewhere.iter().find(|(number, _)| *number == at);
        // a quote that is there was dropped for what its claim names
        let why = grounder
            .refusal(&it.quote)
            .map_or("prompt_example", facts::grounding::Refusal::as_str);
        json!({ "claim": it.claim, "quote": it.quote, "why": why, "elsewhere": found.map(|(_, id)| id) })
    });
    rejected.collect()
}

fn tone(article: &ArticleForReading) -> &'static str {
    match article.state.as_str() {
        state if state == WorkState::Done.as_str() => "good",
        state if state == WorkState::Failed.as_str() => "bad",
        _ => "wait",
    }
}

/// What there is to know beside the text, a few words each.
fn how(article: &ArticleForReading) -> Vec<String> {
    let outcome = article
        .outcome
        .as_deref()
        .or(article.error_class.as_deref());
    let state = match outcome {
        Some(outcome) if outcome != article.state => format!("{}: {outcome}", article.state),
        _ => article.state.clone(),
    };
    let mut words = vec![format!("article {}", article.article), state];
    words.extend(
        article
            .published
            .as_deref()
            .map(|when| format!("published {}", when.split('T').next().unwrap_or(when))),
    );
    words.extend(
        article
            .model
            .as_deref()
            .map(|model| format!("facts by {model}")),
    );
    let attempts = usize::try_from(article.attempt).unwrap_or(0);
    words.push(print::count(attempts, "attempt"));
    words.push(format!("changed {}", minute(article.updated_at.into())));
    words
}

/// Why it is not done, when it is not.
fn trouble(article: &ArticleForReading) -> Option<&str> {
    article.error_class.as_ref()?;
    let told = article.error.as_deref().or(article.reason.as_deref());
    Some(told.unwrap_or("nothing more is known"))
}

/// What to type about it.
fn command(article: &ArticleForReading) -> String {
    if article.state == WorkState::Failed.as_str() {
        format!("gleaner retry {}", article.article)
    } else {
        format!("gleaner why {}", article.article)
    }
}

/// `2026-11-27 23:30`.
pub(super) fn minute(at: OffsetDateTime) -> String {
    format!(
        "{} {:02}:{:02}",
        at.date(),
        at.time().hour(),
        at.time().minute()
    )
}

/// The address as a link, if it may be one: http or https, no user, nothing that opens doors.
fn link(url: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let may_be_secret = url.query_pairs().any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        value.chars().count() > VALUE_CHARS_MAX
            || SECRET_NAMES.iter().any(|part| name.contains(part))
    });
    (!may_be_secret).then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_become_links_and_no_link_carries_a_key() {
        for (url, expected) in [
            (
                "https://a.test/x?id=7#top",
                Some("https://a.test/x?id=7#top"),
            ),
            ("https://user:pw@a.test/x", Some("https://a.test/x")),
            ("https://a.test/x?X-Amz-Signature=abc", None),
            ("https://a.test/x?access_token=abc", None),
            ("javascript:alert(1)", None),
            ("data:text/html,<script>alert(1)</script>", None),
            ("file:///etc/passwd", None),
            ("no address", None),
        ] {
            assert_eq!(link(url).as_deref(), expected, "{url}");
        }
    }
}
