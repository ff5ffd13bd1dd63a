//! What a tool can check of the house rules, so that nobody has to argue it.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().expect("the workspace's folder")
}

/// Every file of the project with one of `endings`; what is built, fetched or hidden is left out.
pub(crate) fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or("");
            let left_out = name.starts_with('.') || matches!(name, "target" | "corpus");
            if path.is_dir() && !path.is_symlink() && !left_out {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(
        !found.is_empty(),
        "there are files that end with {endings:?}"
    );
    found
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The manifests of the workspace's members; tools beside it keep house for themselves.
pub(crate) fn manifests() -> Vec<PathBuf> {
    let text = read(&root().join("Cargo.toml"));
    let members = text
        .split("members = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next());
    let members = members
        .expect("the list of members")
        .split('"')
        .skip(1)
        .step_by(2);
    members
        .map(|member| root().join(member).join("Cargo.toml"))
        .collect()
}

/// Fails with all offenders at once.
pub(crate) fn assert_none(rule: &str, offenders: &[String]) {
    assert!(
        offenders.is_empty(),
        "{rule}:\n  {}",
        offenders.join("\n  ")
    );
}

#[test]
fn every_rust_file_opens_with_what_it_is() {
    let says = |path: &PathBuf| {
        let text = read(path);
        text.starts_with("//! ") || text.starts_with("#![doc = include_str!(\"../README.md\")]")
    };
    let bare = files(&[".rs"]).into_iter().filter(|path| !says(path));
    let bare: Vec<String> = bare.map(|path| path.display().to_string()).collect();
    assert_none("begin the file with `//! …`", &bare);
}

#[test]
fn no_rust_file_hides_a_lint_or_leaves_a_note_to_self() {
    let forbidden = [
        concat!("#[all", "ow("),
        concat!("#![all", "ow("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
    ];
    let mut offenders = Vec::new();
    for path in files(&[".rs"]) {
        for (number, line) in read(&path).lines().enumerate() {
            for word in forbidden.iter().filter(|word| line.contains(**word)) {
                offenders.push(format!("{}:{}: {word}", path.display(), number + 1));
            }
        }
    }

    assert_none(
        "say it with `#[expect(…, reason = …)]`, or do it now",
        &offenders,
    );
}

#[test]
fn no_module_is_named_for_what_it_is_not() {
    let nameless = [
        "utils", "util", "common", "helpers", "helper", "misc", "manager", "prelude",
    ];
    let offenders: Vec<String> = files(&[".rs"])
        .into_iter()
        .filter(|path| {
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or("");
            let folder = path
                .parent()
                .and_then(Path::file_name)
                .and_then(|name| name.to_str());
            nameless.contains(&stem) || nameless.contains(&folder.unwrap_or(""))
        })
        .map(|path| path.display().to_string())
        .collect();

    assert_none("name the idea", &offenders);
}

#[test]
fn the_functions_binaries_are_only_shells() {
    for function in ["article", "scheduler"] {
        let main = root().join("functions").join(function).join("src/main.rs");

        let lines = read(&main).lines().count();

        assert!(lines <= 20, "{} has {lines} lines", main.display());
    }
}

#[test]
fn every_dependency_has_its_reason_and_its_version_in_one_place() {
    let manifest = read(&root().join("Cargo.toml"));
    let section = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .expect("the section");
    let section = section.split("\n[").next().expect("its end");
    let ours = |line: &str| line.contains("path =");
    let unreasoned: Vec<String> = section
        .lines()
        .filter(|line| line.contains(" = ") && !line.starts_with('#') && !ours(line))
        .filter(|line| !line.contains(" # "))
        .map(str::to_owned)
        .collect();
    assert_none("say why it is there, after a `#`", &unreasoned);

    let mut versions = Vec::new();
    for path in manifests() {
        let text = read(&path);
        let pinned = text
            .lines()
            .filter(|line| line.contains("version = \"") || line.contains("= \"="));
        versions.extend(pinned.map(|line| format!("{}: {line}", path.display())));
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{} takes the lints",
            path.display()
        );
    }
    assert_none("write versions in the workspace's Cargo.toml", &versions);
}

#[test]
fn telemetry_hears_every_crate_of_ours() {
    let mut unheard = Vec::new();
    for path in manifests() {
        let text = read(&path);
        // Libraries and programs; benchmarks do not log.
        let sections = text
            .split("\n[")
            .map(|section| section.trim_start_matches('['));
        let named = sections.filter(|section| {
            ["package]", "bin]", "test]"]
                .iter()
                .any(|kind| section.starts_with(kind))
        });
        for name in named.filter_map(|section| section.split("name = \"").nth(1)) {
            let target = name.split('"').next().unwrap_or("").replace('-', "_");
            // A shell around the command line says nothing of its own.
            let shell = target.ends_with("_under_test");
            if !shell && !runtime::telemetry::OUR_CRATES.contains(&target.as_str()) {
                unheard.push(format!("{}: {target}", path.display()));
            }
        }
    }

    assert_none("add the crate to runtime::telemetry::OUR_CRATES", &unheard);
}

#[test]
fn links_between_our_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for path in files(&[".md"]) {
        let text = read(&path);
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap_or("");
            let elsewhere = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
            let here = path.parent().expect("a folder").join(file);
            if !elsewhere && !here.exists() {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }

    assert_none("fix the link", &broken);
}

#[test]
fn paths_that_our_documents_name_are_there() {
    let rooms = ["functions/", "shared/", "infra/", "tests/"];
    let mut named = 0;
    let mut gone = Vec::new();
    for path in files(&[".md"]) {
        let ours = path.parent() == Some(root().as_path()) || path.starts_with(root().join("docs"));
        let text = if ours { read(&path) } else { String::new() };
        // Odd parts stand between backticks.
        for word in text.split('`').skip(1).step_by(2) {
            let is_path = rooms.iter().any(|room| word.starts_with(room))
                && !word.contains(['*', '{', ' ', '\n', '…']);
            if is_path {
                named += 1;
                if !root().join(word).exists() {
                    gone.push(format!("{}: {word}", path.display()));
                }
            }
        }
    }

    assert!(named > 20, "{named} paths were read");
    assert_none("name the file where it is now", &gone);
}

#[test]
fn tests_that_prove_a_promise_exist() {
    let code: String = files(&[".rs"]).iter().map(|path| read(path)).collect();
    let promises = read(&root().join("RELIABILITY.md"));
    let names: Vec<&str> = promises
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.matches('_').count() > 3 && !word.contains('/'))
        .collect();
    let gone: Vec<String> = names
        .iter()
        .filter(|name| !code.contains(&format!("fn {name}()")))
        .map(|name| (*name).to_owned())
        .collect();

    assert!(names.len() > 30, "{} tests are named", names.len());
    assert_none("name the test that proves it now", &gone);
}
