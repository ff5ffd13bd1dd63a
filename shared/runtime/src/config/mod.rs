//! Configuration, read once from the environment, typed, with every fault in one report.
//!
//! A function asks for its whole configuration in one call; the sections are what its adapters
//! take. Secrets do not show in `Debug`.

mod address;
mod database;
mod database_url;
mod faults;
mod function;
mod limits;
mod llm;
mod pages;
mod reader;
mod secret;
mod sqs;
mod stored_secret;

use domain::DailyLimits;

pub use address::is_loopback;
pub use database::{Database, DatabaseTls};
pub use faults::{ConfigFaults, Fault};
pub(crate) use function::in_lambda;
pub use function::{Function, log_level};
pub use limits::read_limits;
pub use llm::{Dialect, KeyHeader, Llm, Route};
pub use pages::Fetch;
pub use reader::{Environment, Reader, VARIABLES};
pub use secret::Secret;
pub use sqs::{AwsKeys, Sqs};
pub use stored_secret::StoredSecret;

/// What the article function needs.
#[derive(Clone, Debug)]
pub struct ArticleConfig {
    /// The function itself.
    pub function: Function,
    /// Postgres.
    pub database: Database,
    /// Fetching pages.
    pub fetch: Fetch,
    /// The LLM.
    pub llm: Llm,
    /// What the LLM may cost on a day.
    pub limits: DailyLimits,
    /// Where the text of known sites is: host and CSS selector.
    pub selectors: Vec<(String, String)>,
}

/// What the scheduler function needs.
#[derive(Clone, Debug)]
pub struct SchedulerConfig {
    /// The function itself.
    pub function: Function,
    /// Postgres.
    pub database: Database,
    /// The queue.
    pub sqs: Sqs,
    /// Ids to have on the queue at most; a pass tops up to this.
    pub target_depth: u32,
    /// An id that is still queued after this is sent again.
    pub requeue_after: std::time::Duration,
    /// What the LLM may cost on a day.
    pub limits: DailyLimits,
}

impl ArticleConfig {
    /// Reads everything.
    ///
    /// # Errors
    /// All faults together.
    pub fn read(environment: &Environment) -> Result<Self, ConfigFaults> {
        let mut reader = Reader::new(environment);
        let function = Function::read(&mut reader);
        let database = Database::read(&mut reader);
        let fetch = Fetch::read(&mut reader);
        let llm = Llm::read(&mut reader);
        let limits = read_limits(&mut reader);
        let selectors = pages::read_selectors(&mut reader);
        reader.finish(|| {
            Some(Self {
                function,
                database: database?,
                fetch: fetch?,
                llm: llm?,
                limits,
                selectors,
            })
        })
    }
}

/// What the migrate function needs.
#[derive(Clone, Debug)]
pub struct MigrateConfig {
    /// The function itself.
    pub function: Function,
    /// Postgres, as the owner of the tables.
    pub database: Database,
}

impl MigrateConfig {
    /// Reads everything.
    ///
    /// # Errors
    /// All faults together.
    pub fn read(environment: &Environment) -> Result<Self, ConfigFaults> {
        let mut reader = Reader::new(environment);
        let function = Function::read(&mut reader);
        let database = Database::read(&mut reader);
        reader.finish(|| {
            Some(Self {
                function,
                database: database?,
            })
        })
    }
}

impl SchedulerConfig {
    /// Reads everything.
    ///
    /// # Errors
    /// All faults together.
    pub fn read(environment: &Environment) -> Result<Self, ConfigFaults> {
        let mut reader = Reader::new(environment);
        let function = Function::read(&mut reader);
        let database = Database::read(&mut reader);
        let sqs = Sqs::read(&mut reader);
        let target_depth = reader.number("GLEANER_TARGET_DEPTH", 1_000, 1..=100_000);
        let requeue_after = reader.seconds("GLEANER_REQUEUE_AFTER_S", 900, 10..=86_400);
        let limits = read_limits(&mut reader);
        reader.finish(|| {
            Some(Self {
                function,
                database: database?,
                sqs: sqs?,
                limits,
                target_depth: u32::try_from(target_depth?).ok()?,
                requeue_after: requeue_after?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_shows_in_the_debug_form_of_a_configuration() {
        let environment = Environment::of_pairs([
            ("DATABASE_URL", "postgres://gleaner:canary@db.example/news"),
            ("LLM_BASE_URL", "https://llm.example/v1"),
            ("LLM_MODEL", "a-model"),
            ("LLM_API_KEY", "canary"),
            ("QUEUE_URL", "https://sqs.example/1/articles"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "canary"),
            ("AWS_SESSION_TOKEN", "canary"),
        ]);

        let article = ArticleConfig::read(&environment).expect("good");
        let scheduler = SchedulerConfig::read(&environment).expect("good");

        let shown = format!("{article:?} {scheduler:?}");
        assert!(
            shown.contains("a-model") && !shown.contains("canary"),
            "{shown}"
        );
    }

    #[test]
    fn an_endpoint_with_a_password_in_it_is_refused_and_not_repeated() {
        let environment = Environment::of_pairs([
            ("DATABASE_URL", "postgres://gleaner@db.example/news"),
            ("LLM_BASE_URL", "https://user:canary@llm.example/v1"),
            ("LLM_MODEL", "a-model"),
        ]);

        let faults = ArticleConfig::read(&environment).expect_err("a password in a URL");

        let shown = faults.to_string();
        assert!(
            shown.contains("LLM_BASE_URL") && !shown.contains("canary"),
            "{shown}"
        );
    }
}
