//! The migrate function: brings the database to this build's shape, from where the database can be
//! reached. Nothing fires it but a person: once before each deployment of the other two.
//!
//! It may be called again at any moment: what is done stays done, also when its time ran out.

use std::process::ExitCode;
use std::sync::Arc;

use domain::Budget;
use domain::limits::RESPONSE_RESERVE;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use runtime::config::{Function, MigrateConfig};
use runtime::{Chain, Scope, clock, deadline_from_context};
use serde::Serialize;
use serde_json::Value;
use store::{Store, StoreError};

/// What a migration did, as the reply says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Names of the migrations that were applied, in order.
    pub applied: Vec<String>,
    /// Articles that were there before and got their work row now.
    pub adopted_rows: i64,
}

/// A migration that did not come to its end; calling again goes on.
#[derive(Debug)]
pub struct Unmigrated(StoreError);

impl From<Unmigrated> for Diagnostic {
    fn from(Unmigrated(error): Unmigrated) -> Self {
        Self {
            error_type: "StoreError".to_owned(),
            error_message: Chain(&error).to_string(),
        }
    }
}

/// Boots from the environment and serves the Runtime API until it ends.
#[must_use]
pub fn run() -> ExitCode {
    match runtime::boot("migrate", MigrateConfig::read) {
        Ok(config) => start(&config),
        Err(code) => code,
    }
}

fn start(config: &MigrateConfig) -> ExitCode {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let store = Store::new(&config.database, "gleaner-migrate");
    let served = match (executor, store) {
        (Ok(executor), Ok(store)) => {
            executor.block_on(Box::pin(serve(config.function.clone(), Arc::new(store))))
        }
        (Err(error), _) => Err(error.into()),
        (_, Err(error)) => Err(error.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %Chain(&*error), "the migrate function ended");
            ExitCode::FAILURE
        }
    }
}

async fn serve(function: Function, store: Arc<Store>) -> Result<(), lambda_runtime::Error> {
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let (function, store) = (function.clone(), Arc::clone(&store));
        async move { Box::pin(handle(&function, &store, &event)).await }
    });
    Box::pin(Runtime::new(handler).run()).await
}

/// Serves one invocation. The event's content does not matter.
async fn handle(
    function: &Function,
    store: &Store,
    event: &LambdaEvent<Value>,
) -> Result<Summary, Unmigrated> {
    let (now, context) = (clock::now(), &event.context);
    let otherwise = function.time_default;
    let deadline = deadline_from_context(context.deadline, now, clock::wall(), otherwise);
    let budget = Budget::until(deadline).less(RESPONSE_RESERVE, now);
    let scope = Scope::invocation(&context.request_id, deadline);
    Box::pin(scope.run(migrate(store, &budget))).await
}

async fn migrate(store: &Store, budget: &Budget) -> Result<Summary, Unmigrated> {
    match Box::pin(store.migrate(budget)).await {
        Ok(migrated) => {
            let (applied, adopted_rows) = (migrated.applied, migrated.adopted_rows);
            tracing::info!(applied = applied.len(), adopted_rows, "migrated");
            Ok(Summary {
                applied,
                adopted_rows,
            })
        }
        Err(error) => {
            tracing::error!(error = %Chain(&error), "not migrated; what was done stays done");
            Err(Unmigrated(error))
        }
    }
}
