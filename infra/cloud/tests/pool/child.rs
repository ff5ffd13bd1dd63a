//! The function process of these tests: this test executable again, serving the Runtime API by hand
//! so that it can break every rule on command.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::UNIX_EPOCH;

use lambda_runtime::{LambdaEvent, service_fn};
use runtime::clock;
use runtime::config::Environment;
use serde_json::{Value, json};

/// A connection to the Runtime API.
struct Api {
    stream: TcpStream,
    host: String,
}

/// One answer of the Runtime API.
struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Api {
    fn connect(host: &str) -> Self {
        let stream = TcpStream::connect(host).expect("the Runtime API listens");
        Self {
            stream,
            host: host.to_owned(),
        }
    }

    fn call(&mut self, method: &str, path: &str, body: &str) -> Reply {
        let Self { stream, host } = self;
        let length = body.len();
        let request = format!(
            "{method} /2018-06-01/runtime{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream
            .write_all(request.as_bytes())
            .expect("the Runtime API reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream
                .read_exact(&mut byte)
                .expect("the Runtime API answers");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length = header(&head, "content-length").parse().unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).expect("the answer is whole");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, head, body }
    }

    fn answer(&mut self, request_id: &str, body: &Value) -> u16 {
        let path = format!("/invocation/{request_id}/response");
        self.call("POST", &path, &body.to_string()).status
    }
}

/// A header's value.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let mut lines = head.lines();
    let found = lines.find_map(|line| line.strip_prefix(&format!("{name}: ")));
    found.unwrap_or_else(|| panic!("no {name} in {head}"))
}

/// Plays the function in the named manner. Ends only with the process.
pub(crate) fn play(manner: &str, environment: &Environment) {
    cloud::lambda::child::exit_when_orphaned().unwrap();
    let host = environment
        .get("AWS_LAMBDA_RUNTIME_API")
        .expect("the runner told it");
    match manner {
        "dies-at-init" => std::process::exit(7),
        "silent-at-init" => loop {
            std::thread::park();
        },
        "reports-at-init" => {
            let mut api = Api::connect(host);
            api.call(
                "POST",
                "/init/error",
                r#"{"errorType":"Config","errorMessage":"no key"}"#,
            );
            std::process::exit(1);
        }
        "keeps-the-rules" => keep_the_rules(),
        _ => serve(host, environment),
    }
}

/// A function on the runtime that real ones use.
fn keep_the_rules() {
    let function =
        service_fn(
            async |event: LambdaEvent<Value>| match event.payload["fail"].as_str() {
                None => Ok(json!({
                    "pid": std::process::id(),
                    "request_id": event.context.request_id,
                    "left_ms": left_ms(event.context.deadline),
                })),
                Some("error") => Err(lambda_runtime::Error::from("refused")),
                Some(words) => panic!("{words}"),
            },
        );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(lambda_runtime::run(function)).unwrap();
}

/// A message about an odd article kills at its first delivery, one about article 13 at each.
fn dies_of(record: &Value) -> bool {
    let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
    let article = body["article_id"].as_u64().unwrap();
    let is_first = record["attributes"]["ApproximateReceiveCount"] == "1";
    article == 13 || (article % 2 == 1 && is_first)
}

fn left_ms(deadline: u64) -> i128 {
    let now = clock::wall()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis();
    i128::from(deadline) - i128::try_from(now).unwrap()
}

/// Obeys the `do` of each event.
fn serve(host: &str, environment: &Environment) {
    let mut api = Api::connect(host);
    let mut last = String::new();
    loop {
        let event = api.call("GET", "/invocation/next", "");
        let id = header(&event.head, "lambda-runtime-aws-request-id").to_owned();
        let order: Value = serde_json::from_slice(&event.body).unwrap();
        match order["do"].as_str().unwrap_or("batch") {
            "batch" => {
                let record = &order["Records"][0];
                if dies_of(record) {
                    std::process::abort();
                }
                assert_eq!(api.answer(&id, &json!({"batchItemFailures": []})), 202);
            }
            "tell" => {
                let told = json!({
                    "pid": std::process::id(),
                    "head": event.head,
                    "names": environment.names().collect::<Vec<_>>(),
                });
                assert_eq!(api.answer(&id, &told), 202);
            }
            "fail" => {
                let path = format!("/invocation/{id}/error");
                api.call("POST", &path, r#"{"errorType":"Oops","errorMessage":"no"}"#);
            }
            "hang" => loop {
                std::thread::park();
            },
            "exit" => std::process::exit(9),
            "abort" => std::process::abort(),
            "answer-and-exit" => {
                api.answer(&id, &json!("bye"));
                std::process::exit(0);
            }
            "answer-twice" => {
                let first = api.answer(&id, &json!("first"));
                let second = api.answer(&id, &json!("second"));
                assert_eq!((first, second), (202, 403));
            }
            "answer-another" => {
                let other = api.answer("00000000-0000-4000-8000-000000000000", &json!(1));
                let stale = if last.is_empty() {
                    403
                } else {
                    api.answer(&last, &json!(1))
                };
                let own = api.answer(&id, &json!([other, stale]));
                assert_eq!(own, 202);
            }
            "answer-at-length" => {
                let path = format!("/invocation/{id}/response");
                let length = usize::try_from(order["bytes"].as_u64().unwrap()).unwrap();
                api.call("POST", &path, &format!("{:?}", "x".repeat(length - 2)));
            }
            "skip" => {}
            "call-home" => {
                let address = order["address"].as_str().unwrap();
                let mut home = TcpStream::connect(address).unwrap();
                home.write_all(b"!").unwrap();
                // Ends when the test closes its side, which it does only to let the process answer.
                let mut end = Vec::new();
                home.read_to_end(&mut end).unwrap();
                api.answer(&id, &json!(std::process::id()));
            }
            "print" => {
                for line in 0..order["lines"].as_u64().unwrap() {
                    println!("line {line}");
                }
                std::process::abort();
            }
            other => panic!("unknown order {other}"),
        }
        last = id;
    }
}
