//! Where the server's programs are.
//!
//! Order: the folder that was named, PATH, `pg_config`, the folders that packages use, what was
//! downloaded before, a download. A folder counts when it has both `postgres` and `initdb`, at version 14 or newer.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::download::{cached, download};
use super::{PostgresError, PostgresOptions, install};

/// The oldest Postgres that is still maintained and has all we use.
pub(super) const MAJOR_MIN: u32 = 14;

/// A folder with a server in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binaries {
    pub(crate) dir: PathBuf,
    pub(crate) major: u32,
}

/// Finds a server, one of version `wanted` if a data directory already asks for it; downloads one
/// if this machine has none.
pub(super) async fn find(
    options: &PostgresOptions,
    wanted: Option<u32>,
) -> Result<Binaries, PostgresError> {
    if let Some(dir) = &options.bin_dir {
        return named(dir);
    }
    let mut found = candidates(options)
        .into_iter()
        .filter_map(|dir| inspect(&dir).ok());
    let Some(first) = found.next() else {
        return downloaded(options).await;
    };
    if wanted.is_none_or(|wanted| first.major == wanted) {
        return Ok(first);
    }
    let fits = found.find(|it| Some(it.major) == wanted);
    Ok(fits.unwrap_or(first))
}

async fn downloaded(options: &PostgresOptions) -> Result<Binaries, PostgresError> {
    let dir = download(options)
        .await
        .map_err(|source| PostgresError::NotFound {
            minimum: MAJOR_MIN,
            install: install::command(),
            source,
        })?;
    named(&dir)
}

fn named(dir: &Path) -> Result<Binaries, PostgresError> {
    inspect(dir).map_err(|why| PostgresError::BadBinaries {
        dir: dir.to_owned(),
        why,
    })
}

/// Folders in the order of preference; a folder may be absent.
fn candidates(options: &PostgresOptions) -> Vec<PathBuf> {
    let path = options.search_path.as_deref().unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(path).collect();
    let configured = on_path.iter().find_map(|dir| pg_config(dir));
    let installed = installed();
    on_path
        .into_iter()
        .chain(configured)
        .chain(installed)
        .chain(cached(options))
        .collect()
}

/// Folders of packages that keep their servers off PATH, the newest version first.
fn installed() -> Vec<PathBuf> {
    let mut found = Vec::new();
    found.extend(versions("/usr/lib/postgresql", "", "bin"));
    found.extend(versions("/usr", "pgsql-", "bin"));
    found.extend(versions("/usr/lib", "postgresql", "bin"));
    found.extend(versions("/usr/libexec", "postgresql", ""));
    for homebrew in [
        "/opt/homebrew/opt",
        "/usr/local/opt",
        "/home/linuxbrew/.linuxbrew/opt",
    ] {
        found.extend(versions(homebrew, "postgresql@", "bin"));
    }
    let app = "/Applications/Postgres.app/Contents/Versions";
    found.extend(versions(app, "", "bin"));
    found
}

/// `root/PREFIXn/end` for every number n, the highest first.
fn versions(root: &str, prefix: &str, end: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let number = name.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path().join(end)))
        })
        .collect();
    found.sort_by_key(|(number, _)| Reverse(*number));
    found.into_iter().map(|(_, dir)| dir).collect()
}

/// What the `pg_config` in `dir` says where the programs are.
fn pg_config(dir: &Path) -> Option<PathBuf> {
    let program = dir.join("pg_config");
    let output = Command::new(program).arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(text.trim()))
}

