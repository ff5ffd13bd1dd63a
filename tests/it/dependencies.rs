//! Who depends on whom: the picture in ARCHITECTURE.md as a table, and what must never be in a
//! function's tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The edges that the picture has. A crate may use less, never more.
const ALLOWED: [(&str, &[&str]); 18] = [
    ("domain", &[]),
    ("extract", &[]),
    ("runtime", &["domain"]),
    ("fetch", &["domain", "runtime"]),
    ("facts", &["domain", "runtime"]),
    ("store", &["domain", "runtime"]),
    ("queue", &["domain", "runtime"]),
    (
        "article",
        &["domain", "runtime", "extract", "fetch", "facts", "store"],
    ),
    ("migrate", &["domain", "runtime", "store"]),
    ("scheduler", &["domain", "runtime", "store", "queue"]),
    ("cloud", &["domain", "runtime", "queue"]),
    ("postgres", &["domain", "runtime"]),
    ("faulty_http", &["domain", "runtime"]),
    ("site", &["faulty_http"]),
    ("stand_in", &["faulty_http", "runtime"]),
    ("database", &["domain", "runtime", "postgres"]),
    (
        "cli",
        &[
            "article",
            "cloud",
            "domain",
            "extract",
            "facts",
            "fetch",
            "migrate",
            "postgres",
            "queue",
            "runtime",
            "scheduler",
            "site",
            "stand_in",
            "store",
        ],
    ),
    (
        "tests",
        &[
            "article",
            "cli",
            "cloud",
            "database",
            "domain",
            "extract",
            "facts",
            "fetch",
            "postgres",
            "queue",
            "runtime",
            "scheduler",
            "site",
            "stand_in",
            "store",
        ],
    ),
];

/// What the tests of a crate use besides, in the same way.
const ALLOWED_IN_TESTS: [(&str, &[&str]); 2] =
    [("site", &["domain", "runtime"]), ("store", &["database"])];

/// Stacks that must not come in beside OpenSSL: each is larger, and aws-lc can abort at start-up.
const BANNED: [&str; 6] = [
    "rustls",
    "aws-lc-rs",
    "aws-lc-sys",
    "aws-lc-fips-sys",
    "ring",
    "boring",
];

/// Runs cargo on the workspace, without the network, and gives what it prints.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()
        .expect("run cargo");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}

/// The members' edges among themselves: of what is built, or of their tests.
fn edges(of_tests: bool) -> BTreeMap<String, BTreeSet<String>> {
    let text = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&text).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let members: BTreeSet<String> = packages.iter().map(name).collect();
    let used = |package: &Value| {
        let uses = package["dependencies"].as_array().expect("dependencies");
        let uses = uses.iter().filter(|it| (it["kind"] == "dev") == of_tests);
        let uses = uses.map(name).filter(|used| members.contains(used));
        uses.collect()
    };
    packages
        .iter()
        .map(|package| (name(package), used(package)))
        .collect()
}

/// The names of all packages that a member is built from.
fn tree(member: &str) -> BTreeSet<String> {
    let text = cargo(&[
        "tree",
        "-p",
        member,
        "-e",
        "normal,build",
        "--prefix",
        "none",
        "--locked",
    ]);
    text.lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_crate_uses_another_that_the_picture_does_not_allow() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    let edges = edges(false);

    assert_eq!(
        edges.keys().map(String::as_str).collect::<Vec<_>>(),
        allowed.keys().copied().collect::<Vec<_>>(),
        "every member has its row"
    );
    for (member, uses) in edges {
        for used in uses {
            assert!(
                allowed[&*member].contains(&&*used),
                "{member} must not use {used}"
            );
        }
    }
}

#[test]
fn no_test_of_a_crate_uses_another_that_the_picture_does_not_allow() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED_IN_TESTS.into_iter().collect();
    let uses = edges(true).into_iter().filter(|(_, uses)| !uses.is_empty());
    let uses: Vec<(String, BTreeSet<String>)> = uses.collect();

    assert_eq!(uses.len(), allowed.len(), "{uses:?}");
    for (member, uses) in uses {
        let allowed = allowed.get(&*member).copied().unwrap_or_default();
        assert!(
            uses.iter().all(|it| allowed.contains(&&**it)),
            "{member}: {uses:?}"
        );
    }
}

#[test]
fn the_functions_are_built_on_one_tls_stack() {
    for function in ["article", "migrate", "scheduler"] {
        let tree = tree(function);

        assert!(tree.contains("openssl"), "{function} speaks TLS: {tree:?}");
        for banned in BANNED {
            assert!(
                !tree.contains(banned),
                "{banned} is in the tree of {function}"
            );
        }
    }
}

#[test]
fn the_article_function_has_no_aws_sdk_and_neither_has_the_local_cloud_in_it() {
    let article = tree("article");
    let scheduler = tree("scheduler");

    let aws: Vec<&String> = article
        .iter()
        .filter(|name| name.starts_with("aws"))
        .collect();
    assert_eq!(
        aws,
        ["aws_lambda_events"],
        "its queue messages come as an event"
    );
    assert!(scheduler.contains("aws-sdk-sqs"), "the scheduler sends");
    for not_deployed in [
        "cloud",
        "postgres",
        "cli",
        "clap",
        "indicatif",
        "rustack-sqs-core",
    ] {
        assert!(!article.contains(not_deployed) && !scheduler.contains(not_deployed));
    }
}

#[test]
fn the_extraction_engine_stands_alone() {
    let tree = tree("extract");

    for with_io in [
        "tokio",
        "reqwest",
        "hyper",
        "tokio-postgres",
        "openssl",
        "tracing",
    ] {
        assert!(
            !tree.contains(with_io),
            "{with_io} is in the tree of extract"
        );
    }
}
