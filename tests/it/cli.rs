//! The command as a newcomer meets it.

use std::process::{Output, Stdio};

use serde_json::Value;
use tests::Folder;

fn gleaner(folder: &Folder, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_gleaner-under-test");
    let ended = folder.command(program, arguments).output();
    ended.expect("the command")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&out(output)).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn the_first_run_shows_facts_and_the_second_has_nothing_to_do() {
    let folder = Folder::new();

    let first = gleaner(&folder, &["run"]);
    let second = gleaner(&folder, &["run"]);

    assert!(first.status.success(), "{first:?}");
    let told = out(&first);
    for part in [
        "10 articles,",
        "Some facts",
        "not a language model",
        "What next",
    ] {
        assert!(told.contains(part), "{part:?} is missing:\n{told}");
    }
    assert!(
        !told.contains('\u{1b}'),
        "colours where there is no terminal:\n{told}"
    );
    assert!(second.status.success(), "{second:?}");
    assert!(out(&second).contains("Nothing is due."), "{}", out(&second));

    let status = json(&gleaner(&folder, &["status", "--json"]));
    let done = status["states"]
        .as_array()
        .expect("states")
        .iter()
        .find(|it| it["state"] == "done");
    assert_eq!(done.map(|it| &it["articles"]), Some(&Value::from(10)));
    let facts = json(&gleaner(&folder, &["facts", "1", "--json"]));
    let first_fact = &facts["facts"][0];
    assert!(
        first_fact["quote"]
            .as_str()
            .is_some_and(|quote| !quote.is_empty()),
        "{facts}"
    );
    let why = json(&gleaner(&folder, &["why", "1", "--json"]));
    assert_eq!(why["attempts"][0]["outcome"], "ok", "{why}");
    assert!(why["attempts"][0]["steps_ms"]["fetch"].is_number(), "{why}");
    assert!(gleaner(&folder, &["doctor"]).status.success());
}

