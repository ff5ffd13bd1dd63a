//! Every bound of the system that is not configuration, with its reason.

use std::time::Duration;

/// First wait of a counted retry; most outages of a site are over within minutes.
pub const RETRY_WAIT_BASE: Duration = Duration::from_secs(30);

/// Longest wait of a counted retry, and the longest Retry-After that is honoured.
pub const RETRY_WAIT_MAX: Duration = Duration::from_hours(1);

/// Longest snooze: a dependency that is out for a day is looked at again daily.
pub const SNOOZE_MAX: Duration = Duration::from_hours(24);

/// The function's time limit when the runtime names none that can be used.
pub const INVOCATION_DEFAULT: Duration = Duration::from_mins(2);

/// Kept back at the end of an invocation: the response has to leave, and the watchdog speaks when
/// it begins.
pub const RESPONSE_RESERVE: Duration = Duration::from_millis(1_500);

/// A lease ends this long after its invocation's deadline: the worker is dead by then.
pub const LEASE_SLACK: Duration = Duration::from_secs(5);

/// Database: TCP, TLS and authentication together.
pub const DB_CONNECT_CAP: Duration = Duration::from_secs(5);

/// Database: any one await after the connection stands.
pub const DB_STATEMENT_CAP: Duration = Duration::from_secs(6);

/// Claiming, connection included.
pub const CLAIM_CAP: Duration = Duration::from_secs(5);

/// Recording an outcome: one transaction, and one retry on a new connection.
pub const FINISH_RESERVE: Duration = Duration::from_secs(6);

/// A name is resolved within this, or it is taken for unreachable.
pub const DNS_CAP: Duration = Duration::from_secs(2);

/// TCP and TLS to a page's server.
pub const CONNECT_CAP: Duration = Duration::from_secs(5);

/// A page in full: every hop, headers and body.
pub const FETCH_CAP: Duration = Duration::from_secs(20);

/// A page after decompression. News pages rarely pass 2 MB.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Redirects and refreshes followed. Link shorteners, feed proxies and consent hosts in front of each
/// other make seven; beyond ten, no reader's page has been seen, and each hop costs a connection.
pub const REDIRECTS_MAX: u8 = 10;

/// Parsing and extraction of one page.
pub const EXTRACT_CAP: Duration = Duration::from_secs(2);

/// The LLM, all calls together.
pub const LLM_CAP: Duration = Duration::from_secs(75);

/// The same for a model on this machine or in a private network, whose calls cost no more when they are
/// slow: what the longest function of Lambda leaves.
pub const LLM_NEAR_CAP: Duration = Duration::from_secs(840);

/// An LLM call is not started with less than this: it would be paid for and thrown away.
pub const LLM_CALL_MIN: Duration = Duration::from_secs(3);

/// An LLM's answer after decompression. 200 facts need some 200 kB.
pub const LLM_REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// An article's text beyond this many characters is not sent to the LLM, and recorded as cut.
pub const TEXT_CHARS_MAX: usize = 60_000;

/// A log line, newline included; longer ones are cut.
pub const LOG_LINE_BYTES_MAX: usize = 32 * 1024;

/// An error message as stored with an attempt.
pub const ERROR_CHARS_MAX: usize = 500;

/// Rejected facts that stay with their run: enough to see what a model does.
pub const REJECTED_KEPT_MAX: usize = 20;

/// Characters of a rejected claim or quote that are kept.
pub const REJECTED_CHARS_MAX: usize = 500;

/// A URL longer than this is refused.
pub const URL_BYTES_MAX: usize = 2_048;
