//! A folder that a local run is made in, gone with everything of it when it is dropped.

use std::path::Path;
use std::process::{Command, Stdio};

use postgres::{PostgresOptions, data_dir};
use tempfile::TempDir;

/// A folder for `gleaner run`. As root its database lies elsewhere; that is removed as well.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Variables of whoever runs the tests that a command under test must not see.
const NOT_PASSED_ON: [&str; 8] = [
    "DATABASE_URL",
    "QUEUE_URL",
    "LLM_BASE_URL",
    "LLM_MODEL",
    "LLM_MODELS",
    "LLM_API_KEY",
    "GLEANER_KILLS",
    "GLEANER_CORPUS",
];

impl Folder {
    /// The `gleaner` command, to be run in here.
    #[must_use]
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null());
        for name in NOT_PASSED_ON {
            command.env_remove(name);
        }
        command
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let wanted = self.path().join(".gleaner/postgres");
        let options = PostgresOptions {
            data_dir: wanted,
            ..PostgresOptions::default()
        };
        let dir = data_dir(&options).filter(|dir| dir.is_dir());
        if let Some(Err(error)) = dir.map(std::fs::remove_dir_all) {
            // a failing test may leave a server that is still stopping
            tracing::warn!(%error, "a test's database was left behind");
        }
    }
}
