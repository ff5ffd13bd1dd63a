//! Every way to misbehave, by name.

use std::fmt;
use std::str::FromStr;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// A way to misbehave.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            /// Every fault there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The fault as scripts spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

faults! {
    /// No fault: lets a request pass, so that a later fault meets the next one.
    Pass = "none",
    /// Waits before a sound reply (`ms`).
    Delay = "delay",
    /// Reads the request and never answers.
    StallHeaders = "stall_headers",
    /// Answers with headers and half a body, then nothing.
    StallBody = "stall_body",
    /// Sends the whole answer byte by byte, one every `ms`.
    Drip = "drip",
    /// Resets the connection before the first byte.
    Reset = "reset",
    /// Resets the connection in mid-body.
    ResetBody = "reset_body",
    /// Closes the connection before the first byte.
    Close = "close",
    /// Announces more body than it sends, then closes.
    ShortBody = "short_body",
    /// 429 with `retry_after` in the form that is asked for.
    RateLimit = "429",
    /// 429 that means: out of credit.
    Quota = "quota",
    /// 402.
    PaymentRequired = "402",
    /// 401.
    Unauthorized = "401",
    /// 401 unless the key is the one named by `key`.
    WrongKey = "wrong_key",
    /// 403.
    Forbidden = "403",
    /// 404: no such model.
    NotFound = "404",
    /// 408.
    RequestTimeout = "408",
    /// 409.
    Conflict = "409",
    /// 413.
    TooLarge = "413",
    /// 500.
    Internal = "500",
    /// 502 with an HTML page.
    BadGatewayHtml = "502",
    /// 503.
    Unavailable = "503",
    /// 504.
    GatewayTimeout = "504",
    /// 524.
    OriginTimeout = "524",
    /// 529: overloaded.
    Overloaded = "529",
    /// 307 to somewhere else.
    Redirect = "redirect",
    /// 400: context length, unless fewer than `sentences` are asked about.
    ContextLength = "context_length",
    /// 400 to whoever sends a JSON Schema.
    NoJsonSchema = "no_json_schema",
    /// 400 to whoever asks for JSON in any form.
    NoJsonMode = "no_json_mode",
    /// 400 to a schema that bounds its lists.
    NoMaxItems = "no_max_items",
    /// 400 to whoever asks for a stream.
    NoStream = "no_stream",
    /// 400 to `stream_options`.
    NoStreamOptions = "no_stream_options",
    /// A stream that stops in the middle of a fact; the connection stays open.
    SseStall = "sse_stall",
    /// A stream that ends in the middle of a fact.
    SseCut = "sse_cut",
    /// A stream with an error in the middle.
    SseError = "sse_error",
    /// A sound stream, slowly.
    SseSlow = "sse_slow",
    /// A stream with comments between its events.
    SseKeepAlive = "sse_keep_alive",
    /// A stream without usage.
    SseNoUsage = "sse_no_usage",
    /// A stream that says the same fact without end.
    SseRunaway = "sse_runaway",
    /// 400 to `max_completion_tokens`.
    NoMaxCompletionTokens = "no_max_completion_tokens",
    /// 400 to any limit of the answer.
    NoMaxTokens = "no_max_tokens",
    /// 400 to a temperature.
    NoTemperature = "no_temperature",
    /// 400 for a reason nobody knows.
    BadRequest = "400",
    /// 400: the prompt is filtered.
    PromptFiltered = "prompt_filtered",
    /// 200, finish reason `content_filter`.
    ContentFilter = "content_filter",
    /// 200 with a refusal.
    Refusal = "refusal",
    /// 200, cut after some complete facts.
    Truncated = "truncated",
    /// 200, cut before the first fact is complete.
    TruncatedEarly = "truncated_early",
    /// 200, prose.
    Prose = "prose",
    /// 200, JSON in a code fence.
    Fenced = "fenced",
    /// 200, a sentence before the JSON.
    PrefixText = "prefix_text",
    /// 200, a comma too many.
    TrailingComma = "trailing_comma",
    /// 200, the object and another one.
    TwoObjects = "two_objects",
    /// 200, a byte order mark first.
    Bom = "bom",
    /// 200, bytes that are no UTF-8.
    BadUtf8 = "bad_utf8",
    /// 200, half a surrogate pair and NUL inside a fact.
    Surrogate = "surrogate",
    /// 200 without choices.
    NoChoices = "no_choices",
    /// 200 with `content: null`.
    NullContent = "null_content",
    /// 200 with an error inside.
    ErrorInside = "error_200",
    /// 200, HTML.
    Html = "html",
    /// 200, no body.
    EmptyBody = "empty_body",
    /// 200 without usage.
    NoUsage = "no_usage",
    /// 200, a finish reason that nobody knows.
    UnknownFinish = "unknown_finish",
    /// 200 without finish reason.
    NoFinish = "no_finish",
    /// 200, an event stream.
    Sse = "sse",
    /// A sound reply, compressed.
    Gzip = "gzip",
    /// 200 that claims to be compressed and is not.
    BadGzip = "bad_gzip",
    /// 200, 50 MB long.
    Huge = "huge",
    /// 200, facts without claims.
    MissingField = "missing_field",
    /// 200, facts with wrong types where they do not matter.
    WrongType = "wrong_type",
    /// 200, facts with a field too many.
    ExtraField = "extra_field",
    /// 200, `{"facts":null}`.
    FactsNull = "facts_null",
    /// 200, `{"facts":"none"}`.
    FactsString = "facts_string",
    /// 200, a list of strings and numbers.
    NoObjects = "no_objects",
    /// 200, no facts.
    NoFacts = "no_facts",
    /// 200, 500 facts.
    Many = "many",
    /// 200, every fact twice.
    Duplicates = "duplicates",
    /// 200, a fact of a megabyte.
    LongFact = "long_fact",
    /// 200, quotes that are nowhere in the text.
    InventedQuote = "invented_quote",
    /// 200, one digit of each quote changed.
    ChangedNumber = "changed_number",
    /// 200, a negation put into each quote.
    FlippedNegation = "flipped_negation",
    /// 200, the facts of the prompt's own examples.
    LeakedExample = "leaked_example",
    /// 200, what a page ordered it to say.
    ObeyedInjection = "obeyed_injection",
    /// 200, the facts, and what a page ordered it to say.
    ObeyedBesides = "obeyed_besides",
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No fault is spelt so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no fault")]
pub struct UnknownFault(pub String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|fault| fault.as_str() == word);
        found.copied().ok_or_else(|| UnknownFault(word.to_owned()))
    }
}
