//! A fact with its words: a claim and the run of the article's text that proves it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// No value of the set is spelt so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown {set} `{word}`")]
pub struct UnknownWord {
    /// The set that was read.
    pub set: &'static str,
    /// The word that is not in it.
    pub word: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $set:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The value as rows and JSON spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().find(|value| value.as_str() == word);
                found.copied().ok_or_else(|| UnknownWord { set: $set, word: word.to_owned() })
            }
        }
    };
}

words! {
    /// What sort of thing a fact tells.
    FactKind, "fact kind" {
        /// Something happened.
        Event = "event",
        /// Somebody said something.
        Statement = "statement",
        /// A quantity.
        Measurement = "measurement",
        /// How things stand to each other.
        Relation = "relation",
        /// Something is to happen.
        Plan = "plan",
        /// None of these.
        Other = "other",
    }
}

words! {
    /// How sure the article is of it.
    Certainty, "certainty" {
        /// The article says so itself.
        Asserted = "asserted",
        /// It says that somebody says so.
        Attributed = "attributed",
        /// It is contested.
        Disputed = "disputed",
        /// It is intended.
        Planned = "planned",
        /// It is supposed.
        Hypothetical = "hypothetical",
    }
}

words! {
    /// How the quote was found in the text.
    Grounding, "grounding" {
        /// Letter by letter.
        Exact = "exact",
        /// But for case, spacing, quotation marks, dashes.
        Normalized = "normalized",
        /// But for a few unprotected words.
        Aligned = "aligned",
    }
}

/// Where a quote stands in a text: code points, 0-based, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First code point of the quote.
    pub start: u32,
    /// First code point after it.
    pub end: u32,
}

/// One grounded fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The fact in one sentence that can be read alone.
    pub claim: String,
    /// What sort of thing it tells.
    pub kind: FactKind,
    /// How sure the article is of it.
    pub certainty: Certainty,
    /// Who says it, when attributed.
    pub speaker: Option<String>,
    /// The date or interval in ISO 8601, as the model gave it.
    pub when: Option<String>,
    /// The place.
    pub place: Option<String>,
    /// People, organisations and things it names.
    pub entities: Vec<String>,
    /// The article's own words at `span`.
    pub quote: String,
    /// The model's variant of the quote, where it differs.
    pub model_quote: Option<String>,
    /// Where the quote stands in the article's text.
    pub span: Span,
    /// How the quote was found.
    pub grounding: Grounding,
    /// Words that differ between the two quotes (aligned only).
    pub edits: u32,
    /// Numbers and names of the claim that stand nowhere near the quote.
    pub unsupported: Vec<String>,
    /// Hex digest that identifies the fact within its run.
    pub fact_key: String,
}