#[test]
fn a_page_that_fails_makes_the_run_fail_and_is_named_with_its_class() {
    let folder = Folder::new();

    let run = gleaner(&folder, &["run", "http://127.0.0.1:9/never"]);

    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let told = out(&run);
    assert!(
        told.contains("ssrf_denied") && told.contains("Not done"),
        "{told}"
    );
    let status = out(&gleaner(&folder, &["status"]));
    assert!(status.contains("ssrf_denied"), "{status}");
    let retried = gleaner(&folder, &["retry", "--class", "ssrf_denied", "--json"]);
    assert_eq!(json(&retried)["due"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_cannot_be_done_is_told_with_what_to_do_next() {
    let folder = Folder::new();

    for (arguments, parts) in [
        (
            &["status"][..],
            &["none has been made yet", "cargo gleaner run"][..],
        ),
        (&["run", "example.com"][..], &["example.com", "http://"][..]),
        (&["run", "--file", "nowhere.txt"][..], &["nowhere.txt"][..]),
        (&["extract", "nowhere.html"][..], &["nowhere.html"][..]),
    ] {
        let output = gleaner(&folder, arguments);
        let told = String::from_utf8_lossy(&output.stderr);

        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        for part in parts {
            assert!(
                told.contains(part),
                "{arguments:?}: {part:?} is missing: {told}"
            );
        }
    }
}

#[test]
fn a_database_that_cannot_be_reached_is_an_error_and_no_reason_for_another() {
    let folder = Folder::new();
    let mut command = folder.command(env!("CARGO_BIN_EXE_gleaner-under-test"), &["run"]);

    let output = command
        .env("DATABASE_URL", "postgres://a:secret@127.0.0.1:9/x")
        .output();

    let output = output.expect("the command");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("reach the database"), "{told}");
    assert!(!told.contains("secret"), "{told}");
    assert!(
        !folder.path().join(".gleaner/postgres").exists(),
        "a second database was made"
    );
}

#[test]
fn extract_says_what_it_could_not_read_and_reads_the_rest() {
    let folder = Folder::new();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("none")).expect("a folder");
    std::fs::create_dir_all(at("pages/folder.html")).expect("a folder");
    std::fs::write(at("pages/page.html"), site::PAGES[0].body).expect("a page");
    std::fs::write(at("noise.html"), [7_u8, 1, 2, 200, 3, 4, 250].repeat(99)).expect("bytes");
    std::fs::write(at("huge.html"), vec![b'a'; 9 * 1024 * 1024]).expect("bytes");

    for (arguments, told) in [
        (&["extract", "pages"][..], "gleaner extract --jsonl pages"),
        (
            &["extract", "site.example/page"][..],
            "https://site.example/page",
        ),
        (
            &["extract", "ftp://site.example"][..],
            "only http:// and https://",
        ),
        (&["extract", "huge.html"][..], "larger than 8 MiB"),
        (&["extract", "noise.html"][..], "not_html"),
        (&["extract", "--jsonl", "none"][..], "no *.html"),
        (&["extract", "--jsonl", "pages"][..], "1 of 2 pages"),
    ] {
        let output = gleaner(&folder, arguments);

        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
        assert!(errors.contains(told), "{arguments:?}: {errors}");
    }
    let lines = out(&gleaner(&folder, &["extract", "--jsonl", "pages"]));
    assert_eq!(lines.lines().count(), 1, "{lines}");
    let page = "pages/page.html";
    let beside = gleaner(&folder, &["extract", page, "--select", ".nowhere"]);
    assert!(
        String::from_utf8_lossy(&beside.stderr).contains("names no text"),
        "{beside:?}"
    );
}

#[test]
fn extract_prints_a_pages_text_and_ground_looks_quotes_up_in_it() {
    use std::io::Write as _;
    let folder = Folder::new();
    let mut pages = site::PAGES.iter();
    let page = pages
        .find(|page| page.path.ends_with("nasa-laser-link"))
        .expect("a page");
    std::fs::write(folder.path().join("page.html"), page.body).expect("a page");

    let text = gleaner(&folder, &["extract", "page.html"]);
    let fields = json(&gleaner(&folder, &["extract", "page.html", "--json"]));
    let lines = out(&gleaner(&folder, &["extract", "--jsonl", "."]));

    assert!(
        text.status.success() && out(&text).contains("laser"),
        "{text:?}"
    );
    assert!(
        fields["title"]
            .as_str()
            .is_some_and(|title| title.contains("Laser")),
        "{fields}"
    );
    let line: Value = serde_json::from_str(lines.trim()).expect("a line");
    assert_eq!(line["id"], "page");

    std::fs::write(folder.path().join("text.txt"), out(&text)).expect("a text");
    let program = env!("CARGO_BIN_EXE_gleaner-under-test");
    let mut ground = folder
        .command(program, &["ground", "text.txt"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ground");
    let asked = "{\"quote\":\"first laser link\"}\n{\"quote\":\"no such words here\"}\n";
    ground
        .stdin
        .take()
        .expect("a pipe")
        .write_all(asked.as_bytes())
        .expect("write");
    let told = out(&ground.wait_with_output().expect("an end"));
    let verdicts: Vec<Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(verdicts[0]["verdict"], "exact", "{told}");
    assert_eq!(verdicts[1]["verdict"], "none", "{told}");
}

#[test]
fn a_report_is_one_file_that_loads_nothing_and_an_export_has_every_fact() {
    let folder = Folder::new();
    assert!(gleaner(&folder, &["run"]).status.success());

    let made = gleaner(&folder, &["report", "-o", "it.html"]);
    let exported = gleaner(&folder, &["export", "--jsonl", "--cursor-file", "cursor"]);
    let again = gleaner(&folder, &["export", "--jsonl", "--cursor-file", "cursor"]);
    let missing = gleaner(&folder, &["report", "4711"]);

    assert!(made.status.success(), "{made:?}");
    assert!(
        out(&made).contains("10 articles, 58 facts"),
        "{}",
        out(&made)
    );
    let html = std::fs::read_to_string(folder.path().join("it.html")).expect("the file");
    assert!(html.contains("default-src 'none'"), "no policy");
    assert!(!html.contains(" src="), "it loads something");
    assert_eq!(out(&exported).lines().count(), 58, "{exported:?}");
    assert!(
        again.status.success() && out(&again).is_empty(),
        "{again:?}"
    );
    let told = String::from_utf8_lossy(&missing.stderr);
    assert!(told.contains("article 4711 does not exist"), "{told}");
}
