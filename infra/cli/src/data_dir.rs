//! Where a local run keeps its things: `.gleaner` in the working directory, or `GLEANER_DATA`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use runtime::config::Environment;

/// The folder of a local run.
#[derive(Clone, Debug)]
pub(crate) struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// The folder that the environment names; nothing is made yet.
    pub(crate) fn of(environment: &Environment) -> Self {
        Self {
            root: PathBuf::from(environment.get("GLEANER_DATA").unwrap_or(".gleaner")),
        }
    }

    /// The database's files.
    pub(crate) fn postgres(&self) -> PathBuf {
        self.root.join("postgres")
    }

    /// Where a function's log lines go.
    pub(crate) fn log(&self, function: &str) -> PathBuf {
        self.root.join("logs").join(format!("{function}.log"))
    }

    /// Whether a local run has been here.
    pub(crate) fn is_used(&self) -> bool {
        self.root.is_dir()
    }

    /// Makes the folder and what keeps it out of version control.
    pub(crate) fn make(&self) -> anyhow::Result<()> {
        let logs = self.root.join("logs");
        std::fs::create_dir_all(&logs).with_context(|| format!("make {}", logs.display()))?;
        let ignore = self.root.join(".gitignore");
        std::fs::write(&ignore, "*\n").with_context(|| format!("write {}", ignore.display()))
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
}

impl DataDir {
    /// The sample site's port, once it has one: its URLs stand in the database.
    pub(crate) fn site_port(&self) -> Option<u16> {
        let text = std::fs::read_to_string(self.root.join("site-port")).ok()?;
        text.trim().parse().ok()
    }

    /// Where to look for a free port first: this folder's own, below those that systems hand out by
    /// themselves.
    pub(crate) fn first_port(&self) -> u16 {
        let path = std::path::absolute(&self.root).unwrap_or_else(|_| self.root.clone());
        let bytes = path.as_os_str().as_encoded_bytes();
        let sum = bytes
            .iter()
            .fold(0_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(*byte));
        20_000 + u16::try_from(sum % 12_000).unwrap_or(0)
    }

    /// Keeps the sample site's port for the next run.
    pub(crate) fn keep_site_port(&self, port: u16) -> anyhow::Result<()> {
        let path = self.root.join("site-port");
        std::fs::write(&path, port.to_string()).with_context(|| format!("write {}", path.display()))
    }
}
