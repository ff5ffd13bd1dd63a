//! SQS's JSON protocol by hand, for requests that a well-behaved client does not send.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

/// Calls one action; status and body of the answer.
pub(crate) async fn call(endpoint: &Url, action: &str, request: &Value) -> (u16, Value) {
    let (host, port) = (endpoint.host_str().unwrap(), endpoint.port().unwrap());
    let mut stream = TcpStream::connect((host, port)).await.unwrap();
    let body = request.to_string();
    let head = [
        "POST / HTTP/1.1".to_owned(),
        format!("host: {host}:{port}"),
        "content-type: application/x-amz-json-1.0".to_owned(),
        format!("x-amz-target: AmazonSQS.{action}"),
        "authorization: AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/sqs/aws4_request, \
         SignedHeaders=host, Signature=0"
            .to_owned(),
        format!("content-length: {}", body.len()),
        "connection: close".to_owned(),
    ]
    .join("\r\n");
    stream
        .write_all(format!("{head}\r\n\r\n{body}").as_bytes())
        .await
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let (head, body) = (String::from_utf8_lossy(&answer[..end]), &answer[end + 4..]);
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = serde_json::from_slice(body).unwrap_or(Value::Null);
    (status, body)
}
