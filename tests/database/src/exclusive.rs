//! A lock between processes, for the moments when the shared server is started or migrated.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{Budget, Step};
use runtime::{clock, within};

use postgres::PostgresError;

/// Somebody else may be downloading, initialising and migrating meanwhile.
const LOCK_MAX: Duration = Duration::from_mins(3);

/// How often a lock that is held is tried again; what it is held for takes 0.1 s and more.
const LOCK_EVERY: Duration = Duration::from_millis(5);

/// The folder of this user's shared server. Root's is where the server's user can reach it.
pub(super) fn folder() -> PathBuf {
    let uid = rustix::process::geteuid();
    let base = if uid.is_root() {
        PathBuf::from("/var/tmp")
    } else {
        std::env::temp_dir()
    };
    base.join(format!("gleaner-test-{}", uid.as_raw()))
}

/// Waits for the lock beside `folder`; it is let go when the file is dropped. Polls, because a thread that blocked
/// here could be the one that the lock's holder needs.
pub(super) async fn lock(folder: &Path) -> Result<File, PostgresError> {
    let path = folder.with_extension("lock");
    let file = open(&path).map_err(|source| PostgresError::file("open", &path, source))?;
    let locked = async {
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_EVERY).await,
                Err(TryLockError::Error(source)) => {
                    return Err(PostgresError::file("lock", &path, source));
                }
            }
        }
    };
    let budget = Budget::starting(clock::now(), LOCK_MAX);
    let what = "wait for another process to start the tests' Postgres";
    within(Step::Boot, &budget, locked)
        .await
        .map_err(|source| PostgresError::TimedOut { what, source })??;
    Ok(file)
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    options.open(path)
}
