//! What an error says in words, where its status says too little. Strangers' texts are looked into
//! here and nowhere else; what they repeat of our request is left out.

use serde_json::Value;

use crate::ask::request_form::Feature;

/// How much of an error is searched for known words.
const BYTES_SEARCHED: usize = 4_096;

/// Fields in which endpoints repeat the request, or what the model wrote.
const REPEATED: [&str; 8] = [
    "input",
    "inputs",
    "body",
    "request",
    "messages",
    "prompt",
    "failed_generation",
    "ctx",
];

/// The words of an error in lower case, and the parameter that it names.
pub(crate) struct Words {
    text: String,
    param: String,
    pub(crate) is_html: bool,
}

impl Words {
    pub(crate) fn of(body: &[u8], envelope: Option<&Value>) -> Self {
        let head = body.get(..BYTES_SEARCHED).unwrap_or(body);
        let head = String::from_utf8_lossy(head);
        let is_html = head.trim_start().starts_with('<');
        let param = envelope.and_then(|body| body.pointer("/error/param")?.as_str());
        let mut text = String::new();
        match envelope {
            Some(envelope) => collect(envelope, &mut text),
            None => text.push_str(&head),
        }
        Self {
            text: text.to_ascii_lowercase(),
            param: param.unwrap_or("").to_ascii_lowercase(),
            is_html,
        }
    }

