//! Where a model's reasoning ends and its answer begins. What stands inside reasoning is a draft, and
//! is never taken for an answer.

/// Marks around reasoning, as models and their templates write them, in lower case.
const MARKS: [(&str, &str); 17] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<analysis>", "</analysis>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<seed:think>", "</seed:think>"),
    ("[think]", "[/think]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|start_thinking|>", "<|end_thinking|>"),
    ("<|think|>", "<|/think|>"),
    ("<unused94>", "<unused95>"),
    ("<|channel|>analysis", "<|channel|>final"),
    ("<|channel>thought", "<channel|>"),
];

/// What may stand around an answer and says nothing.
const WRAPPINGS: [&str; 22] = [
    "<|start|>assistant",
    "<|channel|>final",
    "<|message|>",
    "<|end|>",
    "<|return|>",
    "<|im_end|>",
    "<|im_start|>assistant",
    "<|eot_id|>",
    "<|endoftext|>",
    "<|begin_of_solution|>",
    "<|end_of_solution|>",
    "<|start_response|>",
    "<|end_response|>",
    "<end_of_turn>",
    "</s>",
    "<answer>",
    "</answer>",
    "<output>",
    "</output>",
    "<final>",
    "</final>",
    "\u{feff}",
];

/// Ends of reasoning that are looked at; more is a text about such marks.
const ENDS_MAX: usize = 32;

/// A text, and where in it an answer may begin and end.
pub(crate) struct Answered<'t> {
    text: &'t str,
    /// Where reasoning ends, in order.
    ends: Vec<usize>,
    /// The answer is followed, or replaced, by reasoning without end.
    pub(crate) is_thinking: bool,
    /// What comes after all reasoning.
    pub(crate) last: &'t str,
}

impl<'t> Answered<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        // Bytes stay where they are in lower case of ASCII alone.
        let lower = text.to_ascii_lowercase();
        let ends = MARKS.iter().flat_map(|(_, end)| {
            let found = lower.match_indices(end).take(ENDS_MAX);
            found.map(|(at, end)| at + end.len())
        });
        let mut ends: Vec<usize> = ends.collect();
        ends.sort_unstable();
        let last = ends.last().copied().unwrap_or(0);
        let rest = lower.get(last..).unwrap_or("");
        let begins = MARKS.iter().filter_map(|(begin, _)| rest.find(begin));
        let begin = begins.min();
        let end = begin.map_or(text.len(), |begin| last + begin);
        Self {
            text,
            ends,
            is_thinking: begin.is_some(),
            last: unwrapped(text.get(last..end).unwrap_or("")),
        }
    }

    /// What comes after each end of reasoning, the last first, and the whole text: a mark may stand
    /// inside a quote. Only for readers that take nothing but one whole value.
    pub(crate) fn tails(&self) -> impl Iterator<Item = &'t str> {
        let text = self.text;
        let starts = self.ends.iter().rev().take(ENDS_MAX).copied().chain([0]);
        starts.map(move |at| unwrapped(text.get(at..).unwrap_or("")))
    }
}

/// Without white space, end tokens, tags that only wrap, and one code fence around the whole.
fn unwrapped(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(less) = without_wrapping(text).or_else(|| without_fence(text)) {
        text = less.trim();
    }
    text
}

fn without_wrapping(text: &str) -> Option<&str> {
    for wrapping in WRAPPINGS {
        let is_it = |part: &str| part.eq_ignore_ascii_case(wrapping);
        if text.get(..wrapping.len()).is_some_and(is_it) {
            return text.get(wrapping.len()..);
        }
        let Some(at) = text.len().checked_sub(wrapping.len()) else {
            continue;
        };
        if text.get(at..).is_some_and(is_it) {
            return text.get(..at);
        }
    }
    None
}

/// The inside of a fence that begins and ends the text.
fn without_fence(text: &str) -> Option<&str> {
    let fence = ["```", "~~~"].into_iter().find(|it| text.starts_with(it))?;
    let inner = text.strip_prefix(fence)?.strip_suffix(fence)?;
    let inner = inner.trim_start_matches(['`', '~']);
    // The language's name, on the same line.
    let inner = inner.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    Some(inner.trim_end_matches(['`', '~']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_in_every_usual_mark_is_taken_off() {
        for (begin, end) in MARKS {
            let text = format!("{begin}a {{b}}{end}\nanswer").to_uppercase();
            let text = text.replace("ANSWER", "{\"facts\":[]}");

            let answered = Answered::of(&text);

            assert_eq!(answered.last, "{\"facts\":[]}", "{begin}");
            assert!(!answered.is_thinking, "{begin}");
        }
    }

    #[test]
    fn an_end_without_a_beginning_ends_reasoning_too() {
        assert_eq!(Answered::of("so I say </think> x").last, "x");
    }

    #[test]
    fn reasoning_that_does_not_end_leaves_nothing_behind_it() {
        let answered = Answered::of("<think>a</think>x<think>{\"facts\":[]}");

        assert!(answered.is_thinking);
        assert_eq!(answered.last, "x");
        assert_eq!(Answered::of("<think>{\"facts\":[]}").last, "");
    }

    #[test]
    fn wrappings_are_taken_off_and_words_are_not() {
        for text in [
            "```json\n{}\n```",
            "```\n{}```",
            "~~~JSON\n{}\n~~~",
            "<answer>{}</answer>",
            "<|channel|>final<|message|>{}<|return|>",
            "\u{feff} {} <|im_end|></s>",
            "<output>\n```json\n{}\n```\n</output>",
        ] {
            assert_eq!(Answered::of(text).last, "{}", "{text}");
        }
        assert_eq!(Answered::of("none: {}").last, "none: {}");
    }
}
