//! Canary secrets: planted wherever one can be given, looked for wherever something comes out.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use runtime::config::{ArticleConfig, Environment, SchedulerConfig};
use tests::{Options, World, pages};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::path::options;

/// In every planted secret, and in nothing else.
const CANARY: &str = "c4n4ry";

fn gleaner(folder: &Path, arguments: &[&str], env: &[(String, String)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gleaner-under-test"));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    command.env_remove("QUEUE_URL");
    command.envs(env.iter().map(|(name, value)| (name, value)));
    command.output().expect("the command")
}

/// Starts the article function as its runner would: it ends when its standard input does.
fn boot(folder: &Path, env: &[(String, String)]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gleaner-under-test"))
        .args(["function", "article"])
        .current_dir(folder)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process");
    let runner = child.stdin.take();
    let output = child.wait_with_output().expect("an end");
    drop(runner);
    output
}

fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// Fails with where the canary sings.
fn assert_silent(place: &str, text: &str) {
    let at = text.to_lowercase().find(CANARY);
    let around = at.map(|at| text.get(at.saturating_sub(200)..(at + 60).min(text.len())));
    assert!(at.is_none(), "a secret in {place}: {around:?}");
}

fn assert_silent_output(place: &str, output: &Output) {
    assert_silent(place, &String::from_utf8_lossy(&output.stdout));
    assert_silent(place, &String::from_utf8_lossy(&output.stderr));
}

/// A login of its own on the test's database, whose password is a canary.
async fn login(world: &World) -> String {
    let role = format!("canary_{}", std::process::id());
    let password = format!("{CANARY}-database");
    let make = format!(
        "DROP ROLE IF EXISTS {role}; CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{password}'"
    );
    world.client.batch_execute(&make).await.expect("a role");
    let mut url = url::Url::parse(&world.database_url).expect("a URL");
    url.set_username(&role).expect("a user");
    url.set_password(Some(&password)).expect("a password");
    url.to_string()
}

#[tokio::test]
async fn no_planted_secret_comes_out_anywhere() {
    let outer = World::start(options()).await;
    let database_url = login(&outer).await;
    let proxy = format!("http://u:{CANARY}-proxy@127.0.0.1:9");
    let secrets = || {
        vec![
            pair("GLEANER_LOG", "trace"),
            pair("AWS_SESSION_TOKEN", format!("{CANARY}-extension")),
            pair("AWS_SECRET_ACCESS_KEY", format!("{CANARY}-aws")),
            pair("HTTP_PROXY", &*proxy),
            pair("http_proxy", &*proxy),
            pair("FETCH_CONTACT", "https://example.org/bot"),
        ]
    };
    let mut article_env = secrets();
    article_env.push(pair("LLM_API_KEY", format!("{CANARY}-llm")));
    let mut scheduler_env = secrets();
    scheduler_env.push(pair("AWS_ACCESS_KEY_ID", "local"));
    let mut world = World::start(Options {
        database_url: Some(database_url.clone()),
        article_env,
        scheduler_env,
        ..options()
    })
    .await;
    let script = "401;times=1,503;times=1;retry_after=1,prose;times=1";
    world.model.set_script(script.parse().expect("a script"));
    let base = pages::publish(&world.site, 3);
    let query = |url: &str| format!("{url}?id=1&token={CANARY}-query#{CANARY}-fragment");
    let with_user = |url: &str| url.replace("http://", &format!("http://u:{CANARY}-user@"));
    world
        .add(&[
            query(&base[0]),
            query(&base[1]),
            with_user(&base[2]),
            format!("http://127.0.0.1:9/refused?key={CANARY}-refused"),
            format!("http://no-such-host.invalid/?key={CANARY}-dns"),
            format!("{}?key={CANARY}-gone", world.site.url("/nowhere")),
            format!("ftp://u:{CANARY}-ftp@example.org/"),
        ])
        .await;

    world.settle().await;
    let due =
        "UPDATE article_work SET due_at = now() WHERE state = 'retry'; DELETE FROM llm_breakers";
    world.client.batch_execute(due).await.expect("time passes");
    world.settle().await;

    let done = world
        .text("SELECT count(*) FROM article_work WHERE state = 'done'")
        .await;
    assert!(done != "0", "work happened");
    assert!(
        world.model.log().iter().any(|one| one.has_key),
        "the key was sent"
    );
    for function in ["article", "scheduler"] {
        let log = world.log(function);
        assert!(log.lines().count() >= 2, "{function} has logged: {log}");
        assert_silent(&format!("the {function} function's log"), &log);
    }
    for (table, columns) in [
        ("article_work", "coalesce(error, '')"),
        (
            "article_attempts",
            "concat_ws(' ', error, reason, steps::text, final_url, request_id)",
        ),
        (
            "extractions",
            "concat_ws(' ', endpoint, model_requested, model_returned)",
        ),
        ("facts", "concat_ws(' ', claim, quote)"),
        ("article_texts", "concat_ws(' ', body, title)"),
        ("llm_breakers", "breaker_key"),
        ("llm_ledger", "concat_ws(' ', model, endpoint)"),
    ] {
        let all = format!("SELECT coalesce(string_agg({columns}, E'\\n'), '') FROM {table}");
        assert_silent(table, &world.text(&all).await);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut env = secrets();
    env.push(pair("DATABASE_URL", &*database_url));
    env.push(pair("LLM_API_KEY", format!("{CANARY}-llm")));
    env.push(pair("LLM_MODEL", "a-model"));
    env.push(pair("LLM_BASE_URL", world.model.base_url()));
    env.push(pair("FETCH_ALLOW_ADDRS", world.site.address().to_string()));
    let url = query(&base[0]);
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["why", "1"],
        &["why", "1", "--json"],
        &["why", "3"],
        &["why", "4", "--json"],
        &["facts", "1"],
        &["facts", "1", "--json"],
        &["cost"],
        &["cost", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &["retry", "--class", "http_gone", "--json"],
        &["reprocess", "--model", "nobody"],
        &["migrate"],
        &["add", &url],
        &["add", "u:c4n4ry-typo@nowhere"],
        &["run", "--json"],
        &["run", &url],
    ] {
        let output = gleaner(folder.path(), arguments, &env);
        assert!(output.status.code().is_some(), "{arguments:?}: {output:?}");
        assert_silent_output(&format!("gleaner {arguments:?}"), &output);
    }
    for log in ["article", "scheduler"] {
        let path = folder.path().join(format!(".gleaner/logs/{log}.log"));
        let text = std::fs::read_to_string(&path).expect("a run leaves its logs");
        assert_silent(&format!("a run's {log} log"), &text);
    }
    let drop = format!(
        "REASSIGN OWNED BY canary_{0} TO CURRENT_USER",
        std::process::id()
    );
    world
        .client
        .batch_execute(&drop)
        .await
        .expect("the role may go");
    world.stop().await;
    outer.stop().await;
}

/// A secrets extension that refuses at first, with the secret in its mouth, and then gives it; how
/// often it saw the token that it wants to see.
async fn extension(tasks: &mut JoinSet<()>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    tasks.spawn(async move {
        let token = format!("x-aws-parameters-secrets-token: {CANARY}-extension");
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
            let times = count.fetch_add(usize::from(request.contains(&token)), Ordering::SeqCst);
            let status = if times == 0 { "500 Oops" } else { "200 OK" };
            let body = format!(r#"{{"SecretString":"{CANARY}-kept-key"}}"#);
            let answer = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.expect("written");
        }
    });
    (port, seen)
}

#[tokio::test]
async fn a_key_from_the_secrets_extension_and_the_extension_s_token_come_out_nowhere() {
    let mut tasks = JoinSet::new();
    let (port, seen) = extension(&mut tasks).await;
    let mut world = World::start(Options {
        article_env: vec![
            pair("GLEANER_LOG", "trace"),
            pair("LLM_API_KEY_SECRET", "prod/llm"),
            pair("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", port.to_string()),
            pair("AWS_SESSION_TOKEN", format!("{CANARY}-extension")),
        ],
        ..options()
    })
    .await;
    world.add(&pages::publish(&world.site, 2)).await;

    for _ in 0..2 {
        world.settle().await;
        let due = "UPDATE article_work SET due_at = now() WHERE state = 'retry'; DELETE FROM llm_breakers";
        world.client.batch_execute(due).await.expect("time passes");
    }
    world.settle().await;

    assert!(
        seen.load(Ordering::SeqCst) >= 2,
        "it failed once and was asked again"
    );
    assert!(world.model.log().iter().all(|one| one.has_key) && world.model.requests() == 2);
    let refused =
        "SELECT count(*) > 0 FROM article_attempts WHERE error LIKE '%secrets extension%'";
    assert_eq!(world.text(refused).await, "t", "the refusal is told");
    assert_silent("the article function's log", &world.log("article"));
    let rows = "SELECT string_agg(concat_ws(' ', error, reason), E'\\n') FROM article_attempts";
    assert_silent("article_attempts", &world.text(rows).await);
    world.stop().await;
}

#[test]
fn a_start_that_fails_names_variables_and_no_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = || {
        vec![
            pair(
                "DATABASE_URL",
                format!("postgres://u:{CANARY}@127.0.0.1:9/d"),
            ),
            pair("LLM_MODEL", "m"),
            pair("LLM_BASE_URL", "https://llm.example/v1"),
            pair("LLM_API_KEY", format!("{CANARY}-llm")),
            pair("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9"),
            pair("AWS_LAMBDA_FUNCTION_NAME", "article"),
            pair("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            pair("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ]
    };
    for (name, value) in [
        (
            "DATABASE_URL",
            format!("postgres://u:{CANARY}@h:notaport/d"),
        ),
        ("DATABASE_URL", format!("mysql://u:{CANARY}@h/d")),
        ("LLM_BASE_URL", format!("https://u:{CANARY}@llm.example/v1")),
        ("LLM_API_KEY", format!("{CANARY}\nsecond line")),
        ("LLM_PRICES", "{".to_owned()),
        ("LLM_BUDGET_STOP_USD", "-1".to_owned()),
    ] {
        let mut env = sound();
        env.retain(|(known, _)| known != name);
        env.push((name.to_owned(), value.clone()));

        let output = boot(folder.path(), &env);

        assert!(!output.status.success(), "{name}: {output:?}");
        let told = [&output.stdout[..], &output.stderr[..]].concat();
        assert!(!told.is_empty(), "{name}: it ends with a word");
        assert_silent_output(&format!("a start with {name}"), &output);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_configuration_shows_a_secret_in_its_debug_form(secret in "[a-zA-Z0-9]{16,40}") {
        let url = format!("postgres://gleaner:{secret}@db.example/news");
        let environment = Environment::of_pairs([
            ("DATABASE_URL", url.as_str()),
            ("LLM_BASE_URL", "https://llm.example/v1"),
            ("LLM_MODEL", "a-model"),
            ("LLM_API_KEY", &secret),
            ("LLM_API_KEY_SECRET", "its-name"),
            ("QUEUE_URL", "https://sqs.example/1/articles"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", &secret),
            ("AWS_SESSION_TOKEN", &secret),
        ]);

        let article = ArticleConfig::read(&environment).expect("sound");
        let scheduler = SchedulerConfig::read(&environment).expect("sound");

        let shown = format!("{article:?} {article:#?} {scheduler:?} {scheduler:#?}");
        prop_assert!(shown.contains("a-model") && !shown.contains(&secret));
    }

    #[test]
    fn an_address_with_a_password_in_it_is_refused_without_a_word_of_it(
        secret in "[a-zA-Z0-9]{16,40}",
        name in prop::sample::select(vec!["LLM_BASE_URL", "QUEUE_URL", "AWS_ENDPOINT_URL_SQS"]),
    ) {
        let address = format!("https://user:{secret}@host.example/1/x");
        let mut pairs = vec![
            ("DATABASE_URL", "postgres://gleaner@db.example/news"),
            ("LLM_BASE_URL", "https://llm.example/v1"),
            ("LLM_MODEL", "a-model"),
            ("QUEUE_URL", "https://sqs.example/1/articles"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "key"),
        ];
        pairs.retain(|(known, _)| *known != name);
        pairs.push((name, &address));
        let environment = Environment::of_pairs(pairs);

        let told = match name {
            "LLM_BASE_URL" => ArticleConfig::read(&environment).expect_err("refused").to_string(),
            _ => SchedulerConfig::read(&environment).expect_err("refused").to_string(),
        };

        prop_assert!(told.contains(name) && !told.contains(&secret), "{told}");
    }
}
