//! The queue, and the credentials for it.

use url::Url;

use super::address::url;
use super::{Reader, Secret};

/// Credentials as Lambda puts them into the environment.
#[derive(Clone, Debug)]
pub struct AwsKeys {
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: Secret,
    /// Session token of temporary credentials.
    pub session_token: Option<Secret>,
}

/// The queue.
#[derive(Clone, Debug)]
pub struct Sqs {
    /// The queue's URL.
    pub queue_url: String,
    /// The region that requests are signed for.
    pub region: String,
    /// Another endpoint than AWS's.
    pub endpoint: Option<Url>,
    /// What requests are signed with.
    pub keys: AwsKeys,
}

impl Sqs {
    /// Reads `QUEUE_URL`, `AWS_REGION`, `AWS_ENDPOINT_URL_SQS` and the credentials.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let queue_url = reader.required(
            "QUEUE_URL",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/articles",
        );
        let has_user = |url: &Url| !url.username().is_empty() || url.password().is_some();
        if queue_url.is_some_and(|text| Url::parse(text).is_ok_and(|url| has_user(&url))) {
            reader.fault(
                "QUEUE_URL",
                "has a user or password in it; credentials go into AWS_…",
            );
        }
        if queue_url.is_some_and(|text| text.rsplit('.').next() == Some("fifo")) {
            reader.fault(
                "QUEUE_URL",
                "is a FIFO queue, which orders and deduplicates what may run in any order; Gleaner \
                 takes standard queues only",
            );
        }
        let region = reader.required("AWS_REGION", "eu-west-1");
        let key_id = reader.required("AWS_ACCESS_KEY_ID", "set by Lambda");
        let key = reader.required("AWS_SECRET_ACCESS_KEY", "set by Lambda");
        let endpoint = url(reader, "AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:4566");
        Some(Self {
            queue_url: queue_url?.to_owned(),
            region: region?.to_owned(),
            endpoint,
            keys: AwsKeys {
                access_key_id: key_id?.to_owned(),
                secret_access_key: Secret::new(key?.to_owned()),
                session_token: reader.secret("AWS_SESSION_TOKEN"),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn a_fifo_queue_is_refused_by_name() {
        let environment = Environment::of_pairs([
            (
                "QUEUE_URL",
                "https://sqs.eu-west-1.amazonaws.com/1/articles.fifo",
            ),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "key"),
        ]);
        let mut reader = Reader::new(&environment);
        let sqs = Sqs::read(&mut reader);

        let faults = reader.finish(|| sqs).expect_err("a FIFO queue");

        assert!(faults.to_string().contains("FIFO"), "{faults}");
    }
}