    pub(crate) fn any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.text.contains(word))
    }

    /// A plain text that says what is wrong, where an answer should be.
    pub(crate) fn tells_a_failure(&self) -> bool {
        let told = self.quota() || self.throttled() || self.busy() || self.unknown_path();
        told && !self.is_html
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Not "quota exceeded" alone: Google says so of rate limits.
    pub(crate) fn quota(&self) -> bool {
        let balance = self.any(&["balance"])
            && self.any(&[
                "insufficient",
                "not enough",
                "too low",
                "negative",
                "exhausted",
            ]);
        balance
            || self.any(&[
                "insufficient_quota",
                "insufficient_user_quota",
                "exceeded_current_quota",
                "billing_hard_limit",
                "billing_not_active",
                "billing hard limit",
                "credit balance",
                "credit_balance",
                "insufficient_credit",
                "insufficient credit",
                "insufficient funds",
                "more credits",
                "out of credit",
                "no credits",
                "in arrears",
                "arrearage",
                "overdue",
                "please recharge",
                "余额不足",
                "欠费",
            ])
    }

    pub(crate) fn throttled(&self) -> bool {
        self.any(&[
            "rate limit",
            "rate_limit",
            "ratelimit",
            "too many requests",
            "resource_exhausted",
            "tokens per min",
            "requests per min",
        ])
    }

    /// Not now, whatever the status.
    pub(crate) fn busy(&self) -> bool {
        self.any(&[
            "overloaded",
            "is loading",
            "loading model",
            "try again later",
            "temporarily unavailable",
            "service unavailable",
            "server is busy",
            "at capacity",
            "no healthy upstream",
            "upstream error",
            "upstream connect error",
            "bad gateway",
            "internal server error",
            "server_error",
            "server had an error",
        ])
    }

    pub(crate) fn too_long(&self) -> bool {
        self.any(&[
            "context_length_exceeded",
            "context length",
            "context window",
            "context_window",
            "context size",
            "maximum context",
            "model's maximum",
            "prompt is too long",
            "input is too long",
            "input too long",
            "too many tokens",
            "exceeds the maximum number of tokens",
            "string_above_max_length",
            "request too large",
            "input length",
        ])
    }

    pub(crate) fn filtered(&self) -> bool {
        self.any(&[
            "content_filter",
            "contentfilter",
            "content_policy",
            "content policy",
            "content filter",
            "content management policy",
            "content exists risk",
            "content risk",
            "content_moderation",
            "responsibleaipolicyviolation",
            "usage policy",
            "usage guidelines",
            "data_inspection_failed",
            "datainspectionfailed",
            "moderation",
            "was flagged",
            "inappropriate content",
            "sensitive content",
            "sensitive words",
            "prohibited_content",
            "prohibited content",
            "unsafe content",
            "safety system",
            "safety policy",
            "risk control",
            "敏感",
            "违规",
            "不安全",
        ])
    }

    /// The model's output did not pass the server's own schema check.
    pub(crate) fn bad_generation(&self) -> bool {
        self.any(&[
            "json_validate_failed",
            "failed to generate json",
            "failed to validate json",
        ])
    }

    /// The limit of the answer is what is too large, alone or together with the prompt.
    pub(crate) fn answer_limit(&self) -> bool {
        if self.prompt_alone_is_too_long() {
            return false;
        }
        let sized = || {
            self.any(&[
                "too large",
                "too high",
                "less than or equal",
                "at most",
                "maximum",
                "exceed",
                "greater than",
                "larger than",
                "fewer",
                "afford",
                "out of range",
                "between",
                "reduce",
                "<=",
            ])
        };
        let per_minute = self.any(&["tokens per min", "(tpm)"])
            && self.any(&[
                "request too large",
                "must be reduced",
                "reduce your message size",
            ]);
        per_minute
            || self.any(&[
                "in the completion",
                "in the output",
                "for the completion",
                "can only afford",
                "fewer max_tokens",
            ])
            || (self.any(&LIMITS) && sized())
    }

    /// The endpoint counts the prompt apart, and it is as long as all that fits.
    fn prompt_alone_is_too_long(&self) -> bool {
        let prompt = [
            " in the messages",
            " of text input",
            " input tokens",
            " prompt tokens",
            " in your prompt",
        ];
        let prompt = prompt.iter().find_map(|mark| self.number_before(mark));
        let most = self.number_after("context length is ");
        matches!((prompt, most), (Some(prompt), Some(most)) if prompt >= most)
    }

    fn number_before(&self, mark: &str) -> Option<u64> {
        let before = self.text.get(..self.text.find(mark)?)?;
        let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    }

    fn number_after(&self, mark: &str) -> Option<u64> {
        let after = self.text.get(self.text.find(mark)? + mark.len()..)?;
        let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    }

    pub(crate) fn feature(&self) -> Option<Feature> {
        let named = |names: &[&str]| names.iter().any(|name| self.param.contains(name));
        if self.any(&["maxitems", "max_items"]) {
            Some(Feature::Bounds)
        } else if named(&["stream_options"]) || self.any(&["stream_options"]) {
            Some(Feature::StreamUsage)
        } else if self.param == "stream"
            || self.any(&["streaming", "'stream'", "`stream`", "\"stream\""])
        {
            Some(Feature::Streaming)
        } else if named(&["temperature"]) {
            Some(Feature::Temperature)
        } else if named(&LIMITS) {
            Some(Feature::Limit)
        } else if named(&FORMATS) || self.any(&FORMATS) {
            Some(Feature::Format)
        } else if self.any(&["temperature"]) {
            Some(Feature::Temperature)
        } else if self.any(&LIMITS) || self.any(&["output tokens", "completion tokens"]) {
            Some(Feature::Limit)
        } else if self.no_schema() || self.any(&["schema", "requested parameters"]) {
            Some(Feature::Format)
        } else {
            None
        }
    }

    /// The endpoint cannot decode by a schema, in words that no passing failure has.
    pub(crate) fn no_schema(&self) -> bool {
        self.any(&FORMATS)
            || self.any(&[
                "structured output",
                "structured_output",
                "json mode",
                "json schema",
                "invalid schema",
                "unrecognized schema",
                "schema conversion",
                "grammar",
                "guided decoding",
                "guided_json",
                "samplers",
                "additionalproperties",
                "too many states",
            ])
    }

    pub(crate) fn bad_key(&self) -> bool {
        self.any(&[
            "api key",
            "api_key",
            "apikey",
            "api-key",
            "subscription key",
            "credential",
            "authentication",
            "authenticated",
            "unauthorized",
            "unauthenticated",
        ])
    }

    /// Who asks is refused, not what is asked.
    pub(crate) fn bad_account(&self) -> bool {
        self.bad_key()
            || self.any(&[
                "permission",
                "forbidden",
                "access denied",
                "not authorized",
                "not allowed",
                "account",
                "organization",
                "project",
                "country",
                "region",
                "suspended",
                "token",
                "whitelist",
                "ip address",
            ])
    }

    pub(crate) fn unknown_model(&self) -> bool {
        self.any(&[
            "model_not_found",
            "model not found",
            "model does not exist",
            "does not exist",
            "unknown model",
            "invalid model",
            "invalid_model",
            "no such model",
            "model_not_exist",
            "model not exist",
            "not a valid model",
            "unsupported model",
            "no available channel",
        ])
    }

    pub(crate) fn unknown_path(&self) -> bool {
        self.any(&[
            "unexpected endpoint",
            "unknown endpoint",
            "invalid url",
            "page not found",
            "no such path",
            "cannot post",
            "404 not_found",
            "404 not found",
            "unknown_url",
            "unknown request url",
            "no route",
        ])
    }
}

/// Names of the answer's limit.
const LIMITS: [&str; 6] = [
    "max_completion_tokens",
    "max_tokens",
    "max_output_tokens",
    "maxoutputtokens",
    "max_new_tokens",
    "maxtokens",
];

/// Names of the answer's form.
const FORMATS: [&str; 7] = [
    "response_format",
    "response format",
    "json_schema",
    "json_object",
    "output_config",
    "output_format",
    "response_schema",
];

/// All texts and numbers of an error that are not our own.
fn collect(value: &Value, text: &mut String) {
    if text.len() > BYTES_SEARCHED {
        return;
    }
    match value {
        Value::String(one) => text.extend([one, "\n"]),
        Value::Number(number) => text.extend([&number.to_string(), "\n"]),
        Value::Array(list) => list.iter().for_each(|item| collect(item, text)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if !REPEATED.contains(&name.to_ascii_lowercase().as_str()) {
                    collect(value, text);
                }
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}
