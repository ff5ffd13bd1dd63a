//! The clock by which a server's own dates are read.

use std::time::SystemTime;

/// What a server takes for now: its answer's Date, so that a wrong clock there does not matter,
/// and our own `now` when it names none. A moment in Retry-After counts from this.
#[must_use]
pub fn server_now(date: Option<&str>, now: SystemTime) -> SystemTime {
    date.and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_s_date_counts_and_ours_stands_in_for_one_that_is_none() {
        let ours = SystemTime::UNIX_EPOCH;

        assert!(server_now(Some("Fri, 27 Nov 2026 10:00:00 GMT"), ours) > ours);
        assert_eq!(server_now(Some("ten o'clock"), ours), ours);
        assert_eq!(server_now(None, ours), ours);
    }
}