/// The version in `dir`, or why it does not count. Links are followed first: some systems put a
/// link to `initdb` alone on PATH.
fn inspect(dir: &Path) -> Result<Binaries, String> {
    let initdb = dir.join("initdb");
    let initdb = fs::canonicalize(&initdb).map_err(|e| format!("{}: {e}", initdb.display()))?;
    let dir = initdb.parent().unwrap_or(dir).to_owned();
    let postgres = dir.join("postgres");
    let output = Command::new(&postgres)
        .arg("--version")
        .output()
        .map_err(|e| format!("{}: {e}", postgres.display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let major = major(&text).ok_or_else(|| format!("unknown version: {}", text.trim()))?;
    if major < MAJOR_MIN {
        return Err(format!("version {major} is older than {MAJOR_MIN}"));
    }
    Ok(Binaries { dir, major })
}

/// From `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, or `17beta1`.
fn major(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("(PostgreSQL) ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A folder with a server of `version` in it.
    fn server(root: &Path, name: &str, version: &str) -> PathBuf {
        let dir = root.join(name);
        fs::create_dir_all(&dir).expect("a folder");
        for program in ["postgres", "initdb"] {
            let script = format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n");
            let path = dir.join(program);
            fs::write(&path, script).expect("a script");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        fs::canonicalize(dir).expect("it is there")
    }

    fn searching(dirs: &[&Path]) -> PostgresOptions {
        PostgresOptions {
            search_path: Some(std::env::join_paths(dirs).expect("a path")),
            ..PostgresOptions::default()
        }
    }

    #[test]
    fn versions_are_read_as_they_are_printed() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";

        assert_eq!(major(debian), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major("something else"), None);
    }

    #[tokio::test]
    async fn the_folder_that_was_named_is_used_and_no_other() {
        let place = tempfile::tempdir().expect("a folder");
        let good = server(place.path(), "good", "17.2");
        let old = server(place.path(), "old", "13.9");
        let named = |dir: &Path| PostgresOptions {
            bin_dir: Some(dir.to_owned()),
            ..searching(&[&good])
        };

        let found = find(&named(&good), None).await.expect("it is good");
        let too_old = find(&named(&old), None).await;
        let absent = find(&named(&place.path().join("absent")), None).await;

        assert_eq!(found.dir, good);
        assert!(
            matches!(too_old, Err(PostgresError::BadBinaries { .. })),
            "{too_old:?}"
        );
        assert!(
            matches!(absent, Err(PostgresError::BadBinaries { .. })),
            "{absent:?}"
        );
    }

    #[tokio::test]
    async fn path_comes_first_and_its_links_are_followed() {
        let place = tempfile::tempdir().expect("a folder");
        let real = server(place.path(), "real", "16.1");
        let links = place.path().join("links");
        fs::create_dir(&links).expect("a folder");
        symlink(real.join("initdb"), links.join("initdb")).expect("a link");
        let later = server(place.path(), "later", "18.0");

        let found = find(&searching(&[&links, &later]), None).await;

        assert_eq!(
            found.expect("a server"),
            Binaries {
                dir: real,
                major: 16
            }
        );
    }

    #[tokio::test]
    async fn a_data_directory_gets_the_version_that_made_it_if_it_is_there() {
        let place = tempfile::tempdir().expect("a folder");
        let new = server(place.path(), "new", "98.0");
        let made_by = server(place.path(), "made_by", "97.3");
        let options = searching(&[&new, &made_by]);

        let wanted = find(&options, Some(97)).await.expect("a server");
        let gone = find(&options, Some(96)).await.expect("a server");

        assert_eq!((wanted.dir, gone.dir), (made_by, new));
    }

    #[tokio::test]
    async fn pg_config_leads_to_a_server_that_is_not_on_path() {
        let place = tempfile::tempdir().expect("a folder");
        let hidden = server(place.path(), "hidden", "99.0");
        let bin = place.path().join("bin");
        fs::create_dir(&bin).expect("a folder");
        let script = format!("#!/bin/sh\necho '{}'\n", hidden.display());
        fs::write(bin.join("pg_config"), script).expect("a script");
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(bin.join("pg_config"), mode).expect("a mode");

        let found = find(&searching(&[&bin]), None).await;

        assert_eq!(found.expect("a server").dir, hidden);
    }

    #[test]
    fn the_highest_version_of_a_package_comes_first() {
        let place = tempfile::tempdir().expect("a folder");
        for version in ["9", "18", "16", "old"] {
            server(place.path(), &format!("pgsql-{version}/bin"), "1.0");
        }
        let root = place.path().to_string_lossy();

        let found = versions(&root, "pgsql-", "bin");

        let expected = ["pgsql-18/bin", "pgsql-16/bin", "pgsql-9/bin"];
        assert_eq!(found, expected.map(|it| place.path().join(it)));
    }
}
