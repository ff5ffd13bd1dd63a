//! The stand-in against a bare client: what it says, and that it misbehaves as told.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

const ARTICLE: &str = "Title: T\n⟦7f3a:1⟧ NASA launched the Artemis II mission from Florida on April 1, 2026.\n\
    ⟦7f3a:2⟧ Subscribe to our newsletter.\n⟦7f3a:3⟧ Officials in Houston said the crew of four travelled 1,100,000 miles.";

async fn start(script: &str) -> StandIn {
    let options = Options {
        script: script.parse().expect("a sound script"),
        ..Options::default()
    };
    let address = (Ipv4Addr::LOCALHOST, 0).into();
    StandIn::start(address, options).await.expect("a free port")
}

async fn exchange(stream: &mut TcpStream, path: &str, body: &Value) -> (u16, Vec<u8>) {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    stream.write_all(body.as_bytes()).await.expect("written");
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length = head
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.split("\r\n").next());
            let length: usize = length
                .and_then(|length| length.parse().ok())
                .expect("a length");
            if rest.len() >= length {
                let status = head.get(9..12).and_then(|status| status.parse().ok());
                return (status.expect("a status"), rest.as_bytes().to_vec());
            }
        }
        let read = stream.read_buf(&mut bytes).await.expect("readable");
        assert!(
            read > 0,
            "closed early: {}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

fn openai(prompt: &str) -> Value {
    json!({"model": MODEL, "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": prompt}]})
}

#[tokio::test]
async fn both_dialects_give_the_same_verbatim_facts_over_one_connection() {
    let stand_in = start("").await;
    let mut stream = TcpStream::connect(stand_in.address())
        .await
        .expect("it listens");

    let (_, first) = exchange(&mut stream, "/v1/chat/completions", &openai(ARTICLE)).await;
    let anthropic = json!({"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": [{"type": "text", "text": ARTICLE}]}]});
    let (_, second) = exchange(&mut stream, "/v1/messages", &anthropic).await;

    let first: Value = serde_json::from_slice(&first).expect("JSON");
    let second: Value = serde_json::from_slice(&second).expect("JSON");
    assert_eq!(
        first["choices"][0]["message"]["content"],
        second["content"][0]["text"]
    );
    assert_eq!(
        (&first["system_fingerprint"], &second["stand_in"]),
        (&json!(LABEL), &json!(LABEL))
    );
    let facts: Value =
        serde_json::from_str(second["content"][0]["text"].as_str().expect("text")).expect("JSON");
    let facts = facts["facts"].as_array().expect("a list");
    assert_eq!(facts.len(), 2);
    assert!(
        facts
            .iter()
            .all(|fact| ARTICLE.contains(fact["quote"].as_str().expect("a quote")))
    );
    assert_eq!(
        (
            stand_in.requests(),
            stand_in.log()[1].request.sentences_shown
        ),
        (2, 3)
    );
    stand_in.stop().await;
}

#[tokio::test]
async fn plain_text_without_marks_works_too() {
    let stand_in = start("").await;
    let mut stream = TcpStream::connect(stand_in.address())
        .await
        .expect("it listens");

    let plain =
        "Ann Cole of Acme Corp. paid $3.5 million in Berlin in 2024. Nice weather, is it not?";
    let (status, body) = exchange(&mut stream, "/v1/chat/completions", &openai(plain)).await;

    assert_eq!(status, 200);
    assert!(String::from_utf8_lossy(&body).contains("Ann Cole of Acme"));
    stand_in.stop().await;
}

#[tokio::test]
async fn every_fault_that_answers_answers() {
    let mute = [
        Fault::StallHeaders,
        Fault::StallBody,
        Fault::Reset,
        Fault::ResetBody,
        Fault::Close,
        Fault::ShortBody,
        Fault::Drip,
        Fault::Huge,
        // these are told piece by piece, and read so by the tests of the client
        Fault::SseStall,
        Fault::SseCut,
        Fault::SseError,
        Fault::SseSlow,
        Fault::SseKeepAlive,
        Fault::SseNoUsage,
        Fault::SseRunaway,
    ];
    for fault in Fault::ALL.iter().filter(|fault| !mute.contains(fault)) {
        let stand_in = start(&format!("{fault};ms=1")).await;
        let mut stream = TcpStream::connect(stand_in.address())
            .await
            .expect("it listens");
        let mut body = openai(ARTICLE);
        body["response_format"] = json!({"type": "json_schema", "maxItems": 40});
        body["max_completion_tokens"] = json!(5);
        body["temperature"] = json!(0);
        if matches!(fault, Fault::NoStream | Fault::NoStreamOptions) {
            body["stream"] = json!(true);
            body["stream_options"] = json!({"include_usage": true});
        }

        exchange(&mut stream, "/v1/chat/completions", &body).await;

        assert_eq!(stand_in.log()[0].fault, Some(*fault));
        stand_in.stop().await;
    }
}

#[tokio::test]
async fn it_listens_on_this_machine_alone() {
    let refused = StandIn::start(([0, 0, 0, 0], 0).into(), Options::default()).await;

    assert!(matches!(refused, Err(StandInError::NotLoopback { .. })));
}

#[tokio::test]
async fn stopping_closes_what_hangs() {
    let stand_in = start("stall_headers").await;
    let mut stream = TcpStream::connect(stand_in.address())
        .await
        .expect("it listens");
    stream
        .write_all(b"POST /v1/messages HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}")
        .await
        .expect("written");
    while stand_in.requests() == 0 {
        tokio::task::yield_now().await;
    }

    stand_in.stop().await;

    assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0);
}
