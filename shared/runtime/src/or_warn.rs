//! The only way to let an error go: by name, into the log.

use std::fmt::Display;

/// Lets go of an error that changes nothing, and says so.
pub trait OrWarn<T> {
    /// Logs the error at `warn` with `what` was tried; gives the value if there is one.
    fn or_warn(self, what: &str) -> Option<T>;
}

impl<T, E: Display> OrWarn<T> for Result<T, E> {
    fn or_warn(self, what: &str) -> Option<T> {
        match self {
            Ok(value) => Some(value),
            Err(error) => {
                tracing::warn!(error = %error, "could not {what}");
                None
            }
        }
    }
}
