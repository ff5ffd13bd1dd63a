//! What SQS refuses and the engine lets pass, judged before the engine sees it.
//!
//! Characters outside XML 1.0, batches over the total size, malformed receipt handles and batch
//! ids; and a `maxReceiveCount` written as text, which SQS takes and the engine does not. The
//! engine's own limit of 256 KiB a message stays: SQS's is 1 MiB, our messages are 40 bytes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt;
use rustack_sqs_http::body::SqsResponseBody;
use rustack_sqs_http::dispatch::SqsHandler;
use rustack_sqs_model::error::{SqsError, SqsErrorCode};
use rustack_sqs_model::operations::SqsOperation;
use serde_json::{Map, Value, json};

/// SQS's limit for a message and for a batch as a whole.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// SQS's limits for a batch and the ids in it.
const BATCH_ENTRIES_MAX: usize = 10;
const ENTRY_ID_CHARS_MAX: usize = 80;

/// The engine behind the checks.
#[derive(Debug)]
pub(super) struct Checked<H> {
    engine: Arc<H>,
}

pub(super) type Answer = Result<Response<SqsResponseBody>, SqsError>;

impl<H> Checked<H> {
    pub(super) fn new(engine: H) -> Self {
        Self {
            engine: Arc::new(engine),
        }
    }
}

impl<H: SqsHandler> SqsHandler for Checked<H> {
    fn handle_operation(
        &self,
        op: SqsOperation,
        body: Bytes,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
        let engine = Arc::clone(&self.engine);
        Box::pin(async move {
            match op {
                SqsOperation::SendMessage => {
                    let request = parse(&body)?;
                    if let Some(refusal) = check_text(&request) {
                        return Err(refusal.into_error());
                    }
                    engine.handle_operation(op, body).await
                }
                SqsOperation::DeleteMessage => {
                    let request = parse(&body)?;
                    if let Some(refusal) = check_receipt(&request) {
                        return Err(refusal.into_error());
                    }
                    engine.handle_operation(op, body).await
                }
                SqsOperation::SendMessageBatch => batch(&*engine, op, body, check_text).await,
                SqsOperation::DeleteMessageBatch => batch(&*engine, op, body, check_receipt).await,
                SqsOperation::CreateQueue | SqsOperation::SetQueueAttributes => {
                    let body = with_numeric_receive_count(body)?;
                    engine.handle_operation(op, body).await
                }
                _ => engine.handle_operation(op, body).await,
            }
        })
    }
}

/// Why one message or receipt is refused.
struct Refusal {
    code: &'static str,
    kind: SqsErrorCode,
    message: &'static str,
}

impl Refusal {
    fn into_error(self) -> SqsError {
        SqsError::new(self.kind, self.message)
    }
}

type Check = fn(&Map<String, Value>) -> Option<Refusal>;

/// Checks a batch as a whole, then each entry; only the good ones reach the engine.
async fn batch<H: SqsHandler>(engine: &H, op: SqsOperation, body: Bytes, check: Check) -> Answer {
    let mut request = parse(&body)?;
    let Some(Value::Array(entries)) = request.remove("Entries") else {
        return engine.handle_operation(op, body).await;
    };
    if entries.is_empty() || entries.len() > BATCH_ENTRIES_MAX || !ids_are_distinct(&entries) {
        return engine.handle_operation(op, body).await;
    }
    check_batch(&entries)?;
    let (mut good, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry.as_object().and_then(check) {
            Some(refusal) => failed.push(failed_entry(&entry, &refusal)),
            None => good.push(entry),
        }
    }
    if failed.is_empty() {
        return engine.handle_operation(op, body).await;
    }
    if good.is_empty() {
        return Ok(answer(&json!({"Successful": [], "Failed": failed})));
    }
    request.insert("Entries".to_owned(), Value::Array(good));
    let reduced = Bytes::from(Value::Object(request).to_string());
    let engines = engine.handle_operation(op, reduced).await?;
    merge(engines, failed).await
}

fn ids_are_distinct(entries: &[Value]) -> bool {
    let mut ids: Vec<&str> = entries.iter().map(|entry| text(entry, "Id")).collect();
    ids.sort_unstable();
    ids.windows(2).all(|pair| pair.first() != pair.last())
}

