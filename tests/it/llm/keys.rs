//! Keys: where they come from, where they go, and that they never show.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runtime::config::StoredSecret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

/// A secrets extension that gives these keys, one after the other, the last for ever.
async fn extension(
    keys: &'static [&'static str],
    tasks: &mut JoinSet<()>,
) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
            let welcome = request.starts_with("get /secretsmanager/get?secretid=prod%2fllm ")
                && request.contains("x-aws-parameters-secrets-token: session-1");
            let at = count.fetch_add(1, Ordering::SeqCst).min(keys.len() - 1);
            let body = format!(r#"{{"SecretString":"{}"}}"#, keys[at]);
            let status = if welcome { "200 OK" } else { "400 Bad" };
            let answer = format!(
                "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.expect("written");
        }
    });
    (port, read)
}

fn with_stored(routes: Vec<Route>, port: u16) -> FactFinder {
    let mut config = config(routes, None);
    config.api_key_secret = Some(StoredSecret {
        name: "prod/llm".to_owned(),
        port,
        token: Some(Secret::new("session-1".to_owned())),
    });
    FactFinder::with_pace(&config, PACE).expect("a sound configuration")
}

#[tokio::test]
async fn a_rotated_key_is_read_again_once_and_the_call_repeated() {
    let mut tasks = JoinSet::new();
    let (port, read) = extension(&["old", "new"], &mut tasks).await;
    let stand_in = stand_in("wrong_key;key=new;times=always").await;
    let finder = with_stored(vec![route(&stand_in, Dialect::OpenAi)], port);

    let first = find(&finder, TEXT).await;
    let second = find(&finder, TEXT).await;

    assert_eq!((word(&first), word(&second)), ("ok", "ok"));
    assert_eq!((read.load(Ordering::SeqCst), stand_in.requests()), (2, 3));
    stand_in.stop().await;
}

#[tokio::test]
async fn a_key_that_stays_wrong_is_auth_after_one_more_reading() {
    let mut tasks = JoinSet::new();
    let (port, read) = extension(&["old"], &mut tasks).await;
    let stand_in = stand_in("wrong_key;key=new;times=always").await;
    let finder = with_stored(vec![route(&stand_in, Dialect::OpenAi)], port);

    let result = find(&finder, TEXT).await;

    assert_eq!(word(&result), "auth");
    assert_eq!((read.load(Ordering::SeqCst), stand_in.requests()), (2, 1));
    stand_in.stop().await;
}

#[tokio::test]
async fn without_the_extension_nothing_is_asked() {
    let stand_in = stand_in("").await;
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let port = nobody.local_addr().expect("bound").port();
    drop(nobody);
    let finder = with_stored(vec![route(&stand_in, Dialect::OpenAi)], port);

    let result = find(&finder, TEXT).await;

    assert_eq!((word(&result), stand_in.requests()), ("secret", 0));
    stand_in.stop().await;
}

#[tokio::test]
async fn a_key_goes_to_its_own_host_and_shows_nowhere() {
    let canary = "canary-key-123";
    let first = stand_in("503;times=always").await;
    let second = stand_in("503;times=always").await;
    let routes = vec![
        route(&first, Dialect::OpenAi),
        route(&second, Dialect::OpenAi),
    ];
    let config = config(routes, Some(canary));
    let finder = FactFinder::with_pace(&config, PACE).expect("a sound configuration");

    let failure = find(&finder, TEXT).await.expect_err("both fail");

    assert!(first.log().iter().all(|one| one.has_key) && first.requests() == 3);
    assert!(second.log().iter().all(|one| !one.has_key) && second.requests() == 3);
    let shown = format!("{failure:?} {config:?} {}", failure.error);
    assert!(!shown.contains("canary"), "{shown}");
    first.stop().await;
    second.stop().await;
}
