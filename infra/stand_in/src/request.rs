//! What a request asks: dialect, form, and the sentences behind the prompt's marks, or those of
//! plain text.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde_json::Value;

/// Sentences looked at; beyond this a text is no article.
const SENTENCES_MAX: usize = 5_000;

/// The form of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether one field was sent"
)]
pub struct Form {
    /// Anthropic Messages; otherwise `OpenAI` Chat Completions.
    pub anthropic: bool,
    /// A JSON Schema was sent.
    pub schema: bool,
    /// That schema bounds its lists.
    pub bounds: bool,
    /// An event stream was asked for.
    pub stream: bool,
    /// Usage in that stream was asked for.
    pub stream_usage: bool,
    /// JSON mode was asked for.
    pub json_object: bool,
    /// `max_completion_tokens` was sent.
    pub max_completion_tokens: bool,
    /// `max_tokens` was sent.
    pub max_tokens: bool,
    /// A temperature was sent.
    pub temperature: bool,
}

/// What a request asks, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatRequest {
    /// The form.
    pub form: Form,
    /// The model that was asked for.
    pub model: String,
    /// Sentences shown.
    pub sentences_shown: usize,
    /// Sentences that facts were asked of.
    pub sentences_asked: usize,
}

/// The body of a request in either dialect, as far as it matters here.
#[derive(Deserialize)]
pub(super) struct Body<'b> {
    #[serde(borrow, default)]
    model: Cow<'b, str>,
    #[serde(borrow, default)]
    messages: Vec<Message<'b>>,
    response_format: Option<Kind<'b>>,
    output_config: Option<serde::de::IgnoredAny>,
    max_completion_tokens: Option<serde::de::IgnoredAny>,
    max_tokens: Option<serde::de::IgnoredAny>,
    temperature: Option<serde::de::IgnoredAny>,
    stream: Option<bool>,
    stream_options: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Kind<'b> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'b, str>,
}

#[derive(Deserialize)]
struct Message<'b> {
    #[serde(borrow, default)]
    role: Cow<'b, str>,
    #[serde(borrow)]
    content: Content<'b>,
}

/// A text, or parts with a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content<'b> {
    Text(#[serde(borrow)] Cow<'b, str>),
    Parts(Vec<Value>),
}

/// One sentence of the article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sentence<'p> {
    pub(super) number: usize,
    pub(super) words: &'p str,
}

impl Body<'_> {
    /// What the first user message says: clients that ask again append what they did not like.
    pub(super) fn prompt(&self) -> Cow<'_, str> {
        let mut messages = self.messages.iter();
        let from_user = messages.find(|message| message.role == "user");
        match from_user.map(|message| &message.content) {
            Some(Content::Text(text)) => Cow::Borrowed(text),
            Some(Content::Parts(parts)) => {
                let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
                Cow::Owned(texts.collect::<Vec<_>>().join("\n"))
            }
            None => Cow::Borrowed(""),
        }
    }

    pub(super) fn summary(&self, anthropic: bool, sentences: &Sentences<'_>) -> ChatRequest {
        let kind = self
            .response_format
            .as_ref()
            .map_or("", |format| format.kind.as_ref());
        ChatRequest {
            form: Form {
                anthropic,
                schema: kind == "json_schema" || self.output_config.is_some(),
                bounds: false,
                stream: self.stream == Some(true),
                stream_usage: self.stream_options.is_some(),
                json_object: kind == "json_object",
                max_completion_tokens: self.max_completion_tokens.is_some(),
                max_tokens: self.max_tokens.is_some(),
                temperature: self.temperature.is_some(),
            },
            model: self.model.to_string(),
            sentences_shown: sentences.all.len(),
            sentences_asked: sentences.asked().count(),
        }
    }
}

/// The sentences of a prompt.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sentences<'p> {
    pub(super) all: Vec<Sentence<'p>>,
    focus: Option<RangeInclusive<usize>>,
}

impl<'p> Sentences<'p> {
    /// Reads the marks; a prompt without marks is plain text.
    pub(super) fn of(prompt: &'p str) -> Self {
        let marked: Vec<_> = prompt
            .lines()
            .filter_map(marked)
            .take(SENTENCES_MAX)
            .collect();
        if marked.is_empty() {
            let plain = prompt.lines().flat_map(plain_sentences).take(SENTENCES_MAX);
            let numbered = plain.enumerate().map(|(at, words)| Sentence {
                number: at + 1,
                words,
            });
            return Self {
                all: numbered.collect(),
                focus: None,
            };
        }
        Self {
            all: marked,
            focus: prompt.lines().take(8).find_map(focus),
        }
    }

    /// The sentences that facts are asked of.
    pub(super) fn asked(&self) -> impl Iterator<Item = &Sentence<'p>> {
        let focus = self.focus.clone().unwrap_or(0..=usize::MAX);
        self.all
            .iter()
            .filter(move |sentence| focus.contains(&sentence.number))
    }
}

/// `⟦7f3a:12⟧ words`
fn marked(line: &str) -> Option<Sentence<'_>> {
    let (mark, words) = line.strip_prefix('⟦')?.split_once('⟧')?;
    let (_nonce, number) = mark.split_once(':')?;
    Some(Sentence {
        number: number.parse().ok()?,
        words: words.trim(),
    })
}

/// `Take facts from sentences 4 to 9 only; …`
fn focus(line: &str) -> Option<RangeInclusive<usize>> {
    let rest = line.strip_prefix("Take facts from sentences ")?;
    let mut numbers = rest
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty());
    Some(numbers.next()?.parse().ok()?..=numbers.next()?.parse().ok()?)
}

/// Cuts a line at full stops that a space and a capital follow.
fn plain_sentences(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let ends = rest
            .match_indices(['.', '!', '?'])
            .map(|(at, stop)| at + stop.len());
        let mut ends = ends.filter(|end| {
            let after = rest.get(*end..).unwrap_or("");
            let closing = after.trim_start_matches(['"', '”', '’', ')']);
            let next = closing.trim_start();
            closing.len() != next.len()
                && next.starts_with(|c: char| c.is_uppercase() || "\"“‘(".contains(c))
        });
        let end = ends.next().map_or(rest.len(), |end| {
            let after = rest.get(end..).unwrap_or("");
            end + after.len() - after.trim_start_matches(['"', '”', '’', ')']).len()
        });
        let (sentence, tail) = rest.split_at(end);
        rest = tail.trim_start();
        Some(sentence.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_sentences_keep_their_numbers_and_the_focus_is_read() {
        let prompt = "Title: T\nTake facts from sentences 12 to 13 only; the others are context.\n\
            ⟦7f3a:11⟧ One.\n⟦7f3a:12⟧ Two.\n⟦7f3a:13⟧ Three.\n⟦7f3a:14⟧ Four.";

        let sentences = Sentences::of(prompt);

        let asked: Vec<_> = sentences
            .asked()
            .map(|one| (one.number, one.words))
            .collect();
        assert_eq!(asked, [(12, "Two."), (13, "Three.")]);
        assert_eq!(sentences.all.len(), 4);
    }

    #[test]
    fn plain_text_is_cut_into_sentences() {
        let sentences = Sentences::of("It cost $3.5 million. “Good,” he said. The end\nNew line.");

        let words: Vec<_> = sentences.all.iter().map(|one| one.words).collect();
        assert_eq!(
            words,
            [
                "It cost $3.5 million.",
                "“Good,” he said.",
                "The end",
                "New line."
            ]
        );
    }
}
