//! Who runs Postgres. It refuses root; as root it becomes `postgres`, else `nobody`.
//! No user is ever created.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::error::PostgresError;
use super::hex::hex;

/// Names in the order of preference; macOS puts an underscore before its own.
const NAMES: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// Where root's data goes: the project's own folder may be closed to other users.
const ROOT_DATA: &str = "/var/tmp";

/// The user that runs the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// We ourselves, who are not root.
    Own {
        /// Our uid.
        uid: u32,
    },
    /// Somebody else, because we are root.
    Other {
        /// Their uid.
        uid: u32,
        /// Their gid.
        gid: u32,
    },
}

impl Account {
    pub(super) fn of_process() -> Result<Self, PostgresError> {
        let uid = rustix::process::geteuid();
        if !uid.is_root() {
            return Ok(Self::Own { uid: uid.as_raw() });
        }
        let passwd = Path::new("/etc/passwd");
        let text = fs::read_to_string(passwd)
            .map_err(|source| PostgresError::file("read", passwd, source))?;
        let (uid, gid) = pick(&text).ok_or(PostgresError::NoAccount)?;
        Ok(Self::Other { uid, gid })
    }

    const fn uid(self) -> u32 {
        match self {
            Self::Own { uid } | Self::Other { uid, .. } => uid,
        }
    }

    /// Makes `command` run as this user.
    pub(super) fn apply(self, command: &mut Command) {
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Gives a new file or folder to this user.
    pub(super) fn give(self, path: &Path) -> Result<(), PostgresError> {
        let Self::Other { uid, gid } = self else {
            return Ok(());
        };
        chown(path, Some(uid), Some(gid))
            .map_err(|source| PostgresError::file("give away", path, source))
    }

    /// Refuses a folder that somebody else has put where ours should be.
    pub(super) fn check_owner(self, path: &Path) -> Result<(), PostgresError> {
        let found = fs::symlink_metadata(path)
            .map_err(|source| PostgresError::file("look at", path, source))?;
        if found.is_dir() && found.uid() == self.uid() {
            return Ok(());
        }
        Err(PostgresError::Foreign {
            path: path.to_owned(),
            owner: found.uid(),
        })
    }

    /// Where data meant for `wanted` really goes: below /var/tmp for root, a name made from the
    /// wanted path, so that every project has its own. What lies there already, where this user can
    /// get at it, stays.
    pub(super) fn data_dir(self, wanted: &Path) -> PathBuf {
        let is_there = wanted.starts_with(ROOT_DATA) && is_open_to_all(wanted);
        if matches!(self, Self::Own { .. }) || is_there {
            return wanted.to_owned();
        }
        let digest = Sha256::digest(wanted.as_os_str().as_encoded_bytes());
        let name = hex(digest.get(..8).unwrap_or(&digest));
        Path::new(ROOT_DATA).join(format!("gleaner-postgres-{name}"))
    }
}

/// Whether everybody may pass through the folders above `path`, as far as they are there.
fn is_open_to_all(path: &Path) -> bool {
    let mut above = path.ancestors().skip(1);
    above.all(|folder| fs::metadata(folder).map_or(true, |found| found.mode() & 0o001 != 0))
}

fn pick(passwd: &str) -> Option<(u32, u32)> {
    NAMES.iter().find_map(|name| {
        let mut lines = passwd.lines().map(|line| line.split(':'));
        let mut fields = lines.find_map(|mut f| (f.next() == Some(*name)).then_some(f))?;
        let uid = id(fields.nth(1)?)?;
        let gid = id(fields.next()?)?;
        Some((uid, gid))
    })
}

/// macOS writes nobody's ids as -2. Nobody is never root.
fn id(text: &str) -> Option<u32> {
    let id = text.parse::<i64>().ok()?;
    let id = if id < 0 { id + (1_i64 << 32) } else { id };
    u32::try_from(id).ok().filter(|id| *id != 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const LINUX: &str = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n";

    #[test]
    fn postgres_is_preferred_to_nobody() {
        let with = format!("{LINUX}postgres:x:104:106:PostgreSQL:/var/lib:/bin/bash\n");

        assert_eq!(pick(&with), Some((104, 106)));
        assert_eq!(pick(LINUX), Some((65534, 65534)));
    }

    #[test]
    fn the_negative_ids_of_macos_are_understood() {
        let passwd = "nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false\n";

        assert_eq!(pick(passwd), Some((u32::MAX - 1, u32::MAX - 1)));
    }

    #[test]
    fn a_postgres_that_is_root_under_another_name_is_not_taken() {
        let passwd = format!("postgres:x:0:0::/:/bin/sh\n{LINUX}");

        assert_eq!(pick(&passwd), Some((65534, 65534)));
    }

    #[test]
    fn a_folder_of_somebody_else_is_not_used() {
        let place = tempfile::tempdir().expect("a folder");
        let owner = fs::metadata(place.path()).expect("it is there").uid();

        let own = Account::Own { uid: owner }.check_owner(place.path());
        let foreign = Account::Own { uid: owner + 1 }.check_owner(place.path());

        assert!(own.is_ok());
        assert!(matches!(foreign, Err(PostgresError::Foreign { owner: it, .. }) if it == owner));
    }

    #[test]
    fn each_project_of_root_has_its_own_data_below_var_tmp() {
        let root = Account::Other { uid: 1, gid: 1 };
        let one = root.data_dir(Path::new("/root/a/.gleaner"));
        let two = root.data_dir(Path::new("/root/b/.gleaner"));

        assert!(one.starts_with("/var/tmp") && two.starts_with("/var/tmp"));
        assert_ne!(one, two);
        assert_eq!(root.data_dir(&one), one);
    }

    #[test]
    fn data_in_a_closed_folder_below_var_tmp_goes_where_its_user_can_get_at_it() {
        let place = tempfile::tempdir_in(ROOT_DATA).expect("a folder");
        let wanted = place.path().join(".gleaner/postgres");
        let root = Account::Other { uid: 1, gid: 1 };
        let mode = |bits| fs::set_permissions(place.path(), fs::Permissions::from_mode(bits));

        mode(0o755).expect("a folder of ours");
        let open = root.data_dir(&wanted);
        mode(0o700).expect("a folder of ours");
        let closed = root.data_dir(&wanted);

        assert_eq!(open, wanted);
        assert!(!closed.starts_with(place.path()), "{}", closed.display());
    }
}
