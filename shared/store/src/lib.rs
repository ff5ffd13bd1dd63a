//! Postgres: every SQL statement of Gleaner, and the migrations.
//!
//! One verb a file; each is one round trip: one statement in one short transaction. No verb hangs:
//! a limit of the client's surrounds every wait, connecting included, and after a limit the
//! connection is thrown away. Nothing here decides what becomes of an article.

mod add;
mod adoption;
mod breakers;
mod claim;
mod clean;
mod connect;
mod connection;
mod dates;
mod due;
mod error;
mod finish;
mod flow;
mod give_back;
mod login;
mod migrate;
mod open_run;
mod queued_count;
mod reconcile;
mod record_failure;
mod report;
mod retry_articles;
mod row;
mod save_chunk;
mod store;
mod text;

pub use add::{Added, NewArticle};
pub use breakers::{RouteHealth, RouteState, breaker_key};
pub use claim::{Claim, ClaimRequest, Claimed, OpenBreaker};
pub use due::Due;
pub use error::{DatabaseError, StoreError};
pub use finish::{AttemptRecord, Finish, Recorded, RunResult};
pub use flow::Flow;
pub use migrate::{Migrated, schema_digest};
pub use open_run::{
    Gates, OpenRun, Run, RunId, RunIdentityRow, StoredChunk, StoredRun, StoredStatus,
};
pub use reconcile::Reconciled;
pub use record_failure::AttemptFailure;
pub use report::{
    Activity, ArticleForReading, Attempt, AttemptRun, Choice, Chosen, CostDay, Cursor, ExportError,
    ExportForm, Exported, FailureClass, Findings, InFlight, NotACursor, OutcomeCount, PaidAgain,
    Progress, RefusingHost, Spent, StateCount, StepTime, StoredFact, Summary, Violation,
    WaitingAge,
};
pub use retry_articles::Reprocess;
pub use store::Store;
pub use text::Text;
