//! Errors as a person reads them: what failed, why, what to do next.

use std::fmt;

use crate::print;

/// Advice that travels with an error: what to type, or where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Advice(pub(crate) String);

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Advice {}

/// An error with advice on top; the advice is printed last.
pub(crate) fn advise(error: impl Into<anyhow::Error>, advice: impl Into<String>) -> anyhow::Error {
    error.into().context(Advice(advice.into()))
}

/// Prints an error, its causes and its advice to standard error.
pub(crate) fn print(error: &anyhow::Error) {
    let advice = error.downcast_ref::<Advice>();
    let texts = error.chain().map(ToString::to_string);
    let texts: Vec<String> = texts
        .filter(|text| advice.is_none_or(|known| known.0 != *text))
        .collect();
    let mut lines = texts.iter();
    let what = lines.next().map_or("it failed", String::as_str);
    anstream::eprintln!("{}: {what}", print::bad("error"));
    for cause in lines {
        anstream::eprintln!("  because: {cause}");
    }
    if let Some(advice) = advice {
        anstream::eprintln!("  {} {advice}", print::strong("try:"));
    }
}