fn check_batch(entries: &[Value]) -> Result<(), SqsError> {
    let total: usize = entries
        .iter()
        .map(|entry| text(entry, "MessageBody").len())
        .sum();
    if total > BATCH_BYTES_MAX {
        let message = format!("Batch requests cannot be longer than {BATCH_BYTES_MAX} bytes.");
        return Err(SqsError::new(SqsErrorCode::BatchRequestTooLong, message));
    }
    let well_formed = |id: &str| {
        (1..=ENTRY_ID_CHARS_MAX).contains(&id.len())
            && id
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    if entries.iter().all(|entry| well_formed(text(entry, "Id"))) {
        return Ok(());
    }
    let message = "A batch entry id can only contain alphanumeric characters, hyphens and \
                   underscores. It can be at most 80 letters long.";
    Err(SqsError::new(SqsErrorCode::InvalidBatchEntryId, message))
}

/// The characters that SQS takes: those of XML 1.0.
fn check_text(message: &Map<String, Value>) -> Option<Refusal> {
    let body = message
        .get("MessageBody")
        .and_then(Value::as_str)
        .unwrap_or("");
    let allowed = |c: char| {
        matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}')
            || c > '\u{FFFF}'
    };
    (!body.chars().all(allowed)).then_some(Refusal {
        code: "InvalidMessageContents",
        kind: SqsErrorCode::InvalidParameterValue,
        message: "Invalid characters found. Valid unicode characters are \
                  #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    })
}

/// A receipt handle has the engine's form. An old one is fine: SQS, too, takes those.
fn check_receipt(entry: &Map<String, Value>) -> Option<Refusal> {
    let handle = entry
        .get("ReceiptHandle")
        .and_then(Value::as_str)
        .unwrap_or("");
    let decoded = STANDARD
        .decode(handle)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let ours = decoded.is_some_and(|text| {
        let mut parts = text.split(':');
        let (message, time, nonce) = (parts.next(), parts.next(), parts.next());
        let is_uuid = |part: Option<&str>| part.is_some_and(|part| part.len() == 36);
        let is_time = time.is_some_and(|time| time.bytes().all(|byte| byte.is_ascii_digit()));
        is_uuid(message) && is_time && is_uuid(nonce) && parts.next().is_none()
    });
    (!ours).then_some(Refusal {
        code: "ReceiptHandleIsInvalid",
        kind: SqsErrorCode::ReceiptHandleIsInvalid,
        message: "The input receipt handle is invalid.",
    })
}

/// SQS takes `"maxReceiveCount":"5"`, and templates write it so.
fn with_numeric_receive_count(body: Bytes) -> Result<Bytes, SqsError> {
    let mut request = parse(&body)?;
    let policy = request
        .get("Attributes")
        .and_then(|attributes| attributes.get("RedrivePolicy"))
        .and_then(Value::as_str)
        .and_then(|policy| serde_json::from_str::<Value>(policy).ok());
    let Some(mut policy) = policy else {
        return Ok(body);
    };
    let count = policy.get("maxReceiveCount").and_then(Value::as_str);
    let Some(count) = count.and_then(|count| count.parse::<u32>().ok()) else {
        return Ok(body);
    };
    if let (Some(fields), Some(Value::Object(attributes))) =
        (policy.as_object_mut(), request.get_mut("Attributes"))
    {
        fields.insert("maxReceiveCount".to_owned(), count.into());
        attributes.insert("RedrivePolicy".to_owned(), policy.to_string().into());
    }
    Ok(Bytes::from(Value::Object(request).to_string()))
}

pub(super) fn parse(body: &[u8]) -> Result<Map<String, Value>, SqsError> {
    let fault = |message: String| SqsError::new(SqsErrorCode::InvalidParameterValue, message);
    serde_json::from_slice(body).map_err(|error| fault(format!("The request is not JSON: {error}")))
}

pub(super) fn text<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry.get(key).and_then(Value::as_str).unwrap_or("")
}

fn failed_entry(entry: &Value, refusal: &Refusal) -> Value {
    json!({
        "Id": text(entry, "Id"),
        "SenderFault": true,
        "Code": refusal.code,
        "Message": refusal.message,
    })
}

/// The engine's answer with our refusals added.
pub(super) async fn merge(engines: Response<SqsResponseBody>, failed: Vec<Value>) -> Answer {
    let fault = |error: &dyn std::fmt::Display| SqsError::internal_error(error.to_string());
    let body = engines
        .into_body()
        .collect()
        .await
        .map_err(|error| fault(&error))?;
    let mut merged: Map<String, Value> =
        serde_json::from_slice(&body.to_bytes()).map_err(|error| fault(&error))?;
    match merged.entry("Failed").or_insert_with(|| json!([])) {
        Value::Array(entries) => entries.extend(failed),
        other => *other = Value::Array(failed),
    }
    Ok(answer(&Value::Object(merged)))
}

pub(super) fn answer(body: &Value) -> Response<SqsResponseBody> {
    let mut response = Response::new(SqsResponseBody::from_bytes(body.to_string()));
    let kind = http::HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert("content-type", kind);
    response
}
