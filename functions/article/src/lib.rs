//! The article function: one queue record becomes one recorded outcome.
//!
//! It fetches a page, extracts its text, asks an LLM for facts and records what became of it, all
//! within the time its invocation has left. It keeps nothing worth losing: whatever kills it, the
//! article's lease passes and the row comes due again.

mod attempt;
mod attempt_error;
mod chunks;
pub mod handler;
mod invocation;
pub mod judge;
mod open_run;
mod process;
mod record_outcome;
mod routes;
mod services;
pub mod sqs_record;

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use runtime::Chain;
use runtime::config::ArticleConfig;
use serde_json::Value;

pub use attempt_error::AttemptError;
pub use record_outcome::Unrecorded;
pub use services::{Services, ServicesError};

/// Boots from the environment and serves the Runtime API until it ends.
#[must_use]
pub fn run() -> ExitCode {
    match runtime::boot("article", ArticleConfig::read) {
        Ok(config) => start(&config),
        Err(code) => code,
    }
}

/// Builds the services and serves, on one thread: an invocation has one caller, and extraction runs
/// beside it.
fn start(config: &ArticleConfig) -> ExitCode {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let served = match (executor, Services::new(config)) {
        (Ok(executor), Ok(services)) => executor.block_on(Box::pin(serve(Arc::new(services)))),
        (Err(error), _) => Err(error.into()),
        (_, Err(error)) => Err(error.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %Chain(&*error), "the article function ended");
            ExitCode::FAILURE
        }
    }
}

async fn serve(services: Arc<Services>) -> Result<(), lambda_runtime::Error> {
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let services = Arc::clone(&services);
        async move { Box::pin(handler::handle(&services, event)).await }
    });
    Box::pin(Runtime::new(handler).run()).await
}
