//! Everything a server needs before it is started: a user, programs, a data directory.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{Budget, Step};
use runtime::{clock, within};

use super::account::Account;
use super::binaries::{self, Binaries};
use super::cluster::{Cluster, remove_dir};
use super::error::PostgresError;
use super::options::PostgresOptions;
use super::pid_file;

/// A server whose owner was killed is stopped by its guard within 10 s.
const PREDECESSOR_MAX: Duration = Duration::from_secs(15);

/// A data directory, ours alone, that a server can be started on.
#[derive(Debug)]
pub struct Launch {
    /// The locked data directory.
    pub cluster: Cluster,
    pub(crate) binaries: Binaries,
    pub(super) account: Account,
    pub(super) settings: Vec<String>,
}

impl Launch {
    /// Where the data of `options` really is.
    pub(super) fn place(options: &PostgresOptions) -> Result<(Account, PathBuf), PostgresError> {
        let account = Account::of_process()?;
        let wanted = std::path::absolute(&options.data_dir);
        let wanted = wanted.map_err(|e| PostgresError::file("resolve", &options.data_dir, e))?;
        Ok((account, account.data_dir(&wanted)))
    }

    /// Locks the data directory.
    ///
    /// # Errors
    /// [`PostgresError::AlreadyRunning`] when another process has it.
    pub fn lock(options: &PostgresOptions) -> Result<(Account, Cluster), PostgresError> {
        let (account, root) = Self::place(options)?;
        Ok((account, Cluster::open(root, account)?))
    }

    /// Finds the programs and makes the data directory ready.
    ///
    /// # Errors
    /// No programs, or the directory is another version's or in use.
    pub async fn prepare(
        options: &PostgresOptions,
        account: Account,
        cluster: Cluster,
    ) -> Result<Self, PostgresError> {
        let version = cluster.version();
        let binaries = binaries::find(options, version).await?;
        match version {
            None => cluster.initialise(&binaries.dir, account).await?,
            Some(made_by) if made_by != binaries.major => {
                return Err(PostgresError::OtherVersion {
                    dir: cluster.root.clone(),
                    made_by,
                    found: binaries.major,
                });
            }
            Some(_) => wait_for_predecessor(&cluster).await?,
        }
        if let Some(network) = &options.network {
            cluster.let_in(&network.subnet)?;
        }
        Ok(Self {
            cluster,
            binaries,
            account,
            settings: options.server_settings(),
        })
    }

    /// Makes an empty folder that the server's user may write to.
    ///
    /// # Errors
    /// [`PostgresError::File`].
    pub fn fresh_dir(&self, path: &Path) -> Result<(), PostgresError> {
        remove_dir(path)?;
        std::fs::create_dir(path).map_err(|source| PostgresError::file("make", path, source))?;
        self.account.give(path)
    }
}

/// A server whose owner was killed may still be stopping. One that stays is somebody's; a file
/// without its server is left over and in the way.
async fn wait_for_predecessor(cluster: &Cluster) -> Result<(), PostgresError> {
    let data = cluster.data();
    let Some(old) = pid_file::read(&data) else {
        return Ok(());
    };
    let gone = async {
        while pid_file::is_server_of(old.pid, &data) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let budget = Budget::starting(clock::now(), PREDECESSOR_MAX);
    let waited = within(Step::Boot, &budget, gone).await;
    waited.map_err(|_still_there| PostgresError::AlreadyRunning {
        dir: cluster.root.clone(),
        pid: Some(old.pid),
    })?;
    let path = pid_file::path(&data);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(PostgresError::file("remove", path, error))
        }
        _ => Ok(()),
    }
}
