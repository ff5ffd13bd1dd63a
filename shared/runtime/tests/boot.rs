//! A start with a bad configuration is visible: one line that names every variable, a failing exit
//! code, in under a second, and no secret in any of it.

#![expect(clippy::expect_used, reason = "a test fails so")]

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use runtime::clock;
use serde_json::Value;

const PASSWORD: &str = "canary-password";
const KEY: &str = "canary-key";

/// What each function needs, with canaries for secrets.
const ARTICLE: [(&str, &str); 4] = [
    (
        "DATABASE_URL",
        "postgres://gleaner:canary-password@127.0.0.1:1/news",
    ),
    ("LLM_BASE_URL", "https://llm.example/v1"),
    ("LLM_MODEL", "a-model"),
    ("LLM_API_KEY", "canary-key"),
];
const SCHEDULER: [(&str, &str); 5] = [
    (
        "DATABASE_URL",
        "postgres://gleaner:canary-password@127.0.0.1:1/news",
    ),
    ("QUEUE_URL", "http://127.0.0.1:1/000000000000/articles"),
    ("AWS_REGION", "eu-west-1"),
    ("AWS_ACCESS_KEY_ID", "id"),
    ("AWS_SECRET_ACCESS_KEY", "canary-key"),
];

/// Changes to a good environment, each with the variables that the line has to name.
/// A value of `None` takes the variable away.
type Mutation = (
    &'static str,
    &'static [(&'static str, Option<&'static str>)],
    &'static [&'static str],
);

const MUTATIONS: [Mutation; 18] = [
    ("article", &[("DATABASE_URL", None)], &["DATABASE_URL"]),
    (
        "article",
        &[("DATABASE_URL", Some("   "))],
        &["DATABASE_URL"],
    ),
    (
        "article",
        &[("DATABASE_URL", Some("mysql://u:canary-password@h/d"))],
        &["DATABASE_URL"],
    ),
    (
        "article",
        &[("DATABASE_TLS", Some("perhaps"))],
        &["DATABASE_TLS"],
    ),
    (
        "article",
        &[("DATABASE_CA_FILE", Some("/no/such/file"))],
        &["DATABASE_CA_FILE"],
    ),
    (
        "scheduler",
        &[
            ("AWS_LAMBDA_RUNTIME_API", None),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", None),
            ("QUEUE_URL", None),
        ],
        &[
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "QUEUE_URL",
        ],
    ),
    (
        "article",
        &[("FETCH_CA_FILE", Some("/no/such/file"))],
        &["FETCH_CA_FILE"],
    ),
    (
        "article",
        &[("LLM_CA_FILE", Some("/dev/null"))],
        &["LLM_CA_FILE"],
    ),
    (
        "article",
        &[("DATABASE_CA_FILE", Some("/dev/null"))],
        &["DATABASE_CA_FILE"],
    ),
    (
        "article",
        &[("LLM_MODEL", None), ("LLM_BASE_URL", None)],
        &["LLM_MODEL"],
    ),
    (
        "article",
        &[("LLM_BASE_URL", Some("http://llm.example/v1"))],
        &["LLM_BASE_URL"],
    ),
    (
        "article",
        &[("LLM_DIALECT", Some("latin"))],
        &["LLM_DIALECT"],
    ),
    (
        "article",
        &[("FETCH_ALLOW_ADDRS", Some("127.0.0.1"))],
        &["FETCH_ALLOW_ADDRS"],
    ),
    (
        "article",
        &[
            ("FETCH_ALLOW_ADDRS", Some("127.0.0.1:80")),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", Some("on-demand")),
        ],
        &["FETCH_ALLOW_ADDRS"],
    ),
    ("article", &[("LLM_MODLE", Some("typo"))], &["LLM_MODLE"]),
    (
        "article",
        &[
            ("DATABASE_URL", None),
            ("LLM_MODEL", None),
            ("GLEANER_LOG", Some("loud")),
        ],
        &["DATABASE_URL", "LLM_MODEL", "GLEANER_LOG"],
    ),
    (
        "scheduler",
        &[
            ("QUEUE_URL", None),
            ("AWS_REGION", None),
            ("AWS_SECRET_ACCESS_KEY", None),
        ],
        &["QUEUE_URL", "AWS_REGION", "AWS_SECRET_ACCESS_KEY"],
    ),
    (
        "scheduler",
        &[
            ("GLEANER_TARGET_DEPTH", Some("-5")),
            ("GLEANER_REQUEUE_AFTER_S", Some("soon")),
        ],
        &["GLEANER_TARGET_DEPTH", "GLEANER_REQUEUE_AFTER_S"],
    ),
];

/// What Lambda sets.
const LAMBDA: [(&str, &str); 4] = [
    ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9"),
    ("AWS_LAMBDA_FUNCTION_NAME", "probe"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
];

/// Boots `function` in its good environment with `changes`, and in no other.
fn boot(function: &str, changes: &[(&str, Option<&str>)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runtime-probe"));
    command
        .args(["boot", function])
        .env_clear()
        .stdin(Stdio::null());
    let good: &[(&str, &str)] = if function == "article" {
        &ARTICLE
    } else {
        &SCHEDULER
    };
    command.envs(good.iter().copied());
    command.envs(LAMBDA);
    for (name, value) in changes {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.output().expect("run the probe")
}

#[test]
fn a_good_configuration_boots_without_a_word() {
    for function in ["article", "scheduler"] {
        let output = boot(function, &[]);

        assert!(output.status.success(), "{output:?}");
        assert!(
            output.stdout.is_empty() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
}

#[test]
fn each_fault_ends_the_start_with_one_line_that_names_every_variable() {
    for (function, changes, named) in MUTATIONS {
        let before = clock::now();
        let output = boot(function, changes);
        let took = before.elapsed();

        let text = String::from_utf8(output.stdout).expect("text");
        assert!(!output.status.success(), "{changes:?} was taken");
        assert!(took < Duration::from_secs(1), "{changes:?} took {took:?}");
        assert_eq!(text.lines().count(), 1, "{changes:?}: {text}");
        assert!(output.stderr.is_empty(), "{changes:?}");
        let line: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(line["level"], "ERROR");
        assert!(line["timestamp"].is_string());
        let message = line["message"].as_str().expect("text");
        for variable in named {
            assert!(
                message.contains(&format!("{variable} ")),
                "{variable}: {message}"
            );
        }
        let mut listed: Vec<&str> = line["variables"]
            .as_str()
            .expect("text")
            .split(' ')
            .collect();
        listed.sort_unstable();
        let mut expected = named.to_vec();
        expected.sort_unstable();
        assert_eq!(listed, expected, "and no other: {message}");
        assert!(
            !text.contains(PASSWORD) && !text.contains(KEY),
            "a secret: {text}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_text_is_named_and_not_taken_for_absent() {
    use std::os::unix::ffi::OsStrExt;

    let mut command = Command::new(env!("CARGO_BIN_EXE_runtime-probe"));
    command.args(["boot", "article"]).env_clear().envs(ARTICLE);
    command.env("LLM_PRICES", std::ffi::OsStr::from_bytes(b"\xff"));

    let output = command.output().expect("run the probe");

    let text = String::from_utf8(output.stdout).expect("text");
    assert!(!output.status.success());
    assert!(text.contains("LLM_PRICES is not valid UTF-8"), "{text}");
}
