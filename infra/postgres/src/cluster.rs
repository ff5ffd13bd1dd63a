//! The data directory: made whole or not at all, reused, locked while it is in use.
//!
//! `cluster/` is what initdb made, `password` the superuser's, `server.log` what the server says,
//! `lock` is held by the process that runs it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use domain::{Budget, Step};
use runtime::{clock, within};
use tokio::process::Command;

use super::account::Account;
use super::error::PostgresError;
use super::hex::hex;
use super::pid_file;

/// The superuser. Named after the project, so that a URL says whose database it is.
pub(crate) const USER: &str = "gleaner";

/// initdb takes 0.3 to 3 s; a slow disk ten times that.
const INITDB_MAX: Duration = Duration::from_mins(1);

/// How much of a program's last words goes into an error.
const TAIL_BYTES: usize = 2_000;

/// A data directory that this process alone may use, until it is dropped.
#[derive(Debug)]
pub struct Cluster {
    /// What belongs to it: data, log, password, lock.
    pub root: PathBuf,
    /// The superuser's.
    pub password: String,
    /// Closing the file lets the lock go.
    _lock: File,
}

impl Cluster {
    /// Locks `root`, makes it if it is not there, and reads its password.
    pub(crate) fn open(root: PathBuf, account: Account) -> Result<Self, PostgresError> {
        make_private(&root, account)?;
        account.check_owner(&root)?;
        let lock = lock(&root)?;
        let password = password(&root, account)?;
        Ok(Self {
            root,
            password,
            _lock: lock,
        })
    }

    /// Postgres' data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.root.join("cluster")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.root.join("server.log")
    }

    /// The major version that made the cluster, when there is one.
    pub(crate) fn version(&self) -> Option<u32> {
        let text = fs::read_to_string(self.data().join("PG_VERSION")).ok()?;
        text.trim().parse().ok()
    }

    /// Runs initdb beside the final place and renames: a killed initdb leaves nothing usable.
    pub(crate) async fn initialise(
        &self,
        bin_dir: &Path,
        account: Account,
    ) -> Result<(), PostgresError> {
        let unfinished = self.root.join("cluster.unfinished");
        remove_dir(&unfinished)?;
        let program = bin_dir.join("initdb");
        let mut command = Command::new(&program);
        command.arg("--pgdata").arg(&unfinished);
        command.arg("--pwfile").arg(self.root.join("password"));
        command.args(["--username", USER, "--auth=scram-sha-256"]);
        // The server's collation must not depend on the machine.
        command.args([
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ]);
        plain(&mut command, &self.root, account);
        command.stdin(Stdio::null()).kill_on_drop(true);
        let budget = Budget::starting(clock::now(), INITDB_MAX);
        let output = within(Step::Boot, &budget, command.output())
            .await
            .map_err(|source| PostgresError::TimedOut {
                what: "run initdb",
                source,
            })?
            .map_err(|source| PostgresError::Run { program, source })?;
        if !output.status.success() {
            return Err(PostgresError::Initdb {
                dir: self.root.clone(),
                status: output.status,
                output: tail(&[output.stdout, output.stderr].concat()),
            });
        }
        fs::rename(&unfinished, self.data())
            .map_err(|source| PostgresError::file("put in place", unfinished, source))
    }

    /// Lets a network's addresses log in with the password.
    pub(super) fn let_in(&self, subnet: &str) -> Result<(), PostgresError> {
        let path = self.data().join("pg_hba.conf");
        let rule = format!("host all all {subnet} scram-sha-256\n");
        let known = fs::read_to_string(&path);
        let known = known.map_err(|source| PostgresError::file("read", &path, source))?;
        if known.contains(&rule) {
            return Ok(());
        }
        fs::write(&path, known + &rule).map_err(|source| PostgresError::file("write", path, source))
    }

    /// Removes a cluster that is worth nothing.
    ///
    /// # Errors
    /// [`PostgresError::File`].
    pub fn discard(&self) -> Result<(), PostgresError> {
        remove_dir(&self.data())
    }

    /// The end of the server's log.
    pub(crate) fn log_tail(&self) -> String {
        fs::read(self.log()).map_or_else(|error| error.to_string(), |bytes| tail(&bytes))
    }
}

/// The environment a server program gets: nothing of ours. `PGOPTIONS`, `LD_PRELOAD` and the like
/// are for other servers.
pub(crate) fn plain(command: &mut Command, root: &Path, account: Account) {
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .current_dir(root);
    account.apply(command);
}

fn tail(bytes: &[u8]) -> String {
    let from = bytes.len().saturating_sub(TAIL_BYTES);
    let end = bytes.get(from..).unwrap_or_default();
    String::from_utf8_lossy(end).trim().to_owned()
}

fn make_private(root: &Path, account: Account) -> Result<(), PostgresError> {
    if let Some(parent) = root.parent() {
        fs::create_dir_all(parent).map_err(|source| PostgresError::file("make", parent, source))?;
    }
    match DirBuilder::new().mode(0o700).create(root) {
        Ok(()) => account.give(root),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(PostgresError::file("make", root, error)),
    }
}

fn lock(root: &Path) -> Result<File, PostgresError> {
    let path = root.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|source| PostgresError::file("open", &path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PostgresError::AlreadyRunning {
            dir: root.to_owned(),
            pid: pid_file::read(&root.join("cluster")).map(|it| it.pid),
        }),
        Err(TryLockError::Error(source)) => Err(PostgresError::file("lock", path, source)),
    }
}

/// A password and not `trust`: on a shared machine, trust on loopback would make every other user
/// a database superuser, who may run programs as us. It lies in a file of ours that nobody else
/// can read, and is made once.
fn password(root: &Path, account: Account) -> Result<String, PostgresError> {
    let path = root.join("password");
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().len() == 2 * PASSWORD_BYTES => return Ok(text.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(source) => return Err(PostgresError::file("read", path, source)),
    }
    let fresh = random_hex().map_err(|e| PostgresError::file("read", "/dev/urandom", e))?;
    write_private(&path, &fresh, account)?;
    Ok(fresh)
}

const PASSWORD_BYTES: usize = 24;

fn random_hex() -> std::io::Result<String> {
    let mut bytes = [0_u8; PASSWORD_BYTES];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(hex(&bytes))
}

fn write_private(path: &Path, text: &str, account: Account) -> Result<(), PostgresError> {
    let new = path.with_extension("new");
    let written = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&new)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| PostgresError::file("write", &new, source))?;
    account.give(&new)?;
    fs::rename(&new, path).map_err(|source| PostgresError::file("put in place", path, source))
}

pub(super) fn remove_dir(path: &Path) -> Result<(), PostgresError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(PostgresError::file("remove", path, error))
        }
        _ => Ok(()),
    }
}
