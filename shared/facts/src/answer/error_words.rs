//! What an error body says, where its status says too little. Strangers' texts are looked into here
//! and nowhere else.

use serde_json::Value;

use crate::ask::request_form::Feature;

/// How much of an error body is searched for known words.
const ERROR_BYTES_SEARCHED: usize = 4_096;

/// The beginning of an error body in lower case, and its code, type and parameter.
pub(crate) struct Words {
    text: String,
    param: String,
}

impl Words {
    pub(crate) fn of(body: &[u8], envelope: Option<&Value>) -> Self {
        let head = body.get(..ERROR_BYTES_SEARCHED).unwrap_or(body);
        let param = envelope.and_then(|body| body.pointer("/error/param")?.as_str());
        Self {
            text: String::from_utf8_lossy(head).to_ascii_lowercase(),
            param: param.unwrap_or("").to_ascii_lowercase(),
        }
    }

    pub(crate) fn any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.text.contains(word))
    }

    /// Not "quota exceeded" alone: Google says so of rate limits.
    pub(crate) fn quota(&self) -> bool {
        self.any(&[
            "insufficient_quota",
            "billing_hard_limit",
            "billing_not_active",
            "credit balance",
            "credit_balance",
            "insufficient_credit",
            "insufficient credit",
            "insufficient_balance",
            "insufficient balance",
        ])
    }

    pub(crate) fn too_long(&self) -> bool {
        self.any(&[
            "context_length_exceeded",
            "context length",
            "context window",
            "context size",
            "maximum context",
            "prompt is too long",
            "input is too long",
            "too many tokens",
            "exceeds the maximum number of tokens",
            "string_above_max_length",
            "request too large",
        ])
    }

    pub(crate) fn filtered(&self) -> bool {
        self.any(&[
            "content_filter",
            "content_policy",
            "content filtering policy",
            "content management policy",
            "responsibleaipolicyviolation",
            "usage policy",
            "data_inspection_failed",
        ])
    }

    /// The model's output did not pass the server's own schema check.
    pub(crate) fn bad_generation(&self) -> bool {
        self.any(&["json_validate_failed", "failed to generate json"])
    }

    pub(crate) fn feature(&self) -> Option<Feature> {
        let named = |names: &[&str]| names.iter().any(|name| self.param.contains(name));
        let formats = [
            "response_format",
            "json_schema",
            "output_config",
            "output_format",
            "json_object",
        ];
        let limits = ["max_completion_tokens", "max_tokens", "max_output_tokens"];
        if self.any(&["maxitems", "max_items"]) {
            Some(Feature::Bounds)
        } else if named(&["temperature"]) {
            Some(Feature::Temperature)
        } else if named(&limits) {
            Some(Feature::Limit)
        } else if named(&formats) || self.any(&formats) {
            Some(Feature::Format)
        } else if self.any(&["temperature"]) {
            Some(Feature::Temperature)
        } else if self.any(&limits) {
            Some(Feature::Limit)
        } else if self.any(&[
            "structured output",
            "json mode",
            "json schema",
            "invalid schema",
            "grammar",
        ]) {
            Some(Feature::Format)
        } else {
            None
        }
    }

    pub(crate) fn bad_key(&self) -> bool {
        self.any(&[
            "api key not valid",
            "invalid_api_key",
            "api_key_invalid",
            "incorrect api key",
        ])
    }

    pub(crate) fn unknown_model(&self) -> bool {
        self.any(&[
            "model_not_found",
            "model not found",
            "does not exist",
            "unknown model",
            "invalid model",
        ])
    }
}
