//! One table of everything the stand-in can play: fault → verdict and calls, in either dialect. It is
//! held against the finder alone (`faults`) and against the article function (`function`).

use std::collections::BTreeSet;

use runtime::config::Dialect;
use stand_in::{Fault, Logged};

/// A fault, what comes of it, and the calls it takes with each dialect.
pub(super) struct Row {
    pub(super) script: &'static str,
    pub(super) verdict: &'static str,
    openai: usize,
    anthropic: usize,
}

impl Row {
    /// The dialects in which the fault exists, with the calls that it takes.
    pub(super) fn dialects(&self) -> impl Iterator<Item = (Dialect, usize)> {
        let both = [
            (Dialect::OpenAi, self.openai),
            (Dialect::Anthropic, self.anthropic),
        ];
        both.into_iter().filter(|(_, calls)| *calls > 0)
    }

    /// The fault, without when and how.
    pub(super) fn fault(&self) -> &'static str {
        self.script.split(';').next().unwrap_or("")
    }

    /// Whether a log says that it was played.
    pub(super) fn was_played(&self, log: &[Logged]) -> bool {
        let mut played = log.iter().filter_map(|one| one.fault).map(Fault::as_str);
        played.any(|one| one == self.fault())
    }
}

const fn row(script: &'static str, verdict: &'static str, calls: usize) -> Row {
    Row {
        script,
        verdict,
        openai: calls,
        anthropic: calls,
    }
}

/// 0 calls: the fault does not exist in that dialect.
const fn row_of(
    script: &'static str,
    verdict: &'static str,
    openai: usize,
    anthropic: usize,
) -> Row {
    Row {
        script,
        verdict,
        openai,
        anthropic,
    }
}

/// Every fault, always and where it matters also once.
pub(super) const TABLE: &[Row] = &[
    row("none;times=always", "ok", 1),
    row("delay;ms=60;times=always", "ok", 1),
    // transport
    row("stall_headers;times=always", "slow", 1),
    row("stall_body;times=always", "slow", 1),
    row("drip;ms=20;times=always", "slow", 1),
    row("reset", "ok", 2),
    row("reset;times=always", "unreachable", 2),
    row("reset_body", "ok", 2),
    row("reset_body;times=always", "unreachable", 2),
    row("close", "ok", 2),
    row("close;times=always", "unreachable", 2),
    row("short_body", "ok", 2),
    row("short_body;times=always", "unreachable", 2),
    // not now
    row("408;times=always", "server", 3),
    row("409;times=always", "server", 3),
    row("500;times=always", "server", 3),
    row("502;times=always", "server", 3),
    row("503;times=2", "ok", 3),
    row("503;times=always", "server", 3),
    row("504;times=always", "server", 3),
    row("524;times=always", "server", 3),
    row("529;times=always", "server", 3),
    row("429;times=2", "ok", 3),
    row("429;times=always", "throttled", 3),
    row("429;retry_after=0.2", "ok", 2),
    row("429;retry_after=ms:200", "ok", 2),
    row("429;retry_after=reset:200ms", "ok", 2),
    row("429;retry_after=google:0.2s", "ok", 2),
    row("429;retry_after=30;times=always", "throttled", 1),
    row("429;retry_after=date:30;times=always", "throttled", 1),
    row("503;retry_after=30;times=always", "server", 1),
    // not with this account, key, model, endpoint
    row("quota;times=always", "quota", 1),
    row("402;times=always", "quota", 1),
    row("401;times=always", "auth", 1),
    row("wrong_key;key=k;times=always", "auth", 1),
    row("403;times=always", "auth", 1),
    row("404;times=always", "config", 1),
    row("redirect;times=always", "config", 1),
    row("400;times=always", "rejected", 1),
    // not in this form
    row_of("no_max_items;times=always", "ok", 2, 0),
    row("no_json_schema;times=always", "ok", 2),
    row_of("no_json_mode;times=always", "ok", 3, 2),
    row_of("no_max_completion_tokens;times=always", "ok", 2, 0),
    row_of("no_max_tokens;times=always", "ok", 4, 0),
    row("no_temperature;times=always", "ok", 2),
    row("no_stream;times=always", "ok", 2),
    row_of("no_stream_options;times=always", "ok", 2, 0),
    // a stream that ends early: what it brought is kept, the rest is asked again
    row("sse_stall", "ok", 2),
    row("sse_cut", "ok", 2),
    row("sse_error", "ok", 2),
    row("sse_runaway", "ok", 2),
    // too much
    row("context_length;times=always", "too_long", 3),
    row("context_length;sentences=3;times=always", "ok", 3),
    row("413;times=always", "too_long", 3),
    row("truncated", "ok", 2),
    row("truncated;times=always", "partial", 4),
    row("truncated_early", "ok", 3),
    row("truncated_early;times=always", "truncated", 3),
    // not this text
    row_of("content_filter;times=always", "filtered", 1, 0),
    row("prompt_filtered;times=always", "filtered", 1),
    row("refusal;times=always", "refused", 1),
    // not what was asked for
    row("prose", "ok", 2),
    row("prose;times=always", "invalid", 2),
    row("bad_utf8;times=always", "invalid", 2),
    row("no_choices;times=always", "invalid", 2),
    row_of("null_content;times=always", "invalid", 4, 3),
    row("error_200;times=always", "server", 3),
    row("html;times=always", "invalid", 2),
    row("empty_body;times=always", "invalid", 2),
    row("bad_gzip;times=always", "invalid", 2),
    row("huge", "ok", 2),
    row("missing_field;times=always", "invalid", 2),
    row("facts_null;times=always", "invalid", 2),
    row("facts_string;times=always", "invalid", 2),
    row("no_objects;times=always", "invalid", 2),
    // odd, and still an answer
    row("sse;times=always", "ok", 1),
    row("sse_slow;ms=5;times=always", "ok", 1),
    row("sse_keep_alive;times=always", "ok", 1),
    row("sse_no_usage;times=always", "ok", 1),
    row("fenced;times=always", "ok", 1),
    row("prefix_text;times=always", "ok", 1),
    row("trailing_comma;times=always", "ok", 1),
    row("two_objects;times=always", "ok", 1),
    row("bom;times=always", "ok", 1),
    row("surrogate;times=always", "ok", 1),
    row("no_usage;times=always", "ok", 1),
    row("unknown_finish;times=always", "ok", 1),
    row("no_finish;times=always", "ok", 1),
    row("gzip;times=always", "ok", 1),
    row("wrong_type;times=always", "ok", 1),
    row("extra_field;times=always", "ok", 1),
    row("duplicates;times=always", "ok", 1),
    row("long_fact;times=always", "ok", 1),
    row("leaked_example;times=always", "ok", 1),
    row("obeyed_besides;times=always", "ok", 1),
    row("many;times=always", "partial", 1),
    // an answer, and nothing true in it
    row("no_facts;times=always", "empty", 1),
    row("invented_quote;times=always", "ungrounded", 1),
    row("changed_number;times=always", "ungrounded", 1),
    row("flipped_negation;times=always", "ungrounded", 1),
    row("obeyed_injection;times=always", "ungrounded", 1),
];

#[test]
fn no_fault_of_the_stand_in_is_left_out_of_the_table() {
    let covered: BTreeSet<&str> = TABLE.iter().map(Row::fault).collect();
    let all: BTreeSet<&str> = Fault::ALL.iter().map(|fault| fault.as_str()).collect();

    assert_eq!(
        all.difference(&covered).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
    assert!(all.len() >= 45, "{}", all.len());
}
