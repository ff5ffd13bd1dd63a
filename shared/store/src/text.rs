//! An article's extracted text: what the spans of its facts point into.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::clean::clean;

/// A text and its digest, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    body: Cow<'a, str>,
    sha256: [u8; 32],
    /// Title as extracted.
    pub title: Option<&'a str>,
    /// Language tag.
    pub language: Option<&'a str>,
    /// Date of publication in ISO 8601, as precise as the page says.
    pub published: Option<&'a str>,
    /// Version of the extractor that made the text.
    pub extractor_version: &'a str,
}

impl<'a> Text<'a> {
    /// Takes a text. A NUL in it, which Postgres cannot hold, becomes U+FFFD: offsets stay true.
    #[must_use]
    pub fn new(body: &'a str, extractor_version: &'a str) -> Self {
        let body = clean(body);
        let sha256 = Sha256::digest(body.as_bytes()).into();
        Self {
            body,
            sha256,
            title: None,
            language: None,
            published: None,
            extractor_version,
        }
    }

    /// The text as stored.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Digest of the text as stored: what makes two texts the same.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}
