//! `gleaner up` and `gleaner down`: what the functions talk to, and nothing that works it off.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};

use postgres::{PostgresOptions, data_dir};
use serde_json::Value;
use tests::Folder;

const PROGRAM: &str = env!("CARGO_BIN_EXE_gleaner-under-test");

/// Starts it on loopback and returns what it tells.
fn up(folder: &Folder) -> (Child, Value) {
    let mut command = folder.command(PROGRAM, &["up", "--loopback", "--json", "--articles", "3"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("gleaner up");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let told = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
    (child, told)
}

fn gleaner(folder: &Folder, arguments: &[&str], env: &[(&str, &str)]) -> (bool, String) {
    let mut command: Command = folder.command(PROGRAM, arguments);
    let ended = command.envs(env.iter().copied()).output().expect("gleaner");
    let told = [ended.stdout, ended.stderr].concat();
    (
        ended.status.success(),
        String::from_utf8_lossy(&told).into_owned(),
    )
}

#[test]
fn up_serves_due_articles_to_the_functions_until_down() {
    let folder = Folder::new();
    let (mut child, told) = up(&folder);
    let url = told["database_url"].as_str().expect("a URL").to_owned();
    let file = folder.path().join("env.json");
    let env: Value =
        serde_json::from_slice(&std::fs::read(&file).expect("env.json")).expect("JSON");

    assert_eq!(
        told["docker_network"],
        Value::Null,
        "loopback was asked for"
    );
    assert_eq!(told["commands"].as_array().map(Vec::len), Some(3), "{told}");
    let mode = std::fs::metadata(&file)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600, "it holds a password");
    assert_eq!(env["ArticleFunction"]["DATABASE_URL"], url);
    assert_eq!(env["SchedulerFunction"]["DATABASE_TLS"], "off");
    let (_, status) = gleaner(&folder, &["status", "--json"], &[("DATABASE_URL", &url)]);
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["states"][0]["state"], "new", "{status}");
    assert_eq!(status["states"][0]["articles"], 3, "{status}");

    let (second, said) = gleaner(&folder, &["up", "--loopback"], &[]);
    assert!(!second && said.contains("gleaner down"), "{said}");
    let (ended, said) = gleaner(&folder, &["down"], &[]);
    assert!(ended, "{said}");
    assert!(child.wait().expect("an end").success());
    assert!(!file.exists(), "env.json names what is gone");
    let options = PostgresOptions {
        data_dir: folder.path().join(".gleaner/up"),
        ..PostgresOptions::default()
    };
    assert!(
        !data_dir(&options).expect("a place").exists(),
        "its data is gone"
    );
    let (again, said) = gleaner(&folder, &["down"], &[]);
    assert!(!again && said.contains("does not run here"), "{said}");
}

#[test]
fn the_variables_of_env_json_are_all_named_by_the_template() {
    let folder = Folder::new();
    let (mut child, _) = up(&folder);
    let text = std::fs::read(folder.path().join("env.json")).expect("env.json");
    let env: Value = serde_json::from_slice(&text).expect("JSON");
    let (ended, said) = gleaner(&folder, &["down"], &[]);
    assert!(ended, "{said}");
    assert!(child.wait().expect("an end").success());

    let template = include_str!("../../template.yaml");
    for function in ["ArticleFunction", "SchedulerFunction"] {
        let variables = env[function].as_object().expect("variables");
        assert!(variables.len() >= 4, "{env}");
        for name in variables.keys() {
            assert!(
                template.contains(&format!(" {name}: ")),
                "SAM would drop {name}"
            );
        }
    }
}
