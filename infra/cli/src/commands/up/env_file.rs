//! `env.json`: what `sam local invoke --env-vars` gives each function. It holds a password, so
//! nobody else may read it, and it goes when what it names goes.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use anyhow::Context as _;
use serde_json::json;

/// Its name, in the working directory.
pub(crate) const NAME: &str = "env.json";

/// What differs from one start to the next.
pub(crate) struct Variables {
    pub(crate) database_url: String,
    pub(crate) queue_url: String,
    pub(crate) queue_endpoint: String,
    pub(crate) allow_addrs: String,
    pub(crate) llm_base_url: String,
}

/// Writes it; one that is there already is of an earlier start.
pub(crate) fn write(variables: &Variables) -> anyhow::Result<()> {
    let text = format!("{:#}\n", both(variables));
    let fresh = format!("{NAME}.new");
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let file = options.open(&fresh);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&fresh, NAME))
        .with_context(|| format!("write {NAME}"))
}

/// Takes it away.
pub(crate) fn remove() -> anyhow::Result<()> {
    fs::remove_file(NAME).with_context(|| format!("remove {NAME}"))
}

/// SAM passes on only variables that the template names, so both have only those.
fn both(variables: &Variables) -> serde_json::Value {
    json!({
        "ArticleFunction": {
            "DATABASE_URL": variables.database_url,
            "DATABASE_TLS": "off",
            "FETCH_ALLOW_ADDRS": variables.allow_addrs,
            "LLM_BASE_URL": variables.llm_base_url,
            "LLM_MODEL": stand_in::MODEL,
        },
        "SchedulerFunction": {
            "DATABASE_URL": variables.database_url,
            "DATABASE_TLS": "off",
            "QUEUE_URL": variables.queue_url,
            "AWS_ENDPOINT_URL_SQS": variables.queue_endpoint,
        },
    })
}
