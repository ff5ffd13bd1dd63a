//! A field of a log line has one name everywhere, and one that a query can spell: a dot in it would
//! have to be quoted in `CloudWatch`'s filters, and means something else in its queries.

use std::fs;
use std::path::{Path, PathBuf};

const MACROS: [&str; 5] = ["error!(", "warn!(", "info!(", "debug!(", "trace!("];

/// Every Rust file of the crates.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<PathBuf> = ["functions", "shared", "infra"]
        .map(|top| root.join(top))
        .into();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// What stands from the parenthesis of each event in a source on.
fn events(source: &str) -> impl Iterator<Item = &str> {
    let behind = |name: &str| {
        source
            .split(&format!("tracing::{name}"))
            .skip(1)
            .collect::<Vec<_>>()
    };
    MACROS.map(behind).into_iter().flatten().map(inside)
}

/// The text up to the parenthesis that closes.
fn inside(text: &str) -> &str {
    let mut depth = 1;
    let closes = |c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    };
    text.split(closes).next().expect("a part")
}

/// The names of an event's fields.
fn fields(event: &str) -> impl Iterator<Item = &str> {
    let is_no_name = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    let count = event.matches(" = ").count();
    let named = event.split(" = ").take(count);
    named.filter_map(move |part| part.rsplit(is_no_name).next())
}

#[test]
fn no_field_of_a_log_line_has_a_dot_in_its_name() {
    let (mut looked_at, mut offenders) = (0, Vec::new());
    for path in sources() {
        let source = fs::read_to_string(&path).expect("a text");
        for event in events(&source) {
            looked_at += 1;
            let dotted = fields(event).filter(|name| name.contains('.'));
            offenders.extend(dotted.map(|name| format!("{}: {name}", path.display())));
        }
    }

    assert_eq!(offenders, Vec::<String>::new(), "spell it with underscores");
    assert!(looked_at > 30, "{looked_at} events");
    assert_eq!(
        fields("a.b = 1, c = %d, \"said\"").collect::<Vec<_>>(),
        ["a.b", "c"]
    );
}
