//! An error with its causes, on one line.

use std::error::Error;
use std::fmt;

/// Causes beyond this are not followed; nothing of ours nests deeper than five.
const CAUSES_MAX: usize = 8;

/// Shows an error and its causes: `what was tried: why: why`.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let causes = std::iter::successors(self.0.source(), |error| (*error).source());
        for cause in causes.take(CAUSES_MAX) {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}
