//! The database's password is rotated while the functions run: the secret is read again, once, and
//! nobody has to do anything. The extension is played by a server that speaks as AWS's does.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tests::{Options, World, pages};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use crate::path::options;

const TOKEN: &str = "session-canary";

/// What the extension holds, and how often it was asked.
#[derive(Default)]
struct Vault {
    text: String,
    reads: usize,
}

/// The secrets extension on a port of its own.
struct Extension {
    vault: Arc<Mutex<Vault>>,
    port: u16,
    _task: JoinSet<()>,
}

impl Extension {
    async fn start(text: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let vault = Arc::new(Mutex::new(Vault {
            text: text.to_owned(),
            reads: 0,
        }));
        let (mut task, held) = (JoinSet::new(), Arc::clone(&vault));
        task.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                answer(stream, &held).await;
            }
        });
        Self {
            vault,
            port,
            _task: task,
        }
    }

    fn vault(&self) -> std::sync::MutexGuard<'_, Vault> {
        self.vault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request, one answer: 401 without the token, 400 for another secret.
async fn answer(mut stream: TcpStream, vault: &Mutex<Vault>) {
    let (mut request, mut part) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut part).await.expect("a request") {
            0 => return,
            count => request.extend_from_slice(&part[..count]),
        }
    }
    let request = String::from_utf8_lossy(&request).to_lowercase();
    let token = request.contains(&format!("x-aws-parameters-secrets-token: {TOKEN}"));
    let named =
        request.starts_with("get /secretsmanager/get?secretid=arn%3aaws%3asecretsmanager%3anews ");
    let (status, body) = match (token, named) {
        (false, _) => ("401 Unauthorized", String::new()),
        (_, false) => ("400 Bad Request", String::new()),
        (true, true) => {
            let mut vault = vault.lock().unwrap_or_else(PoisonError::into_inner);
            vault.reads += 1;
            (
                "200 OK",
                json!({ "Name": "news", "SecretString": vault.text }).to_string(),
            )
        }
    };
    let length = body.len();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await.expect("answered");
}

/// How a secret is written, for a user and a password.
type Form = fn(&Url, &str, &str) -> (String, String);

/// The environment's URL and the secret: all in the secret, as a URL.
fn as_url(server: &Url, user: &str, password: &str) -> (String, String) {
    let mut url = server.clone();
    url.set_username(user).expect("a user");
    url.set_password(Some(password)).expect("a password");
    (String::new(), url.into())
}

/// What RDS manages by itself: user and password alone; the rest is in the environment.
fn as_rds_json(server: &Url, user: &str, password: &str) -> (String, String) {
    let mut bare = server.clone();
    bare.set_username("").expect("no user");
    bare.set_password(None).expect("no password");
    let secret = json!({ "username": user, "password": password });
    (bare.into(), secret.to_string())
}

async fn survives_a_rotation(user: &str, form: Form) {
    let first = World::start(options()).await;
    let server = Url::parse(&first.database_url).expect("a URL");
    let sql = |text: String| {
        let client = &first.client;
        async move { client.batch_execute(&text).await.expect("a statement") }
    };
    sql(format!(
        "DROP ROLE IF EXISTS {user}; CREATE ROLE {user} SUPERUSER LOGIN PASSWORD 'old-canary'"
    ))
    .await;
    let (given, secret) = form(&server, user, "old-canary");
    let extension = Extension::start(&secret).await;
    let env: Vec<(String, String)> = [
        ("DATABASE_URL", given.as_str()),
        ("DATABASE_URL_SECRET", "arn:aws:secretsmanager:news"),
        ("DATABASE_TLS", "off"),
        ("AWS_SESSION_TOKEN", TOKEN),
        (
            "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT",
            &extension.port.to_string(),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let site = first.site.address().to_string();
    let mut article_env = env.clone();
    article_env.push(("FETCH_ALLOW_ADDRS".to_owned(), site));
    let mut world = World::start(Options {
        database_url: Some(first.database_url.clone()),
        article_env,
        scheduler_env: env,
        ..options()
    })
    .await;

    let mut urls = pages::publish(&first.site, 4).into_iter();
    world.add(&urls.by_ref().take(2).collect::<Vec<_>>()).await;
    world.settle().await;
    let before = extension.vault().reads;

    // the rotation: a new password, and every connection that was made with the old one is gone
    sql(format!("ALTER ROLE {user} PASSWORD 'new-canary'")).await;
    extension.vault().text = form(&server, user, "new-canary").1;
    sql(format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}'"
    ))
    .await;
    world.add(&urls.collect::<Vec<_>>()).await;
    world.settle().await;
    let after = extension.vault().reads - before;

    let done = world
        .text("SELECT count(*) FROM article_work WHERE state = 'done'")
        .await;
    let troubled = "SELECT count(*) FROM article_attempts WHERE outcome NOT IN ('ok', 'no_facts')";
    let logs = world.log("article") + &world.log("scheduler");
    assert_eq!(
        (done.as_str(), world.text(troubled).await.as_str()),
        ("4", "0")
    );
    let processes = before;
    assert!((2..=3).contains(&processes), "once a process: {processes}");
    assert!(
        (2..=processes).contains(&after),
        "again once a process: {after}"
    );
    assert!(
        logs.contains("was read again") && !logs.contains("canary"),
        "{logs}"
    );
    world.stop().await;
    sql(format!("DROP ROLE {user}")).await;
    first.stop().await;
}

#[tokio::test]
async fn a_rotated_url_is_read_again_and_work_goes_on() {
    Box::pin(survives_a_rotation("rotated_by_url", as_url)).await;
}

#[tokio::test]
async fn a_rotated_secret_of_rds_is_read_again_and_work_goes_on() {
    Box::pin(survives_a_rotation("rotated_by_rds", as_rds_json)).await;
}

#[tokio::test]
async fn a_secret_that_may_not_be_read_is_told_as_a_refused_login() {
    let extension = Extension::start("postgres://u:p@h/d").await;
    let world = World::start(Options {
        scheduler_env: [
            ("DATABASE_URL", ""),
            ("DATABASE_URL_SECRET", "another"),
            ("AWS_SESSION_TOKEN", TOKEN),
            (
                "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT",
                &extension.port.to_string(),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        ..options()
    })
    .await;

    let passed: Value = Box::pin(world.schedule()).await;

    let told = world.log("scheduler");
    assert!(passed.to_string().contains("PassError::Store"), "{passed}");
    assert!(
        told.contains("log in to the database") && told.contains("status 400"),
        "{told}"
    );
    world.stop().await;
}
