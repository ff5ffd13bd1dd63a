//! Which run this is, and which one was before it in the same folder.
//!
//! Invocations of a run have ids that begin alike, so that the next run knows whose leases to end when
//! this one is killed. A lock that the system lets go of with the process keeps two runs apart.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use anyhow::Context as _;

use crate::data_dir::DataDir;

/// A run, for as long as it lasts.
#[derive(Debug)]
pub(crate) struct RunLock {
    /// What the ids of its invocations begin with.
    pub(crate) prefix: u32,
    /// The same of a run that is over; none when there was none, or when it is still under way.
    pub(crate) before: Option<u32>,
    /// Held until the process ends, however it ends.
    _file: File,
}

impl RunLock {
    /// Begins a run in a folder.
    pub(crate) fn take(data_dir: &DataDir) -> anyhow::Result<Self> {
        let path = data_dir.root().join("run");
        let open = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let mut file = open.with_context(|| format!("open {}", path.display()))?;
        let prefix = fastrand::u32(..);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Ok(Self {
                    prefix,
                    before: None,
                    _file: file,
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("lock {}", path.display()));
            }
        }
        let write = |file: &mut File| -> std::io::Result<String> {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(written(prefix).as_bytes())?;
            Ok(text)
        };
        let text = write(&mut file).with_context(|| format!("write {}", path.display()))?;
        Ok(Self {
            prefix,
            before: u32::from_str_radix(text.trim(), 16).ok(),
            _file: file,
        })
    }

    /// What the ids of the run before begin with, as they are written.
    pub(crate) fn ids_before(&self) -> Option<String> {
        self.before.map(|before| format!("{}-", written(before)))
    }
}

fn written(prefix: u32) -> String {
    format!("{prefix:08x}")
}

#[cfg(test)]
mod tests {
    use runtime::config::Environment;

    use super::*;

    #[test]
    fn the_run_before_is_known_once_it_is_over_and_not_while_it_lasts() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_string_lossy().into_owned();
        let data_dir = DataDir::of(&Environment::of_pairs([("GLEANER_DATA", root)]));

        let first = RunLock::take(&data_dir).expect("the folder can be written");
        let beside = RunLock::take(&data_dir).expect("the folder can be written");
        let prefix = first.prefix;
        drop((first, beside));
        let next = RunLock::take(&data_dir).expect("the folder can be written");

        assert_eq!(next.before, Some(prefix));
        assert_eq!(next.ids_before(), Some(format!("{prefix:08x}-")));
    }

    #[test]
    fn a_run_that_is_under_way_is_not_taken_for_dead() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_string_lossy().into_owned();
        let data_dir = DataDir::of(&Environment::of_pairs([("GLEANER_DATA", root)]));
        let first = RunLock::take(&data_dir).expect("the folder can be written");

        let beside = RunLock::take(&data_dir).expect("the folder can be written");

        assert_eq!(beside.before, None);
        drop(first);
    }
}
