//! One `gleaner up` a folder: a locked file with its process id. `gleaner down` asks that process to
//! end and waits until it has; the lock, not the number, tells whether it is there.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use domain::{Budget, Step};
use runtime::config::Environment;
use runtime::{clock, within};
use rustix::process::{Pid, Signal, kill_process};

use crate::data_dir::DataDir;
use crate::failure::advise;

/// Stopping Postgres takes most of it, a second at worst.
const END_MAX: Duration = Duration::from_secs(30);

/// Between two looks at the lock.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Held while `up` runs; the lock goes with the process.
pub(crate) struct Running(File);

impl Running {
    /// Begins, unless another one runs here.
    pub(crate) fn begin(data_dir: &DataDir) -> anyhow::Result<Self> {
        let mut file = open(data_dir)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let running = anyhow::anyhow!("start `gleaner up`: it runs here already");
                return Err(advise(running, "`cargo gleaner down` ends it"));
            }
            Err(TryLockError::Error(error)) => return Err(error).context("lock the folder"),
        }
        file.set_len(0).context("write the process id")?;
        write!(file, "{}", std::process::id()).context("write the process id")?;
        Ok(Self(file))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // the lock goes with the file; a number without a lock means nothing
        if let Err(error) = self.0.set_len(0) {
            tracing::debug!(%error, "the process id is left behind");
        }
    }
}

/// `gleaner down`.
pub(crate) async fn down() -> anyhow::Result<ExitCode> {
    let data_dir = DataDir::of(&Environment::of_process());
    if !data_dir.is_used() {
        bail!("end `gleaner up`: it does not run here");
    }
    let mut file = open(&data_dir)?;
    if file.try_lock().is_ok() {
        bail!("end `gleaner up`: it does not run here");
    }
    let mut text = String::new();
    file.read_to_string(&mut text)
        .context("read the process id")?;
    let id = text.trim().parse().ok().and_then(Pid::from_raw);
    let id = id.context("read the process id: it is just starting or ending")?;
    kill_process(id, Signal::TERM).context("ask it to end")?;
    let gone = async {
        while file.try_lock().is_err() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let budget = Budget::starting(clock::now(), END_MAX);
    within(Step::Boot, &budget, gone).await?;
    anstream::println!("Everything is down.");
    Ok(ExitCode::SUCCESS)
}

fn open(data_dir: &DataDir) -> anyhow::Result<File> {
    let path = data_dir.root().join("up.lock");
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path);
    file.with_context(|| format!("open {}", path.display()))
}
