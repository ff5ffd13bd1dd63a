//! The scheduler function: what is due goes to the queue.

pub mod handler;
pub mod pass;

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use queue::Queue;
use runtime::Chain;
use runtime::config::SchedulerConfig;
use serde_json::Value;
use store::{Store, StoreError};

use crate::handler::Services;
use crate::pass::Goal;

/// Boots from the environment and serves the Runtime API until it ends.
#[must_use]
pub fn run() -> ExitCode {
    match runtime::boot("scheduler", SchedulerConfig::read) {
        Ok(config) => start(&config),
        Err(code) => code,
    }
}

fn start(config: &SchedulerConfig) -> ExitCode {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let served = match (executor, services(config)) {
        (Ok(executor), Ok(services)) => executor.block_on(Box::pin(serve(Arc::new(services)))),
        (Err(error), _) => Err(error.into()),
        (_, Err(error)) => Err(error.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %Chain(&*error), "the scheduler function ended");
            ExitCode::FAILURE
        }
    }
}

/// Builds what a warm process keeps; no network.
///
/// # Errors
/// When the database cannot be used as configured.
pub fn services(config: &SchedulerConfig) -> Result<Services, StoreError> {
    Ok(Services {
        function: config.function.clone(),
        store: Store::new(&config.database, "gleaner-scheduler")?,
        queue: Queue::new(&config.sqs),
        goal: Goal {
            target_depth: config.target_depth,
            requeue_after: config.requeue_after,
            limits: config.limits,
        },
    })
}

async fn serve(services: Arc<Services>) -> Result<(), lambda_runtime::Error> {
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let services = Arc::clone(&services);
        async move { Box::pin(handler::handle(&services, event)).await }
    });
    Box::pin(Runtime::new(handler).run()).await
}
